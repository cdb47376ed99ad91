"""The best of several trials becomes a run like any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from frontal.errors import FrontalError
from frontal.tasks.forecast import run_files
from frontal.tasks.forecast_report import forecast_report
from frontal.tasks.forecast_trial import Trial
from frontal.tasks.forecaster import Forecaster
from frontal.training.run_directory import read_run


def keep_best(out: Path, trials: Sequence[Trial], command: str) -> Path:
    """Save the first of the trials that is there as a run with forecast, plot and report.

    It is the first and not the best seed: the luck of a seed is not kept.

    Args:
        out: the run directory.
        trials: of one way, a seed each.
        command: how the run came about, for its report.
    """
    trial = next((trial for trial in trials if trial.out.is_dir()), None)
    if trial is None:
        raise FrontalError(f"{out}: none of the trials is there")
    split, saved = trial.split(), read_run(trial.out)
    forecaster = Forecaster.load(saved)
    backtest = forecaster.measure(split.whole, split.start)
    forecaster.continue_from(split.whole)
    forecast = forecaster.predict()
    request = replace(trial.request, settings=trial.variant.settings)
    report = replace(forecast_report(request, split, forecaster, backtest, forecast), command=command)
    return forecaster.save(out, metrics=saved.metrics, files=run_files(request, split, backtest, forecast, report))
