"""The layer over linear cells against the same cell step by step, and the cells' declarations."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor, nn
from torch.autograd import gradcheck, gradgradcheck
from torch.nn.utils.rnn import pack_padded_sequence
from torch.testing import assert_close

import frontal
from frontal.cell import Cell
from frontal.cells import named
from frontal.errors import FrontalError
from frontal.layers import initialise
from frontal.layers.linear_recurrence import LinearRecurrence, linear_cells, steps_are_faster

LINEAR = linear_cells()
some = settings(deadline=None, max_examples=12, database=None, derandomize=True)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def layer(name: str, I: int = 3, H: int = 4, **options: Any) -> LinearRecurrence:  # noqa: E741
    torch.manual_seed(0)
    return LinearRecurrence(name, I, H, **{"dtype": torch.float64, "method": "kernel", **options})


def some_states(rnn: LinearRecurrence, B: int) -> Any:
    cells = rnn.recurrent.bound_cells()
    states = tuple(torch.randn(len(cells), B, size, dtype=torch.float64) for size in cells[0].state_sizes)
    return states if len(states) > 1 else states[0]


def results(run: Any, rnn: LinearRecurrence, x: Tensor, hx: Any, **call: Any) -> dict[str, Tensor]:
    """Outputs, final states, and the gradients of everything by name, of a weighted sum of all results."""
    leaves = {"x": x.detach().clone().requires_grad_()}
    given_: Any = None
    if hx is not None:
        states = [s.detach().clone().requires_grad_() for s in (hx if isinstance(hx, tuple) else (hx,))]
        leaves |= {f"hx {k}": s for k, s in enumerate(states)}
        given_ = tuple(states) if isinstance(hx, tuple) else states[0]
    outputs, finals = run(leaves["x"], given_, **call)
    found = [outputs, *(finals if isinstance(finals, tuple) else (finals,))]
    total = sum((v * torch.linspace(-1, 2, v.numel(), dtype=v.dtype).view_as(v)).sum() for v in found)
    leaves |= dict(rnn.named_parameters())
    gradients = torch.autograd.grad(total, list(leaves.values()), allow_unused=True, materialize_grads=True)
    return {f"result {k}": v for k, v in enumerate(found)} | dict(zip(leaves, gradients, strict=True))


def assert_same(ours: dict[str, Tensor], theirs: dict[str, Tensor], **tolerance: float) -> None:
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        assert_close(
            value, theirs[name], **(tolerance or {"rtol": 1e-9, "atol": 1e-10}), msg=lambda m, n=name: f"{n}: {m}"
        )


def test_the_linear_cells_of_the_catalogue() -> None:
    assert set(LINEAR) >= {"min_gru", "min_lstm", "lru"}


@pytest.mark.parametrize("name", LINEAR)
def test_a_step_is_what_the_cell_declares(name: str) -> None:
    """step(x, s) = a s + b for any state; complex numbers are torch's own here."""
    torch.manual_seed(0)
    cell: Any = named(name)(3, 4, dtype=torch.float64)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.copy_(torch.randn_like(parameter))
    x = torch.randn(5, 3, dtype=torch.float64)
    states = tuple(torch.randn(5, size, dtype=torch.float64) for size in cell.state_sizes)
    new = cell(x, *states)
    a, b = cell.coefficients(x)
    reads_out = hasattr(cell, "read_out")
    old, now = states[reads_out:], new[reads_out:]
    if len(old) == 2:
        a, b, old, now = (torch.complex(*pair) for pair in (a, b, old, now))
    else:
        (old,), (now,) = old, now
    assert_close(now, a * old + b, rtol=1e-12, atol=1e-12)
    if reads_out:
        assert_close(new[0], cell.read_out(x, *new[1:]), rtol=1e-12, atol=1e-12)
    along = cell.coefficients(x.view(5, 1, 3))[1]
    for one, whole in zip(
        b if isinstance(b, tuple) else (b,), along if isinstance(along, tuple) else (along,), strict=False
    ):
        assert whole.shape[:2] == (5, 1) and (one.is_complex() or torch.equal(one, whole[:, 0]))


