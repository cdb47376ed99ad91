"""Attention that only moves forwards."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import final

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid, normalize

from frontal.errors import FrontalError
from frontal.layers.attention import Attention, Memory, checked_size


@final
class Monotonic(Attention):
    """From where it looked before, walk forwards and stop at each place with probability p (Raffel et al. 2017).

        e_j = g · v/‖v‖ · tanh(W q + V m_j + b) + r,  p = σ(e + noise)
        α_j = p_j Σ_{k≤j} α_before,k Π_{k≤l<j} (1 - p_l)

    In training mode the weights are this expectation. In evaluation mode they are hard: one at the
    first place, from the previous one on, with p > 1/2. Before the first step it stands at place 0.
    What walks beyond the end is lost: weights may sum to less than 1, and where the walk has ended,
    weights and contexts are zero from then on.

    Args:
        query_size: Q.
        memory_size: M.
        size: hidden units, A; Q by default.
        noise: standard deviation of what is added to e in training mode, so that p becomes 0 or 1.
        start: r before training; below 0, so that the first weights are not all at the beginning.
    """

    def __init__(
        self, query_size: int, memory_size: int, size: int | None = None, *, noise: float = 1.0, start: float = -1.0
    ) -> None:
        super().__init__(query_size, memory_size)
        size = checked_size(self, "size", query_size if size is None else size)
        if isinstance(noise, bool) or not isinstance(noise, int | float) or not 0 <= noise < float("inf"):
            raise FrontalError(f"Monotonic: noise must be a standard deviation >= 0, got {noise!r}")
        if isinstance(start, bool) or not isinstance(start, int | float) or not isfinite(start):
            raise FrontalError(f"Monotonic: start must be a finite number, got {start!r}")
        self.noise = float(noise)
        self.of_query = nn.Linear(query_size, size)  # W, b
        self.of_memory = nn.Linear(memory_size, size, bias=False)  # V
        self.direction = nn.Parameter(torch.randn(size))  # v
        self.gain = nn.Parameter(torch.tensor(1 / sqrt(size)))  # g
        self.offset = nn.Parameter(torch.tensor(float(start)))  # r

    def keys(self, states: Tensor) -> Tensor:
        """Return V m, (B, S, A)."""
        return self.of_memory(states)

    def weigh(self, queries: Tensor, memory: Memory, previous: Tensor | None) -> Tensor:
        """Return weights, (B, T, S), each step's from those of the step before."""
        hidden = torch.tanh(self.of_query(queries)[:, :, None] + memory.keys[:, None])  # (B, T, S, A)
        energies = hidden @ (self.gain * normalize(self.direction, dim=0)) + self.offset  # (B, T, S)
        if self.training and self.noise:
            energies = energies + self.noise * torch.randn_like(energies)
        weights = _at_the_beginning(memory.states) if previous is None else previous
        found: list[Tensor] = []
        for energy in energies.unbind(1):
            weights = (_expected if self.training else _hard)(energy, memory.valid, weights)
            found.append(weights)
        return torch.stack(found, 1)


def _at_the_beginning(states: Tensor) -> Tensor:
    """Return weights, (B, S), that stand at place 0."""
    weights = states.new_zeros(states.shape[:2])
    weights[:, 0] = 1
    return weights


def _expected(energy: Tensor, valid: Tensor | None, previous: Tensor) -> Tensor:
    """Return the probability of stopping at each place, (B, S), of energies and previous weights, (B, S)."""
    stop, stay = energy.sigmoid(), logsigmoid(-energy)  # p, log(1 - p)
    if valid is not None:
        stop, stay = stop.masked_fill(~valid, 0), stay.masked_fill(~valid, 0)
    before = stay.cumsum(-1) - stay  # Σ_{l<j} log(1 - p_l)
    walk = before[:, None, :] - before[:, :, None]  # (B, S from, S to): log of walking so far without a stop
    forwards = torch.ones_like(walk[0], dtype=torch.bool).triu()
    walk = walk.masked_fill(~forwards, float("-inf")).exp()
    return stop * (previous[:, None] @ walk)[:, 0]


def _hard(energy: Tensor, valid: Tensor | None, previous: Tensor) -> Tensor:
    """Return 1 at the first place, from the previous one on, where the probability exceeds 1/2; (B, S)."""
    reached = previous.cumsum(-1) > 0  # nowhere, if the walk has ended
    stops = reached & (energy > 0) & (torch.ones_like(reached) if valid is None else valid)
    return (stops & (stops.cumsum(-1) == 1)).to(energy.dtype)
