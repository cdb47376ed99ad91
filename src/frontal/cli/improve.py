"""`frontal improve`: try what may make a saved run better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from frontal.cli.console import Console
from frontal.cli.options import Run, Switch, text_option, whole_number
from frontal.errors import FrontalError


@dataclass(frozen=True)
class Options:
    """Try to improve a saved forecast, on the same data and the same test part.

    More data, a longer memory, other indicators as inputs, more layers and more units: each alone, and
    all together, several seeds each. Or, with --trials, a search that chooses inside the training part
    and looks at the test part once, at its end. A call that was stopped goes on where it was.
    """

    run: Run
    """folder that `frontal forecast` saved"""
    seeds: Annotated[str | None, text_option("N", "3")] = None
    """trainings of each way"""
    trials: Annotated[str | None, text_option("N", "none")] = None
    """search instead, with Optuna: trials in all, those of earlier calls included"""
    more: Annotated[str | None, text_option("FILE", "none")] = None
    """older data, which go on where the run's data begin; without them half of the data are taken away"""
    jobs: Annotated[str | None, text_option("N", "1")] = None
    """processes at a time"""
    out: Annotated[str | None, text_option("DIR", "RUN-improve, or RUN-search with --trials")] = None
    """folder of the table, the plot, report.html, all trials, and the best run"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Try, report and keep the best; return the figures."""
    seeds, jobs = at_least_one("--seeds", options.seeds or "3"), at_least_one("--jobs", options.jobs or "1")
    trials = None if options.trials is None else at_least_one("--trials", options.trials)
    from frontal.training import progress_for

    given = Path(options.run)
    common: dict[str, Any] = {"seeds": seeds, "jobs": jobs, "progress": progress_for(), "say": say}
    if trials is None:
        from frontal.tasks.forecast_improve import improve_run

        out = Path(options.out or f"{options.run.rstrip('/')}-improve")
        return improve_run(given, out, more=options.more, **common)
    if options.more is not None:
        raise FrontalError("--more belongs to the improvements, and --trials searches instead: leave one of them out")
    from frontal.tasks.forecast_search import search_run

    return search_run(given, Path(options.out or f"{options.run.rstrip('/')}-search"), trials=trials, **common)


def at_least_one(option: str, text: str) -> int:
    """Return a count; anything below 1 raises `FrontalError`."""
    number = whole_number(option, text)
    if number < 1:
        raise FrontalError(f"{option} {text}: expected a whole number >= 1")
    return number


def show(result: dict[str, Any], console: Console) -> None:
    """Print the table, what follows from it, and where everything lies."""
    console.say("")
    console.table(result["table"])
    console.say(f"\n{result['verdict']}")
    console.say(f"\nThe best run is {result['best']}; to read and to pass on: {result['files'][-1]}")
