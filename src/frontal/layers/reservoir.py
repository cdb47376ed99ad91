"""A recurrent network whose weights are drawn once and never trained."""

from __future__ import annotations

from math import exp, log
from typing import Any, final

import torch
from torch import Generator, Tensor, tanh
from torch.nn.functional import linear

from frontal.cell import Cell
from frontal.errors import FrontalError
from frontal.layers.reservoir_threads import threads_for_products

SQUARINGS = 12  # of the matrix, to find its spectral radius


@final
class Reservoir(Cell):
    """Jaeger, The "echo state" approach, GMD report 148, 2001; leaky units, Jaeger et al. 2007.

    h' = (1 - a) h + a tanh(W_in x + W h + b), with fixed sparse W of a given spectral radius

    The weights are buffers: they are saved, moved and compiled, but have no gradient.

    Args:
        input_size: features of the input, I.
        hidden_size: units, N.
        spectral_radius: of W, above 0; below 1 old inputs surely fade, a little above they often do.
        leak: a, within 0 .. 1, above 0; small values make slow units.
        input_scale: input weights are this or its negative.
        bias_scale: biases are this or its negative.
        density: share of W that is not zero, above 0 and up to 1.
        seed: of the weights.
        device, dtype: of the weights.
    """

    weight_ih: Tensor
    weight_hh: Tensor
    bias: Tensor

    def __init__(  # noqa: PLR0913
        self,
        input_size: int,
        hidden_size: int,
        *,
        spectral_radius: float = 0.9,
        leak: float = 1.0,
        input_scale: float = 1.0,
        bias_scale: float = 0.0,
        density: float = 0.1,
        seed: int = 0,
        device: Any = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size)
        for name, value in (("spectral_radius", spectral_radius), ("leak", leak), ("density", density)):
            if not value > 0:
                raise FrontalError(f"Reservoir: {name} must be above 0, got {value!r}")
        self.leak = self.checked("leak", leak, 0, 1)
        density = self.checked("density", density, 0, 1)
        generator = Generator().manual_seed(seed)
        weight = torch.randn(hidden_size, hidden_size, generator=generator, dtype=torch.float64)
        weight *= torch.rand(hidden_size, hidden_size, generator=generator) < density
        with threads_for_products(hidden_size):
            radius = spectral_radius_of(weight)
        if radius == 0:
            raise FrontalError(
                f"Reservoir: {hidden_size} units with density {density} have no loop, so no radius; raise either"
            )
        signs = torch.randint(2, (hidden_size, input_size + 1), generator=generator).double() * 2 - 1
        factory = {"device": device, "dtype": dtype or torch.get_default_dtype()}
        self.register_buffer("weight_ih", (input_scale * signs[:, :-1]).to(**factory))
        self.register_buffer("weight_hh", (weight * (spectral_radius / radius)).to(**factory))
        self.register_buffer("bias", (bias_scale * signs[:, -1]).to(**factory))

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, N)."""
        new = tanh(linear(x, self.weight_ih, self.bias) + linear(h, self.weight_hh))
        return (1 - self.leak) * h + self.leak * new

    def reset_parameters(self) -> None:
        """Do nothing: there are none."""


def spectral_radius_of(weight: Tensor) -> float:
    """Return the largest magnitude of an eigenvalue, to about three figures, by powers of the matrix.

    ρ = lim (‖W²ⁿ‖ / ‖Wⁿ‖)^(1/n), with n doubled by squaring; after Gelfand's formula. A pair of complex
    eigenvalues, over which the iteration of a vector would turn round and round, does not matter.

    Args:
        weight: (N, N); the cost is that of twelve products of such matrices.
    """
    power, n = weight.float(), 1  # an n-th root takes n roundings away
    logarithm = last = 0.0  # of the norms of Wⁿ and of the power before it
    for squaring in range(SQUARINGS + 1):
        if squaring:
            power, n = power @ power, 2 * n
        norm = torch.linalg.matrix_norm(power).item()
        if norm == 0:
            return 0.0
        last, logarithm = logarithm, 2 * logarithm + log(norm)
        power = power / norm
    return exp((logarithm - last) * 2 / n)
