"""Long expressive memory: two coupled states with learned step sizes."""

from __future__ import annotations

from typing import Any

from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import GatedCell


class LEM(GatedCell):
    """Rusch et al., Long expressive memory for sequence modeling, 2022 (arXiv 2110.04744).

    s = Δt σ(W_s x + U_s y),  t = Δt σ(W_t x + U_t y),  z' = (1 - s) z + s tanh(W_z x + U_z y)
    y' = (1 - t) y + t tanh(W_y x + U_y z')

    Deviations: two biases, as in torch.nn; the first state is y, the output.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        time_step: Δt, the largest step, within 0 .. 1.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    states = ("y", "z")
    gates = ("s", "t", "z", "y")

    def __init__(self, input_size: int, hidden_size: int, *, time_step: float = 1.0, **options: Any) -> None:
        super().__init__(input_size, hidden_size, **options)
        self.time_step = self.checked("time_step", time_step, 0, 1)

    def step(self, x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return the new y and z, each (B, H)."""
        H, bias = self.hidden_size, self.bias_hh
        x_s, x_t, x_z, x_y = self.of_input(x)
        of_y = linear(y, self.weight_hh[: 3 * H], None if bias is None else bias[: 3 * H])  # (B, 3H)
        y_s, y_t, y_z = of_y.chunk(3, -1)
        s, t = self.time_step * sigmoid(x_s + y_s), self.time_step * sigmoid(x_t + y_t)
        z = (1 - s) * z + s * tanh(x_z + y_z)
        z_y = linear(z, self.weight_hh[3 * H :], None if bias is None else bias[3 * H :])
        return (1 - t) * y + t * tanh(x_y + z_y), z
