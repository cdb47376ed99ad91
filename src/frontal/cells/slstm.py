"""The long short-term memory with exponential gates."""

from __future__ import annotations

import torch
from torch import Tensor, exp, sigmoid, tanh
from torch.nn.functional import logsigmoid

from frontal.cell import GatedCell


class SLSTM(GatedCell):
    """Beck et al., xLSTM: Extended long short-term memory, 2024 (arXiv 2405.04517).

    i, f, z, o = W_ih x + b_ih + W_hh h + b_hh;  m' = max(log σ(f) + m, i)
    I = exp(i - m'),  F = exp(log σ(f) + m - m'),  c' = F c + I tanh(z),  n' = F n + I,  h' = σ(o) c' / n'

    While n = 0 the memory is empty and m says nothing: then m' = i, and F is at most 1. Deviations:
    two biases; of the paper's two forget gates the sigmoid. Its heads: `frontal.layers.BlockDiagonal`.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    states = ("h", "n", "m", "c")
    gates = ("i", "f", "z", "o")

    def step(self, x: Tensor, h: Tensor, n: Tensor, m: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the new h, n, m and c, each (B, H)."""
        i, f, z, o = self.sums(x, h)
        kept = logsigmoid(f) + m
        m = torch.where(n == 0, i, torch.maximum(kept, i))
        i, f = exp(i - m), exp((kept - m).clamp(max=0))
        n, c = f * n + i, f * c + i * tanh(z)
        return sigmoid(o) * c / n, n, m, c
