"""Several networks on the same windows, each with its own part held out: cross-validation whose models are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from frontal.training.batches import Minibatches
from frontal.training.history import History
from frontal.training.loop import train
from frontal.training.progress import Progress, Share, SilentProgress
from frontal.training.seed import seeded
from frontal.training.settings import TrainingSettings
from frontal.training.step import Loss

LARGEST = 4096  # rows that a network is asked about at once when it does not learn


@dataclass(frozen=True)
class Ensemble:
    """Trained members and what they say about rows they have not learned from.

    Attributes:
        members: the networks, in evaluation mode.
        held_out: answer to every row by the members that held it out, (N, …); in-sample answers
            of all members where nothing was held out, NaN for rows that none of several held out.
        histories: one a member.
    """

    members: nn.ModuleList
    held_out: Tensor
    histories: list[History]


def train_ensemble(  # noqa: PLR0913 - the parts of a training, how many, and who is told
    build: Callable[[], nn.Module],
    inputs: Tensor,
    targets: Tensor,
    loss: Loss,
    settings: TrainingSettings,
    *,
    members: int,
    validation: float,
    progress: Progress | None = None,
    description: str = "training",
) -> Ensemble:
    """Train `members` networks; member k stops early by its own block of consecutive rows.

    The blocks are spread evenly over the rows, the last one ends with the last row. After Ctrl-C
    the members trained so far are kept; at least one always is.

    Args:
        build: makes an untrained network; called under a seed of its own for every member.
        inputs, targets: (N, …) each.
        loss: as for `train`.
        settings: of every member; patience is left out where nothing is held out.
        members: how many networks.
        validation: part of the rows that each holds out, 0 to below 1.
        progress: told how far all members together are, under `description`.
    """
    N = len(inputs)
    size = min(round(validation * N), N - 1)
    progress = progress or SilentProgress()
    progress.start(members * settings.epochs, description)
    networks, histories = nn.ModuleList(), []
    answers: Tensor | None = None
    counts = torch.zeros(N)
    try:
        for member in range(members):
            chosen = TrainingSettings(**{**vars(settings), "seed": settings.seed * members + member})
            with seeded(chosen.seed):
                network = build()
            held = _block(N, size, member, members)
            history = _train_member(network, inputs, targets, loss, chosen, held, Share(progress, chosen.epochs))
            networks.append(network.eval())
            histories.append(history)
            rows = held if size else torch.arange(N)
            said = answer(network, inputs[rows])
            answers = torch.zeros(N, *said.shape[1:]) if answers is None else answers
            answers[rows] += said
            counts[rows] += 1
            if history.interrupted:
                break
    finally:
        progress.stop()
    assert answers is not None
    held_out = answers / counts.reshape(-1, *[1] * (answers.dim() - 1))  # 0/0 is NaN: held out by none
    return Ensemble(networks, held_out, histories)


def answer(network: nn.Module, inputs: Tensor) -> Tensor:
    """What a network says about rows (N, …), without gradients."""
    with torch.inference_mode():
        return torch.cat([network(rows) for rows in inputs.split(LARGEST)])


def _block(N: int, size: int, member: int, members: int) -> Tensor:
    """Rows that a member holds out; a single member holds out the last ones."""
    start = N - size if members == 1 else round(member * (N - size) / (members - 1))
    return torch.arange(start, start + size)


def _train_member(
    network: nn.Module, inputs: Tensor, targets: Tensor, loss: Loss, settings: TrainingSettings,
    held: Tensor, progress: Progress,
) -> History:  # fmt: skip
    if not len(held):
        settings = TrainingSettings(**{**vars(settings), "patience": None})
        return train(network, Minibatches(inputs, targets, settings.batch_size), loss, settings, progress=progress)
    kept = torch.ones(len(inputs), dtype=torch.bool)
    kept[held] = False
    batches = Minibatches(inputs[kept], targets[kept], settings.batch_size)

    def validate() -> float:
        return float(loss(network, inputs[held], targets[held]))

    return train(network, batches, loss, settings, validate=validate, progress=progress)
