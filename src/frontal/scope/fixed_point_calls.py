"""The page Trajectories: where the cell stands still, looked for in the background."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from frontal.cell import Cell
from frontal.diagnostics.capture_index import Signal
from frontal.diagnostics.fixed_points import FixedPoints, fixed_points_of, read_and_visited
from frontal.diagnostics.recording import evaluating, recording
from frontal.diagnostics.subject import Subject
from frontal.diagnostics.trajectories import Plane
from frontal.errors import FrontalError
from frontal.scope.background import Background
from frontal.scope.given import Given
from frontal.scope.trajectory_calls import seen, states_of, three
from frontal.scope.workspace import Call, Look, Workspace

PIECES = 4  # of the data that are read to find the mean input

Array = NDArray[Any]


def fixed_points(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Look for the states that the cell leaves where they are, in the background; see `Background.asked`.

    Parameters: `look`, `signal`, `together`, as `trajectory`; `symbol`, its number, read again and again; by default
    the cell reads the mean of what it read in the data.
    """
    look, signal, plane = seen(workspace, given)
    if signal.function is not None:
        states = ", ".join(s.name for s in states_of(look.capture, signal))
        raise FrontalError(f"{signal.name} is a gate; fixed points are states: choose one of {states}")
    symbols = look.capture.index.facts.get("symbols", [])
    symbol = None if given.raw("symbol") is None else given.whole("symbol", 0, len(symbols) - 1)
    key = (look.id, "fixed points", signal.layer, symbol)
    job = workspace.cached(key, lambda: Background(lambda progress: _search(look, signal, symbol, progress)))
    found = job.asked(given)
    if found is None:
        return job.progress
    size = sum(found.states.values())
    return {
        "done": 1.0, "places": three(_placed(found, plane, signal.layer)), "drift": found.drift, "speed": found.speed,
        "wandering": found.wandering, "starts": len(found.starts), "size": size,
        "points": [
            {
                "kind": p.kind, "fixed": p.fixed, "speed": p.speed, "basin": p.basin, "away": p.away,
                "leaving": p.directions, "constant": float(p.time_constants[0]), "period": float(p.periods[0]),
            }
            for p in found.points
        ],
        "real": np.array([p.eigenvalues.real for p in found.points], dtype=np.float32).reshape(-1, size),
        "imaginary": np.array([p.eigenvalues.imag for p in found.points], dtype=np.float32).reshape(-1, size),
    }  # fmt: skip


def _search(look: Look, signal: Signal, symbol: int | None, progress: Callable[[float], None]) -> FixedPoints:
    if look.subject is None:
        raise FrontalError(
            f"{look.title} is a capture without its model; open the model's run to look for fixed points"
        )
    with look.lock:
        cell, x, visited, steps = _read(look.subject, signal.layer)
    if symbol is not None:
        here = look.capture.track("symbol")[steps] == symbol
        if not here.any():
            raise FrontalError(
                f"{look.capture.index.facts['symbols'][symbol]!r} is not read in the {len(steps)} steps tried"
            )
        x = x[torch.from_numpy(here)]
    return fixed_points_of(cell, x.mean(0), visited, name=signal.layer, progress=progress)


@torch.no_grad()
def _read(subject: Subject, layer: str) -> tuple[Cell, torch.Tensor, torch.Tensor, NDArray[np.int64]]:
    """Return a layer's cell, what it read and its states after it, (N, I) and (N, S), and which N steps these are."""
    begins = [piece for piece in subject.pieces() if piece.fresh]
    chosen = begins[:: -(-len(begins) // PIECES)]
    parts: list[tuple[torch.Tensor, torch.Tensor]] = []
    cell: Cell | None = None
    with evaluating(subject.model):
        for piece in chosen:
            with recording(subject.model) as records:
                subject.run(piece, None)
            record = next(record for record in records if record.name == layer)
            cell = record.cell
            parts.append(read_and_visited(record))
    if cell is None:
        raise FrontalError(f"{subject.name} has no steps to read")
    x, visited = (torch.cat(part) for part in zip(*parts, strict=True))
    return cell, x, visited, np.concatenate([np.arange(piece.first, piece.stop) for piece in chosen])


def _placed(found: FixedPoints, plane: Plane, layer: str) -> Array:
    """Return where points lie along a plane's axes, (P, K), by those of their states that the plane is of."""
    ends = np.cumsum([0, *found.states.values()])
    parts = {f"{layer}/{name}": slice(a, b) for name, a, b in zip(found.states, ends[:-1], ends[1:], strict=True)}
    states = [np.concatenate([p.state[parts[name]] for name in plane.signals]) for p in found.points]
    return plane.project(np.array(states).reshape(len(states), len(plane.mean)))


CALLS: dict[str, Call] = {"fixed_points": fixed_points}
