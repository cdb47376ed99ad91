"""Every state, gate and prediction of a model along data, in one pass, written to disk as it goes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor

from frontal.atomic import write_atomic
from frontal.diagnostics.capture_index import BAND, INDEX, SHARD, Index, Signal, shard_name
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.recording import evaluating, recording
from frontal.diagnostics.subject import Piece, Subject, Tracks
from frontal.diagnostics.watch import WatchedCell, watched
from frontal.errors import FrontalError

Array = NDArray[Any]
LARGEST = float(np.finfo(np.float16).max)


def capture(
    subject: Subject, folder: str | os.PathLike[str], *, progress: Callable[[int], None] | None = None
) -> Capture:
    """Run a model along data once, and keep what its cells did.

    A folder holds one safetensors file for every 4096 steps and, written last, `index.json`. Signals
    are kept as float16, a value beyond ±65504 as ±65504, unit by unit: (U, n). Memory does not grow
    with the data.

    Args:
        subject: the model and the data.
        folder: new, or empty.
        progress: called with the number of steps done.

    Raises:
        FrontalError: the folder holds something, or the model has no recurrent layer of frontal.
    """
    place = Path(folder)
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise FrontalError(f"{place} is not empty; a capture needs a new folder")
    place.mkdir(parents=True, exist_ok=True)
    writer = _Writer(place)
    carried: Any = None
    with evaluating(subject.model), torch.no_grad():
        for piece in subject.pieces():
            with recording(subject.model) as records:
                outputs, carried = subject.run(piece, carried)
            cells = [watched(record) for record in records]
            writer.add(cells, {"fresh": _fresh(piece, cells), **subject.tracks(piece, outputs)})
            if progress is not None:
                progress(piece.stop)
    index = writer.finished(subject)
    write_atomic(place / INDEX, index.to_bytes())
    return Capture(place)


def _fresh(piece: Piece, cells: list[WatchedCell]) -> Array:
    """Return where a sequence begins, bool (n,)."""
    lengths = cells[0].valid.sum(0)  # of each sequence, (B,)
    fresh = np.zeros(piece.stop - piece.first, dtype=bool)
    fresh[np.concatenate([[0], lengths.cumsum(0)[:-1].numpy()])] = True
    fresh[0] = piece.fresh
    return fresh


class _Writer:
    """Collects steps and writes a file whenever there are enough."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.steps, self.shards = folder, 0, 0
        self.known: list[Signal] = []
        self.widths: dict[str, int] = {}
        self.waiting: list[tuple[dict[str, Tensor], Tracks]] = []  # signals as (n, U), tracks as (n,) or (n, width)
        self.extremes: dict[str, tuple[float, float]] = {}

    def add(self, cells: list[WatchedCell], tracks: Tracks) -> None:
        found = list(_signals(cells))
        if not self.known:
            self.known = [signal for signal, _ in found]
            self.widths = {name: 1 if track.ndim == 1 else track.shape[1] for name, track in tracks.items()}
        kept: dict[str, Tensor] = {}
        for signal, values in found:
            low, high = self.extremes.get(signal.name, (np.inf, -np.inf))
            least, greatest = map(float, values.aminmax())
            self.extremes[signal.name] = (min(low, least), max(high, greatest))
            kept[signal.name] = values.clamp(-LARGEST, LARGEST).half()
        self.waiting.append((kept, tracks))
        self.steps += len(tracks["fresh"])
        while self.steps >= (self.shards + 1) * SHARD:
            self._write(SHARD)

    def finished(self, subject: Subject) -> Index:
        if self.steps > self.shards * SHARD:
            self._write(self.steps - self.shards * SHARD)
        signals = tuple(
            Signal(**{**vars(signal), "lowest": low, "highest": high})
            for signal in self.known
            for low, high in [self.extremes[signal.name]]
        )
        model = type(subject.model).__name__
        return Index(subject.kind, subject.name, model, self.steps, signals, self.widths, subject.facts())

    def _write(self, count: int) -> None:
        """Write the first `count` waiting steps."""
        signals = {s.name: torch.cat([part[s.name] for part, _ in self.waiting]) for s in self.known}
        tracks = {name: np.concatenate([part[name] for _, part in self.waiting]) for name in self.widths}
        self.waiting = [
            ({name: v[count:] for name, v in signals.items()}, {name: v[count:] for name, v in tracks.items()})
        ]
        arrays: dict[str, Array] = {name: np.ascontiguousarray(values[:count]) for name, values in tracks.items()}
        for name, values in signals.items():
            bands = values[:count].float().split(BAND)  # float16 is slow to compare
            tensors = {
                name: values[:count].T, f"{name} lowest": torch.stack([band.amin(0) for band in bands], 1),
                f"{name} highest": torch.stack([band.amax(0) for band in bands], 1),  # (U, bands)
            }  # fmt: skip
            arrays |= {key: tensor.half().contiguous().numpy() for key, tensor in tensors.items()}
        save_file(arrays, self.folder / shard_name(self.shards))
        self.shards += 1


def _signals(cells: list[WatchedCell]) -> Iterator[tuple[Signal, Tensor]]:
    """Yield every state and gate, and its values, (n, U), one sequence after another."""
    for cell in cells:
        steps, whole = cell.valid.T, bool(cell.valid.all())  # (B, T)
        for value, numbers in cell.values.items():
            gate = value.removeprefix("gate ") if value not in cell.states else None
            low, high = cell.bounds[gate] if gate is not None else (-np.inf, np.inf)
            keeping = cell.keeping.get(gate, 0.0) if gate is not None else 0.0
            signal = Signal(
                f"{cell.name}/{value}", cell.name, cell.kind, value, numbers.shape[-1],
                None if gate is None else cell.functions[gate], (_finite(low), _finite(high)), keeping, 0.0, 0.0,
            )  # fmt: skip
            rows = numbers.transpose(0, 1)  # (B, T, U)
            yield signal, rows.flatten(0, 1) if whole else rows[steps]


def _finite(bound: float) -> float | None:
    return bound if np.isfinite(bound) else None