@pytest.mark.parametrize("method", ["kernel", "tree", "loop"])
@pytest.mark.parametrize("name", LINEAR)
def test_results_and_gradients_are_those_of_the_steps(name: str, method: Any) -> None:
    @some
    @given(
        T=st.sampled_from([1, 2, 5, 17, 57]), B=st.integers(1, 4), two=st.booleans(), layers=st.integers(1, 2),
        begin=st.booleans(), data=st.data(),
    )  # fmt: skip
    def holds(T: int, B: int, two: bool, layers: int, begin: bool, data: st.DataObject) -> None:
        rnn = layer(name, method=method, num_layers=layers, bidirectional=two)
        x, hx = torch.randn(T, B, 3, dtype=torch.float64), some_states(rnn, B) if begin else None
        lengths = data.draw(st.none() | st.lists(st.integers(1, T), min_size=B, max_size=B))
        reset = torch.rand(T, B) < 0.2 if data.draw(st.booleans()) else None
        call = {"lengths": lengths, "reset": reset}
        assert_same(results(rnn, rnn, x, hx, **call), results(rnn.recurrent, rnn, x, hx, **call))

    holds()


@pytest.mark.parametrize("name", LINEAR)
def test_gradients_of_gradients(name: str) -> None:
    rnn = layer(name, num_layers=2, bidirectional=True)
    names = [key for key, _ in rnn.named_parameters()]
    parameters = [p.detach().requires_grad_() for p in rnn.parameters()]
    x = torch.randn(5, 2, 3, dtype=torch.float64, requires_grad=True)

    def function(x: Tensor, *tensors: Tensor) -> Tensor:
        given_ = dict(zip(names, tensors, strict=True))
        return torch.func.functional_call(rnn, given_, (x,), {"lengths": [5, 2]})[0]

    assert gradcheck(function, (x, *parameters), fast_mode=True)
    assert gradgradcheck(function, (x, *parameters), fast_mode=True)


@pytest.mark.parametrize("name", LINEAR)
def test_padding_is_never_read(name: str) -> None:
    rnn, lengths = layer(name, bidirectional=True), [2, 6, 1]
    x = torch.randn(6, 3, 3, dtype=torch.float64)
    dirty = x.clone()
    for b, n in enumerate(lengths):
        dirty[n:, b] = torch.nan
    hx = some_states(rnn, 3)
    clean, spoilt = (results(rnn, rnn, v, hx, lengths=lengths) for v in (x, dirty))
    assert_same(spoilt, clean, rtol=0, atol=0)
    assert not spoilt["result 0"][2:, 0].any() and not spoilt["x"][2:, 0].any()


