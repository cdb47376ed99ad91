"""One trial of many: train, measure on the test part, and lie down as a run of its own."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from frontal.data.series import read_series
from frontal.diagnostics import accuracy as acc
from frontal.diagnostics.backtest import Backtest
from frontal.errors import FrontalError
from frontal.tasks.forecast_improve_variants import Variant
from frontal.tasks.forecast_request import Request
from frontal.tasks.forecast_split import Split, read_split
from frontal.tasks.forecaster import Forecaster
from frontal.training.history import TrainingDiverged
from frontal.training.progress import Progress, SilentProgress
from frontal.training.progress_part import Part
from frontal.training.run_directory import read_run

TRIAL = "trial.json"  # in the run of a trial: what was tried


@dataclass(frozen=True)
class Trial:
    """What one trial is given: data, what to try, and where its run goes."""

    request: Request
    more: str | None
    variant: Variant
    out: Path

    @property
    def name(self) -> str:
        """For the eye."""
        return f"{self.variant.name}, seed {self.variant.settings.seed}"

    def split(self) -> Split:
        """Read the data as this trial wants them."""
        settings = self.variant.settings
        split = read_split(self.request.data, settings, self.request.test)
        if self.variant.older and self.more is not None:
            time = split.whole.time
            older = read_series(self.more, target=split.whole.target, time=time, features=split.whole.feature_names)
            split = split.behind(older)
        return split.without(round(len(split.training) * (1 - self.variant.part)))

    def asked(self) -> bytes:
        """What makes this trial the same as another one."""
        variant = self.variant
        told = {
            "settings": variant.settings.to_dict(),
            "part": variant.part,
            "more": self.more if variant.older else None,
        }
        return json.dumps({"data": self.request.data, "test": self.request.test, **told}, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Outcome:
    """What came out of a trial.

    Attributes:
        variant: index of what was tried.
        rmse: over the horizon, on the test part; NaN where the training diverged.
        seconds: of training.
        known: it was not trained now but read from an earlier call.
        fault: why there is no figure, or "".
    """

    variant: int
    seed: int
    rmse: float
    seconds: float
    known: bool = False
    fault: str = ""


def run_trial(index: int, trial: Trial, progress: Progress | None = None) -> Outcome:
    """Train and measure, or read what an earlier call has left; Ctrl-C raises KeyboardInterrupt."""
    seed = trial.variant.settings.seed
    if (found := _earlier(trial)) is not None:
        return Outcome(index, seed, found["rmse"], found["seconds_train"], known=True)
    part = Part(progress or SilentProgress(), trial.name)
    forecaster, split = Forecaster(trial.variant.settings), trial.split()
    try:
        backtest = split.backtest(forecaster, part)
    except TrainingDiverged as error:
        return Outcome(index, seed, float("nan"), 0.0, fault=str(error))
    if forecaster.interrupted:
        raise KeyboardInterrupt
    part.finish()
    rmse = errors(backtest)["test"]
    metrics = {**backtest.metrics(), "rmse": rmse, "seconds_train": forecaster.seconds}
    forecaster.save(trial.out, metrics=metrics, files={TRIAL: trial.asked()})
    return Outcome(index, seed, rmse, forecaster.seconds)


def run_trials(trials: Sequence[tuple[int, Trial]], jobs: int, progress: Progress) -> Iterator[Outcome]:
    """Yield the outcomes as they come, from `jobs` processes; one job stays in this process."""
    if jobs == 1:
        for index, trial in trials:
            yield run_trial(index, trial, progress)
        return
    with get_context("spawn").Pool(jobs, deaf_to_ctrl_c, (jobs,)) as pool:  # leaving it ends the workers
        for outcome in pool.imap_unordered(_in_worker, trials):
            progress.update(1)
            yield outcome


def deaf_to_ctrl_c(jobs: int) -> None:
    """Begin a worker: whoever started it decides when it ends; it takes its share of the cores."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(max(1, torch.get_num_threads() // jobs))


def _in_worker(given: tuple[int, Trial]) -> Outcome:
    return run_trial(*given)


def _earlier(trial: Trial) -> dict[str, Any] | None:
    """Figures of the same trial from an earlier call."""
    if not trial.out.is_dir():
        return None
    try:
        run = read_run(trial.out)
    except FrontalError:
        return None
    return run.metrics if run.files.get(TRIAL) == trial.asked() else None


def errors(backtest: Backtest) -> dict[str, float]:
    """RMSE over the horizon from every point of the test part, of the network and of the naive forecasts.

    One step ahead where the test part is shorter than the horizon.
    """
    actual = backtest.actual()
    known = ~np.isnan(actual)
    if not known.any():
        return {name: row["rmse"] for name, row in backtest.one_step().items() if name != "train"}
    last = acc.last_value(backtest.values, backtest.origins, backtest.horizon)
    naive = acc.seasonal_naive(backtest.values, backtest.origins, backtest.horizon, backtest.period)
    paths = {"test": backtest.paths, "last value": last, "seasonal naive": naive}
    return {name: acc.rmse(actual[known], path[known]) for name, path in paths.items()}
