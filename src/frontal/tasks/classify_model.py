"""A trained ensemble: from encoded sequences to calibrated probabilities, whole or while they arrive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from frontal.data.ragged import Ragged
from frontal.tasks.classify_network import NetworkStream, SequenceNetwork
from frontal.tasks.classify_settings import ClassifySettings
from frontal.training.history import History
from frontal.training.loop import train
from frontal.training.progress import Progress, Share, SilentProgress
from frontal.training.ragged_batches import RaggedBatches
from frontal.training.seed import seeded
from frontal.training.settings import TrainingSettings
from frontal.training.temperature import fit_temperature

STEPS_AT_ONCE = 65_536  # of all sequences of a batch together, when nothing is learned
UNLABELLED = -100
BEGINNINGS = (0.25, 0.5, 0.75, 1.0)  # parts of a sequence by which early answers are calibrated


@dataclass(frozen=True)
class Examples:
    """Encoded sequences and their classes.

    Attributes:
        inputs: N sequences.
        targets: classes: int64 (N,), or a Ragged of int64 (T_i,) with `UNLABELLED` where a step has none.
    """

    inputs: Ragged
    targets: Tensor | Ragged

    def draw(self, rows: Tensor, cut: float = 0.0) -> tuple[tuple[Tensor, Tensor], Tensor]:
        """Return ((x, lengths), classes) of some sequences; classes (B,), or (T, B) per step.

        Args:
            cut: part of them of which only a beginning is returned, as long as chance will have it.
        """
        lengths = self.inputs.lengths[rows]
        if cut:
            some = (torch.rand(len(rows)) * lengths).long() + 1  # 1 .. T
            lengths = torch.where(torch.rand(len(rows)) < cut, some, lengths)
        x, lengths = self.inputs.batch(rows, lengths)
        if isinstance(self.targets, Tensor):
            return (x, lengths), self.targets[rows]
        wanted, _ = self.targets.batch(rows)
        beyond = torch.arange(len(wanted))[:, None] >= lengths
        return (x, lengths), wanted.masked_fill(beyond, UNLABELLED)

    def flat_targets(self, rows: Tensor) -> Tensor:
        """Return the classes of some sequences one after the other, (B,) or (Σ T,)."""
        if isinstance(self.targets, Tensor):
            return self.targets[rows]
        return torch.cat([self.targets[row] for row in rows.tolist()])


class ClassifyModel:
    """Networks that answer together.

    Args:
        networks: in evaluation mode.
        temperatures: what each divides its logits by, (M,).
    """

    def __init__(self, networks: nn.ModuleList, temperatures: Tensor) -> None:
        self.networks, self.temperatures = networks, temperatures

    def probabilities(self, inputs: Ragged, lengths: Tensor | None = None) -> Tensor:
        """Return the probability of each class, (N, K), or (Σ T, K) per step: the members' geometric mean.

        The arithmetic mean of calibrated members would not be sure enough of what they agree on.

        Args:
            inputs: N sequences.
            lengths: how many steps of each are seen, (N,); by default all.
        """
        said = [
            logits_of(network, inputs, lengths) / temperature
            for network, temperature in zip(self.networks, self.temperatures, strict=True)
        ]
        return together(torch.stack(said))

    def streams(self) -> list[NetworkStream]:
        """Begin a sequence in every network."""
        return [network.stream() for network in self.networks]  # type: ignore[operator]


def together(logits: Tensor) -> Tensor:
    """Return the probabilities that calibrated members give together, (…, K), from their logits, (M, …, K)."""
    return logits.mean(0).softmax(-1)


@torch.inference_mode()
def logits_of(network: nn.Module, inputs: Ragged, lengths: Tensor | None = None, rows: Tensor | None = None) -> Tensor:
    """Return what a network says about sequences (or some rows of them), (N, K), or (Σ T, K) per step."""
    rows = torch.arange(len(inputs)) if rows is None else rows
    seen = (inputs.lengths if lengths is None else lengths)[rows]
    said: list[Tensor] = [torch.empty(0)] * len(rows)
    for places in _together(seen):
        x, valid = inputs.batch(rows[places], seen[places])
        answers = network(x, valid)
        for place, answer in zip(places.tolist(), answers if answers.dim() == 2 else answers.unbind(1), strict=True):
            said[place] = answer[None] if answers.dim() == 2 else answer[: seen[place]]
    return torch.cat(said)


def _together(lengths: Tensor) -> list[Tensor]:
    """Return places of sequences that fit into one batch, those of like length together."""
    order, batches = lengths.argsort(stable=True), []
    while len(order):
        counts = lengths[order] * torch.arange(1, len(order) + 1)
        many = max(1, int((counts <= STEPS_AT_ONCE).sum()))
        batches.append(order[:many])
        order = order[many:]
    return batches


def train_classifier(
    settings: ClassifySettings,
    examples: Examples,
    build: Callable[[], SequenceNetwork],
    weights: Tensor | None,
    progress: Progress | None = None,
) -> tuple[ClassifyModel, list[History]]:
    """Train `settings.members` networks, each with a fold of its own held out to stop it early and to calibrate it.

    After Ctrl-C the members trained so far are kept; at least one always is.

    Args:
        weights: of the classes in the loss, (K,); None for equal ones.
    """
    progress = progress or SilentProgress()
    progress.start(settings.members * settings.epochs, "training")
    networks, temperatures, histories = nn.ModuleList(), [], list[History]()
    folds = _folds(examples, settings)
    try:
        for member in range(settings.members):
            seed = settings.seed * settings.members + member
            with seeded(seed):
                network = build()
            held = folds == member if settings.validation else torch.zeros_like(folds, dtype=torch.bool)
            share = Share(progress, settings.epochs)
            history = _train_member(network, settings, seed, examples, held, weights, share)
            network.eval()
            temperature = _temperature(network, examples, held.nonzero()[:, 0], settings)
            networks.append(network)
            temperatures.append(temperature)
            histories.append(history)
            if history.interrupted:
                break
    finally:
        progress.stop()
    return ClassifyModel(networks, torch.tensor(temperatures)), histories


def _train_member(
    network: SequenceNetwork, settings: ClassifySettings, seed: int, examples: Examples, held: Tensor,
    weights: Tensor | None, progress: Progress,
) -> History:  # fmt: skip
    learned, kept_out = (~held).nonzero()[:, 0], held.nonzero()[:, 0]
    assert settings.batch_size is not None
    batches = RaggedBatches(
        examples.inputs.lengths[learned], settings.batch_size, lambda rows: examples.draw(learned[rows], settings.cut)
    )

    def loss(model: nn.Module, inputs: tuple[Tensor, Tensor], targets: Tensor) -> Tensor:
        return cross_entropy(
            model(*inputs).flatten(0, -2), targets.flatten(), weights, ignore_index=UNLABELLED,
            label_smoothing=settings.label_smoothing,
        )  # fmt: skip

    def validate() -> float:
        said = logits_of(network, examples.inputs, rows=kept_out)
        return float(cross_entropy(said, examples.flat_targets(kept_out), weights, ignore_index=UNLABELLED))

    chosen = TrainingSettings(
        optimizer=settings.optimizer, learning_rate=settings.learning_rate, weight_decay=settings.weight_decay,
        schedule=settings.schedule, epochs=settings.epochs, batch_size=settings.batch_size,
        clip_norm=settings.clip_norm, patience=settings.patience if len(kept_out) else None, seed=seed,
    )  # fmt: skip
    return train(network, batches, loss, chosen, validate=validate if len(kept_out) else None, progress=progress)


def _temperature(network: nn.Module, examples: Examples, rows: Tensor, settings: ClassifySettings) -> float:
    """Calibrate by held-out sequences; by their beginnings too, where the network learned from such."""
    if not len(rows):
        return 1.0
    lengths = examples.inputs.lengths
    seen = [(lengths * part).ceil().long() for part in (BEGINNINGS if settings.cut else (1.0,))]
    said = torch.cat([logits_of(network, examples.inputs, part, rows) for part in seen])
    return fit_temperature(said, examples.flat_targets(rows).repeat(len(seen)))


def _folds(examples: Examples, settings: ClassifySettings) -> Tensor:
    """Return the fold of every sequence, (N,), with each class spread evenly over all folds."""
    N = len(examples.inputs)
    with seeded(settings.seed):
        order = torch.randperm(N)
    if isinstance(examples.targets, Tensor):
        order = order[examples.targets[order].argsort(stable=True)]
    folds = torch.empty(N, dtype=torch.int64)
    folds[order] = torch.arange(N) % max(2, round(1 / settings.validation)) if settings.validation else 0
    return folds
