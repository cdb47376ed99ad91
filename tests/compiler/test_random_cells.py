"""Steps drawn at random from a grammar: kernels against the loop."""

from collections.abc import Callable

import hypothesis.strategies as st
import torch
from hypothesis import HealthCheck, given, settings
from torch import Tensor, nn

from frontal.cell import Cell

from .test_corpus import assert_near, inputs, results

Expression = Callable[["Drawn", Tensor, tuple[Tensor, ...]], Tensor]  # to (B, H), all of them bounded

UNARY = {
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "sin": torch.sin,
    "softplus": lambda a: nn.functional.softplus(a) / 3,
    "gelu": lambda a: nn.functional.gelu(a) / 2,
    "exp": lambda a: torch.exp(-a * a),
    "log": lambda a: torch.log1p(a * a) / 2,
    "root": lambda a: (a * a + 0.1).sqrt() / 2,
    "softmax": lambda a: torch.softmax(a, -1),
    "norm": lambda a: nn.functional.layer_norm(a, a.shape[-1:], eps=1.0) / 2,
    "mean": lambda a: a - a.mean(-1, keepdim=True),
    "largest": lambda a: a / (a.abs().amax(-1, keepdim=True) + 1),
    "turned": lambda a: torch.cat([a[:, 1:], a[:, :1]], -1),
    "halves": lambda a: torch.cat(a.chunk(2, -1)[::-1], -1),
    "stopped": lambda a: 0.5 * a + 0.5 * a.detach(),
}
BINARY = {
    "plus": lambda a, b: 0.5 * (a + b),
    "minus": lambda a, b: 0.5 * (a - b),
    "times": lambda a, b: torch.tanh(a) * b,
    "gate": lambda a, b: torch.sigmoid(a) * b,
    "larger": torch.maximum,
    "choice": lambda a, b: torch.where(a > b, a, 0.5 * b),
    "quotient": lambda a, b: a / (1 + b * b),
}


class Drawn(Cell):
    """A cell whose step is a drawn expression for each state."""

    def __init__(self, input_size: int, hidden_size: int, states: int, new: list[Expression]) -> None:
        super().__init__(input_size, hidden_size)
        self.states = ("h", "c", "s")[:states]  # type: ignore[misc]
        self.new = new
        self.of_x = nn.ModuleList(nn.Linear(input_size, hidden_size) for _ in range(2))
        self.of_h = nn.ModuleList(nn.Linear(hidden_size, hidden_size) for _ in range(2))
        self.peep = nn.Parameter(0.5 * torch.randn(2, hidden_size))

    def step(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        return tuple(0.5 * s + 0.5 * torch.tanh(f(self, x, states)) for f, s in zip(self.new, states, strict=True))


def expressions(states: int) -> st.SearchStrategy[Expression]:
    """Trees over maps of x, the states, and maps of whatever there is."""
    whole = st.integers(0, 1)
    leaves = st.one_of(
        whole.map(lambda k: lambda cell, x, s: cell.of_x[k](x)),
        st.integers(0, states - 1).map(lambda k: lambda cell, x, s: s[k]),
        st.integers(0, states - 1).map(lambda k: lambda cell, x, s: cell.of_h[0](s[k])),
        whole.map(lambda k: lambda cell, x, s: x[:, :1] * cell.peep[k]),
    )

    def grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        one = st.tuples(st.sampled_from(sorted(UNARY)), inner).map(
            lambda drawn: lambda cell, x, s: UNARY[drawn[0]](drawn[1](cell, x, s))
        )
        two = st.tuples(st.sampled_from(sorted(BINARY)), inner, inner).map(
            lambda drawn: lambda cell, x, s: BINARY[drawn[0]](drawn[1](cell, x, s), drawn[2](cell, x, s))
        )
        mapped = st.tuples(whole, inner).map(lambda drawn: lambda cell, x, s: cell.of_h[drawn[0]](drawn[1](cell, x, s)))
        peeped = st.tuples(whole, inner).map(
            lambda drawn: lambda cell, x, s: cell.peep[drawn[0]] * drawn[1](cell, x, s)
        )
        return st.one_of(one, two, two, mapped, peeped)

    return st.recursive(leaves, grown, max_leaves=8)


@settings(deadline=None, max_examples=60, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data(), states=st.integers(1, 3), hidden_size=st.sampled_from([1, 4, 17]))
def test_any_step_runs_on_kernels_as_in_the_loop(data: st.DataObject, states: int, hidden_size: int):
    new = [data.draw(expressions(states)) for _ in range(states)]
    torch.manual_seed(0)
    cell = Drawn(3, hidden_size, states, new).double()
    x = inputs(cell, 6, 3)
    kind = {"lengths": data.draw(st.booleans()), "reset": data.draw(st.booleans()), "reverse": data.draw(st.booleans())}
    assert_near(results(cell, "cpu", x, **kind), results(cell, "reference", x, **kind), 1e-9)
