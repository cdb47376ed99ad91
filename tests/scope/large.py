"""A capture as large as the microscope promises to show, written without a network."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from threading import RLock

import numpy as np
from safetensors.numpy import save_file

from frontal.diagnostics.capture_index import BAND, INDEX, SHARD, Index, Signal, shard_name
from frontal.diagnostics.capture_read import Capture
from frontal.scope.workspace import Look, Workspace

NAME = "layers.0/h"
TRACKS = {"symbol": 1, "guess": 5, "chance": 5, "surprise": 1, "fresh": 1}
LETTERS = "abcdefghij klmnopqrstuvwxyz\n"


def large_capture(folder: Path, steps: int, units: int) -> Capture:
    """Random walks squashed into -1 .. 1, along random letters."""
    folder.mkdir()
    draw = np.random.default_rng(0)
    for number, first in enumerate(range(0, steps, SHARD)):
        n = min(SHARD, steps - first)
        values = np.tanh(0.2 * draw.normal(size=(units, n)).astype(np.float32).cumsum(1)).astype(np.float16)
        bands = [values[:, a:b] for a, b in pairwise([*range(0, n, BAND), n])]
        ids = draw.integers(0, len(LETTERS), n).astype(np.int32)
        tensors = {
            NAME: values, f"{NAME} lowest": np.stack([band.min(1) for band in bands], 1),
            f"{NAME} highest": np.stack([band.max(1) for band in bands], 1), "symbol": ids,
            "guess": np.tile(np.arange(5, dtype=np.int32), (n, 1)), "surprise": draw.random(n).astype(np.float32),
            "chance": np.tile(np.array([0.5, 0.2, 0.1, 0.1, 0.05], dtype=np.float32), (n, 1)),
            "fresh": np.zeros(n, dtype=bool),
        }  # fmt: skip
        save_file(tensors, folder / shard_name(number))
    signal = Signal(NAME, "layers.0", "LSTM", "h", units, None, (None, None), 0.0, -1.0, 1.0)
    index = Index("text", "letters", "LanguageNetwork", steps, (signal,), TRACKS, {"symbols": list(LETTERS)})
    (folder / INDEX).write_bytes(index.to_bytes())
    return Capture(folder)


def large_workspace(folder: Path, steps: int, units: int) -> Workspace:
    """A workspace with such a capture alone, under the id a."""
    workspace = Workspace()
    workspace.add(Look("a", "letters", None, None, None, large_capture(folder, steps, units), RLock()))
    return workspace
