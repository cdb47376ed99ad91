"""Awkward cells: between them they use whatever a step may do."""

from collections.abc import Callable

import torch
from torch import Tensor, nn, sigmoid, tanh
from torch.nn import functional as fn

from frontal.cell import Cell


def drawn(*shape: int) -> nn.Parameter:
    return nn.Parameter(0.4 * torch.randn(*shape))


class Mixed(Cell):
    """The usual start: a map of x and one of h."""

    width = 1  # blocks of H

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.w = nn.Linear(input_size, self.width * hidden_size)
        self.u = nn.Linear(self.state_sizes[0], self.width * hidden_size)


class CatLinear(Cell):
    """One linear map of x and h side by side, twice."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.new, self.gate = (nn.Linear(input_size + hidden_size, hidden_size) for _ in range(2))

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        both = torch.cat([x, h], -1)
        z = sigmoid(self.gate(both))
        return z * h + (1 - z) * tanh(self.new(both))


class CosineGate(Mixed):
    """A newcomer's LSTM."""

    states, width = ("h", "c"), 4

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        i, f, g, o = (self.w(x) + self.u(h)).chunk(4, -1)
        c = sigmoid(f) * c + torch.cos(i) * tanh(g)
        return sigmoid(o) * tanh(c), c


class SeparateMaps(Cell):
    """Four maps of their own, a comparison and a choice."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.a, self.c = nn.Linear(input_size, hidden_size), nn.Linear(input_size, hidden_size, bias=False)
        self.b, self.d = nn.Linear(hidden_size, hidden_size, bias=False), nn.Linear(hidden_size, hidden_size)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return torch.where(self.a(x) + self.b(h) > 0, torch.relu(self.c(x) + self.d(h)), 0.5 * h)


class Slices(Cell):
    """Transposed weights, slices instead of chunks, softplus."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.w, self.u = drawn(input_size, 3 * hidden_size), drawn(3 * hidden_size, hidden_size)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        H, a = self.hidden_size, x @ self.w + h @ self.u.t()
        return tanh(a[:, :H]) * sigmoid(a[:, H : 2 * H]) + 0.1 * fn.softplus(a[:, 2 * H :]) * h


