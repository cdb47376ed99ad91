"""The traffic protocol of the liquid time-constant networks (Hasani, Lechner, Amini, Rus & Grosu, AAAI 2021).

The volume of every hour is told from the weather and the clock of the hours up to it; no volume is read.
Preparation as in the authors' public programs: all rows in the order of the file, repeated hours too; temperature
less its mean, rain, snow, clouds and weekday as they are, sin(π hour / 24); volume less its mean, by its standard
deviation; sequences of 32 hours, every 4 hours; 10 % of them for validation, 15 % for testing, drawn by one fixed
permutation. Two remarks: sequences overlap and are drawn at random, so the test sequences share hours with those
for training; and the programs' holiday feature, which compares a text with None, is always 0 and is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from frontal.cells import named
from frontal.data.panel_columns import finite
from frontal.data.read import read_table
from frontal.data.table import Table
from frontal.data.times import read_times
from frontal.errors import FrontalError
from frontal.layers.recurrent import Recurrent
from frontal.layers.threads import threads_to_train
from frontal.tasks.forecast_traffic_report import OVERLAP, traffic_report
from frontal.tasks.forecast_traffic_settings import PROTOCOL, TrafficSettings
from frontal.training.batches import Minibatches
from frontal.training.loop import train
from frontal.training.progress import Progress
from frontal.training.run_directory import check_run_target, save_run
from frontal.training.seed import seeded
from frontal.training.settings import TrainingSettings

PUBLISHED = {"LSTM, published": 0.169, "LTC, published": 0.099}
SHUFFLE = 23489  # seed of the published permutation
WEEK = 7 * 24
WEATHER = ("temp", "rain_1h", "snow_1h", "clouds_all")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Traffic:
    """Sequences and how they are divided.

    Attributes:
        inputs: (N, sequence, 6) temperature, rain, snow, clouds, weekday, sine of the hour.
        targets: (N, sequence, 1) volume, standardised.
        slots: (N, sequence) hour of the week, from Monday's midnight.
        training, validation, test: numbers of the sequences.
    """

    inputs: Tensor
    targets: Tensor
    slots: NDArray[np.int64]
    training: NDArray[np.intp]
    validation: NDArray[np.intp]
    test: NDArray[np.intp]

    def part(self, rows: NDArray[np.intp]) -> tuple[Tensor, Tensor]:
        """Inputs and targets of some sequences."""
        return self.inputs[rows], self.targets[rows]


class StepwiseVolume(nn.Module):
    """Recurrent layer and a linear read-out of every step: (B, T, 6) → (B, T, 1)."""

    def __init__(self, settings: TrafficSettings) -> None:
        super().__init__()
        self.recurrent = Recurrent(named(settings.cell), 6, settings.hidden, batch_first=True)
        self.head = nn.Linear(self.recurrent.output_size, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the volume of each step."""
        return self.head(self.recurrent(inputs)[0])


def read_traffic(source: Any, settings: TrafficSettings) -> Traffic:
    """Read the hourly volumes of Metro Interstate 94 (UCI 492), and cut them into sequences."""
    table = read_table(source)
    lacking = [name for name in (*WEATHER, "date_time", "traffic_volume") if name not in table.columns]
    if lacking:
        raise FrontalError(
            f"{table.name} has no column {lacking[0]!r}; the preset {PROTOCOL} reads the file "
            "Metro_Interstate_Traffic_Volume.csv of the UCI repository, number 492"
        )
    features, slots = _features(table)
    volume = finite(table, "traffic_volume")
    volume = (volume - volume.mean()) / volume.std()
    starts = np.arange(0, len(volume) - settings.sequence, settings.stride)
    if len(starts) < 20:
        raise FrontalError(f"{table.name}: {len(volume)} rows make {len(starts)} sequences; 20 are needed")
    at = starts[:, None] + np.arange(settings.sequence)
    order = np.random.RandomState(SHUFFLE).permutation(len(starts))  # as published, so that the parts are the same
    held, tested = int(0.1 * len(starts)), int(0.15 * len(starts))
    return Traffic(
        torch.from_numpy(features[at]).float(), torch.from_numpy(volume[at]).float()[..., None], slots[at],
        training=order[held + tested :], validation=order[:held], test=order[held : held + tested],
    )  # fmt: skip


