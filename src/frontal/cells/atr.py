"""The addition-subtraction twin-gated network."""

from __future__ import annotations

from torch import Tensor, sigmoid

from frontal.cell import GatedCell


class ATR(GatedCell):
    """Zhang et al., Simplifying neural machine translation with addition-subtraction twin-gated networks, 2018
    (arXiv 1810.12546).

    p = W_ih x + b_ih,  q = W_hh h + b_hh,  h' = σ(p + q) p + σ(p - q) h

    Deviations: with biases.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    gates = ("p",)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        (p,), (q,) = self.of_input(x), self.of_state(h)
        return sigmoid(p + q) * p + sigmoid(p - q) * h
