"""Kernels against the loop in float64, for every published cell and the zoo: outputs, states and all gradients."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck
from torch.testing import assert_close

from frontal.cell import Cell
from frontal.cells import catalogue
from frontal.compiler.choose import choose
from frontal.compiler.cpu import blocks, driver, shares

from .zoo import ZOO

CELLS: dict[str, Callable[[int, int], Cell]] = {**catalogue(), **ZOO}
SIZES = [  # I, H, B, T: among them every odd one
    (3, 17, 5, 57), (1, 3, 33, 2), (5, 63, 1, 57), (4, 100, 5, 2), (2, 1, 5, 57), (7, 17, 33, 1),
]  # fmt: skip
SMALLEST = {"Heads": 2, "HeadNorm": 3, "Shuffled": 3, "Statistics": 2}
KINDS: list[dict[str, Any]] = [
    {},
    {"lengths": True},
    {"reset": True, "reverse": True},
    {"lengths": True, "reset": True, "reverse": True},
    {"states": False, "reverse": True},
    {"lengths": True, "reset": True},
]
some = pytest.mark.parametrize("name", ["lstm", "gru", "layer_norm_lstm", "Heads", "DeepStep", "NarrowOutput"])


def made(name: str, input_size: int, hidden_size: int, dtype: torch.dtype = torch.float64) -> Cell:
    torch.manual_seed(0)
    return CELLS[name](input_size, max(hidden_size, SMALLEST.get(name, 1))).to(dtype)


def results(
    cell: Cell, backend: str, x: Tensor, *, states: bool = True, lengths: bool = False, reset: bool = False,
    reverse: bool = False,
) -> dict[str, Tensor]:  # fmt: skip
    """Outputs, final states and every gradient of a weighted sum of them, by name."""
    generator = torch.Generator().manual_seed(5)
    T, B, _ = x.shape
    leaves = {"x": x.clone().requires_grad_()}
    if states:
        for name, size in zip(cell.states, cell.state_sizes, strict=True):
            leaves[name] = (0.5 * torch.randn(B, size, generator=generator, dtype=torch.float64)).to(x.dtype)
            leaves[name].requires_grad_()
    n = torch.randint(1, T + 1, (B,), generator=generator)
    marks = torch.rand(T, B, generator=generator) < 0.3
    given = tuple(leaves[name] for name in cell.states) if states else None
    outputs, finals = choose(cell, backend, x).run(  # type: ignore[arg-type]
        cell, leaves["x"], given, lengths=n if lengths else None, reset=marks if reset else None, reverse=reverse
    )
    found = {"outputs": outputs, **{f"last {k}": v for k, v in zip(cell.states, finals, strict=True)}}
    leaves |= dict(cell.named_parameters())
    total = torch.stack(
        [(y * torch.linspace(-1, 2, y.numel(), dtype=y.dtype).view_as(y)).sum() for y in found.values()]
    )
    gradients = torch.autograd.grad(total.sum(), list(leaves.values()), allow_unused=True, materialize_grads=True)
    named = {**found, **{f"d {k}": v for k, v in zip(leaves, gradients, strict=True)}}
    return {key: value.detach() for key, value in named.items()}


def assert_near(found: dict[str, Tensor], expected: dict[str, Tensor], tolerance: float) -> None:
    """All differences are small beside the largest number of the tensor."""
    for name, tensor in expected.items():
        scale = max(float(tensor.abs().max()), 1e-3) if tensor.numel() else 1.0
        assert_close(
            found[name].double(), tensor.double(), rtol=0, atol=tolerance * scale,
            msg=lambda text, name=name: f"{name}: {text}",
        )  # fmt: skip


def inputs(cell: Cell, T: int, B: int, scale: float = 1.0) -> Tensor:
    generator = torch.Generator().manual_seed(3)
    return scale * torch.randn(T, B, cell.input_size, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("name", sorted(CELLS))
def test_double_precision_agrees_to_ten_digits(name: str):
    first = sorted(CELLS).index(name)
    for k in range(3):
        I, H, B, T = SIZES[(first + 2 * k) % len(SIZES)]  # noqa: E741 - the field's name
        cell = made(name, I, H)
        kind, x = KINDS[(first + k) % len(KINDS)], inputs(cell, T, B)
        assert_near(results(cell, "cpu", x, **kind), results(cell, "reference", x, **kind), 1e-10)


@pytest.mark.parametrize("name", sorted(CELLS))
def test_single_precision_agrees_to_five_digits(name: str):
    cell = made(name, 5, 30)
    assert_as_precise_as_torch(cell, inputs(cell, 57, 3), 1e-5, lengths=True)


@pytest.mark.parametrize(("T", "tolerance"), [(256, 1e-5), (4096, 1e-4)])
@pytest.mark.parametrize("name", ["lstm", "gru", "elman", "peephole", "coupled"])
def test_long_sequences_stay_precise(name: str, T: int, tolerance: float):
    cell = made(name, 3, 16)
    assert_as_precise_as_torch(cell, inputs(cell, T, 2), tolerance)


def assert_as_precise_as_torch(cell: Cell, x: Tensor, tolerance: float, **kind: Any) -> None:
    """float32 kernels are within the tolerance, or, where a cell amplifies rounding, as near as torch's loop."""
    expected = results(cell, "reference", x, **kind)
    single = cell.float()
    found, loop = (results(single, backend, x.float(), **kind) for backend in ("cpu", "reference"))
    for name, tensor in expected.items():
        scale = max(float(tensor.abs().max()), 1e-3)
        error, of_loop = (float((r[name].double() - tensor).abs().max()) / scale for r in (found, loop))
        assert error <= max(tolerance, 4 * of_loop), f"{name}: error {error:.2g}, of the loop {of_loop:.2g}"


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_saturated_inputs(name: str):
    cell = made(name, 3, 8)
    x = inputs(cell, 9, 2, scale=100.0)
    expected = results(cell, "reference", x)
    assert_near(results(cell, "cpu", x), expected, 1e-9)


