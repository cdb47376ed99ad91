"""The three recipes behind `frontal forecast`, `frontal predict` and `frontal evaluate`."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any

from frontal.atomic import write_atomic
from frontal.diagnostics.backtest import Backtest, Forecast
from frontal.diagnostics.report import Report
from frontal.errors import FrontalError
from frontal.tasks.forecast_report import forecast_report
from frontal.tasks.forecast_request import REQUEST, Request
from frontal.tasks.forecast_seeds import over_seeds
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.tasks.forecast_split import Split, read_split
from frontal.tasks.forecaster import Forecaster
from frontal.training.progress import Progress
from frontal.training.rows import csv_of
from frontal.training.run_directory import check_run_target

Say = Callable[[str], None]
Result = dict[str, Any]
LEAKS = "Scaled by the extremes of all data, the test part included, as the introductions do: this leaks."


def forecast_run(
    source: str, settings: ForecastSettings, out: Path, *,
    test: str | None = None, seeds: int = 1, progress: Progress, say: Say,
) -> Result:  # fmt: skip
    """Read, test on the last part, train again on everything, forecast, and save.

    Args:
        source: a file, "-" or a built-in name.
        out: the run directory.
        test: a file that goes on where `source` ends, which is then what is tested.
        seeds: how many are tested, from that of the settings on; the forecast and the run are of the first.
        progress: shown while training.
        say: called with every sentence a person should read.

    Returns:
        What happened, as JSON can hold it: run, settings, metrics, tables, verdict, notes, forecast.
    """
    check_run_target(out)
    if seeds < 1:
        raise FrontalError(f"--seeds {seeds}: test with 1 or more")
    request = Request(source, settings, test)
    forecaster = Forecaster(settings)
    split = read_split(source, settings, test)
    series, known = split.whole, len(split.whole.notes)
    for note in series.notes:
        say(note)
    backtest = split.backtest(forecaster, progress)
    if settings.scaling == "minmax-all":
        forecaster.notes.append(LEAKS)
    for note in forecaster.notes[known:]:
        say(note)
    seconds = forecaster.seconds
    if settings.refit and not forecaster.interrupted:
        final = Forecaster(forecaster.chosen).fit(series, progress=progress)
        final.settings = settings
        if final.interrupted:
            say(final.notes[-1])
        final.notes = [*forecaster.notes, *final.notes[known:]]
    else:
        final = forecaster.continue_from(series)
    forecast = final.predict()
    metrics: Result = {**backtest.metrics(), "seconds_train": seconds, "seed": settings.seed}
    final.seconds = seconds
    spread = over_seeds(split, settings, metrics, seeds, progress) if seeds > 1 and not final.interrupted else []
    if spread:
        metrics["over_seeds"] = spread
    report = forecast_report(request, split, final, backtest, forecast, spread)
    files = run_files(request, split, backtest, forecast, report)
    run = final.save(out, metrics=metrics, files=files)
    return {
        "run": str(out), "target": series.target, "settings": final.chosen.to_dict(), "metrics": metrics,
        "one_step": backtest.one_step(), "rolling": backtest.rolling(), "horizon": len(forecast),
        "by_step": backtest.by_step(), "verdict": backtest.verdict(), "notes": final.notes,
        "forecast": forecast.to_rows(), "over_seeds": spread,
        "files": sorted(str(Path(out) / path.name) for path in run.iterdir()),
    }  # fmt: skip


def run_files(
    request: Request, split: Split, backtest: Backtest, forecast: Forecast, report: Report
) -> dict[str, bytes]:
    """What a run holds beside its model: forecast, plot, report, and what was asked."""
    return {
        "forecast.csv": csv_of(forecast.to_rows()), "forecast.png": _png(backtest, forecast),
        "report.html": report.to_html().encode(), REQUEST: request.to_bytes(split.start),
    }  # fmt: skip


def predict_run(run: Path, source: str | None, horizon: int | None, *, out: Path | None, say: Say) -> Result:
    """Forecast with a saved run, from where its series ended or from the end of `source`."""
    forecaster = Forecaster.load(run)
    series = None if source is None else forecaster.read(source)
    for note in [] if series is None else series.notes:
        say(note)
    forecast = forecaster.predict(horizon, series)
    if out is not None:
        write_atomic(out, csv_of(forecast.to_rows()))
        say(f"Written to {out}.")
    return {"run": str(run), "target": forecast.target, "horizon": len(forecast), "forecast": forecast.to_rows()}


def evaluate_run(run: Path, source: str, *, say: Say) -> Result:
    """Measure a saved run on the whole of `source`, without training."""
    forecaster = Forecaster.load(run)
    series = forecaster.read(source)
    for note in series.notes:
        say(note)
    if forecaster.has_seen(series):
        say("The model was trained on some of these values: its errors on them are smaller than on new ones.")
    began = perf_counter()
    backtest = forecaster.measure(series)
    metrics = {name: value for name, value in backtest.metrics().items() if not name.endswith("_train")}
    return {
        "run": str(run), "target": series.target, "values": len(series) - backtest.start,
        "metrics": {**metrics, "seconds": perf_counter() - began}, "one_step": backtest.one_step(),
        "rolling": backtest.rolling(), "horizon": backtest.horizon, "by_step": backtest.by_step(),
        "verdict": backtest.verdict(),
    }  # fmt: skip


def _png(backtest: Backtest, forecast: Forecast) -> bytes:
    image = BytesIO()
    backtest.plot(forecast).savefig(image, format="png", dpi=130)
    return image.getvalue()
