"""The search for states that a step leaves where they are: descent from visited states, then exact steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi

import torch
from torch import Tensor

from frontal.cell import Cell, bound, tensors_by_path
from frontal.layers.threads import threads_for

SETTLE = 1000  # steps that a start goes on by itself
ROUNDS = 600  # of Adam
RATE = 0.1  # of Adam at first, in standard deviations of each feature; it falls to nothing along a cosine
POLISH = 40  # exact steps at most
PATIENCE = 5  # of them in which a state must become twice as still
STILL = 1e-9  # speed below which a point is fixed
SLOW = 0.05  # of the starts' median speed, up to which a point is slow
APART = 0.01  # of the starts' spread: the distance from which two points are two
AROUND = 0.2  # of the starts' spread: a slow point nearer than that to a stiller one is part of its surroundings
FAR = 1.0  # of the starts' spread: a point that is farther from all starts, and where none ends, is not kept
MOST = 16  # points
LEAST = 1e-12  # damping, of the mean squared slope

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Found:
    """Where a search arrived.

    Attributes:
        points: states, (P, S).
        speeds: ‖F(s) − s‖, (P,).
        fixed: whether that is below 1e-9, (P,).
        away: distance from the nearest start, in units of their spread, (P,).
        ends: where the starts are after 1000 steps with the same input, (N, S), and `at_rest`, whether they move.
        at_rest: see `ends`, (N,).
        drift: ‖F(s) − s‖ of each end, state by state, (N, number of states).
        spread: root of the summed variances of the starts.
        pace: median speed of the starts.
    """

    points: Tensor
    speeds: Tensor
    fixed: Tensor
    away: Tensor
    ends: Tensor
    at_rest: Tensor
    drift: Tensor
    spread: float
    pace: float


class Step:
    """F(s) of a cell that reads the same input for ever, all its states s side by side, in float64.

    Args:
        cell: of any kind; it stays as it is.
        x: the input, (I,).
    """

    def __init__(self, cell: Cell, x: Tensor) -> None:
        tensors = {n: t.detach().cpu() for n, t in tensors_by_path(cell).items()}
        self.cell = bound(cell, {n: t.double() if t.is_floating_point() else t for n, t in tensors.items()}).eval()
        self.x = x.detach().double().cpu()

    def __call__(self, states: Tensor) -> Tensor:
        """Return the states a step later, (N, S), of (N, S)."""
        x = self.x.expand(len(states), -1)
        return torch.cat(self.cell(x, *states.split(list(self.cell.state_sizes), -1)), -1)

    def jacobian(self, state: Tensor) -> Tensor:
        """Return ∂F/∂s at a state, (S, S): a batch of S copies, and one backward pass."""
        copies = state.repeat(len(state), 1).requires_grad_()
        with torch.enable_grad():
            (rows,) = torch.autograd.grad(self(copies).diagonal().sum(), copies)
        return rows

    def speed(self, states: Tensor) -> Tensor:
        """Return ‖F(s) − s‖, (N,)."""
        with torch.no_grad():
            return (self(states) - states).norm(dim=-1)

    @torch.no_grad()
    def drift(self, states: Tensor) -> Tensor:
        """Return the speed of each state of the cell by itself, (N, number of states)."""
        moved = (self(states) - states).split(list(self.cell.state_sizes), -1)
        return torch.stack([part.norm(dim=-1) for part in moved], -1)


def search(step: Step, starts: Tensor, tell: Progress) -> Found:
    """Look for points from starts, (N, S): where they settle, and where they stand stiller than around."""
    spread = float(starts.std(0, correction=0).norm()) or 1.0
    pace = float(step.speed(starts).median())
    with threads_for(starts.numel()):
        ends = settled(step, starts, lambda share: tell(0.3 * share))
        low = descended(step, starts, lambda share: tell(0.3 + 0.4 * share))
        candidates = _best(step, torch.cat([ends, low]), spread)
        candidates = candidates[far_apart(candidates, (step.speed(candidates) < SLOW * pace).double(), MOST)]
        polished: list[Tensor] = []
        for done, candidate in enumerate(candidates):
            point = exact(step, candidate)
            near = (point - candidate).norm() < AROUND * spread  # a slow point may lead the steps far away
            polished.append(point if near or step.speed(point[None]) < STILL else candidate)
            tell(0.7 + 0.3 * (done + 1) / len(candidates))
        points = _best(step, torch.stack(polished) if polished else candidates, spread)
    speeds = step.speed(points)
    drift = step.drift(ends)
    away = torch.cdist(points, starts).min(1).values / spread
    near = torch.cdist(points, ends).min(1).values < APART * spread
    keep = ((speeds < STILL) | (speeds < SLOW * pace)) & (near | (away < FAR))
    points, speeds, away = points[keep], speeds[keep], away[keep]
    rest = drift.norm(dim=-1) < 1e3 * STILL
    few = far_apart(points, (speeds < STILL).double(), MOST)
    return Found(points[few], speeds[few], speeds[few] < STILL, away[few], ends, rest, drift, spread, pace)


def arrivals(found: Found) -> Tensor:
    """Return the share of the starts that end at each point, (P,).

    An end at rest counts for the point nearest to it, another one only if it is as good as there.
    """
    shares = torch.zeros(len(found.points), dtype=torch.float64)
    if not len(found.points):
        return shares
    distance, nearest = torch.cdist(found.ends, found.points).min(1)
    there = found.at_rest & found.fixed[nearest] | (distance < APART * found.spread)
    return shares.index_add(0, nearest[there], torch.ones(int(there.sum()), dtype=torch.float64)) / len(found.ends)


@torch.no_grad()
def settled(step: Step, starts: Tensor, tell: Progress) -> Tensor:
    """Return where starts, (N, S), are after 1000 steps; sooner if they all stand still."""
    states = starts
    for done in range(SETTLE):
        before, states = states, step(states)
        if done % 50 == 0:
            tell(done / SETTLE)
            if bool((states == before).all()):
                break
    return states


def descended(step: Step, starts: Tensor, tell: Progress) -> Tensor:
    """Return starts, (N, S), after descent on q(s) = ½‖F(s) − s‖², each for itself."""
    scale = starts.std(0, correction=0)
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    moved = torch.zeros_like(starts).requires_grad_()
    adam = torch.optim.Adam([moved], lr=RATE)
    for done in range(ROUNDS):
        for group in adam.param_groups:
            group["lr"] = RATE * (1 + cos(pi * done / ROUNDS)) / 2
        with torch.enable_grad():
            states = starts + scale * moved
            q = 0.5 * (step(states) - states).square().sum()
            (moved.grad,) = torch.autograd.grad(q, moved)
        adam.step()
        if done % 20 == 0:
            tell(done / ROUNDS)
    return (starts + scale * moved).detach()


def exact(step: Step, state: Tensor) -> Tensor:
    """Return a state, (S,), after Levenberg–Marquardt steps on F(s) − s, as long as it becomes stiller.

    The damping is the residual's length, with which the steps converge quadratically also to points on a
    line or a plane of solutions (Fan & Yuan, Computing 74, 2005).
    """
    unit = torch.eye(len(state), dtype=state.dtype)
    residual = _residual(step, state)
    harder, earlier = 1.0, residual.norm()
    for done in range(1, POLISH + 1):
        slope = step.jacobian(state) - unit
        square = slope.T @ slope
        damping = harder * residual.norm() + LEAST * square.diagonal().mean() + torch.finfo(state.dtype).tiny
        moved = state - torch.linalg.solve_ex(square + damping * unit, slope.T @ residual).result
        trial = _residual(step, moved)
        if trial.norm() < residual.norm():
            state, residual, harder = moved, trial, max(harder / 10, 1.0)
        elif harder > 1e6 or residual.norm() < 1e-3 * STILL:
            break
        else:
            harder *= 10
        if done % PATIENCE == 0:
            if residual.norm() > earlier / 2:
                break
            earlier = residual.norm()
    return state


def far_apart(points: Tensor, first: Tensor, most: int) -> Tensor:
    """Return which of the points, (P, S), to keep: at most `most`, greater `first` first, then the farthest away."""
    if len(points) <= most:
        return torch.arange(len(points))
    chosen: list[int] = []
    nearest = torch.full((len(points),), torch.inf, dtype=points.dtype)
    for _ in range(most):
        rank = torch.where(first == first[nearest > 0].max(), nearest, -1)
        chosen.append(int(rank.argmax()))
        nearest = torch.minimum(nearest, (points - points[chosen[-1]]).norm(dim=-1))
    return torch.tensor(chosen)


def _best(step: Step, points: Tensor, spread: float) -> Tensor:
    """Return the points, (P, S), from the stillest on, each the stillest of those that lie together."""
    points = points[points.isfinite().all(-1)]
    speeds, order = step.speed(points).sort(stable=True)
    points = points[order]
    distance = torch.cdist(points, points)
    reach = torch.where(speeds < STILL, APART * spread, AROUND * spread)
    kept: list[int] = []
    for one in range(len(points)):
        if not kept or distance[one, kept].min() >= reach[one]:
            kept.append(one)
    return points[kept]


@torch.no_grad()
def _residual(step: Step, state: Tensor) -> Tensor:
    return (step(state[None]) - state)[0]
