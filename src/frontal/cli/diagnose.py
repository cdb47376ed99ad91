"""`frontal diagnose`: look inside a saved run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from frontal.cli.console import Console
from frontal.cli.options import Data, Run, Switch, text_option


@dataclass(frozen=True)
class Options:
    """Look inside a saved run: does the gradient survive, how far back does it remember, are gates stuck."""

    run: Run
    """folder that `frontal forecast` saved"""
    data: Data
    """a CSV or Parquet file, - for CSV on standard input, or a built-in series: airline"""
    plot: Annotated[str | None, text_option("FILE", "RUN/diagnosis.png")] = None
    """where the picture goes: .png, .svg or .pdf"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Diagnose the run and draw what was found; return the figures."""
    from frontal.cli.figures import figure_path, save_figure
    from frontal.tasks import load
    from frontal.tasks.diagnose import as_json, diagnose_run

    forecaster = load(options.run)
    path = figure_path("--plot", options.plot or str(Path(options.run) / "diagnosis.png"))
    found = diagnose_run(forecaster, options.data, say=say)
    save_figure("--plot", path, found.plot())
    return {"run": options.run, **as_json(found), "files": [str(path)]}


def show(result: dict[str, Any], console: Console) -> None:
    """Print the tables, the verdict and what to try."""
    console.say("")
    console.table(result["table"])
    console.say("")
    gates = [{**row, **{end: f"{row[end]:.1%}" for end in ("high", "low")}} for row in result["gates"]]
    console.table(gates, title="gates: share of units and steps at the ends of their range")
    console.say(f"\n{result['text']}\nThe picture is in {result['files'][0]}")
