"""Every cell that the contract holds for: the catalogue, by itself, and others by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from frontal.cell import Cell
from frontal.cells import catalogue, named
from frontal.layers.wrapped import wrap

I, H = 3, 4  # noqa: E741 - the field's name for the input size


class Leaky(Cell):
    """A user's cell: any parameters, an output that is narrower than another state, a buffer."""

    states = ("h", "slow")

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.mix = nn.Linear(input_size + hidden_size, hidden_size)
        self.slowly = nn.Linear(hidden_size, hidden_size + 2, bias=False)
        self.register_buffer("keep", torch.rand(hidden_size + 2))

    @property
    def state_sizes(self) -> tuple[int, int]:
        return self.hidden_size, self.hidden_size + 2

    def step(self, x: Tensor, h: Tensor, slow: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.tanh(self.mix(torch.cat([x, h], -1)) + slow[:, : self.hidden_size])
        return h, self.keep * slow + self.slowly(h)


class HandmadeGRUCell(nn.Module):
    """A module of someone who never heard of frontal."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        self.candidate = nn.Linear(input_size + hidden_size, hidden_size)
        self.gate = nn.Linear(input_size + hidden_size, hidden_size)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        both = torch.cat([x, h], -1)
        z = torch.sigmoid(self.gate(both))
        return z * h + (1 - z) * torch.tanh(self.candidate(both))


@dataclass(frozen=True)
class Row:
    """A cell and how to build it; each call draws new parameters."""

    name: str
    make: Callable[[], Cell]


def _wrapped(module: type[nn.Module], **kwargs: object) -> Callable[[], Cell]:
    return lambda: wrap(module(I, H, **kwargs))


ROWS = [
    *(Row(name, partial(cell, I, H)) for name, cell in catalogue().items()),
    Row("elman relu", partial(named("elman"), I, H, nonlinearity="relu")),
    Row("lstm without bias", partial(named("lstm"), I, H, bias=False)),
    Row("lstm projected", partial(named("lstm"), I, H, proj_size=2)),
    Row("gru, one unit", partial(named("gru"), 1, 1)),
    Row("torch.nn.RNNCell", _wrapped(nn.RNNCell)),
    Row("torch.nn.LSTMCell", _wrapped(nn.LSTMCell)),
    Row("torch.nn.GRUCell", _wrapped(nn.GRUCell, bias=False)),
    Row("a handmade module", _wrapped(HandmadeGRUCell)),
    Row("a user's cell", partial(Leaky, I, H)),
]
