"""Multiplicative attention: three scores of Luong, Pham & Manning (2015)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import final

import torch
from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.attention import Attention, Memory, checked_size
from frontal.layers.attention_mask import masked_softmax


class Luong(Attention, ABC):
    """Global attention: a softmax over the scores of all places."""

    @abstractmethod
    def scores(self, queries: Tensor, keys: Tensor) -> Tensor:
        """Return the scores, (B, T, S), of queries (B, T, Q) against keys (B, S, A)."""

    def weigh(self, queries: Tensor, memory: Memory, previous: Tensor | None) -> Tensor:
        """Return weights, (B, T, S); those of the step before do not matter."""
        valid = None if memory.valid is None else memory.valid[:, None]
        return masked_softmax(self.scores(queries, memory.keys), valid)


@final
class LuongDot(Luong):
    """The score is e_j = q · m_j, without parameters; queries and memory have one size (Luong et al. 2015).

    Args:
        query_size: Q.
        memory_size: M, equal to Q.
    """

    def __init__(self, query_size: int, memory_size: int) -> None:
        super().__init__(query_size, memory_size)
        if query_size != memory_size:
            raise FrontalError(
                f"LuongDot: the dot product needs queries and a memory of one size, got {query_size} and "
                f"{memory_size}; LuongGeneral takes any sizes"
            )

    def keys(self, states: Tensor) -> Tensor:
        """Return the memory itself."""
        return states

    def scores(self, queries: Tensor, keys: Tensor) -> Tensor:
        """Return q · m."""
        return queries @ keys.transpose(1, 2)


@final
class LuongGeneral(Luong):
    """The score is e_j = q · W m_j (Luong et al. 2015, "general").

    Args:
        query_size: Q.
        memory_size: M.
    """

    def __init__(self, query_size: int, memory_size: int) -> None:
        super().__init__(query_size, memory_size)
        self.of_memory = nn.Linear(memory_size, query_size, bias=False)  # W

    def keys(self, states: Tensor) -> Tensor:
        """Return W m, (B, S, Q)."""
        return self.of_memory(states)

    def scores(self, queries: Tensor, keys: Tensor) -> Tensor:
        """Return q · W m."""
        return queries @ keys.transpose(1, 2)


@final
class LuongConcat(Luong):
    """The score is e_j = v · tanh(W [q; m_j]) (Luong et al. 2015, "concat").

    Args:
        query_size: Q.
        memory_size: M.
        size: rows of W, A; Q by default.
    """

    def __init__(self, query_size: int, memory_size: int, size: int | None = None) -> None:
        super().__init__(query_size, memory_size)
        size = checked_size(self, "size", query_size if size is None else size)
        self.joint = nn.Linear(query_size + memory_size, size, bias=False)  # W
        self.score = nn.Linear(size, 1, bias=False)  # v

    def keys(self, states: Tensor) -> Tensor:
        """Return the memory's share of W [q; m], (B, S, A)."""
        return states @ self.joint.weight[:, self.query_size :].T

    def scores(self, queries: Tensor, keys: Tensor) -> Tensor:
        """Return v · tanh(W [q; m])."""
        asked = queries @ self.joint.weight[:, : self.query_size].T  # (B, T, A)
        return self.score(torch.tanh(asked[:, :, None] + keys[:, None]))[..., 0]
