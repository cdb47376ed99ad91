"""Attention of a sequence to itself."""

from __future__ import annotations

from math import sqrt
from typing import final

import torch
from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.attention import checked_size
from frontal.layers.attention_mask import masked_softmax, valid_steps
from frontal.layers.sequence import Lengths


@final
class SelfAttention(nn.Module):
    """Every step of a sequence looks at all of them, in several heads (Vaswani et al. 2017).

        head_i = softmax(Q_i K_iᵀ / √d) V_i,  output = W [head_1; … ; head_h] + b

    For the outputs of a recurrent layer, of which Q, K and V are linear maps; nothing is added
    to tell the order, which the states carry.

    Args:
        size: features of a step, F.
        heads: h, which divides F; d = F / h.
        causal: a step looks at itself and those before it alone.

    Example:
        >>> import torch, frontal
        >>> from frontal.layers import SelfAttention
        >>> outputs, _ = frontal.GRU(3, 8, batch_first=True)(torch.randn(2, 5, 3), lengths=[5, 2])
        >>> mixed, weights = SelfAttention(8, heads=2, causal=True)(outputs, lengths=[5, 2])
        >>> mixed.shape, weights.shape
        (torch.Size([2, 5, 8]), torch.Size([2, 2, 5, 5]))
    """

    def __init__(self, size: int, *, heads: int = 1, causal: bool = False) -> None:
        super().__init__()
        self.size, self.heads = checked_size(self, "size", size), checked_size(self, "heads", heads)
        if size % heads:
            raise FrontalError(f"SelfAttention: {heads} heads cannot share {size} features; heads must divide size")
        if not isinstance(causal, bool):
            raise FrontalError(f"SelfAttention: causal must be True or False, got {causal!r}")
        self.causal = causal
        self.of_states = nn.Linear(size, 3 * size)
        self.joint = nn.Linear(size, size)

    @property
    def output_size(self) -> int:
        """Features of the output, F."""
        return self.size

    def forward(self, states: Tensor, lengths: Lengths | None = None) -> tuple[Tensor, Tensor]:
        """Look.

        Args:
            states: (B, T, F), T >= 1.
            lengths: valid steps of each sequence, 0 .. T, (B,). Steps beyond are never read.

        Returns:
            Outputs, (B, T, F), and weights, (B, heads, T asking, T asked); both zero where a step is padding.
        """
        if not isinstance(states, Tensor) or states.dim() != 3 or states.shape[-1] != self.size:
            given = tuple(states.shape) if isinstance(states, Tensor) else type(states).__name__
            raise FrontalError(f"SelfAttention: states must be (B, T, F) with F = {self.size} features, got {given}")
        B, T, _ = states.shape
        if T == 0:
            raise FrontalError("SelfAttention: the sequences have no steps (T = 0); there is nothing to attend to")
        valid = None if lengths is None else valid_steps(lengths, B, T, states.device, "SelfAttention")
        if valid is not None:
            states = states.masked_fill(~valid[..., None], 0)
        parts = self.of_states(states).view(B, T, 3, self.heads, -1).permute(2, 0, 3, 1, 4)  # (3, B, heads, T, d)
        query, key, value = parts.unbind(0)
        scores = query @ key.transpose(-1, -2) / sqrt(key.shape[-1])  # (B, heads, T, T)
        weights = masked_softmax(scores, self._seen(valid, scores))
        mixed = self.joint((weights @ value).transpose(1, 2).reshape(B, T, self.size))
        return mixed if valid is None else mixed.masked_fill(~valid[..., None], 0), weights

    def _seen(self, valid: Tensor | None, scores: Tensor) -> Tensor | None:
        """Return which step (last but one dimension) sees which (last), broadcast to the scores; None for all."""
        seen = None
        if self.causal:
            seen = torch.ones_like(scores[0, 0], dtype=torch.bool).tril()  # (T, T)
        if valid is not None:
            both = (valid[:, :, None] & valid[:, None])[:, None]  # (B, 1, T, T)
            seen = both if seen is None else both & seen
        return seen

    def extra_repr(self) -> str:
        """Size and options."""
        return f"{self.size}, heads={self.heads}, causal={self.causal}"
