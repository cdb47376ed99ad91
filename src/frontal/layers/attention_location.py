"""Attention that knows where it looked before, for speech."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.attention import Attention, Memory, checked_size
from frontal.layers.attention_mask import masked_softmax


@final
class LocationSensitive(Attention):
    """An additive score that also reads the previous weights around each place (Chorowski et al. 2015).

        f = F ∗ α_before,  e_j = v · tanh(W q + V m_j + U f_j + b),  α = softmax(e)

    Before the first step α is zero everywhere. Not of the paper's: no sharpening, no window.

    Args:
        query_size: Q.
        memory_size: M.
        size: hidden units, A; Q by default.
        filters: features of the convolution F.
        width: places that F reads, an odd number.
    """

    def __init__(
        self, query_size: int, memory_size: int, size: int | None = None, *, filters: int = 10, width: int = 31
    ) -> None:
        super().__init__(query_size, memory_size)
        size = checked_size(self, "size", query_size if size is None else size)
        checked_size(self, "filters", filters)
        if checked_size(self, "width", width) % 2 == 0:
            raise FrontalError(f"LocationSensitive: width must be odd, so that it has a middle; got {width}")
        self.of_query = nn.Linear(query_size, size)  # W, b
        self.of_memory = nn.Linear(memory_size, size, bias=False)  # V
        self.of_weights = nn.Conv1d(1, filters, width, padding=width // 2, bias=False)  # F
        self.of_features = nn.Linear(filters, size, bias=False)  # U
        self.score = nn.Linear(size, 1, bias=False)  # v

    def keys(self, states: Tensor) -> Tensor:
        """Return V m, (B, S, A)."""
        return self.of_memory(states)

    def weigh(self, queries: Tensor, memory: Memory, previous: Tensor | None) -> Tensor:
        """Return weights, (B, T, S), each step's from those of the step before."""
        weights = memory.states.new_zeros(memory.states.shape[:2]) if previous is None else previous  # (B, S)
        found: list[Tensor] = []
        for asked in self.of_query(queries).unbind(1):  # (B, A)
            features = self.of_weights(weights[:, None]).transpose(1, 2)  # (B, S, filters)
            hidden = torch.tanh(asked[:, None] + memory.keys + self.of_features(features))  # (B, S, A)
            weights = masked_softmax(self.score(hidden)[..., 0], memory.valid)
            found.append(weights)
        return torch.stack(found, 1)
