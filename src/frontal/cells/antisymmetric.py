"""The network as a stable differential equation."""

from __future__ import annotations

from typing import Any

from torch import Tensor, tanh
from torch.nn.functional import linear

from frontal.cell import GatedCell


class AntisymmetricRNN(GatedCell):
    """Chang et al., AntisymmetricRNN: a dynamical system view on recurrent neural networks, 2019 (arXiv 1902.09689).

    h' = h + ε tanh(W_ih x + b_ih + (W_hh - W_hhᵀ - γ I) h + b_hh)

    Deviations: two biases, as in torch.nn; W_hh is a full matrix of which the upper triangle would do.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        step_size: ε.
        diffusion: γ, which keeps the numerical solution stable.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    gates = ("n",)

    def __init__(
        self, input_size: int, hidden_size: int, *, step_size: float = 1.0, diffusion: float = 0.01, **options: Any
    ) -> None:
        super().__init__(input_size, hidden_size, **options)
        self.step_size = self.checked("step_size", step_size, 0, 100)
        self.diffusion = self.checked("diffusion", diffusion, 0, 100)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        a = linear(h, self.weight_hh - self.weight_hh.T, self.bias_hh) - self.diffusion * h
        return h + self.step_size * tanh(linear(x, self.weight_ih, self.bias_ih) + a)
