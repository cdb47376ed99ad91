"""Reservoirs: a cell with fixed weights, a stack of them, and a long series in pieces."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Generator, Tensor
from torch.testing import assert_close

from frontal.compiler.choose import choose
from frontal.errors import FrontalError
from frontal.layers import Recurrent, reservoir_stack
from frontal.layers.reservoir import Reservoir, spectral_radius_of
from frontal.layers.reservoir_pieces import run_series
from frontal.layers.reservoir_stack import ReservoirStack


def by_hand(cell: Reservoir, x: Tensor, h: Tensor) -> Tensor:
    """Step by step; x is (T, B, I), h (B, N)."""
    rows: list[Tensor] = []
    for step in x:
        new = torch.tanh(step @ cell.weight_ih.T + h @ cell.weight_hh.T + cell.bias)
        h = (1 - cell.leak) * h + cell.leak * new
        rows.append(h)
    return torch.stack(rows)


@pytest.mark.parametrize("size", [1, 2, 3, 30, 100])
@pytest.mark.parametrize("seed", range(6))
def test_spectral_radius(size: int, seed: int):
    weight = torch.randn(size, size, generator=Generator().manual_seed(seed), dtype=torch.float64)
    assert spectral_radius_of(weight) == pytest.approx(torch.linalg.eigvals(weight).abs().max().item(), rel=1e-3)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_spectral_radius_of_a_rotation(scale: float):
    turn = torch.tensor([[0.0, -3.0], [3.0, 0.0]]) * scale  # eigenvalues ±3i: a vector would never settle
    assert spectral_radius_of(turn) == pytest.approx(3 * scale, rel=1e-5)


def test_spectral_radius_where_there_is_none():
    assert spectral_radius_of(torch.tensor([[0.0, 1.0], [0.0, 0.0]])) == 0
    assert spectral_radius_of(torch.zeros(3, 3)) == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_reservoir_is_what_it_says(dtype: torch.dtype):
    options = {"spectral_radius": 1.3, "leak": 0.4, "input_scale": 0.5, "bias_scale": 0.2, "density": 0.2}
    cell = Reservoir(3, 60, dtype=dtype, **options)
    assert not list(cell.parameters()) and set(cell.state_dict()) == {"weight_ih", "weight_hh", "bias"}
    assert torch.linalg.eigvals(cell.weight_hh).abs().max().item() == pytest.approx(1.3, rel=1e-3)
    assert (cell.weight_hh != 0).double().mean().item() == pytest.approx(0.2, abs=0.03)
    assert_close(cell.weight_ih.abs(), torch.full_like(cell.weight_ih, 0.5))
    assert_close(cell.bias.abs(), torch.full_like(cell.bias, 0.2))
    again, other = Reservoir(3, 60, dtype=dtype, **options), Reservoir(3, 60, dtype=dtype, seed=1, **options)
    assert (again.weight_hh == cell.weight_hh).all() and (other.weight_hh != cell.weight_hh).any()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_it_runs_on_the_compiled_kernel(dtype: torch.dtype):
    cell, x = Reservoir(3, 40, leak=0.4, bias_scale=0.2, dtype=dtype), torch.randn(9, 2, 3, dtype=dtype)
    assert Recurrent(cell).explain(x).cells[0].backend == "cpu"
    assert choose(cell, like=x).backend == "cpu"
    outputs, h = Recurrent(cell)(x)
    expected = by_hand(cell, x, torch.zeros(2, 40, dtype=dtype))
    assert_close(outputs, expected)
    assert_close(h[0], expected[-1])


@pytest.mark.parametrize("steps", [799, 800, 805, 2003])
def test_pieces_give_what_the_whole_gives(steps: int):
    """At 800 steps and a leak of 1 the pieces are just long enough; the rest of a cut goes one after the other."""
    cell = Reservoir(1, 30, spectral_radius=0.9, dtype=torch.float64)
    x, h = torch.randn(steps, 1, 1, dtype=torch.float64), torch.rand(1, 1, 30, dtype=torch.float64)
    shapes: list[int] = []
    layer = Recurrent(cell)
    layer.register_forward_hook(lambda module, given, result: shapes.append(given[0].shape[1]))
    outputs, last = run_series(layer, x, h, cell.leak)
    assert (8 in shapes) == (steps >= 800)
    assert_close(outputs[:, 0], by_hand(cell, x, h[0])[:, 0], rtol=0, atol=1e-13)
    assert_close(last, outputs[-1:])


@pytest.mark.parametrize(("radius", "runs"), [(0.5, 2), (0.9, 3), (4.0, 4)])
def test_whether_states_fade_is_checked(radius: float, runs: int):
    """Warm-up and pieces; once more for states that fade slowly; one after the other where they never do."""
    cell = Reservoir(1, 100, spectral_radius=radius, dtype=torch.float64, input_scale=0.3)
    x = torch.randn(2000, 1, 1, generator=Generator().manual_seed(0), dtype=torch.float64)
    h = torch.zeros(1, 1, 100, dtype=torch.float64)
    layer, calls = Recurrent(cell), []
    layer.register_forward_hook(lambda *_: calls.append(1))
    outputs, _ = run_series(layer, x, h, cell.leak)
    assert len(calls) == runs
    known = 20 if radius > 1 else 2000  # a chaotic reservoir doubles a rounding every few steps
    assert_close(outputs[:known, 0], by_hand(cell, x, h[0])[:known, 0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("see_input", [False, True])
def test_all_layers_of_a_stack_are_seen(see_input: bool):
    stack = ReservoirStack(2, 7, layers=3, see_input=see_input, dtype=torch.float64, density=0.5)
    x = torch.randn(11, 3, 2, dtype=torch.float64)
    (chunk,) = stack.run(x)
    below, seen = x, [x] if see_input else []
    for layer in stack.reservoirs:
        assert isinstance(layer, Recurrent)
        (cell,) = layer.bound_cells()
        assert isinstance(cell, Reservoir)
        below = by_hand(cell, below, torch.zeros(3, 7, dtype=torch.float64))
        seen.append(below)
    assert_close(chunk.seen, torch.cat(seen, -1))
    assert stack.features == chunk.seen.shape[-1]


def test_not_all_states_are_held(monkeypatch: pytest.MonkeyPatch):
    stack, x = ReservoirStack(1, 20, density=0.3), torch.randn(500, 1, 1)
    whole = torch.cat([chunk.seen for chunk in stack.run(x)])
    monkeypatch.setattr(reservoir_stack, "HELD", 60 * 20)
    chunks = list(stack.run(x))
    assert max(len(chunk.seen) for chunk in chunks) <= 60 and len(chunks) == 9
    assert [chunk.start for chunk in chunks] == [56 * k for k in range(9)]
    assert_close(torch.cat([chunk.seen for chunk in chunks]), whole)


def test_states_are_those_after_the_last_valid_step(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reservoir_stack, "HELD", 4 * 3 * 2 * 5)
    stack = ReservoirStack(1, 5, layers=2, density=0.5, dtype=torch.float64)
    x, lengths = torch.randn(13, 3, 1, dtype=torch.float64), torch.tensor([13, 2, 8])
    *_, last = stack.run(x, lengths=lengths)
    for b, length in enumerate(lengths.tolist()):
        *_, alone = stack.run(x[:length, b : b + 1])
        for many, one in zip(last.states, alone.states, strict=True):
            assert_close(many[:, b], one[:, 0])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"spectral_radius": 0}, "spectral_radius must be above 0, got 0"),
        ({"spectral_radius": -1.0}, "spectral_radius must be above 0, got -1.0"),
        ({"spectral_radius": float("nan")}, "spectral_radius must be above 0, got nan"),
        ({"leak": 0}, "leak must be above 0"),
        ({"leak": 1.5}, "leak must be a number within 0 .. 1"),
        ({"density": 0}, "density must be above 0"),
        ({"density": 2}, "density must be a number within 0 .. 1"),
        ({"density": 0.0001}, "have no loop"),
    ],
)
def test_wrong_options_are_told(options: dict[str, Any], says: str):
    with pytest.raises(FrontalError) as error:
        Reservoir(1, 5, **options)
    assert says in str(error.value)


@pytest.mark.parametrize("layers", [0, 1.5, True])
def test_wrong_layers_are_told(layers: Any):
    with pytest.raises(FrontalError, match="layers must be a whole number >= 1"):
        ReservoirStack(1, 5, layers=layers)
