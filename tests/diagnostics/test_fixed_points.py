"""Fixed points of cells whose fixed points are known by hand, and exact ones of every other cell."""

from __future__ import annotations

from math import cos, pi, sin
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import frontal
from frontal.cell import Cell
from frontal.cells import named
from frontal.diagnostics.fixed_points import FixedPoints, fixed_points, fixed_points_of
from frontal.diagnostics.fixed_points_search import Step, exact
from frontal.errors import FrontalError


def elman(weights: list[list[float]], *, bias: float = 0.0) -> Any:
    """h' = tanh(W h + b); the input does nothing."""
    cell: Any = named("elman")(1, len(weights))
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.weight_hh.copy_(torch.tensor(weights))
        cell.bias_hh.fill_(bias)
    return cell


def around(units: int, *, count: int = 80, width: float = 0.5) -> Tensor:
    return width * torch.randn(count, units, generator=torch.Generator().manual_seed(0))


def found_in(cell: Cell, visited: Tensor) -> FixedPoints:
    return fixed_points_of(cell, torch.zeros(cell.input_size), visited)


class Linear(Cell):
    """h' = A h + b."""

    def __init__(self, matrix: list[list[float]], shift: list[float] | None = None) -> None:
        super().__init__(1, len(matrix))
        self.register_buffer("matrix", torch.tensor(matrix))
        self.register_buffer("shift", torch.tensor(shift or [0.0] * len(matrix)))

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return h @ self.matrix.T + self.shift


def test_two_stable_points_and_the_saddle_between_them() -> None:
    found = found_in(elman([[2.0, 0.0], [0.0, 0.5]]), around(2))
    root = 0.9575040240772687  # of tanh(2 r) = r, by hand: iterate
    assert np.tanh(2 * root) == pytest.approx(root, abs=1e-12)
    assert [p.fixed for p in found.points] == [True] * 3
    places = sorted((p.state.round(6).tolist(), p.kind) for p in found.points)
    expected = [([-round(root, 6), 0], "stable"), ([0, 0], "saddle"), ([round(root, 6), 0], "stable")]
    assert [(list(map(abs, a)), k) for a, k in places] == [(list(map(abs, a)), k) for a, k in expected]
    slope = 2 * (1 - root**2)
    for point in found.points:
        by_hand = [2, 0.5] if point.kind == "saddle" else [0.5, slope]
        np.testing.assert_allclose(point.eigenvalues, by_hand, atol=1e-9)
        constants = [-1 / np.log(value) for value in by_hand]
        np.testing.assert_allclose(point.time_constants, constants, atol=1e-7)
        assert np.isinf(point.periods).all()
    saddle = next(p for p in found.points if p.kind == "saddle")
    assert (saddle.directions, saddle.basin) == (1, 0.0)
    assert sum(p.basin for p in found.points) == 1.0
    left = np.mean(found.starts[:, 0] < 0)
    assert next(p for p in found.points if p.state[0] < -0.5).basin == pytest.approx(left)
    assert found.wandering == 0.0


def test_a_line_of_fixed_points_is_marginal_and_kept_far_apart() -> None:
    found = found_in(Linear([[1.0, 0.0], [0.0, 0.5]], [0.0, 0.5]), around(2, width=1.0))
    assert 8 <= len(found.points) <= 16
    states = np.array([p.state for p in found.points])
    np.testing.assert_allclose(states[:, 1], 1.0, atol=1e-8)  # 0.5 h + 0.5 = h
    assert np.ptp(states[:, 0]) == pytest.approx(np.ptp(found.starts[:, 0]), rel=0.1)
    assert np.diff(np.sort(states[:, 0])).min() > 0.01
    for point in found.points:
        assert (point.kind, point.fixed, point.directions) == ("marginal", True, 0)
        assert np.isinf(point.time_constants[0])
        assert point.time_constants[1] == pytest.approx(1 / np.log(2))
    assert found.wandering == 0.0


def test_exact_steps_go_to_the_nearest_solution() -> None:
    saddle = Step(elman([[2.0, 0.0], [0.0, 0.5]]), torch.zeros(1))
    near = torch.tensor([0.1, -0.3], dtype=torch.float64)
    assert saddle.speed(near[None]) > 0.1
    assert exact(saddle, near).norm() < 1e-10
    line = Step(Linear([[1.0, 0.0], [0.0, 0.5]], [0.0, 0.5]), torch.zeros(1))
    arrived = exact(line, torch.tensor([0.7, 0.2], dtype=torch.float64))
    torch.testing.assert_close(arrived, torch.tensor([0.7, 1.0], dtype=torch.float64), atol=1e-9, rtol=0)


def test_a_rotation_turns_around_its_point() -> None:
    turn, shrink = 2 * pi / 7, 0.9
    matrix = [[shrink * cos(turn), -shrink * sin(turn)], [shrink * sin(turn), shrink * cos(turn)]]
    found = found_in(Linear(matrix), around(2))
    (point,) = found.points
    np.testing.assert_allclose(point.state, 0, atol=1e-9)
    np.testing.assert_allclose(point.periods, 7, rtol=1e-6)
    np.testing.assert_allclose(point.time_constants, -1 / np.log(0.9), rtol=1e-6)
    assert (point.kind, point.basin) == ("stable", 1.0)
    assert "turns in 7 steps" in str(point)


