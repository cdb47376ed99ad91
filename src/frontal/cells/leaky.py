"""The leaky integrator."""

from __future__ import annotations

from typing import Any

from torch import Tensor, tanh

from frontal.cell import GatedCell


class LeakyElman(GatedCell):
    """Jaeger et al., Optimization and applications of echo state networks with leaky-integrator neurons, 2007.

    h' = (1 - α) h + α tanh(W_ih x + b_ih + W_hh h + b_hh)

    Deviations: all weights can be trained; without noise and output feedback.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        leak: α, the share that is new, within 0 .. 1.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    gates = ("n",)

    def __init__(self, input_size: int, hidden_size: int, *, leak: float = 0.3, **options: Any) -> None:
        super().__init__(input_size, hidden_size, **options)
        self.leak = self.checked("leak", leak, 0, 1)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        (n,) = self.sums(x, h)
        return (1 - self.leak) * h + self.leak * tanh(n)
