"""How a decoder looks at its memory."""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.attention import Attention, Memory, checked_size
from frontal.layers.attention_names import attention_of
from frontal.layers.sequence import Lengths


@final
class Look(nn.Module):
    """s = tanh(W [context(h); h] + b): what recurrent layers say, h, with what an attention finds for it.

    Args:
        attention: a name, or one that is built.
        size: features of h and of s, H.
        memory_size: M; may be left out for an attention that is built.
    """

    def __init__(self, attention: str | Attention, size: int, memory_size: int | None) -> None:
        super().__init__()
        if memory_size is None and not isinstance(attention, Attention):
            raise FrontalError("Decoder: an attention by name needs memory_size, such as encoder.output_size")
        known: Any = attention.memory_size if isinstance(attention, Attention) and memory_size is None else memory_size
        self.attention = attention_of(attention, size, checked_size(self, "memory_size", known))
        self.joint = nn.Linear(size + known, size)  # W, b

    def prepare(self, memory: Tensor, lengths: Lengths | None, batch: int) -> Memory:
        """Return the memory, (B, S, M), prepared for B targets."""
        prepared = self.attention.prepare(memory, lengths)
        if len(memory) != batch:
            raise FrontalError(f"Decoder: there are {batch} targets, but {len(memory)} memories")
        return prepared

    def forward(self, h: Tensor, memory: Memory, previous: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return s, (B, T, H), and weights, (B, T, S), of h, (B, T, H), and the weights before, (B, S)."""
        contexts, weights = self.attention(h, memory, previous)
        return torch.tanh(self.joint(torch.cat([contexts, h], -1))), weights