def test_a_flip_has_period_two_and_a_spiral_outwards_is_unstable() -> None:
    (flip,) = found_in(Linear([[-0.5]]), around(1)).points
    assert flip.periods[0] == pytest.approx(2)
    (spiral,) = found_in(Linear([[0.0, -1.1], [1.1, 0.0]]), around(2)).points
    assert (spiral.kind, spiral.directions, spiral.basin) == ("unstable", 2, 0.0)
    assert spiral.time_constants[0] == pytest.approx(-1 / np.log(1.1), rel=1e-6)
    assert spiral.periods[0] == pytest.approx(4)


def test_a_point_that_was_only_just_missed_is_slow() -> None:
    """h' = h + 0.0001 + h² / 10 has no fixed point; its slowest state is 0, where it moves 0.0001 a step."""

    class Ghost(Cell):
        def step(self, x: Tensor, h: Tensor) -> Tensor:
            return h + 0.0001 + 0.1 * h**2

    found = found_in(Ghost(1, 1), around(1))
    assert [p.fixed for p in found.points] == [False]
    assert found.points[0].state == pytest.approx(0, abs=1e-2)
    assert found.points[0].speed == pytest.approx(0.0001, rel=1e-2)
    assert str(found.points[0]).startswith("slow")


CELLS = ["co_rnn", "elman", "gru", "lem", "lru", "lstm", "rhn", "scrn"]  # one, two and three states


@pytest.mark.parametrize("name", CELLS)
def test_the_points_of_a_cell_stay_where_they_are(name: str) -> None:
    torch.manual_seed(0)
    cell = named(name)(3, 4)
    x, size = torch.randn(3), sum(cell.state_sizes)
    found = fixed_points_of(cell, x, 0.3 * torch.randn(40, size), starts=12)
    exact = torch.cat([p.double().flatten() for p in cell.parameters()])
    for point in found.points:
        if point.fixed:
            copy = named(name)(3, 4).double()
            copy.load_state_dict(cell.state_dict())
            states = torch.from_numpy(point.state)[None].split(list(cell.state_sizes), -1)
            after = torch.cat(copy.eval()(x.double()[None], *states), -1)[0]
            assert (after - torch.from_numpy(point.state)).norm() < 1e-8
    assert torch.equal(exact, torch.cat([p.double().flatten() for p in cell.parameters()]))


def test_eigenvalues_are_those_of_finite_differences() -> None:
    torch.manual_seed(1)
    cell = named("lstm")(2, 3)
    x = torch.randn(2)
    found = fixed_points_of(cell, x, 0.3 * torch.randn(40, 6))
    copy: Any = named("lstm")(2, 3).double()
    copy.load_state_dict(cell.state_dict())
    point = found.points[0]
    assert point.fixed

    def after(state: Any) -> Any:
        return torch.cat(copy(x.double()[None], *torch.from_numpy(state)[None].split(3, -1)), -1)[0].detach().numpy()

    nudges = 1e-6 * np.eye(6)
    jacobian = np.stack([(after(point.state + n) - after(point.state - n)) / 2e-6 for n in nudges], 1)
    np.testing.assert_allclose(
        np.sort(np.abs(np.linalg.eigvals(jacobian))), np.sort(np.abs(point.eigenvalues)), atol=1e-6
    )


def test_a_model_is_asked_by_the_name_of_its_layer() -> None:
    torch.manual_seed(0)
    model, x = frontal.GRU(3, 5, num_layers=2), torch.randn(20, 2, 3)
    lower, upper = (fixed_points(model, x, layer=f"GRU, layer {k}") for k in (0, 1))
    assert (lower.name, upper.name) == ("GRU, layer 0", "GRU, layer 1")
    assert fixed_points(model, x).name == "GRU, layer 1"
    by_hand = fixed_points_of(model.bound_cells()[0], x.mean((0, 1)), torch.randn(5, 5) * 0.1)
    np.testing.assert_allclose(lower.points[0].state, by_hand.points[0].state, atol=1e-6)
    with pytest.raises(FrontalError, match="no layer is called 'gru'"):
        fixed_points(model, x, layer="gru")


def test_progress_ends_at_one_and_never_goes_back() -> None:
    told: list[float] = []
    fixed_points_of(elman([[2.0]]), torch.zeros(1), around(1), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1


def test_what_cannot_be_looked_at_says_why() -> None:
    cell = elman([[2.0]])
    with pytest.raises(FrontalError, match=r"must be \(N, 1\), got \(4, 2\)"):
        found_in(cell, torch.zeros(4, 2))
    with pytest.raises(FrontalError, match="have exploded"):
        found_in(cell, torch.full((4, 1), float("inf")))


def test_the_table_and_the_picture_hold_every_eigenvalue() -> None:
    found = found_in(elman([[2.0, 0.0], [0.0, 0.5]]), around(2))
    frame = found.to_frame()
    assert len(frame) == 6
    figure = found.plot()
    assert len(figure.axes) == 2
    assert "3 fixed points, 0 slow ones" in str(found)
