"""`frontal forecast` on many series, and what its results look like; no verb of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from frontal.cli.console import Console
from frontal.cli.options import chosen
from frontal.cli.report import show_forecast, show_run
from frontal.cli.run_folder import run_folder
from frontal.errors import FrontalError
from frontal.tasks.forecast_panel_settings import PanelSettings
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.tasks.forecast_traffic_settings import PROTOCOL, TrafficSettings
from frontal.training.task_settings import TaskSettings

WORST = 5  # series on the screen


def settings_for(options: Any, source: str) -> type[TaskSettings]:
    """Return the settings class that an invocation of `frontal forecast` means.

    A panel is meant where the data look like one or a setting is given that only a panel has.
    """
    if options.preset == PROTOCOL:
        return TrafficSettings
    ours, plain = _names(PanelSettings), _names(ForecastSettings)
    given = {name.partition("=")[0].strip().replace("-", "_") for name in options.set}
    given |= {name for name in ours - plain if getattr(options, name, None) is not None}
    if given & (ours - plain):
        return PanelSettings
    from frontal.data.panel_read import holds_panel

    return PanelSettings if holds_panel(source) else ForecastSettings


def run_other(kind: type[TaskSettings], options: Any, say: Callable[[str], None]) -> dict[str, Any]:
    """Forecast many series, or run the traffic protocol; return the result of the recipe."""
    if getattr(options, "features", None) is not None:
        raise FrontalError(
            "--features belongs to a single series; with many, say when they are known: --set known=COL,COL for what "
            "is known ahead, --set past=COL,COL for what is not, --set static=COL,COL for what does not change"
        )
    given: dict[str, Any] = chosen(kind, options, options.set)
    test = given.pop("test") if kind is PanelSettings and not given.get("test", "1").strip().isdecimal() else None
    settings = kind.from_options(given.pop("preset", None), **given)
    from frontal.tasks.forecast_panel_run import panel_run
    from frontal.tasks.forecast_traffic import traffic_run
    from frontal.training import progress_for

    with run_folder(options.data, options.out) as folder:
        if isinstance(settings, PanelSettings):
            return panel_run(options.data, settings, folder, test=test, progress=progress_for(), say=say)
        assert isinstance(settings, TrafficSettings)
        return traffic_run(options.data, settings, folder, progress=progress_for(), say=say)


def show_other(result: Mapping[str, Any], console: Console) -> None:
    """Tell a person what a run of `run_other` found and where it lies."""
    if result["kind"] == PROTOCOL:
        show_traffic(result, console)
        return
    show_panel(result, console)
    show_forecast(result["forecast"], console)
    show_run(result, console)


def show_panel(result: Mapping[str, Any], console: Console) -> None:
    """Print the errors beside those of the naive forecasts, and the series that are hardest to forecast."""
    table: Mapping[str, Mapping[str, float]] = result["table"]
    if table:
        console.say("")
        title = f"{result['horizon']} steps ahead, {result['windows']} windows of {result['series']} series"
        rows = [{"forecast": "frontal" if name == "test" else name, **measures} for name, measures in table.items()]
        console.table(rows, title=title)
        if result["series"] > 1 and result["worst"]:
            console.say("")
            console.table(result["worst"][:WORST], title="hardest series, MASE")
        metrics = result["metrics"]
        console.say(
            f"\nThe 80 % interval held {metrics['coverage_80']:.0%} of the test values, "
            f"the 95 % interval {metrics['coverage_95']:.0%}."
        )
        console.say(result["verdict"])


def show_traffic(result: Mapping[str, Any], console: Console) -> None:
    """Print the squared errors beside the published ones."""
    console.say("")
    rows = [{"network": name, "squared error": value} for name, value in result["table"].items()]
    console.table(rows, title="volume of each hour, standardised; test sequences")
    console.say(f"\n{result['verdict']}")
    show_run(result, console)


def _names(settings: type[TaskSettings]) -> set[str]:
    return {field.name for field in fields(settings)}
