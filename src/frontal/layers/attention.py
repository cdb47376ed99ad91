"""Attention: a query looks at all places of a memory and gets a weighted mean of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.attention_mask import valid_steps
from frontal.layers.sequence import Lengths


@dataclass(frozen=True)
class Memory:
    """What an attention looks at, prepared once for all queries.

    Attributes:
        states: (B, S, M), zero where not valid.
        keys: what queries are compared with, (B, S, A).
        valid: bool, (B, S); None where every place counts.
    """

    states: Tensor
    keys: Tensor
    valid: Tensor | None

    def rows(self, index: Tensor) -> Memory:
        """Return the memory of the sequences in `index`, (N,), of which some may come several times."""
        return Memory(self.states[index], self.keys[index], None if self.valid is None else self.valid[index])


class Attention(nn.Module, ABC):
    """Weights over the places of a memory, for queries that come one after another or all at once.

    A row of the memory without a valid place gets weights and a context of zeros; what stands in
    places that are not valid, NaN too, changes neither values nor gradients.

    Args:
        query_size: features of a query, Q.
        memory_size: features of each place of the memory, M.
    """

    def __init__(self, query_size: int, memory_size: int) -> None:
        super().__init__()
        self.query_size = checked_size(self, "query_size", query_size)
        self.memory_size = checked_size(self, "memory_size", memory_size)

    @abstractmethod
    def keys(self, states: Tensor) -> Tensor:
        """Return what queries are compared with, (B, S, A), of states (B, S, M)."""

    @abstractmethod
    def weigh(self, queries: Tensor, memory: Memory, previous: Tensor | None) -> Tensor:
        """Return the weights of queries (B, T, Q), (B, T, S), zero where the memory is not valid.

        Args:
            queries: of T steps that follow one another.
            memory: prepared.
            previous: weights of the step before, (B, S); None at the beginning.
        """

    def prepare(self, states: Tensor, lengths: Lengths | None = None, mask: Tensor | None = None) -> Memory:
        """Return a memory to attend to.

        Args:
            states: (B, S, M), S >= 1: outputs of an encoder with `batch_first`, patches of an image …
            lengths: valid places of each sequence, 0 .. S, (B,); by default all.
            mask: instead of lengths: bool, (B, S), True where a place is valid.

        Raises:
            FrontalError: a wrong shape or type, S = 0, or both lengths and mask.
        """
        name = type(self).__name__
        if not isinstance(states, Tensor) or states.dim() != 3 or states.shape[-1] != self.memory_size:
            raise FrontalError(
                f"{name}: the memory must be (B, S, M) with M = {self.memory_size} features, got {_described(states)}"
            )
        B, S, _ = states.shape
        if S == 0:
            raise FrontalError(f"{name}: the memory has no places (S = 0); there is nothing to attend to")
        if lengths is not None and mask is not None:
            raise FrontalError(f"{name}: give lengths or mask, not both")
        valid = mask if lengths is None else valid_steps(lengths, B, S, states.device, name)
        if valid is not None:
            if not isinstance(valid, Tensor) or valid.dtype != torch.bool or valid.shape != (B, S):
                raise FrontalError(f"{name}: mask must be bool, (B, S) = {(B, S)}, got {_described(valid)}")
            valid = valid.to(states.device)
            states = states.masked_fill(~valid[..., None], 0)
        return Memory(states, self.keys(states), valid)

    def forward(self, queries: Tensor, memory: Memory, previous: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Attend with queries of T steps that follow one another.

        Args:
            queries: (B, T, Q).
            memory: from `prepare`.
            previous: weights of the step before the first, (B, S); None at the beginning.

        Returns:
            Contexts, (B, T, M), and weights, (B, T, S).
        """
        name, (B, S, _) = type(self).__name__, memory.states.shape
        if not isinstance(queries, Tensor) or queries.dim() != 3 or queries.shape[-1] != self.query_size:
            raise FrontalError(
                f"{name}: queries must be (B, T, Q) with Q = {self.query_size} features, got {_described(queries)}"
            )
        if len(queries) != B:
            raise FrontalError(f"{name}: there are {len(queries)} queries in the batch, but {B} memories")
        if previous is not None and previous.shape != (B, S):
            raise FrontalError(f"{name}: previous weights must be (B, S) = {(B, S)}, got {tuple(previous.shape)}")
        weights = self.weigh(queries, memory, previous)  # (B, T, S)
        return weights @ memory.states, weights

    def attend(self, query: Tensor, memory: Memory, previous: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Attend with the query of one step, (B, Q); return its context, (B, M), and weights, (B, S)."""
        if not isinstance(query, Tensor) or query.dim() != 2:
            raise FrontalError(f"{type(self).__name__}: a query must be (B, Q), got {_described(query)}")
        contexts, weights = self(query[:, None], memory, previous)
        return contexts[:, 0], weights[:, 0]

    def extra_repr(self) -> str:
        """Sizes."""
        return f"{self.query_size}, {self.memory_size}"


def checked_size(module: nn.Module, name: str, value: int) -> int:
    """Return a size that a module is given; raise `FrontalError` unless it is a whole number >= 1."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise FrontalError(f"{type(module).__name__}: {name} must be a whole number >= 1, got {value!r}")
    return value


def _described(value: Any) -> str:
    return f"{value.dtype} {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
