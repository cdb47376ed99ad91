"""The network with a weighted residual connection."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn, sigmoid, tanh

from frontal.cell import GatedCell


class FastRNN(GatedCell):
    """Kusupati et al., FastGRNN: a fast, accurate, stable and tiny gated recurrent network, 2018 (arXiv 1901.02358).

    n = tanh(W_ih x + b_ih + W_hh h + b_hh),  h' = σ(a) n + σ(b) h, with two learned numbers a, b

    Deviations: two biases, as in torch.nn; σ keeps the mixing numbers of the paper within 0 .. 1.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    gates = ("n",)
    mix_new: Tensor
    mix_old: Tensor

    def add_own_weights(self, **factory: Any) -> None:
        """Make the two numbers that mix new and old, each ()."""
        self.add_weight("mix_new", **factory)
        self.add_weight("mix_old", **factory)
        self.start_mix()

    def start_mix(self) -> None:
        """Begin with α near 0.05 and β near 0.95."""
        for number, start in ((self.mix_new, -3.0), (self.mix_old, 3.0)):
            nn.init.constant_(number, start)

    def reset_parameters(self) -> None:
        """Draw the weights anew, uniformly within ±1/√H, and the mix as it began."""
        super().reset_parameters()
        self.start_mix()

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        (n,) = self.sums(x, h)
        return sigmoid(self.mix_new) * tanh(n) + sigmoid(self.mix_old) * h
