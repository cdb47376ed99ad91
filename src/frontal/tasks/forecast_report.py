"""The report of a forecast: one page that says what was asked, what came out and how to have it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import torch

from frontal.data.frequency import time_label
from frontal.data.series import Series
from frontal.diagnostics.backtest import Backtest, Forecast
from frontal.diagnostics.certainty_plot import draw_certainty
from frontal.diagnostics.forecast_plot import draw_test
from frontal.diagnostics.report import Report, ReportFigure, ReportTable
from frontal.diagnostics.training_plot import draw_losses
from frontal.tasks.forecast_request import Request
from frontal.tasks.forecast_settings import COUNTS, ForecastSettings
from frontal.tasks.forecast_split import Split
from frontal.tasks.forecaster import Forecaster

SHOWN = 24  # rows of the forecast; the file beside the report has all
NAMES = {"train": "frontal, training part", "test": "frontal"}
SCALINGS = {
    "window": "relative to the last value read",
    "minmax": "scaled to 0…1 by the training part",
    "minmax-all": "scaled to 0…1 by all data, the test part included",
}
INTERVALS = {
    "errors": "by the errors on parts that members held out",
    "conformal": "conformal: each step by its errors on parts that members held out",
    "adaptive": "adaptive conformal: by the errors so far, and wider after each miss",
    "likelihood": "as the network says",
}


def forecast_report(
    request: Request, split: Split, forecaster: Forecaster, backtest: Backtest, forecast: Forecast,
    spread: Sequence[Mapping[str, Any]] = (),
) -> Report:  # fmt: skip
    """Tell a person who was not there what a run did; `spread` are rows over seeds, where there were several."""
    seeds = f" --seeds {spread[0]['seeds']}" if spread else ""
    series, horizon = split.whole, len(forecast)
    steps = "one step ahead" if horizon == 1 else f"{horizon} steps ahead"
    count = len(series) - split.start
    name = Path(series.name).name
    tested = f"the {count} values of {Path(request.test).name}" if request.test else f"its last {count} values"
    return Report(
        title=f"Forecast of {series.target}",
        asked=f"Forecast {series.target} of {name}, {steps}, and say how well that works on {tested}.",
        verdict=" ".join(filter(None, (backtest.verdict(), _held(backtest)))),
        facts=_facts(split, forecaster),
        tables=[*_accuracy(backtest), *_over_seeds(spread)],
        appendix=[_ahead(forecast), *_by_step(backtest)],
        figures=[
            ReportFigure(
                "The series, what the network said one step before, and what comes next",
                backtest.plot(forecast),
                "Left of the dotted line the network learned; right of it, it saw each value only after its forecast.",
            ),
            ReportFigure(
                "The test part",
                draw_test(backtest),
                "A forecast that only repeats the last value looks good from afar: it is drawn beside.",
            ),
            *_certainty(backtest),
            ReportFigure("The training", draw_losses(forecaster.log), "One line a network; lower is better."),
        ],
        notes=[*forecaster.notes, "Errors were measured one step after another, each with all values before it known."],
        command=request.command() + seeds,
    )


def _certainty(backtest: Backtest) -> list[ReportFigure]:
    """How sure the forecasts were, where they were several steps or distributions."""
    if not backtest.coverage() or (backtest.horizon == 1 and backtest.certainty is None):
        return []
    said = "An interval that is too narrow holds less than it promises, one that is too wide says too little."
    return [ReportFigure("How sure, and whether it may be", draw_certainty(backtest), said)]


def _facts(split: Split, forecaster: Forecaster) -> list[tuple[str, str]]:
    series, chosen = split.whole, forecaster.chosen
    networks = forecaster.examples(series)[0]
    parameters = sum(parameter.numel() for parameter in networks[0].parameters())
    epochs = {line["member"]: line["epoch"] for line in forecaster.log}  # the last one of each
    rule = f"{chosen.optimizer} at {chosen.learning_rate:g}, batches of {chosen.batch_size}"
    return [
        ("Data", f"{Path(series.name).name}: {len(series)} values, {_span(series, 0, len(series))}"),
        ("Steps", "numbered rows" if series.frequency is None else str(series.frequency)),
        ("Further inputs", ", ".join(series.feature_names) or "none: the series alone"),
        ("Filled in", f"{int((~series.observed).sum())} values"),
        ("Training part", f"{len(split.training)} values, {_span(series, 0, len(split.training))}"),
        ("Test part", f"{len(series) - split.start} values, {_span(series, split.start, len(series))}"),
        ("Model", _model(chosen, parameters, len(networks))),
        ("How the series is shown", _shown(chosen)),
        ("Answers", "values" if chosen.likelihood == "none" else f"distributions, {chosen.likelihood}"),
        ("Intervals", INTERVALS[chosen.interval_kind]),
        ("Training", f"{_range(list(epochs.values()))} epochs, {rule}"),
        ("Time", f"{forecaster.seconds:.1f} s of training"),
        ("Trained again on all data", "yes, for the forecast" if chosen.refit else "no"),
        ("Seed", str(chosen.seed)),
        ("Made", f"{datetime.now():%Y-%m-%d %H:%M}, torch {torch.__version__}"),
    ]  # fmt: skip


def _model(chosen: ForecastSettings, parameters: int, members: int) -> str:
    layers = f"{chosen.layers} layer{'s' if chosen.layers > 1 else ''} of {chosen.hidden} {chosen.cell} units"
    ensemble = "" if members == 1 else f"; the mean of {members} such networks"
    return f"{layers}, reads {chosen.context} steps, {parameters:,} parameters{ensemble}"


def _shown(chosen: ForecastSettings) -> str:
    if chosen.likelihood == COUNTS:
        return "counts, the log of each relative to that of their mean in the window"
    parts = ["its logarithm"] if chosen.log else []
    parts += [f"the change against {chosen.period} steps earlier"] if chosen.seasonal_difference else []
    return ", ".join([*parts, SCALINGS[chosen.scaling]])


def _range(counts: list[int]) -> str:
    return str(counts[0]) if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"


def _span(series: Series, start: int, stop: int) -> str:
    if series.times is None:
        return f"rows {start + 1} to {stop}"
    first, last = (time_label(series.times[at], series.frequency) for at in (start, stop - 1))
    return f"{first} to {last}"


def _accuracy(backtest: Backtest) -> list[ReportTable]:
    """Errors one step ahead and over the horizon; the best row is the best on the test part."""
    one = backtest.one_step()
    rows = [[NAMES.get(name, name), *measures.values()] for name, measures in one.items()]
    tests = {place: row[1] for place, (name, row) in enumerate(zip(one, rows, strict=True)) if name != "train"}
    tables = [
        ReportTable(
            "One step ahead, beside the naive forecasts", ["forecast", "RMSE", "MAE", "sMAPE %", "MASE"], rows,
            best=min(tests, key=lambda place: tests[place]),
            note=f"On the test part unless it says otherwise; smaller is better. RMSE and MAE are in the unit of "
            f"{backtest.target}; MASE 1 is the seasonal naive error inside the training part.",
        )
    ]  # fmt: skip
    if (rolling := backtest.rolling()) and backtest.horizon > 1:
        ahead = [[NAMES.get(name, name), value] for name, value in rolling.items()]
        best = min(range(len(ahead)), key=lambda place: ahead[place][1])
        title = f"{backtest.horizon} steps ahead, from every point of the test part"
        tables.append(ReportTable(title, ["forecast", "MASE"], ahead, best=best))
    return tables


def _over_seeds(spread: Sequence[Mapping[str, Any]]) -> list[ReportTable]:
    """What another seed would have said."""
    if not spread:
        return []
    rows = [[str(row["figure"]).replace("_", " "), *list(row.values())[1:]] for row in spread]
    note = "sd: of a sample. The forecast is that of the first seed."
    return [ReportTable(f"The same with {spread[0]['seeds']} seeds", list(spread[0]), rows, note=note)]


def _by_step(backtest: Backtest) -> list[ReportTable]:
    """How sure, by step ahead, where there are several steps."""
    rows = backtest.by_step()
    if backtest.horizon == 1 or not rows:
        return []
    columns = [name.replace("_", " ") for name in rows[0]]
    note = "Share of the test values within the interval, its mean width, and the interval score (lower is better)."
    return [ReportTable("By step ahead", columns, [list(row.values()) for row in rows[:SHOWN]], note=note)]


def _held(backtest: Backtest) -> str:
    held = backtest.coverage()
    return " ".join(f"The {level} % interval held {share:.0%} of the values tested." for level, share in held.items())


def _ahead(forecast: Forecast) -> ReportTable:
    rows = forecast.to_rows()
    more = f"{len(rows) - SHOWN} more rows stand in forecast.csv." if len(rows) > SHOWN else ""
    return ReportTable("What comes next", list(rows[0]), [list(row.values()) for row in rows[:SHOWN]], note=more)