@pytest.mark.parametrize("name", LINEAR)
def test_chunks_with_carried_states_are_one_call(name: str) -> None:
    rnn = layer(name, num_layers=2)
    x = torch.randn(40, 2, 3, dtype=torch.float64)
    whole, finals = rnn(x)
    states, pieces = None, []
    for chunk in x.split([1, 2, 30, 7]):
        piece, states = rnn(chunk, states)
        pieces.append(piece)
    assert_close(torch.cat(pieces), whole, rtol=1e-10, atol=1e-12)
    for carried, final in zip(states, finals, strict=True):
        assert_close(carried, final, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("method", ["auto", "kernel", "tree"])
def test_layouts(method: Any) -> None:
    rnn = layer("lru", method=method, batch_first=True, num_layers=2, residual=True, dropout=0.3).eval()
    x, lengths = torch.randn(3, 7, 3, dtype=torch.float64), [7, 5, 2]
    outputs, (y, re, im) = rnn(x, lengths=lengths)
    assert outputs.shape == (3, 7, 4) and y.shape == re.shape == im.shape == (2, 3, 4) and rnn.output_size == 4
    assert_close(y[-1], rnn.recurrent(x, lengths=lengths)[1][0][-1])
    packed, _ = rnn(pack_padded_sequence(x, lengths, batch_first=True))
    assert_close(packed.data, rnn.recurrent(pack_padded_sequence(x, lengths, batch_first=True))[0].data)
    alone, (y_alone, *_) = rnn(x[1, :5])
    assert alone.shape == (5, 4) and y_alone.shape == (2, 4)
    assert_close(alone, outputs[1, :5])


def test_dropout_between_layers_draws_as_the_steps_do() -> None:
    rnn, x = layer("min_gru", num_layers=2, dropout=0.5), torch.randn(9, 2, 3, dtype=torch.float64)
    found = []
    for run in (rnn, rnn.recurrent):
        torch.manual_seed(1)
        found.append(run(x)[0])
    assert_close(*found)
    assert not torch.equal(rnn(x)[0], rnn(x)[0]) and torch.equal(rnn.eval()(x)[0], rnn(x)[0])


@pytest.mark.parametrize("name", LINEAR)
def test_a_long_sequence_in_single_precision(name: str) -> None:
    torch.manual_seed(0)
    rnn = LinearRecurrence(name, 3, 8, method="kernel")
    x = torch.randn(4096, 1, 3)
    exact = deepcopy(rnn).double()
    exact.recurrent.backend = "reference"
    ours, theirs = results(rnn, rnn, x, None), results(exact.recurrent, exact, x.double(), None)
    for key, value in ours.items():
        scale = max(theirs[key].abs().max().item(), 1e-3)
        assert (value - theirs[key]).abs().max() < 1e-4 * scale, key


def test_the_fastest_way_is_one_of_them() -> None:
    cell = named("min_gru")(3, 4)
    assert steps_are_faster(cell, torch.zeros(10_000, 1, 3)) and steps_are_faster(cell, torch.zeros(10_000, 16, 3))
    torch.set_num_threads(2)
    assert steps_are_faster(cell, torch.zeros(64, 1, 3)) and steps_are_faster(cell, torch.zeros(10_000, 4, 3))
    assert not steps_are_faster(cell, torch.zeros(10_000, 1, 3))
    assert not steps_are_faster(cell, torch.zeros(64, 16, 3, device="meta"))
    for T in (3, 300):
        rnn, x = layer("min_lstm", method="auto"), torch.randn(T, 1, 3, dtype=torch.float64)
        assert_close(rnn(x)[0], rnn.recurrent(x)[0])


def test_a_cell_of_ones_own_and_a_built_one() -> None:
    class Leaky(Cell):
        def __init__(self, input_size: int, hidden_size: int) -> None:
            super().__init__(input_size, hidden_size)
            self.read = nn.Linear(input_size, hidden_size)

        def coefficients(self, x: Tensor) -> tuple[Tensor, Tensor]:
            return x.new_tensor([0.9]), self.read(x)

        def step(self, x: Tensor, h: Tensor) -> Tensor:
            a, b = self.coefficients(x)
            return a * h + b

    rnn = LinearRecurrence(Leaky(3, 5), method="tree")
    x = torch.randn(20, 2, 3)
    assert_close(rnn(x)[0], frontal.Recurrent(rnn.recurrent.cells[0], backend="reference")(x)[0])
    assert [type(cell) for cell in initialise.cells_of(rnn)] == [Leaky]


def test_torch_compile_keeps_it_in_one_graph() -> None:
    x = torch.randn(20, 2, 3, dtype=torch.float64)
    for method in ("auto", "tree"):
        rnn = layer("lru", method=method)
        compiled = torch.compile(rnn, backend="aot_eager", fullgraph=True)
        assert_same(
            results(compiled, rnn, x, None, reset=x[..., 0] > 1), results(rnn, rnn, x, None, reset=x[..., 0] > 1)
        )


def test_what_is_not_linear_is_refused_with_what_is() -> None:
    for cell in ("gru", named("lstm"), nn.GRUCell(3, 4)):
        with pytest.raises(FrontalError, match=r"is not linear in its states.*lru, min_gru, min_lstm"):
            LinearRecurrence(cell, 3, 4)
    with pytest.raises(FrontalError, match="did you mean 'min_gru'"):
        LinearRecurrence("mingru", 3, 4)
    with pytest.raises(FrontalError, match="unknown method 'scan'"):
        LinearRecurrence("lru", 3, 4, method="scan")
    with pytest.raises(FrontalError, match=r"LinearRecurrence: input must have I = 3"):
        LinearRecurrence("lru", 3, 4)(torch.zeros(5, 2, 4))
    with pytest.raises(FrontalError, match="residual adds"):
        LinearRecurrence("lru", 3, 4, residual=True)
