"""The report of a forecast of many series: what was asked, what came out, and how to have it again."""

from __future__ import annotations

from datetime import datetime

import torch

from frontal.diagnostics.panel_backtest import PanelBacktest, PanelForecast
from frontal.diagnostics.report import Report, ReportFigure, ReportTable
from frontal.diagnostics.training_plot import draw_losses
from frontal.tasks.forecast_panel import PanelForecaster

SHOWN = 24  # rows of a table


def panel_report(
    forecaster: PanelForecaster, backtest: PanelBacktest, forecast: PanelForecast, seconds: float, command: str
) -> Report:
    """Tell a person who was not there what a run did."""
    panel, windows = forecaster.panel, len(backtest.series)
    shares = backtest.coverage().items()
    held = [f"The {level} % interval held {share:.0%} of the values tested." for level, share in shares]
    figures = [ReportFigure(
        "A well, a typically and a badly forecast series", backtest.plot(),
        "Right of the dotted line: what was said, and what came.",
    )]  # fmt: skip
    if forecaster.log and len(forecaster.models) == 1:
        lines = [{name: value for name, value in line.items() if name != "model"} for line in forecaster.log]
        figures.append(ReportFigure("The training", draw_losses(lines), "One line a network; lower is better."))
    return Report(
        title=f"Forecast of {len(panel)} series",
        asked=f"Forecast {panel.roles.target or 'the series'} of {panel.name}, {len(forecast)} steps ahead, and say "
        f"how well that works on {windows} windows that were not learned.",
        verdict=" ".join([backtest.verdict(), *held]),
        facts=_facts(forecaster, backtest, seconds),
        tables=[_accuracy(backtest), _series(backtest), _ahead(forecast)],
        figures=figures,
        notes=forecaster.notes,
        command=command,
    )


def _facts(forecaster: PanelForecaster, backtest: PanelBacktest, seconds: float) -> list[tuple[str, str]]:
    panel, chosen = forecaster.panel, forecaster.chosen
    model = forecaster.models[0]
    parameters = sum(parameter.numel() for parameter in model.networks[0].parameters())
    shortest, longest = int(panel.lengths.min()), int(panel.lengths.max())
    season = f"value {model.plan.season} steps before" if model.plan.season else "last value"
    reads = f"{chosen.context} steps" + (f", {chosen.segment} at a time" if (chosen.segment or 1) > 1 else "")
    layers = f"{chosen.layers} layer{'s' if chosen.layers > 1 else ''} of {chosen.hidden} {chosen.cell} units"
    return [
        ("Data", f"{panel.name}: {len(panel)} series of {shortest} to {longest} steps"),
        ("Steps", "numbered" if panel.frequency is None else str(panel.frequency)),
        ("Features", panel.features() or "none beside the calendar" if chosen.calendar else panel.features() or "none"),
        ("Calendar", ", ".join(chosen.calendar or ()) or "not used"),
        ("Test", f"{len(backtest.series)} windows of {backtest.horizon} steps; trainings for them: {backtest.refits}"),
        ("Model", f"{layers}, reads {reads}, corrects the {season}, {parameters:,} parameters"),
        ("Which learns from", "all series" if chosen.panel == "global" else "one series; each has a model of its own"),
        ("Answers", "all steps at once" if chosen.multi_step == "direct" else "step by step, reading its own answers"),
        ("Ensemble", f"{len(model.networks)} networks, each from a seed of its own"),
        ("Held out", f"the last {chosen.validation} steps of each series, for early stopping and the intervals"),
        ("Time", f"{seconds:.1f} s of training for the test"),
        ("Seed", str(chosen.seed)),
        ("Made", f"{datetime.now():%Y-%m-%d %H:%M}, torch {torch.__version__}"),
    ]  # fmt: skip


def _accuracy(backtest: PanelBacktest) -> ReportTable:
    table = backtest.table()
    rows = [["frontal" if name == "test" else name, *measures.values()] for name, measures in table.items()]
    mase = [measures["mase"] for measures in table.values()]
    return ReportTable(
        f"{backtest.horizon} steps ahead, beside the naive forecasts",
        ["forecast", "sMAPE %", "MASE", "RMSE", "MSE", "NMSE"], rows,
        best=mase.index(min(mase)) if all(value == value for value in mase) else None,  # noqa: PLR0124 - no NaN
        note="sMAPE and MASE are means over the windows; MASE 1 is the seasonal naive error inside the training part "
        "of the series. RMSE and MSE are over all steps, so that large series weigh most; NMSE is the MSE in "
        "variances of the series.",
    )  # fmt: skip


def _series(backtest: PanelBacktest) -> ReportTable:
    rows = backtest.by_series()[:SHOWN]
    return ReportTable(
        "The series that are hardest to forecast", ["series", "MASE", "MASE of the best naive forecast"],
        [[row["series"], row["mase"], row["best naive"]] for row in rows],
    )  # fmt: skip


def _ahead(forecast: PanelForecast) -> ReportTable:
    rows = forecast.to_rows()
    more = f"{len(rows) - SHOWN} more rows stand in forecast.csv." if len(rows) > SHOWN else ""
    return ReportTable("What comes next", list(rows[0]), [list(row.values()) for row in rows[:SHOWN]], note=more)