def traffic_run(source: Any, settings: TrafficSettings, out: Path, *, progress: Progress, say: Say) -> dict[str, Any]:
    """Train by the protocol, measure on the test sequences beside the published errors, and save the weights."""
    check_run_target(out)
    traffic = read_traffic(source, settings)
    counts = {part: len(getattr(traffic, part)) for part in ("training", "validation", "test")}
    say("Sequences: " + ", ".join(f"{count} for {part}" for part, count in counts.items()) + ".")
    say(OVERLAP)
    with seeded(settings.seed):
        network = StepwiseVolume(settings)
    began = perf_counter()
    with threads_to_train(settings.batch_size * settings.hidden):
        history = train(
            network, Minibatches(*traffic.part(traffic.training), settings.batch_size), _error,
            TrainingSettings(epochs=settings.epochs, batch_size=settings.batch_size,
                             learning_rate=settings.learning_rate, seed=settings.seed),
            validate=lambda: float(_error(network, *traffic.part(traffic.validation))), progress=progress,
        )  # fmt: skip
    seconds = perf_counter() - began
    with torch.no_grad():
        test = float(_error(network.eval(), *traffic.part(traffic.test)))
    baseline = weekly_profile_error(traffic)
    rows = {"frontal": test, "mean of the same weekday and hour": baseline, **PUBLISHED}
    metrics = {
        "mse_test": test, "mse_test_weekly_profile": baseline, "seconds_train": seconds, "seed": settings.seed,
        "best_epoch": history.best_epoch,
    }  # fmt: skip
    verdict, log = _verdict(test, baseline), history.as_dicts()
    report = traffic_report(
        source if isinstance(source, str) else "the data", settings, counts, rows, verdict, log, seconds
    )
    run = save_run(
        out, kind=PROTOCOL, settings={"settings": settings.to_dict()}, tensors=network.state_dict(),
        metrics=metrics, log=log, files={"report.html": report.to_html().encode()},
    )  # fmt: skip
    return {
        "run": str(out), "kind": PROTOCOL, "settings": settings.to_dict(), "metrics": metrics, "table": rows,
        "verdict": verdict,
        "files": sorted(str(Path(out) / path.name) for path in run.iterdir()),
    }  # fmt: skip


def _verdict(test: float, baseline: float) -> str:
    published = PUBLISHED["LSTM, published"]
    first = "below" if test < published else "not below"
    second = "beats" if test < baseline else "does not beat"
    return (
        f"The squared error {test:.3f} is {first} the published one of an LSTM of 32 units, {published}; it {second} "
        f"the mean of the same weekday and hour, {baseline:.3f}."
    )


def weekly_profile_error(traffic: Traffic) -> float:
    """Squared error on the test sequences of the training part's mean of each weekday and hour."""
    learned, volume = traffic.slots[traffic.training].ravel(), traffic.targets[traffic.training].numpy().ravel()
    mean = np.bincount(learned, volume, minlength=WEEK) / np.maximum(np.bincount(learned, minlength=WEEK), 1)
    return float(np.mean((mean[traffic.slots[traffic.test]] - traffic.targets[traffic.test].numpy()[..., 0]) ** 2))


def _error(network: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    return mse_loss(network(inputs), targets)


def _features(table: Table) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """What the network reads, (rows, 6), and the hour of the week, (rows,)."""
    weather = np.column_stack([finite(table, name) for name in WEATHER])
    weather[:, 0] -= weather[:, 0].mean()
    times = read_times(table, "date_time").values
    if times is None:
        raise FrontalError(f"{table.name}: column 'date_time' holds no times")
    days = times.astype("datetime64[D]")
    hours = (times - days).astype("timedelta64[h]").astype(np.int64)
    weekday = (days.astype(np.int64) + 3) % 7  # Monday is 0
    features = np.column_stack([weather, weekday, np.sin(hours * np.pi / 24)]).astype(np.float64)
    return features, weekday * 24 + hours