class Heads(Cell):
    """A block-diagonal recurrence, with einsum."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.heads = 2 if hidden_size % 2 == 0 else 1
        self.width = hidden_size // self.heads
        self.w, self.blocks = nn.Linear(input_size, hidden_size), drawn(self.heads, self.width, self.width)
        self.gain = drawn(self.heads, 1)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        y = torch.einsum("bnd,nde->bne", h.view(h.shape[0], self.heads, self.width), self.blocks)
        return tanh(self.w(x) + (y * self.gain + 0.1).flatten(1))


class HeadNorm(Mixed):
    """Layer normalisation within heads."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.heads = 3 if hidden_size % 3 == 0 else 1
        self.gain = drawn(hidden_size // self.heads)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        a = (self.w(x) + self.u(h)).view(-1, self.heads, self.hidden_size // self.heads)
        return tanh((fn.layer_norm(a, a.shape[-1:], eps=0.1) * self.gain).flatten(1))


class Soft(Mixed):
    """Softmax, a norm, and every smooth nonlinearity of torch."""

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        a = torch.softmax(self.w(x) + self.u(h), -1)
        n = h / (h.norm(dim=-1, keepdim=True) + 0.01)
        return fn.gelu(3 * a) + 0.5 * n + 0.1 * fn.silu(h) + 0.05 * fn.elu(h) + 0.1 * fn.logsigmoid(h)


class Statistics(Mixed):
    """Mean, variance, standard deviation, log-sum-exp, the largest feature."""

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        a = tanh(self.w(x) + self.u(h))
        mean, variance = a.mean(-1, keepdim=True), a.var(-1, keepdim=True, unbiased=False)
        more = 0.1 * torch.logsumexp(a, -1, keepdim=True) + 0.1 * a.amax(-1, keepdim=True)
        return 0.5 * (a - mean) / (variance + 0.1).sqrt() + more


class Sharp(Mixed):
    """Kinks and powers: clamp, maximum, minimum, abs, pow, log1p, sin."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.register_buffer("keep", torch.rand(hidden_size))

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        a = self.w(x) + self.u(h)
        b = a.clamp(-1, 1) * self.keep + 0.05 * torch.maximum(a, h).clamp(max=3).pow(2)
        return b - 0.1 * (torch.minimum(a, h).abs() + 0.1).sqrt() + 0.1 * torch.log1p(a * a) + 0.1 * a.sin()


class OneByOne(Cell):
    """A recurrence of single units, with parameters () and (1,)."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.w, self.u = nn.Linear(input_size, hidden_size), drawn(hidden_size)
        self.t, self.q = drawn(1), nn.Parameter(torch.tensor(0.3))

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return tanh(self.w(x) + self.u * h) * torch.exp(-self.t.abs()) + h * sigmoid(self.q)


class NarrowOutput(Cell):
    """States of different sizes; the output is the narrow one."""

    states = ("y", "z")

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.w, self.u, self.o = (
            nn.Linear(input_size, hidden_size),
            nn.Linear(2, hidden_size),
            nn.Linear(hidden_size, 2),
        )

    @property
    def state_sizes(self) -> tuple[int, int]:
        return 2, self.hidden_size

    def step(self, x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        z = 0.5 * z + sigmoid(self.w(x) + self.u(y))
        return tanh(self.o(z)), z


class DeepInput(Cell):
    """A network of x before the loop, and x itself in the step."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.m = nn.Sequential(nn.Linear(input_size, 6), nn.ReLU(), nn.Linear(6, hidden_size))
        self.u = nn.Linear(hidden_size, hidden_size)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return tanh(self.m(x) + self.u(h)) + 0.01 * x[:, :1]


class DeepStep(Mixed):
    """Layers within a step."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.news = nn.ModuleList(nn.Linear(hidden_size, hidden_size) for _ in range(3))
        self.opens = nn.ModuleList(nn.Linear(hidden_size, hidden_size) for _ in range(3))

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        a = self.w(x)
        for new, gate in zip(self.news, self.opens, strict=True):
            g = sigmoid(gate(h))
            h = tanh(new(h) + a) * g + h * (1 - g)
        return h


class ConstantState(Mixed):
    """A mask that is a state: zoneout with the same units all along."""

    states = ("h", "mask")

    def step(self, x: Tensor, h: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        return tanh(self.w(x) + self.u(h * mask)), mask


class ComputedWeight(Cell):
    """A weight that is computed from a parameter and a constant of the step's own."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.w, self.raw = nn.Linear(input_size, hidden_size), drawn(hidden_size, hidden_size)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        A = self.raw - self.raw.t() - 0.1 * torch.eye(self.hidden_size, dtype=h.dtype)
        return h + 0.1 * tanh(h @ A + self.w(x))


class Shuffled(Mixed):
    """Features that change places, padding, stacking."""

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        turned = torch.cat([h[:, 1:], h[:, :1]], -1)
        ends = torch.stack([h[:, 0], h[:, -1]], -1).sum(-1, keepdim=True)
        return tanh(self.w(x) + fn.pad(self.u(turned)[:, 1:], (0, 1))) + 0.1 * ends


class Three(Mixed):
    """Three states; one of them remembers the input, one nobody needs."""

    states = ("h", "last", "idle")

    @property
    def state_sizes(self) -> tuple[int, int, int]:
        return self.hidden_size, self.input_size, 3

    def step(self, x: Tensor, h: Tensor, last: Tensor, idle: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return tanh(self.w(x - last) + self.u(h)), x, 0.5 * idle


class Blind(Cell):
    """A cell that does not look at its input."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.u = nn.Linear(hidden_size, hidden_size)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return tanh(self.u(h))


class Forgetful(Cell):
    """A cell that does not look at its state."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.w, self.unused = nn.Linear(input_size, hidden_size), drawn(3)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return tanh(self.w(x))


class Bare(Cell):
    """A cell without parameters."""

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return 0.9 * h + 0.1 * tanh(x.sum(-1, keepdim=True) - h)


class Twice(Mixed):
    """A weight that is used twice, once for what it has made."""

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return tanh(self.w(x) + self.u(tanh(self.u(h))))


class Straight(Mixed):
    """Gradients that stop, and one that goes straight through a threshold."""

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        soft = tanh(self.w(x) + self.u(0.5 * h + 0.5 * h.detach()))
        with torch.no_grad():
            scale = 1 + soft.abs()
        return ((soft > 0).to(soft.dtype) - soft).detach() + soft * scale


def build(name: str, input_size: int, hidden_size: int) -> Cell:
    """Build a cell of the zoo with parameters that are the same at each call."""
    torch.manual_seed(0)
    return ZOO[name](input_size, hidden_size)


ZOO: dict[str, Callable[[int, int], Cell]] = {
    name: value
    for name, value in list(globals().items())
    if isinstance(value, type) and issubclass(value, Cell) and value not in (Cell, Mixed)
}
