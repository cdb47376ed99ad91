"""Training on pairs: batches of like length, teacher forcing, label smoothing, the mean of the best weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from frontal.data.ragged import Ragged
from frontal.layers.encoder_decoder import EncoderDecoder
from frontal.layers.softmax_loss import softmax_loss
from frontal.tasks.pairs_settings import PairsSettings
from frontal.training.averaged import Averaged
from frontal.training.history import History
from frontal.training.loop import train
from frontal.training.progress import Progress, SilentProgress
from frontal.training.ragged_batches import RaggedBatches
from frontal.training.settings import TrainingSettings

IGNORED = -100  # a target beyond the end of its text
STEPS_AT_ONCE = 8192  # of all targets of a batch together, when nothing is learned


@dataclass(frozen=True)
class Spelled:
    """N pairs as symbols, each side with its end."""

    sources: Ragged
    targets: Ragged

    def __len__(self) -> int:
        return len(self.sources)

    def draw(self, rows: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor]:
        """Return ((sources (B, S), their lengths (B,)), targets (B, T)) of some pairs, `IGNORED` behind an end."""
        source, lengths = self.sources.batch(rows)
        targets, valid = self.targets.batch(rows)
        beyond = torch.arange(len(targets))[:, None] >= valid
        return (source.T.contiguous(), lengths), targets.masked_fill(beyond, IGNORED).T.contiguous()

    @property
    def order(self) -> Tensor:
        """What batches are sorted by, (N,): the length of the source, then that of the target."""
        return self.sources.lengths * (int(self.targets.lengths.max()) + 1) + self.targets.lengths

    def batches(self) -> list[Tensor]:
        """Return rows of pairs of like length, of all pairs in order of length."""
        rows, found = self.order.argsort(stable=True), list[Tensor]()
        while len(rows):
            longest = torch.maximum(self.sources.lengths[rows], self.targets.lengths[rows]).cummax(0).values
            many = max(1, int((longest * torch.arange(1, len(rows) + 1) <= STEPS_AT_ONCE).sum()))
            found.append(rows[:many])
            rows = rows[many:]
        return found


def loss_of(network: EncoderDecoder, source: Tensor, lengths: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    """Return the mean cross-entropy of targets, (B, T), given their sources, (B, S), by teacher forcing."""
    valid = targets != IGNORED
    said = network.features(source, targets.clamp_min(0), lengths=lengths, target_lengths=valid.sum(1)).outputs
    head = network.decoder.head.linear
    return softmax_loss(said[valid], head.weight, head.bias, targets[valid], label_smoothing=smoothing)


@torch.no_grad()
def surprise(network: EncoderDecoder, pairs: Spelled) -> Tensor:
    """Return -log p of every target given its source, in nats, (N,); the network must be in evaluation mode."""
    found = torch.zeros(len(pairs))
    for rows in pairs.batches():
        (source, lengths), targets = pairs.draw(rows)
        valid = targets != IGNORED
        said = network(source, targets.clamp_min(0), lengths=lengths, target_lengths=valid.sum(1)).outputs
        nats = cross_entropy(said.transpose(1, 2), targets, ignore_index=IGNORED, reduction="none")
        found[rows] = nats.sum(1).float()
    return found


def mean_surprise(network: EncoderDecoder, pairs: Spelled) -> float:
    """Return -log p of the targets in nats a symbol."""
    return float(surprise(network, pairs).double().sum()) / int(pairs.targets.lengths.sum())


def train_network(
    network: EncoderDecoder, settings: PairsSettings, pairs: Spelled, valid: Spelled | None,
    measure: Callable[[], float] | None = None, progress: Progress | None = None,
) -> tuple[History, str]:  # fmt: skip
    """Train in place; return what happened, and a sentence on whose weights the network has.

    Args:
        network: new.
        settings: with every guess filled in.
        pairs: to learn.
        valid: stop the training and choose the weights; None without.
        measure: what is to fall, in place of the loss on `valid`.
        progress: told about every batch.
    """
    assert settings.batch_size is not None
    batches = RaggedBatches(pairs.order, settings.batch_size, pairs.draw)
    averaged = Averaged(network, settings.average)

    def loss(model: nn.Module, inputs: tuple[Tensor, Tensor], targets: Tensor) -> Tensor:
        del model  # it is the network
        return loss_of(network, *inputs, targets, settings.label_smoothing)

    def score() -> float:
        assert valid is not None
        return mean_surprise(network, valid) if measure is None else measure()

    def validate() -> float:
        found = score()
        averaged.offer(found)
        return found

    history = train(
        network, batches, loss, _training(settings, len(batches), patient=valid is not None),
        validate=None if valid is None else validate, progress=progress or SilentProgress(),
    )  # fmt: skip
    network.eval()
    return history, "" if valid is None else _averaged(network, averaged, score)


def _averaged(network: EncoderDecoder, averaged: Averaged, score: Callable[[], float]) -> str:
    """Put the mean of the best weights into the network if it is better than the best ones alone."""
    epochs = averaged.epochs
    if len(epochs) < 2:
        return ""
    best, alone = score(), {name: p.detach().clone() for name, p in network.named_parameters()}
    averaged.apply()
    together = score()
    listed = ", ".join(map(str, epochs))
    if together < best:
        return f"The weights are the mean of those of epochs {listed} (validation {together:.4g}, the best {best:.4g})."
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.copy_(alone[name])
    return f"The mean of the weights of epochs {listed} was no better than the best ones ({together:.4g}, {best:.4g})."


def _training(settings: PairsSettings, batches: int, *, patient: bool) -> TrainingSettings:
    chosen: dict[str, Any] = {
        name: getattr(settings, name)
        for name in ("optimizer", "learning_rate", "schedule", "epochs", "batch_size", "clip_norm", "seed")
    }
    warmup = min(settings.warmup, batches * settings.epochs // 10)
    return TrainingSettings(**chosen, warmup_steps=warmup, patience=settings.patience if patient else None)
