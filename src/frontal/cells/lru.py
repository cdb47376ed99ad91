"""The linear recurrent unit."""

from math import tau

from torch import Tensor, cat, cos, exp, no_grad, sin
from torch.nn.functional import linear

from frontal.cell import Cell


class LRU(Cell):
    """Orvieto et al., Resurrecting recurrent neural networks for long sequences, 2023 (arXiv 2303.06349).

    s' = λ s + exp(log_gamma) B x,  y = Re(C s') + D x,  λ = exp(-exp(nu) + i exp(theta)),  s = re + i im
    with weight_ih = (Re B; Im B) and weight_hy = (Re C, -Im C, D). Deviations: none.

    Args:
        input_size, hidden_size, kw: features of x, I; numbers in s and features of y, H; `device` and `dtype`.
        r_min, r_max: at first |λ|² is uniform in r_min² .. r_max², arg λ in 0 .. 2π, exp(log_gamma)² = 1 - |λ|².
    """

    states = ("y", "re", "im")
    weight_hy: Tensor
    nu: Tensor
    theta: Tensor
    log_gamma: Tensor

    def __init__(self, input_size: int, hidden_size: int, *, r_min: float = 0, r_max: float = 1, **kw: object) -> None:
        super().__init__(input_size, hidden_size)
        self.r_min, self.r_max = self.checked("r_min", r_min, 0, 1), self.checked("r_max", r_max, r_min, 1)
        shapes = {"weight_ih": (2 * hidden_size, input_size), "weight_hy": (hidden_size, 2 * hidden_size + input_size)}
        for name, shape in {**shapes, **dict.fromkeys(("nu", "theta", "log_gamma"), (hidden_size,))}.items():
            self.add_weight(name, *shape, **kw)
        self.reset_parameters()

    @no_grad()
    def reset_parameters(self) -> None:
        """Draw λ on its ring, and the weights from normal distributions."""
        self.weight_ih.normal_(std=(2 * self.input_size) ** -0.5)
        self.weight_hy.normal_(std=self.weight_hy.shape[1] ** -0.5)
        square = self.nu.uniform_(self.r_min**2, self.r_max**2).clamp(1e-4, 1 - 1e-6)  # |λ|², (H,)
        self.nu.copy_((-square.log() / 2).log())
        self.theta.uniform_(0, tau).clamp_(min=1e-4).log_()
        self.log_gamma.copy_((1 - square).log() / 2)

    def coefficients(self, x: Tensor) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """Return real and imaginary parts of a, each (H,), and of b, each (…, H), where s' = a s + b."""
        radius, phase, gamma = exp(-exp(self.nu)), exp(self.theta), exp(self.log_gamma)
        b = tuple(gamma * part for part in linear(x, self.weight_ih).chunk(2, -1))
        return (radius * cos(phase), radius * sin(phase)), b

    def read_out(self, x: Tensor, re: Tensor, im: Tensor) -> Tensor:
        """Return y, (…, H)."""
        return linear(cat([re, im, x], -1), self.weight_hy)

    def step(self, x: Tensor, y: Tensor, re: Tensor, im: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the new y, re and im, each (B, H)."""
        (a, b), (p, q) = self.coefficients(x)
        re, im = a * re - b * im + p, a * im + b * re + q
        return self.read_out(x, re, im), re, im
