"""The page Trajectories: the way of the states along their widest directions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_index import Signal
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.trajectories import Plane, plane_of, points
from frontal.errors import FrontalError
from frontal.scope import tiles
from frontal.scope.given import Given
from frontal.scope.trajectory_colours import colours
from frontal.scope.workspace import Call, Look, Workspace

MOST = 20_000  # points
LONGEST = 4000  # steps of a path
SHARES = 12  # that are told
SYMBOLS = 24  # that may be the constant input

Array = NDArray[Any]


def trajectory(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Give where the states lie along their three widest directions, (n, 3), at steps evenly apart.

    Parameters: `look`, `signal`; `together`, whether all states of its layer lie side by side; `most` points.
    """
    look, signal, plane = seen(workspace, given)
    most = given.whole("most", 2, MOST, MOST)
    steps, places = points(look.capture, plane, most=most)
    number = look.capture.track("fresh").cumsum()[steps] - 1
    states = [s.value for s in states_of(look.capture, signal)]
    return {
        "steps": steps.astype(np.int32), "places": three(places), "sequence": number.astype(np.int32),
        "sequences": int(look.capture.track("fresh").sum()), "shares": plane.shares[:SHARES].astype(np.float32),
        "dimensions": plane.dimensions, "size": len(plane.mean), "signals": list(plane.signals), "states": states,
        "colours": [{"by": by, "words": colour.words} for by, colour in colours(look.capture).items()],
        "state": signal.function is None, "symbols": _frequent(look.capture), "model": look.subject is not None,
    }  # fmt: skip


def trajectory_path(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Give the same at every one of some steps, (n, 3). Parameters: as `trajectory`, and `steps`."""
    look, _, plane = seen(workspace, given)
    steps = given.steps("steps", len(look.capture))
    if steps.stop - steps.start > LONGEST:
        raise FrontalError(f"a path has at most {LONGEST} steps; got {steps.stop - steps.start}")
    _, places = points(look.capture, plane, most=LONGEST, steps=steps)
    fresh = look.capture.track("fresh", steps)
    return {"first": steps.start, "places": three(places), "fresh": fresh}


def trajectory_colour(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Give the colour of each point of `trajectory`: classes as bytes with `names`, or numbers on a scale.

    Parameters: `look`, `most`, `by`; for "unit" `signal` and `unit`.
    """
    capture = workspace.look(given.text("look")).capture
    chosen = np.arange(0, len(capture), max(1, -(-len(capture) // given.whole("most", 2, MOST, MOST))))
    by = given.text("by")
    if by == "unit":
        signal = capture.signal(given.text("signal"))
        values = capture.unit(signal.name, given.whole("unit", 0, signal.units - 1))
        limit = float(np.abs(values).max()) or 1.0
        return {"bytes": tiles.quantise(values[chosen], limit), "low": -limit, "high": limit, "palette": "diverging"}
    known = colours(capture)
    colour = known[given.choice("by", list(known))]
    values = colour.of(capture)[chosen]
    if colour.names is not None:
        names = colour.names(capture)
        return {"names": names, "bytes": np.where(values < 0, tiles.NONE, values % tiles.NONE).astype(np.uint8)}
    low, high = (
        (float(end) for end in np.nanquantile(values, [0.01, 0.99])) if np.isfinite(values).any() else (0.0, 1.0)
    )
    share = (np.clip(values, low, high) - low) / ((high - low) or 1.0)
    scaled = np.where(np.isnan(share), tiles.NONE, np.rint(share * (tiles.COLOURS - 1)))
    return {"bytes": scaled.astype(np.uint8), "low": low, "high": high, "palette": "magnitude"}


def seen(workspace: Workspace, given: Given) -> tuple[Look, Signal, Plane]:
    """Return the look, the signal and the plane that a call is about."""
    look = workspace.look(given.text("look"))
    signal = look.capture.signal(given.text("signal"))
    together = given.flag("together") and signal.function is None
    names = [s.name for s in states_of(look.capture, signal)] if together else [signal.name]
    return look, signal, workspace.cached((look.id, "plane", *names), lambda: plane_of(look.capture, names))


def states_of(capture: Capture, signal: Signal) -> list[Signal]:
    """Return the states of a signal's layer."""
    return [s for s in capture.signals if s.layer == signal.layer and s.function is None]


def three(places: Array) -> Array:
    """Return places along three axes, (n, 3), from fewer of them."""
    return np.pad(places, ((0, 0), (0, 3 - places.shape[1]))).astype(np.float32)


def _frequent(capture: Capture) -> list[dict[str, Any]]:
    """Return the commonest symbols: number, text, and share of the steps."""
    if "symbol" not in capture.index.tracks:
        return []
    counts = np.bincount(capture.track("symbol"))
    order = [int(i) for i in np.argsort(-counts, kind="stable")[:SYMBOLS] if counts[i]]
    return [{"symbol": i, "text": capture.index.facts["symbols"][i], "share": counts[i] / counts.sum()} for i in order]


CALLS: dict[str, Call] = {
    "trajectory": trajectory, "trajectory_path": trajectory_path, "trajectory_colour": trajectory_colour,
}  # fmt: skip
