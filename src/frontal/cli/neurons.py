"""`frontal neurons`: which unit of a network watches quotes, brackets, line ends; the weekday, the level, a peak …"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isinf, isnan
from typing import Annotated, Any

from frontal.cli.console import Console
from frontal.cli.options import Data, Run, Switch, text_option, whole_number
from frontal.cli.saved import kind_of


@dataclass(frozen=True)
class Options:
    """Find the units of a network that watch something in a text, a series, or sequences of classes.

    Some forty questions are asked of every step: is it inside a URL, in quotes, in brackets, in a
    comment, far in its line; a Monday, a peak; of this class, loud, silent … The unit that tells each best is chosen on
    the first half of the data and scored on the second: the area under the ROC curve, 1 for a unit that
    always tells and 0.5 for one that says nothing, as the control should, whose answers were moved along.
    """

    run: Run
    """folder that `frontal language`, `frontal forecast` or `frontal classify` saved"""
    data: Data
    """a text as in `frontal language`, for a forecast its series, for a classifier its sequences"""
    signal: Annotated[str | None, text_option("NAME", "every state of every layer")] = None
    """state or gate: h, c, f …, of the last layer; or with the layer, layers.0/h"""
    steps: Annotated[str, text_option("N", "50000")] = "50000"
    """symbols or steps that are read: of a text the first, of a series the last; sequences are drawn by chance"""
    plot: Annotated[str | None, text_option("FILE", "none")] = None
    """draw it: .png, .svg or .pdf"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Look for them; return what was found."""
    most = whole_number("--steps", options.steps)
    from frontal.cli.figures import figure_path, save_figure
    from frontal.tasks import load
    from frontal.tasks.look import neurons_run
    from frontal.training import progress_for

    path = None if options.plot is None else figure_path("--plot", options.plot)
    signals = None if options.signal is None else [options.signal]
    found = neurons_run(load(options.run), options.data, signals=signals, most=most, progress=progress_for())
    if path is not None:
        save_figure("--plot", path, found.plot())
        say(f"Drawn to {path}.")
    rows = {name: [vars(w) for w in getattr(found, name)] for name in ("best", "units")}
    return {"run": options.run, "kind": kind_of(options.run), **rows, "rare": list(found.rare)}


def show(result: dict[str, Any], console: Console) -> None:
    """Print the best unit of every predicate."""
    console.say("")
    rows = [
        {
            "watches": row["predicate"], "signal": row["signal"], "unit": row["unit"],
            "": "+" if row["sign"] > 0 else "-", "area": f"{row['area']:.3f}", "control": f"{row['control']:.3f}",
            "holds at": f"{row['share']:.1%}", "half-life": _steps(row["half_life"]),
            "correlated": _steps(row["correlation"]), "saturated": _share(row["saturated"]),
        }
        for row in result["best"]
    ]  # fmt: skip
    console.table(rows)
    if result["rare"]:
        console.say(f"\nToo seldom here to be told: {', '.join(result['rare'])}.")
    if result["kind"] == "language-model":
        best = result["best"][0]
        console.say(f"\nTo see one: frontal read {result['run']} TEXT --signal {best['signal']} --unit {best['unit']}")


def _steps(number: float) -> str:
    """Return steps in words; "" where there are none to tell."""
    return "" if isnan(number) else "for ever" if isinf(number) else f"{number:.3g} steps"


def _share(part: float) -> str:
    return "" if isnan(part) else f"{part:.0%}"
