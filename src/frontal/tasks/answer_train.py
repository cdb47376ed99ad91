"""How a network learns to answer."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy, cross_entropy

from frontal.tasks.answer_encode import NEVER_LEARNED, EncodedStories, Shuffled, StoryBatch
from frontal.tasks.answer_network import AnswerNetwork, Said
from frontal.tasks.answer_settings import AnswerSettings
from frontal.training.history import History
from frontal.training.loop import train
from frontal.training.progress import Progress, SilentProgress
from frontal.training.seed import seeded
from frontal.training.settings import TrainingSettings
from frontal.training.temperature import fit_temperature

AT_ONCE = 512  # questions in a batch when nothing is learned
SURE = 1e-6  # least distance of an attention from 0 and 1 in the loss


def train_answers(
    network: AnswerNetwork, stories: EncodedStories, settings: AnswerSettings, groups: Tensor, progress: Progress | None
) -> tuple[float, History]:
    """Train in place; return the temperature that calibrates the answers, and the history.

    Args:
        network: new.
        stories: to learn from.
        settings: of the recipe.
        groups: of every question the number of its story, (N,): questions about one story are held out together.
        progress: told about every batch.
    """
    assert settings.batch_size is not None
    assert settings.epochs is not None
    held = _held_out(groups, settings)
    learned, kept_out = (~held).nonzero()[:, 0], held.nonzero()[:, 0]

    def loss(model: nn.Module, inputs: StoryBatch, goals: tuple[Tensor, Tensor]) -> Tensor:
        said: Said = model(inputs)
        answers, support = goals
        error = cross_entropy(said.logits, answers)
        if settings.support and len(said.attention):
            error = error + settings.support * _attention_error(said.attention, support, inputs.fact_counts)
        return error

    def validate() -> float:
        logits, _ = answers_of(network, stories, kept_out)
        return float(cross_entropy(logits, stories.answers[kept_out], ignore_index=NEVER_LEARNED))

    chosen = TrainingSettings(
        optimizer=settings.optimizer, learning_rate=settings.learning_rate, schedule=settings.schedule,
        epochs=settings.epochs, batch_size=settings.batch_size, clip_norm=settings.clip_norm,
        patience=settings.patience if len(kept_out) else None, seed=settings.seed,
    )  # fmt: skip
    batches = Shuffled(stories, learned, settings.batch_size)
    history = train(
        network, batches, loss, chosen, validate=validate if len(kept_out) else None,
        progress=progress or SilentProgress(),
    )  # fmt: skip
    network.eval()
    if not len(kept_out):
        return 1.0, history
    logits, _ = answers_of(network, stories, kept_out)
    return fit_temperature(logits, stories.answers[kept_out]), history


@torch.inference_mode()
def answers_of(
    network: AnswerNetwork, stories: EncodedStories, rows: Tensor | None = None
) -> tuple[Tensor, list[Tensor]]:
    """Return the logits of the answers to questions (or some rows of them), (N, K), and where the network looked.

    The attention is (hops, F_i) for each of N stories.
    """
    rows = torch.arange(len(stories)) if rows is None else rows
    logits: list[Tensor] = []
    looks: list[Tensor] = []
    for part in rows.split(AT_ONCE):
        batch = stories.batch(part)
        said: Said = network(batch)
        logits.append(said.logits)
        looks += [said.attention[:, :count, place] for place, count in enumerate(batch.fact_counts.tolist())]
    return torch.cat(logits), looks


def _attention_error(attention: Tensor, support: Tensor, counts: Tensor) -> Tensor:
    """Return the cross-entropy between the chance that some hop looks at a fact, and whether it supports the answer.

    Args:
        attention: (hops, F, B).
        support: bool, (F, B).
        counts: facts of each story, (B,).
    """
    looked = 1 - (1 - attention).prod(0)
    valid = torch.arange(len(support))[:, None] < counts
    return binary_cross_entropy(looked.clamp(SURE, 1 - SURE)[valid], support.float()[valid])


def _held_out(groups: Tensor, settings: AnswerSettings) -> Tensor:
    """Draw the stories that are held out; return which questions these are, bool (N,)."""
    stories = groups.unique()
    with seeded(settings.seed):
        order = stories[torch.randperm(len(stories))]
    return torch.isin(groups, order[: round(len(stories) * settings.validation)])
