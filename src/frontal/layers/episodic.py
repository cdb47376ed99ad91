"""Episodic memory: a story is read again and again, each time knowing what was found before."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

from frontal.cell import Cell
from frontal.layers.episodic_cell import AttentionGRU
from frontal.layers.recurrent import Recurrent
from frontal.layers.sequence import Lengths


@final
class Episode(nn.Module):
    """One reading of a story: where to look, and what is kept of it (Kumar et al. 2016; Xiong et al. 2016).

    g = σ(w · reader([f, q, m, f q, f m])),  e = AttentionGRU(f, g),  m' = ReLU(W [m, e, q] + b)

    for facts f, the question q and the memory m, at first the question. The reader goes through the facts in both
    directions, so that it knows what comes before and after each; the memory takes in only what is looked at.

    Deviations: the reader sees question and memory, and attention is a sigmoid of its outputs, so that several
    facts may count in full, as counting needs; the papers compare each fact alone.

    Args:
        size: features of a fact, the question and the memory, H.
        cell: of the reader.

    Example:
        >>> import torch
        >>> from frontal.cells import named
        >>> from frontal.layers.episodic import Episode
        >>> facts, question = torch.randn(5, 2, 8), torch.randn(2, 8)
        >>> memory, attention = Episode(8, named("gru"))(facts, [5, 3], question, question)
        >>> memory.shape, attention.shape, attention[3:, 1].tolist()
        (torch.Size([2, 8]), torch.Size([5, 2]), [0.0, 0.0])
    """

    def __init__(self, size: int, cell: type[Cell]) -> None:
        super().__init__()
        self.reader = Recurrent(cell, 5 * size, size, bidirectional=True)
        self.look = nn.Linear(self.reader.output_size, 1)  # w
        self.keep = Recurrent(AttentionGRU, size + 1, size)
        self.update = nn.Linear(3 * size, size)  # W, b

    def forward(self, facts: Tensor, counts: Lengths, question: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Read.

        Args:
            facts: (F, B, H).
            counts: how many there are, (B,).
            question, memory: (B, H).

        Returns:
            The new memory, (B, H), and the attention to each fact, 0 .. 1, (F, B), 0 where there is none.
        """
        read, _ = self.reader(beside(facts, question, memory), lengths=counts)
        valid = torch.arange(len(facts))[:, None] < torch.as_tensor(counts)
        attention = self.look(read)[..., 0].sigmoid() * valid
        _, kept = self.keep(torch.cat([facts, attention[..., None]], -1), lengths=counts)
        return self.update(torch.cat([memory, kept[-1], question], -1)).relu(), attention


def beside(facts: Tensor, question: Tensor, memory: Tensor) -> Tensor:
    """Return facts, (F, B, H), with question and memory, (B, H), and their products beside each: (F, B, 5 H)."""
    return torch.cat([facts, question.expand_as(facts), memory.expand_as(facts), facts * question, facts * memory], -1)
