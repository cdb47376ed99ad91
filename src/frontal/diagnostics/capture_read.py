"""A capture on disk, of which only what is looked at is read."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from frontal.diagnostics.capture_index import BAND, SHARD, Index, Signal, shard_name
from frontal.errors import FrontalError, did_you_mean

Array = NDArray[Any]
Floats = NDArray[np.float32]


@final
class Capture:
    """What `capture` wrote.

    Args:
        folder: of the capture; what is none, or is incomplete, raises `FrontalError`.

    Attributes:
        index: its contents.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.index = Index.read(self.folder)
        self._shards: list[Any] = []
        self._signals = {signal.name: signal for signal in self.index.signals}
        for number in range(-(-self.index.steps // SHARD)):
            path = self.folder / shard_name(number)
            try:
                shard: Any = safe_open(path, framework="numpy")
                self._check(shard, path, number)
            except (OSError, SafetensorError) as error:
                raise FrontalError(f"{path} cannot be read, so the capture is incomplete: {error}") from error
            self._shards.append(shard)

    def __len__(self) -> int:
        """Steps, N."""
        return self.index.steps

    @property
    def signals(self) -> tuple[Signal, ...]:
        """States and gates, from input to output."""
        return self.index.signals

    def signal(self, name: str) -> Signal:
        """Return a signal by name; `h` alone means the last layer's. An unknown one raises `FrontalError`."""
        with suppress(KeyError):
            return self._signals[name]
        for signal in reversed(self.index.signals):
            if signal.value == name:
                return signal
        raise FrontalError(f"no signal is called {name!r}; {did_you_mean(name, self._signals)}")

    def values(self, signal: str, units: slice = slice(None), steps: slice = slice(None)) -> Floats:
        """Return some units of a signal at some steps, (U, n)."""
        known = self.signal(signal)
        first, stop, _ = units.indices(known.units)
        parts = self._parts(steps) if first < stop else []  # safetensors cannot take nothing
        rows = [shard.get_slice(known.name)[first:stop, a:b] for shard, a, b in parts]
        empty = np.empty((max(stop - first, 0), len(range(*steps.indices(len(self))))))
        return (np.concatenate(rows, 1) if rows else empty).astype(np.float32)

    def unit(self, signal: str, unit: int, steps: slice = slice(None)) -> Floats:
        """Return one unit of a signal at some steps, (n,); a number out of range raises `FrontalError`."""
        units = self.signal(signal).units
        if not 0 <= unit < units:
            raise FrontalError(f"{self.signal(signal).name} has the units 0 to {units - 1}; there is no {unit}")
        return self.values(signal, slice(unit, unit + 1), steps)[0]

    def overview(self, signal: str, units: slice = slice(None)) -> tuple[Floats, Floats]:
        """Return the least and the greatest value of every 64 steps, each (U, N / 64)."""
        name = self.signal(signal).name
        low, high = (
            np.concatenate([shard.get_slice(f"{name} {end}")[units] for shard in self._shards], 1)
            for end in ("lowest", "highest")
        )
        return low.astype(np.float32), high.astype(np.float32)

    def track(self, name: str, steps: slice = slice(None)) -> Array:
        """Return what goes with some steps beside the signals, (n,) or (n, width); an unknown name raises."""
        if name not in self.index.tracks:
            raise FrontalError(f"no track is called {name!r}; {did_you_mean(name, self.index.tracks)}")
        parts = [shard.get_slice(name)[a:b] for shard, a, b in self._parts(steps)]
        return np.concatenate(parts) if parts else self._shards[0].get_tensor(name)[:0]

    def _parts(self, steps: slice) -> list[tuple[Any, int, int]]:
        """Return which files hold some steps, and where."""
        first, stop, stride = steps.indices(self.index.steps)
        if stride != 1:
            raise FrontalError(f"steps are taken one after another, not every {stride}th")
        found: list[tuple[Any, int, int]] = []
        for number, shard in enumerate(self._shards):
            a, b = max(first - number * SHARD, 0), min(stop - number * SHARD, SHARD)
            if a < b:
                found.append((shard, a, b))
        return found

    def _check(self, shard: Any, path: Path, number: int) -> None:
        """Raise `FrontalError` unless a file holds what the contents promise."""
        n = min(self.index.steps - number * SHARD, SHARD)
        bands = -(-n // BAND)
        expected: dict[str, list[int]] = {}
        for signal in self.index.signals:
            expected[signal.name] = [signal.units, n]
            expected |= {f"{signal.name} {end}": [signal.units, bands] for end in ("lowest", "highest")}
        for name, width in self.index.tracks.items():
            expected[name] = [n] if width == 1 else [n, width]
        held = set(shard.keys())
        for name, shape in expected.items():
            if name not in held or list(shard.get_slice(name).get_shape()) != shape:
                raise FrontalError(f"{path} does not hold {name!r} of {shape}; the capture is damaged")
