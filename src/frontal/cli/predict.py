"""`frontal predict`: forecast or classify with a saved run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from frontal.cli.classes import show_answers
from frontal.cli.console import Console
from frontal.cli.options import MaybeData, Run, Switch, text_option, whole_number
from frontal.cli.report import show_forecast
from frontal.cli.saved import kind_of, refuse
from frontal.errors import FrontalError
from frontal.tasks.forecast_panel_settings import KIND as PANEL


@dataclass(frozen=True)
class Options:
    """Forecast, or classify sequences, with a saved run, without training."""

    run: Run
    """folder that `frontal forecast` or `frontal classify` saved"""
    data: MaybeData = None
    """the series to continue, as in `frontal forecast`; without it, the one that the run learned. For a classifier
    the sequences, as in `frontal classify`"""
    horizon: Annotated[str | None, text_option("N", "the horizon that the run was trained for")] = None
    """steps to forecast"""
    future: Annotated[str | None, text_option("FILE", "rows behind the last values")] = None
    """for many series: a file with series, time and the features that are known ahead"""
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
    run = Path(options.run)
    kind = kind_of(options.run)
    if kind == "classifier":
        refuse(options, "a classifier", "horizon", "future")
        from frontal.tasks.classify import classify_predict_run

        return classify_predict_run(run, options.data, out=out, say=say)
    if kind == "language-model":
        raise FrontalError(
            f"{options.run} is a language model: frontal generate {options.run} lets it write, frontal suggest "
            f"{options.run} helps one to type, and frontal evaluate {options.run} FILE measures a text"
        )
    if kind == PANEL:
        from frontal.tasks.forecast_panel_run import panel_predict_run

        return panel_predict_run(run, options.data, horizon, future=options.future, out=out, say=say)
    refuse(options, "which learned a single series", "future")
    from frontal.tasks.forecast import predict_run

    return predict_run(run, options.data, horizon, out=out, say=say)


def show(result: dict[str, Any], console: Console) -> None:
    """Print the forecast, or the classes."""
    if "answers" in result:
        show_answers(result, console)
        return
    show_forecast(result["forecast"], console)
