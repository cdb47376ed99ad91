"""Training one network on texts of several styles."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from math import ceil
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from frontal.layers.language_network import LanguageNetwork
from frontal.tasks.language_settings import LanguageSettings
from frontal.tasks.language_style_pieces import Pieces, StyleStreams
from frontal.training.history import History
from frontal.training.loop import train
from frontal.training.progress import Progress
from frontal.training.settings import TrainingSettings
from frontal.training.through_time import Window

TRIED = 4  # windows that show how long one takes; the first one compiles
AT_ONCE = 65_536  # symbols that are measured side by side, where a single text has no more

OfWindow = Callable[[nn.Module, Window, Tensor], Tensor]


def train_styles(
    network: LanguageNetwork, settings: LanguageSettings, learned: Pieces, held_out: Pieces | None,
    progress: Progress | None = None,
) -> tuple[History, str]:  # fmt: skip
    """Train in place, every style equally often, and keep the weights that do best on what is held out.

    Returns:
        What happened, and a sentence where the time that is allowed made the passes shorter ("" else).
    """
    assert settings.streams is not None
    windows, said = _plan(deepcopy(network), settings, learned)
    streams = StyleStreams(learned, network.styles, settings.streams, settings.window, windows=windows)

    def validate() -> float:
        assert held_out is not None
        return float(mean_by_style(surprise_of_pieces(network, held_out), held_out, network.styles).mean())

    chosen = TrainingSettings(
        optimizer=settings.optimizer, learning_rate=settings.learning_rate, weight_decay=settings.weight_decay,
        schedule=settings.schedule, epochs=settings.epochs, clip_norm=settings.clip_norm, seed=settings.seed,
        patience=None if held_out is None else settings.patience,
    )  # fmt: skip
    loss = _loss(network, streams)
    return train(
        network, streams, loss, chosen, validate=None if held_out is None else validate, progress=progress
    ), said


@torch.no_grad()
def surprise_of_pieces(network: LanguageNetwork, pieces: Pieces, style: int | None = None) -> Tensor:
    """Return -ln p of each text and its end, in its own style, or in the one that is given, (N,), in nats."""
    found = network.bias.new_zeros(len(pieces.styles))
    for rows in _side_by_side(pieces.lengths):
        (x, lengths), targets = pieces.draw(rows)
        styles = x[0, :, 1] if style is None else torch.full_like(rows, style)
        logits, _ = network(x[..., 0], style=styles)
        nats = cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view(targets.shape)
        found[rows] = nats.masked_fill(torch.arange(len(targets))[:, None] >= lengths, 0).sum(0)
    return found


def _side_by_side(lengths: Tensor) -> list[Tensor]:
    """Return rows that are measured together, those of like length."""
    order, batches = lengths.argsort(stable=True), list[Tensor]()
    while len(order):
        many = max(1, int((lengths[order] * torch.arange(1, len(order) + 1) <= AT_ONCE).sum()))
        batches.append(order[:many])
        order = order[many:]
    return batches


def mean_by_style(nats: Tensor, pieces: Pieces, count: int) -> Tensor:
    """Return the nats a symbol in each of S styles, (S,)."""
    total, symbols = torch.zeros(2, count)
    total.index_add_(0, pieces.styles, nats)
    symbols.index_add_(0, pieces.styles, pieces.lengths.float())
    return total / symbols


def _loss(network: LanguageNetwork, streams: StyleStreams) -> OfWindow:
    def per_step(logits: Tensor, targets: Tensor) -> Tensor:
        return cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view(targets.shape)

    def run(x: Tensor, states: Any, lengths: Tensor | None = None) -> tuple[Tensor, Any]:
        del lengths  # what comes behind the end of a text changes nothing before it, and nothing follows
        return network(x[..., 0], states, style=x[0, :, 1])

    of_window = streams.through.loss(per_step)
    return lambda _, window, targets: of_window(run, window, targets)  # type: ignore[arg-type]


def _plan(network: LanguageNetwork, settings: LanguageSettings, learned: Pieces) -> tuple[int | None, str]:
    """Return the windows of a round, None for those of a pass, after trying a few on a copy of the network."""
    assert settings.streams is not None
    if settings.minutes is None:
        return None, ""
    network.train()
    with torch.random.fork_rng(devices=[]):
        streams = StyleStreams(learned, network.styles, settings.streams, settings.window)
        loss, times = _loss(network, streams), list[float]()
        for (window, targets), _ in zip(streams, range(TRIED), strict=False):
            began = perf_counter()
            loss(network, window, targets).backward()
            network.zero_grad(set_to_none=True)
            times.append(perf_counter() - began)
    fit = 60 * settings.minutes / min(times)  # windows of all rounds together
    if len(streams) * settings.epochs <= fit:
        return None, ""
    windows = max(1, ceil(fit / settings.epochs))
    said = (
        f"{settings.epochs} passes over the texts would take longer than {settings.minutes:g} minutes here; each of as "
        f"many rounds is {windows / len(streams):.0%} of a pass (minutes=none gives all of them)."
    )
    return windows, said
