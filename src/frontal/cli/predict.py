"""`frontal predict`: forecast with a saved run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from frontal.cli.console import Console
from frontal.cli.options import MaybeData, Run, Switch, text_option, whole_number
from frontal.cli.report import show_forecast


@dataclass(frozen=True)
class Options:
    """Forecast with a saved run, without training."""

    run: Run
    """folder that `frontal forecast` saved"""
    data: MaybeData = None
    """the series to continue, as in `frontal forecast`; without it, the one that the run learned"""
    horizon: Annotated[str | None, text_option("N", "the horizon that the run was trained for")] = None
    """steps to forecast"""
    out: Annotated[str | None, text_option("FILE", "no file")] = None
    """write the forecast to this CSV file too"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Load the run and forecast; return the result of the recipe."""
    horizon = whole_number("--horizon", options.horizon)
    out = None if options.out is None else Path(options.out)
    from frontal.tasks.forecast import predict_run

    return predict_run(Path(options.run), options.data, horizon, out=out, say=say)


def show(result: dict[str, Any], console: Console) -> None:
    """Print the forecast."""
    show_forecast(result["forecast"], console)
