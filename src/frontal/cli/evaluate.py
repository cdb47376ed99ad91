"""`frontal evaluate`: measure a saved run on data it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frontal.cli.console import Console
from frontal.cli.options import Data, Run, Switch
from frontal.cli.report import show_accuracy


@dataclass(frozen=True)
class Options:
    """Measure a saved run on data it has not seen, beside the naive forecasts."""

    run: Run
    """folder that `frontal forecast` saved"""
    data: Data
    """a CSV or Parquet file, - for CSV on standard input, or a built-in series: airline"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Load the run and measure it; return the result of the recipe."""
    from frontal.tasks.forecast import evaluate_run

    return evaluate_run(Path(options.run), options.data, say=say)


def show(result: dict[str, Any], console: Console) -> None:
    """Print the figures."""
    show_accuracy(result, console)
