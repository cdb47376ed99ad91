"""The network as a stable differential equation, with a gate."""

from __future__ import annotations

from typing import Any

from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import InputGatedCell


class GatedAntisymmetricRNN(InputGatedCell):
    """Chang et al., AntisymmetricRNN: a dynamical system view on recurrent neural networks, 2019 (arXiv 1902.09689).

    a = (W_hh - W_hhᵀ - γ I) h,  z = σ(W_z x + b_z + a),  h' = h + ε z tanh(W_n x + b_n + a)

    Deviations: W_hh is a full matrix of which the upper triangle would do.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        step_size: ε.
        diffusion: γ, which keeps the numerical solution stable.
        bias: with `bias_ih`.
        device, dtype: of the parameters.
    """

    gates = ("z", "n")

    def __init__(
        self, input_size: int, hidden_size: int, *, step_size: float = 1.0, diffusion: float = 0.01, **options: Any
    ) -> None:
        super().__init__(input_size, hidden_size, **options)
        self.step_size = self.checked("step_size", step_size, 0, 100)
        self.diffusion = self.checked("diffusion", diffusion, 0, 100)

    def add_own_weights(self, **factory: Any) -> None:
        """Make the weights between states, (H, H)."""
        self.add_weight("weight_hh", self.hidden_size, self.hidden_size, **factory)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        a = linear(h, self.weight_hh - self.weight_hh.T) - self.diffusion * h
        z, n = self.of_input(x)
        return h + self.step_size * sigmoid(z + a) * tanh(n + a)