@pytest.mark.parametrize("name", sorted(CELLS))
def test_finite_differences(name: str):
    cell = made(name, 2, 3)
    if name == "Straight":
        pytest.skip("its gradient is not that of its value, on purpose")
    x = inputs(cell, 3, 2).requires_grad_()
    states = tuple(torch.randn(2, size, dtype=torch.float64).requires_grad_() for size in cell.state_sizes)
    run = choose(cell, "cpu", x).run

    def function(x: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        outputs, finals = run(cell, x, rest[: len(states)], lengths=torch.tensor([3, 2]))
        return outputs, *finals

    parameters = [p for p in cell.parameters() if p.requires_grad]
    assert gradcheck(function, (x, *states, *parameters), atol=1e-5, rtol=1e-3)


@pytest.mark.parametrize("name", ["lstm", "gru", "Heads", "Soft"])
def test_second_finite_differences(name: str):
    cell = made(name, 2, 3)
    x = inputs(cell, 3, 2).requires_grad_()
    run = choose(cell, "cpu", x).run
    assert gradgradcheck(lambda x: run(cell, x, None, lengths=torch.tensor([3, 2]))[0], (x,))


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the driver takes from torch unset is NaN."""
    empty, new_empty = torch.empty, Tensor.new_empty

    def nan(tensor: Tensor) -> Tensor:
        return tensor.fill_(torch.nan) if tensor.is_floating_point() else tensor

    monkeypatch.setattr(torch, "empty", lambda *a, **k: nan(empty(*a, **k)))
    monkeypatch.setattr(Tensor, "new_empty", lambda *a, **k: nan(new_empty(*a, **k)))
    monkeypatch.setattr(blocks, "LARGE_BYTES", 1 << 60)


@pytest.mark.parametrize("name", sorted(CELLS))
def test_memory_that_was_never_written_is_never_read(name: str, poisoned: None):
    cell = made(name, 3, 5)
    x = inputs(cell, 6, 3)
    kind = {"lengths": True, "reset": True}
    assert_near(results(cell, "cpu", x, **kind), results(cell, "reference", x, **kind), 1e-10)


@pytest.fixture(params=[1, 2, 3])
def threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """So many threads, whatever the work."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    monkeypatch.setattr(shares, "WORK_PER_THREAD", 1)
    yield request.param
    torch.set_num_threads(before)


@some
@pytest.mark.parametrize("cache", [0, 1 << 30], ids=["team", "rows"])
@pytest.mark.parametrize("chunk", [2, 512])
def test_threads_and_chunks(name: str, threads: int, cache: int, chunk: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shares, "CACHE", cache)
    monkeypatch.setattr(shares, "CHUNK_ROWS", chunk)
    cell = made(name, 3, 17)
    for B, kind in ((5, KINDS[5]), (1, KINDS[2])):
        x = inputs(cell, 9, B)
        assert_near(results(cell, "cpu", x, **kind), results(cell, "reference", x, **kind), 1e-10)


@some
def test_the_same_threads_give_the_same_bits(name: str, threads: int):
    cell = made(name, 3, 17, torch.float32)
    x = inputs(cell, 9, 5).float()
    one, two = results(cell, "cpu", x), results(cell, "cpu", x)
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_the_corpus_has_thirty_published_cells():
    assert len(catalogue()) >= 30 and driver.LAYOUTS >= 8


@some
def test_inputs_of_any_layout(name: str):
    cell = made(name, 4, 6)
    plain = inputs(cell, 5, 3)
    strange = plain.transpose(0, 1).contiguous().transpose(0, 1)
    wide = torch.zeros(5, 3, 8, dtype=torch.float64)
    wide[..., ::2] = plain
    for x in (strange, wide[..., ::2], plain.flip(0).flip(0)):
        assert_near(results(cell, "cpu", x), results(cell, "cpu", plain), 1e-12)


@some
@pytest.mark.parametrize(("T", "B"), [(3, 0), (1, 1)])
def test_nothing_and_next_to_nothing(name: str, T: int, B: int):
    cell = made(name, 4, 6)
    x = inputs(cell, T, B)
    assert_near(results(cell, "cpu", x), results(cell, "reference", x), 1e-10)


NAMES = [
    "x",
    "h",
    "c",
    "output",
    "row1",
    "product0",
    "lengths",
    "h_next",
    "d_h",
    "saved0",
    "computed0",
    "T",
    "xw",
    "size0",
]


@pytest.mark.parametrize("name", NAMES)
def test_parameters_and_states_may_have_any_name(name: str):
    class Named(Cell):
        states = (name, "other")

        def __init__(self) -> None:
            super().__init__(3, 4)
            self.add_weight(name, 4)
            self.add_weight("w", 4, 4)
            self.add_weight("u", 4, 3)

        def step(self, x: Tensor, h: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
            return torch.tanh(x @ self.u.t() + h @ self.w.t() + getattr(self, name) * other), h

    cell = Named().double()
    x = inputs(cell, 4, 3)
    states = tuple(torch.randn(3, 4, dtype=torch.float64).requires_grad_() for _ in range(2))
    found = []
    for backend in ("cpu", "reference"):
        outputs, finals = choose(cell, backend, x).run(cell, x, states)  # type: ignore[arg-type]
        total = outputs.square().sum() + finals[1].sum()
        found.append([outputs, *torch.autograd.grad(total, [*states, *cell.parameters()])])
    for one, other in zip(*found, strict=True):
        assert_close(one, other, rtol=1e-10, atol=1e-10)


def test_tied_parameters():
    class Tied(Cell):
        def __init__(self) -> None:
            super().__init__(3, 4)
            self.add_weight("w", 4, 4)
            self.add_weight("u", 4, 3)
            self.again = self.w

        def step(self, x: Tensor, h: Tensor) -> Tensor:
            return torch.tanh(x @ self.u.t() + h @ self.w.t() + (h * h) @ self.again)

    cell = Tied().double()
    x = inputs(cell, 4, 3)
    assert_near(results(cell, "cpu", x), results(cell, "reference", x), 1e-10)
