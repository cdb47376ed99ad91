"""Snippets of data as a page draws them: their steps in JSON, their numbers one behind another in arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.snippet import Snippet
from frontal.scope import tiles


def packed(
    capture: Capture, signal: str, unit: int, cuts: Sequence[Snippet], limit: float, prefix: str = ""
) -> dict[str, Any]:
    """Return snippets and the values of a unit along them.

    Args:
        capture: of a model along data.
        signal: name of the unit's signal.
        unit: its number.
        cuts: the snippets.
        limit: value that the byte 254 stands for.
        prefix: of the names in the answer.

    Returns:
        `snippets`, each with `at`, where its numbers begin in `bytes` and `values` of the unit, and in `data`.
    """
    starts = np.cumsum([0, *(cut.stop - cut.first for cut in cuts)])
    values = [capture.unit(signal, unit, slice(cut.first, cut.stop)) for cut in cuts]
    joined = np.concatenate([*values, np.empty(0, np.float32)]).astype(np.float32)
    facts = [
        {name: value for name, value in asdict(cut).items() if name != "data"} | {"at": int(at)}
        for cut, at in zip(cuts, starts, strict=False)
    ]
    data = np.concatenate([*(cut.data for cut in cuts), np.empty(0, np.float32)]).astype(np.float32)
    return {
        f"{prefix}snippets": facts, f"{prefix}bytes": tiles.quantise(joined, limit), f"{prefix}values": joined,
        f"{prefix}data": data,
    }  # fmt: skip
