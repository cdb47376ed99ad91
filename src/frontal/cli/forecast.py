"""`frontal forecast`: learn a series, measure it beside the naive forecasts, save the run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import partial
from math import isfinite
from typing import Annotated, Any, ClassVar

from frontal.cli.console import Console
from frontal.cli.options import Assignments, Data, Switch, chosen, setting_option, text_option, whole_number
from frontal.cli.panel import run_other, settings_for, show_other
from frontal.cli.report import show_accuracy, show_forecast, show_run
from frontal.cli.run_folder import run_folder
from frontal.errors import FrontalError
from frontal.tasks.forecast_panel_settings import PanelSettings
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.tasks.forecast_traffic_settings import TrafficSettings

setting = partial(setting_option, ForecastSettings)


@dataclass(frozen=True)
class Options:
    """Learn a series, or many, and forecast them.

    The report stands beside the last value and the seasonal naive forecast; the run, with its
    settings, model, plots and forecast.csv, can be used again by `frontal predict` and
    `frontal evaluate`.

    Many series are read from a file with a column unique_id (or --unique-id COL), or with one
    row a series; there --test is a number of windows at the end of each series, or a FILE.
    """

    settings: ClassVar[type] = ForecastSettings
    other_settings: ClassVar[type] = PanelSettings
    protocol_settings: ClassVar[type] = TrafficSettings

    data: Data
    """a CSV or Parquet file, - for CSV on standard input, or a built-in series: airline"""
    target: Annotated[str | None, setting("target", "COL")] = None
    time: Annotated[str | None, setting("time", "COL")] = None
    unique_id: Annotated[str | None, setting_option(PanelSettings, "unique_id", "COL")] = None
    features: Annotated[str | None, setting("features", "COL,COL")] = None
    horizon: Annotated[str | None, setting("horizon", "N")] = None
    context: Annotated[str | None, setting("context", "N")] = None
    panel: Annotated[str | None, setting_option(PanelSettings, "panel", "global|each")] = None
    cell: Annotated[str | None, setting("cell", "NAME")] = None
    hidden: Annotated[str | None, setting("hidden", "N")] = None
    layers: Annotated[str | None, setting("layers", "N")] = None
    preset: Annotated[str | None, setting("preset", "NAME")] = None
    test: Annotated[str | None, setting("test", "PART|FILE")] = None
    refit_every: Annotated[str | None, setting("refit_every", "N")] = None
    set: Assignments = ()
    """any other setting; they are listed below"""
    seed: Annotated[str | None, setting("seed", "N")] = None
    seeds: Annotated[str | None, text_option("N", "1")] = None
    """how many seeds to test with: mean and standard deviation of every figure; the run is of the first"""
    out: Annotated[str | None, text_option("DIR", "runs/NAME-of-the-data, or the next free NAME-2, NAME-3 …")] = None
    """folder of the run; an earlier run in a folder named here is replaced, other files never are"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Train, report and save; return the result of the recipe."""
    kind = settings_for(options, options.data)
    if kind is not ForecastSettings:
        for name in ("seeds", "refit_every"):
            if getattr(options, name) is not None and name not in {field.name for field in fields(kind)}:
                raise FrontalError(f"--{name.replace('_', '-')} belongs to a single series; leave it out")
        return run_other(kind, options, say)
    given: dict[str, Any] = chosen(ForecastSettings, options, options.set)
    test = None if "test" not in given or _is_number(given["test"]) else given.pop("test")
    settings = ForecastSettings.from_options(given.pop("preset", None), **given)
    seeds = 1 if options.seeds is None else whole_number("--seeds", options.seeds)
    from frontal.tasks.forecast import forecast_run
    from frontal.training import progress_for

    with run_folder(options.data, options.out) as folder:
        return forecast_run(options.data, settings, folder, test=test, seeds=seeds, progress=progress_for(), say=say)


def show(result: dict[str, Any], console: Console) -> None:
    """Tell a person what the run found and where it lies."""
    if "kind" in result:
        show_other(result, console)
        return
    show_accuracy(result, console)
    if result["over_seeds"]:
        console.say("")
        console.table(result["over_seeds"], title="the same test over seeds")
    show_forecast(result["forecast"], console)
    show_run(result, console)


def _is_number(text: str) -> bool:
    with suppress(ValueError):
        return isfinite(float(text))
    return False
