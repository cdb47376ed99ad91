"""The recipes behind `frontal forecast`, `frontal predict` and `frontal evaluate` for many series."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any

from frontal.atomic import write_atomic
from frontal.data.panel import Panel
from frontal.data.panel_future import continued
from frontal.data.panel_read import read_panel
from frontal.diagnostics.panel_backtest import PanelBacktest
from frontal.tasks.forecast_panel import PanelForecaster
from frontal.tasks.forecast_panel_report import panel_report
from frontal.tasks.forecast_panel_settings import PanelSettings
from frontal.training.progress import Progress
from frontal.training.rows import csv_of
from frontal.training.run_directory import check_run_target

Say = Callable[[str], None]
Result = dict[str, Any]
WORST = 10  # series that the result names


def panel_run(
    source: Any, settings: PanelSettings, out: Path, *, test: str | None = None, progress: Progress, say: Say
) -> Result:
    """Read, test on the last windows of each series, train again on everything, forecast, and save.

    Args:
        source: a file, "-" or a table.
        settings: of the forecaster.
        out: the run directory.
        test: a file with what came after `source`, which is then what is tested.
        progress: shown while training.
        say: called with every sentence a person should read.

    Returns:
        What happened, as JSON can hold it: run, settings, metrics, tables, verdict, notes, forecast.
    """
    check_run_target(out)
    forecaster = PanelForecaster(settings)
    panel = forecaster.read(source)
    whole, read = panel, len(panel.notes)
    for note in panel.notes:
        say(note)
    if test is not None:
        whole = continued(panel, read_panel(test, panel.roles))
    backtest = _backtest(forecaster, panel, whole, progress)
    notes = forecaster.notes[read:]
    for note in notes:
        say(note)
    seconds = forecaster.seconds
    if settings.refit and backtest is not None and not forecaster.interrupted:
        forecaster = PanelForecaster(forecaster.chosen).fit(whole, progress=progress)
        forecaster.settings = settings
        notes += [note for note in forecaster.notes[read:] if note not in notes]
    elif backtest is not None:
        forecaster.panel = whole
    forecaster.notes = [*panel.notes, *notes]
    forecast = forecaster.forecast()
    metrics: dict[str, Any] = {"seconds_train": seconds, "seed": settings.seed}
    metrics |= backtest.metrics() if backtest is not None else {}
    files = {"forecast.csv": csv_of(forecast.to_rows())}
    if backtest is not None:
        command = _command(source, test, settings)
        files["forecast.png"] = _png(backtest)
        files["report.html"] = panel_report(forecaster, backtest, forecast, seconds, command).to_html().encode()
    forecaster.seconds = seconds
    run = forecaster.save(out, metrics=metrics, files=files)
    return {
        "run": str(out), "kind": "panel", "target": whole.roles.target, "series": len(whole),
        "settings": forecaster.chosen.to_dict(), "metrics": metrics, "horizon": len(forecast),
        **_measured(backtest), "notes": forecaster.notes, "forecast": forecast.to_rows(),
        "files": sorted(str(Path(out) / path.name) for path in run.iterdir()),
    }  # fmt: skip


def panel_predict_run(
    run: Path, source: str | None, horizon: int | None, *, future: str | None = None, out: Path | None, say: Say
) -> Result:
    """Forecast with a saved run, from where its series ended or from the ends of those in `source`."""
    forecaster = PanelForecaster.load(run)
    panel = None if source is None else forecaster.read(source)
    for note in [] if panel is None else panel.notes:
        say(note)
    forecast = forecaster.forecast(horizon, panel, future=future)
    if out is not None:
        write_atomic(out, csv_of(forecast.to_rows()))
        say(f"Written to {out}.")
    return {
        "run": str(run), "kind": "panel", "series": len(forecast.ids), "horizon": len(forecast),
        "forecast": forecast.to_rows(),
    }  # fmt: skip


def panel_evaluate_run(run: Path, source: str, *, say: Say) -> Result:
    """Measure a saved run on the whole of `source`, one horizon behind the other, without training."""
    forecaster = PanelForecaster.load(run)
    panel = forecaster.read(source)
    for note in panel.notes:
        say(note)
    if forecaster.has_seen(panel):
        say("The model was trained on some of these values: its errors on them are smaller than on new ones.")
    began = perf_counter()
    backtest = forecaster.measure(panel)
    metrics = {**backtest.metrics(), "seconds": perf_counter() - began}
    return {
        "run": str(run), "kind": "panel", "series": len(panel), "horizon": backtest.horizon, "metrics": metrics,
        **_measured(backtest),
    }  # fmt: skip


def _backtest(
    forecaster: PanelForecaster, panel: Panel, whole: Panel, progress: Progress
) -> PanelBacktest | None:  # fmt: skip
    if whole is not panel:
        forecaster.fit(panel, progress=progress)
        return forecaster.measure(whole, start=panel.lengths)
    if forecaster.settings.test:
        return forecaster.backtest(panel, progress=progress)
    forecaster.fit(panel, progress=progress)
    return None


def _measured(backtest: PanelBacktest | None) -> Result:
    if backtest is None:
        return {"table": {}, "verdict": "", "windows": 0, "worst": []}
    return {
        "table": backtest.table(), "verdict": backtest.verdict(), "windows": len(backtest.series),
        "worst": backtest.by_series()[:WORST],
    }  # fmt: skip


def _command(source: Any, test: str | None, settings: PanelSettings) -> str:
    """What to type to have the run again."""
    plain = PanelSettings()
    words = ["frontal", "forecast", source if isinstance(source, str) else "DATA"]
    words += ["--test", test] if test else []
    for name, value in settings.to_dict().items():
        if value != getattr(plain, name) and value != []:
            shown = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            words += ["--set", f"{name}={shown.casefold() if isinstance(value, bool) else shown}"]
    return shlex.join(words)


def _png(backtest: PanelBacktest) -> bytes:
    image = BytesIO()
    backtest.plot().savefig(image, format="png", dpi=130)
    return image.getvalue()
