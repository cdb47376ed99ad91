"""What a capture holds, as its `index.json` says it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from frontal.errors import FrontalError

FORMAT = 1
INDEX = "index.json"
SHARD = 4096  # steps of a file
BAND = 64  # steps of which the overview keeps the least and the greatest value


@dataclass(frozen=True)
class Signal:
    """A state or a gate of one cell, at every step.

    Attributes:
        name: layer and value, with a slash between.
        layer: name of the layer in the model, and its direction.
        cell: kind of the cell.
        value: h, c, f, …; a gate that is called like a state keeps the word gate.
        units: numbers a step, U.
        function: what squashed a gate: sigmoid, tanh …; None for a state.
        bounds: least and greatest value that a gate can take; None at an open end.
        keeping: 1 where an open gate keeps the old state, -1 where a closed one does; 0 for others.
        lowest, highest: of all values that were seen.
    """

    name: str
    layer: str
    cell: str
    value: str
    units: int
    function: str | None
    bounds: tuple[float | None, float | None]
    keeping: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Index:
    """A capture's table of contents.

    Attributes:
        kind: of the subject.
        name: of the data.
        model: kind of the network.
        steps: N.
        signals: from input to output.
        tracks: numbers a step of each track, by name.
        facts: of the subject.
    """

    kind: str
    name: str
    model: str
    steps: int
    signals: tuple[Signal, ...]
    tracks: Mapping[str, int]
    facts: Mapping[str, Any]

    def to_bytes(self) -> bytes:
        """The text of `index.json`."""
        return json.dumps({"format": FORMAT, **asdict(self)}, allow_nan=False).encode("ascii")

    @classmethod
    def read(cls, folder: Path) -> Index:
        """Read a folder's table of contents; what is none raises `FrontalError`."""
        path = folder / INDEX
        try:
            saved: Any = json.loads(path.read_bytes())
            if saved.pop("format") != FORMAT:
                raise FrontalError(f"{path} is from a newer frontal; capture the data again, or update frontal")
            signals = tuple(Signal(**{**one, "bounds": tuple(one["bounds"])}) for one in saved.pop("signals"))
            return cls(signals=signals, **saved)
        except OSError as error:
            raise FrontalError(f"{folder} holds no capture: there is no {INDEX} in it") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise FrontalError(f"{path} is not the contents of a capture: {error}") from error


def shard_name(number: int) -> str:
    """Return the name of the file with the steps from `number` · `SHARD` on."""
    return f"steps-{number:05d}.safetensors"
