"""Where a cell stands still: its fixed and slow points, and what it does near each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from frontal.cell import Cell
from frontal.diagnostics.fixed_points_plot import draw
from frontal.diagnostics.fixed_points_search import Step, arrivals, search
from frontal.diagnostics.frame import frame_of
from frontal.diagnostics.recording import Recording, evaluating, run_recorded
from frontal.errors import FrontalError, did_you_mean
from frontal.layers import Recurrent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

STARTS = 64
ROUND = 1e-6  # distance of |λ| from 1 that counts as none


@dataclass(frozen=True)
class FixedPoint:
    """A state that a step leaves where it is, or nearly.

    Attributes:
        state: all states of the cell side by side, (S,).
        speed: ‖F(s) − s‖.
        fixed: whether the speed is below 1e-9; else the point is slow.
        eigenvalues: of the Jacobian ∂F/∂s here, from large to small magnitude, (S,).
        basin: share of the starts that end here, going on with the same input.
        away: distance from the nearest start, in units of the spread of the starts.
    """

    state: Floats
    speed: float
    fixed: bool
    eigenvalues: Complexes
    basin: float
    away: float

    @property
    def kind(self) -> str:
        """Stable, saddle or unstable by the magnitudes of the eigenvalues; marginal: the largest one is 1."""
        moduli = np.abs(self.eigenvalues)
        if moduli.max() > 1 + ROUND:
            return "saddle" if moduli.min() < 1 - ROUND else "unstable"
        return "marginal" if moduli.max() > 1 - ROUND else "stable"

    @property
    def directions(self) -> int:
        """In how many directions it is left: eigenvalues of magnitude above 1."""
        return int((np.abs(self.eigenvalues) > 1 + ROUND).sum())

    @property
    def time_constants(self) -> Floats:
        """Steps in which a small distance along each eigenvector falls to 1/e, (S,); negative where it grows e-fold."""
        with np.errstate(divide="ignore"):
            logs = np.log(np.abs(self.eigenvalues))
            return np.where(np.abs(logs) <= ROUND, np.inf, -1 / np.where(logs == 0, 1, logs))

    @property
    def periods(self) -> Floats:
        """Steps in which each complex eigenvalue turns once, 2π / |arg λ|, (S,); infinite for positive real ones."""
        angles = np.abs(np.angle(self.eigenvalues))
        return np.where(angles > ROUND, 2 * np.pi / np.where(angles > ROUND, angles, 1), np.inf)

    def __str__(self) -> str:
        largest = self.eigenvalues[0]
        return (
            f"{self.kind if self.fixed else f'slow ({self.kind})'}: speed {self.speed:.1e}, largest |λ| "
            f"{abs(largest):.4f} ({time_in_words(self.time_constants[0])}{_turning(self.periods[0])}), "
            f"{self.directions} of {len(self.eigenvalues)} directions leave, {self.basin:.0%} of the starts end here"
        )


@dataclass(frozen=True)
class FixedPoints:
    """The fixed and slow points of one cell under one constant input.

    Attributes:
        name: of the layer.
        states: names and sizes of the states that lie side by side in a point.
        points: fixed ones first, by the share of the starts that end there.
        starts: visited states from which they were looked for, (N, S).
        speed: median speed of the starts.
        wandering: share of the starts that end at none of the points within 1000 steps.
        drift: median speed of each state there after these steps, by name: an LSTM's h may rest while c still counts.
    """

    name: str
    states: dict[str, int]
    points: tuple[FixedPoint, ...]
    starts: Floats
    speed: float
    wandering: float
    drift: dict[str, float]

    def to_frame(self) -> Any:
        """Return a table: point, fixed, kind, speed, basin, rank, real and imaginary part, time constant, period."""
        size = self.starts.shape[1]
        columns: dict[str, Any] = {
            name: np.repeat([getattr(p, name) for p in self.points], size)
            for name in ("fixed", "kind", "speed", "basin")
        }
        values = np.array([p.eigenvalues for p in self.points]).ravel()
        return frame_of({
            "point": np.repeat(np.arange(len(self.points)), size), **columns,
            "rank": np.tile(np.arange(size), len(self.points)), "real": values.real, "imaginary": values.imag,
            "time_constant": np.array([p.time_constants for p in self.points]).ravel(),
            "period": np.array([p.periods for p in self.points]).ravel(),
        })  # fmt: skip

    def plot(self) -> Figure:
        """Draw the points among the starts in the plane of their widest directions, and all eigenvalues in a disc."""
        return draw(self)

    def __str__(self) -> str:
        fixed = sum(p.fixed for p in self.points)
        lines = [f"{self.name}: {fixed} fixed points, {len(self.points) - fixed} slow ones; {self.wandering:.0%} "
                 "of the starts end at none of them"]  # fmt: skip
        moves = ", ".join(f"{name} {speed:.1e}" for name, speed in self.drift.items())
        lines.append(f"  after 1000 steps with the same input a step moves: {moves}; a visited state {self.speed:.1e}")
        return "\n".join([*lines, *(f"  {point}" for point in self.points)])


def fixed_points(
    model: nn.Module, *inputs: Any, layer: str | None = None, starts: int = STARTS, seed: int = 0,
    progress: Callable[[float], None] | None = None, **named: Any,
) -> FixedPoints:  # fmt: skip
    """Find where a recurrent cell of a model stands still under the mean of what it reads.

    The model runs once; states that it visits are the starts from which `fixed_points_of` looks.

    Args:
        model: any module with frontal's layers in it, or a cell; taken in evaluation mode, and left as it was.
        inputs, named: what it is called with; a cell with x, (T, B, I), and what else a layer takes.
        layer: name of the cell's layer; by default the last one.
        starts: how many.
        seed: of their choice.
        progress: called with the share that is done, 0 .. 1.

    Raises:
        FrontalError: no recurrent layer, no such layer, or states that have exploded.
    """
    model = Recurrent(model) if isinstance(model, Cell) else model
    with evaluating(model), torch.no_grad():
        _, records = run_recorded(model, *inputs, **named)
    known = {record.name: record for record in records}
    if layer is not None and layer not in known:
        raise FrontalError(f"no layer is called {layer!r}; {did_you_mean(layer, known)}")
    record = records[-1] if layer is None else known[layer]
    x, visited = read_and_visited(record)
    return fixed_points_of(
        record.cell, x.mean(0), visited, starts=starts, seed=seed, name=record.name, progress=progress
    )


def read_and_visited(record: Recording) -> tuple[Tensor, Tensor]:
    """Return what a cell read at each step, (N, I), and its states after it, (N, S), one sequence after another."""
    steps = record.valid.T  # (B, T)
    return record.x.transpose(0, 1)[steps], record.after.detach().transpose(0, 1)[steps]


def fixed_points_of(
    cell: Cell, x: Tensor, visited: Tensor, *, starts: int = STARTS, seed: int = 0, name: str = "cell",
    progress: Callable[[float], None] | None = None,
) -> FixedPoints:  # fmt: skip
    """Find the fixed and slow points of F(s) = step(x, s), all states s of a cell side by side, S features.

    From visited states q(s) = ½‖F(s) − s‖² is made small by Adam, then by Levenberg–Marquardt steps, in float64
    (Sussillo & Barak, Opening the black box, Neural Computation 25(3), 2013). Each start also goes on by
    itself with the same input, and where it settles is a candidate as well, so that no stable point in which
    a start ends is missed. A saddle that no start comes near may be. Of a line or a plane of fixed points at
    most 16 are kept, far apart.

    Args:
        cell: any.
        x: the constant input, (I,).
        visited: states to start from, (N, S).
        starts: how many of them.
        seed: of their choice.
        name: for messages.
        progress: called with the share that is done, 0 .. 1.

    Raises:
        FrontalError: numbers that are not finite, or states of another size.
    """
    size = sum(cell.state_sizes)
    if visited.ndim != 2 or visited.shape[1] != size or not len(visited):
        raise FrontalError(f"{name}: states to start from must be (N, {size}), got {tuple(visited.shape)}")
    if not (visited.isfinite().all() and x.isfinite().all()):
        raise FrontalError(f"{name}: an input or a state is not finite; the states have exploded")
    step = Step(cell, x)
    picks = torch.randperm(len(visited), generator=torch.Generator().manual_seed(seed))[:starts]
    begins = visited.double().cpu()[picks]
    found = search(step, begins, progress or (lambda share: None))
    basins = arrivals(found)
    points = [
        FixedPoint(s.numpy(), float(speed), bool(fixed), eigenvalues(step, s), float(basin), float(away))
        for s, speed, fixed, basin, away in zip(
            found.points, found.speeds, found.fixed, basins, found.away, strict=True
        )
    ]
    points.sort(key=lambda p: (not p.fixed, -p.basin, p.speed))
    sizes = dict(zip(cell.states, cell.state_sizes, strict=True))
    drift = dict(zip(cell.states, found.drift.median(0).values.tolist(), strict=True))
    return FixedPoints(name, sizes, tuple(points), begins.numpy(), found.pace, max(0.0, 1 - float(basins.sum())), drift)


def eigenvalues(step: Step, state: Tensor) -> Complexes:
    """Return those of ∂F/∂s at a state, (S,), from large to small magnitude."""
    found = torch.linalg.eigvals(step.jacobian(state))
    return found[found.abs().argsort(descending=True, stable=True)].numpy()


def time_in_words(steps: float) -> str:
    """Return a time constant in words."""
    if np.isinf(steps):
        return "neither grows nor fades"
    return f"fades in {steps:.3g} steps" if steps > 0 else f"grows e-fold in {-steps:.3g} steps"


def _turning(period: float) -> str:
    return "" if np.isinf(period) else f", turns in {period:.3g} steps"
