"""The three recipes behind `frontal forecast`, `frontal predict` and `frontal evaluate`."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from time import perf_counter
from typing import Any

from frontal.atomic import write_atomic
from frontal.data.series import read_series
from frontal.diagnostics.backtest import Backtest, Forecast
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.tasks.forecaster import Forecaster
from frontal.training.progress import Progress
from frontal.training.run_directory import check_run_target

Say = Callable[[str], None]
Result = dict[str, Any]


def forecast_run(source: str, settings: ForecastSettings, out: Path, *, progress: Progress, say: Say) -> Result:
    """Read, test on the last part, train again on everything, forecast, and save.

    Args:
        source: a file, "-" or a built-in name.
        out: the run directory.
        progress: shown while training.
        say: called with every sentence a person should read.

    Returns:
        What happened, as JSON can hold it: run, settings, metrics, tables, verdict, notes, forecast.
    """
    check_run_target(out)
    forecaster = Forecaster(settings)
    series = read_series(source, target=settings.target, time=settings.time, features=settings.features)
    for note in series.notes:
        say(note)
    backtest = forecaster.backtest(series, progress=progress)
    for note in forecaster.notes[len(series.notes) :]:
        say(note)
    seconds = forecaster.seconds
    if settings.scaling == "minmax-all":
        say("Scaled by the extremes of all data, the test part included, as the introductions do: this leaks.")
    if settings.refit and not forecaster.interrupted:
        final = Forecaster(forecaster.chosen).fit(series, progress=progress)
        final.settings = settings
        if final.interrupted:
            say(final.notes[-1])
        final.notes = [*forecaster.notes, *final.notes[len(series.notes) :]]
    else:
        final = forecaster.continue_from(series)
    forecast = final.predict()
    metrics = {**backtest.metrics(), "seconds_train": seconds, "seed": settings.seed}
    files = {"forecast.csv": forecast_csv(forecast), "forecast.png": _png(backtest, forecast)}
    final.seconds = seconds
    run = final.save(out, metrics=metrics, files=files)
    return {
        "run": str(out), "target": series.target, "settings": final.chosen.to_dict(), "metrics": metrics,
        "one_step": backtest.one_step(), "rolling": backtest.rolling(), "horizon": len(forecast),
        "verdict": backtest.verdict(), "notes": final.notes, "forecast": forecast.to_rows(),
        "files": sorted(str(Path(out) / path.name) for path in run.iterdir()),
    }  # fmt: skip


def predict_run(run: Path, source: str | None, horizon: int | None, *, out: Path | None, say: Say) -> Result:
    """Forecast with a saved run, from where its series ended or from the end of `source`."""
    forecaster = Forecaster.load(run)
    series = None if source is None else forecaster.read(source)
    for note in [] if series is None else series.notes:
        say(note)
    forecast = forecaster.predict(horizon, series)
    if out is not None:
        write_atomic(out, forecast_csv(forecast))
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
        "rolling": backtest.rolling(), "horizon": backtest.horizon, "verdict": backtest.verdict(),
    }  # fmt: skip


def forecast_csv(forecast: Forecast) -> bytes:
    """A forecast as CSV, one row a step."""
    text = StringIO(newline="")
    rows = forecast.to_rows()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _png(backtest: Backtest, forecast: Forecast) -> bytes:
    image = BytesIO()
    backtest.plot(forecast).savefig(image, format="png", dpi=130)
    return image.getvalue()
