"""Additive attention."""

from __future__ import annotations

from typing import final

from torch import Tensor, nn

from frontal.layers.attention import Attention, Memory, checked_size
from frontal.layers.attention_mask import masked_softmax


@final
class Additive(Attention):
    """The score is that of a small network with one hidden layer (Bahdanau, Cho & Bengio 2015).

        e_j = v · tanh(W q + U m_j),  α = softmax(e)

    Args:
        query_size: Q.
        memory_size: M.
        size: hidden units of the network, A; Q by default.

    Example:
        >>> import torch
        >>> from frontal.layers import Additive
        >>> attention = Additive(4, 3)
        >>> memory = attention.prepare(torch.randn(2, 5, 3), lengths=[5, 2])
        >>> context, weights = attention.attend(torch.randn(2, 4), memory)
        >>> context.shape, weights.shape, int((weights[1] > 0).sum())
        (torch.Size([2, 3]), torch.Size([2, 5]), 2)
    """

    def __init__(self, query_size: int, memory_size: int, size: int | None = None) -> None:
        super().__init__(query_size, memory_size)
        size = checked_size(self, "size", query_size if size is None else size)
        self.of_query = nn.Linear(query_size, size, bias=False)  # W
        self.of_memory = nn.Linear(memory_size, size, bias=False)  # U
        self.score = nn.Linear(size, 1, bias=False)  # v

    def keys(self, states: Tensor) -> Tensor:
        """Return U m, (B, S, A)."""
        return self.of_memory(states)

    def weigh(self, queries: Tensor, memory: Memory, previous: Tensor | None) -> Tensor:
        """Return weights, (B, T, S); those of the step before do not matter."""
        hidden = (self.of_query(queries)[:, :, None] + memory.keys[:, None]).tanh()  # (B, T, S, A)
        valid = None if memory.valid is None else memory.valid[:, None]
        return masked_softmax(self.score(hidden)[..., 0], valid)
