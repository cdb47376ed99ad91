"""The network that answers: sentences are read word by word, stories fact by fact, as often as there are hops."""

from __future__ import annotations

from typing import NamedTuple, final

import torch
from torch import Tensor, nn

from frontal.cells import named
from frontal.layers.episodic import Episode, beside
from frontal.layers.recurrent import Recurrent
from frontal.tasks.answer_encode import StoryBatch
from frontal.tasks.answer_settings import AnswerSettings


class Said(NamedTuple):
    """What the network says.

    Attributes:
        logits: of K answers, (B, K).
        attention: to every fact at every hop, 0 .. 1, (hops, F, B).
    """

    logits: Tensor
    attention: Tensor


@final
class AnswerNetwork(nn.Module):
    """A dynamic memory network (Kumar et al. 2016); with hops = 0 one recurrent layer over the facts.

    Args:
        settings: of the recipe.
        words: that there are numbers for.
        answers: classes, K.
    """

    def __init__(self, settings: AnswerSettings, *, words: int, answers: int) -> None:
        super().__init__()
        H, cell = settings.hidden, named(settings.cell)
        self.embedding = nn.Embedding(words, H)
        self.dropout = nn.Dropout(settings.dropout)
        self.sentences = Recurrent(cell, H, H)
        self.story = None if settings.hops else Recurrent(cell, 5 * H, H)
        self.episodes = nn.ModuleList(Episode(H, cell) for _ in range(settings.hops))
        self.answer = nn.Linear(2 * H, answers)

    def forward(self, batch: StoryBatch) -> Said:
        """Answer B questions."""
        sentences = self.dropout(self.read(batch.words, batch.word_counts))  # (U, H)
        return self.answered(sentences[batch.facts], batch.fact_counts, sentences[batch.asked])

    def read(self, words: Tensor, counts: Tensor) -> Tensor:
        """Return what U sentences say, (U, H), of words (W, U) and how many each has, (U,)."""
        return _first(self.sentences(self.dropout(self.embedding(words)), lengths=counts)[1])

    def answered(self, facts: Tensor, counts: Tensor, question: Tensor) -> Said:
        """Answer B questions, (B, H), about facts, (F, B, H), counts (B,) of them, which were read as sentences are."""
        memory, looks = question, [facts.new_zeros(0, *facts.shape[:2])]
        if self.story is not None:
            memory = _first(self.story(beside(facts, question, question), lengths=counts)[1])
        for episode in self.episodes:
            memory, attention = episode(facts, counts, question, memory)
            looks.append(attention[None])
        return Said(self.answer(torch.cat([memory, question], -1)), torch.cat(looks))


def _first(states: Tensor | tuple[Tensor, ...]) -> Tensor:
    """Return the state that a layer puts out after its last step, (B, H)."""
    return (states if isinstance(states, Tensor) else states[0])[-1]
