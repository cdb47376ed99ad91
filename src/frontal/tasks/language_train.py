"""Training a language model: truncated back-propagation through time, within the time that was given."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from math import ceil
from time import perf_counter
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from frontal.data.corpus_ids import Ids
from frontal.errors import FrontalError
from frontal.layers.language_network import LanguageNetwork
from frontal.tasks.language_measure import surprise_of
from frontal.tasks.language_settings import LanguageSettings
from frontal.tasks.language_streams import Streams
from frontal.training.history import History
from frontal.training.loop import train
from frontal.training.progress import Figure, Progress, SilentProgress
from frontal.training.settings import TrainingSettings
from frontal.training.through_time import Window

ROUNDS = 20  # of a training that is as long as a time
TRIED = 4  # windows that show how long one takes; the first one compiles


@dataclass(frozen=True)
class Plan:
    """How long to train: `epochs` rounds of `windows` windows, each within `seconds` where there is a limit."""

    epochs: int
    windows: int
    seconds: float | None
    said: str


def plan_training(network: LanguageNetwork, settings: LanguageSettings, ids: Ids) -> Plan:
    """Decide on passes over the text, or on as many windows as fit into the time, after trying a few on a copy."""
    assert settings.streams is not None
    whole = len(Streams(ids, settings.streams, settings.window))
    if settings.minutes is None:
        return Plan(settings.epochs, whole, None, "")
    each = _seconds_each(deepcopy(network), settings, ids)
    budget = 60 * settings.minutes
    if each * whole * settings.epochs <= budget:
        return Plan(settings.epochs, whole, None, "")
    windows = max(1, int(budget / each / ROUNDS))
    passes = windows * ROUNDS / whole
    said = (
        f"{settings.epochs} passes over the text would take {each * whole * settings.epochs / 60:.3g} minutes here; "
        f"in {settings.minutes:g} minutes about {passes:.2g} fit (minutes=none gives all of them)."
    )
    return Plan(ROUNDS, windows, budget / ROUNDS, said)


def train_language(
    network: LanguageNetwork, settings: LanguageSettings, plan: Plan, ids: Ids, held_out: Ids, start: int,
    progress: Progress | None = None,
) -> History:  # fmt: skip
    """Train on `ids`, (N,), and keep the weights that do best on `held_out`."""
    streams = _streams(network, settings, ids, plan)
    loss = _loss(network, settings, streams)

    def validate() -> float:
        return float(surprise_of(network, held_out, start).mean())

    chosen = TrainingSettings(
        optimizer=settings.optimizer, learning_rate=settings.learning_rate, weight_decay=settings.weight_decay,
        schedule=settings.schedule, epochs=plan.epochs, clip_norm=settings.clip_norm, seed=settings.seed,
        patience=settings.patience if len(held_out) else None,
    )  # fmt: skip
    progress = progress or SilentProgress()
    if plan.seconds is not None:
        progress = ByTheClock(progress, plan.seconds)
    return train(network, streams, loss, chosen, validate=validate if len(held_out) else None, progress=progress)


class ByTheClock:
    """Progress of rounds that end when their time is over, however many windows they had."""

    def __init__(self, shown: Progress, seconds: float) -> None:
        self.shown, self.seconds = shown, seconds
        self._at = perf_counter()

    def start(self, total: float, description: str) -> None:
        """Begin a job of so many rounds."""
        self.shown.start(total, description)
        self._at = perf_counter()

    def update(self, advance: float, **figures: Figure) -> None:
        """Go on by the time since the last update."""
        before, self._at = self._at, perf_counter()
        self.shown.update((self._at - before) / self.seconds, **figures)

    def note(self, text: str) -> None:
        """Pass on."""
        self.shown.note(text)

    def stop(self) -> None:
        """Pass on."""
        self.shown.stop()


def device_for(asked: str) -> torch.device:
    """Return where to train: "cpu", "cuda", or "auto", which is a GPU if there is one; else raise `FrontalError`."""
    there = torch.cuda.is_available()
    if asked == "cuda" and not there:
        raise FrontalError("device=cuda: torch sees no GPU here; leave it out to train on the CPU")
    return torch.device("cuda" if there and asked != "cpu" else "cpu")


def _streams(network: LanguageNetwork, settings: LanguageSettings, ids: Ids, plan: Plan | None = None) -> Streams:
    assert settings.streams is not None
    windows, seconds = (plan.windows, plan.seconds) if plan else (None, None)
    device = network.bias.device
    return Streams(ids, settings.streams, settings.window, windows=windows, seconds=seconds, device=device)


def _loss(
    network: LanguageNetwork, settings: LanguageSettings, streams: Streams
) -> Callable[[nn.Module, Window, Tensor], Tensor]:
    """Cross-entropy, with the penalties on the outputs of Merity et al. 2018 where they are asked for."""

    def per_step(outputs: Tensor, targets: Tensor) -> Tensor:
        logits = network.answer(outputs)
        losses = cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view(targets.shape)
        if settings.activation_penalty:
            losses = losses + settings.activation_penalty * outputs.square().mean(-1)
        if settings.temporal_penalty:
            changes = outputs.diff(dim=0, prepend=outputs[:1]).square().mean(-1)
            losses = losses + settings.temporal_penalty * changes
        return losses

    of_window, run = streams.through.loss(per_step), cast(nn.Module, network.run)  # called, as a module is
    return lambda _, window, targets: of_window(run, window, targets)


def _seconds_each(network: LanguageNetwork, settings: LanguageSettings, ids: Ids) -> float:
    """Return how long a window takes to learn, the shortest of a few tries."""
    streams = _streams(network, settings, ids)
    loss, times = _loss(network, settings, streams), list[float]()
    network.train()
    with torch.random.fork_rng(devices=[]):
        for (window, targets), _ in zip(streams, range(TRIED), strict=False):
            began = perf_counter()
            loss(network, window, targets).backward()
            network.zero_grad(set_to_none=True)
            times.append(perf_counter() - began)
    return min(times)


def streams_for(symbols: int, window: int) -> int:
    """Return how many streams a text is cut into, so that a pass has 100 updates or more: 1 to 32."""
    return min(max(1, symbols // (window * 100)), 32)


def least_symbols(window: int) -> int:
    """Return how many symbols one stream needs at least: a few windows."""
    return ceil(4.5 * window)
