"""Reader of the UCR archive's older text form: a line a sequence, the label first, no header."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from frontal.data.labelled_clean import label_text
from frontal.data.labelled_set import Labelled, assemble
from frontal.data.memory import refuse_too_large
from frontal.data.numbers import is_missing
from frontal.data.textfile import open_text
from frontal.errors import FrontalError


def is_ucr(path: Path) -> bool:
    """True for the archive's file names: `X_TRAIN.tsv`, `X_TEST.txt`."""
    return path.suffix.lower() in (".tsv", ".txt") and path.stem.upper().endswith(("_TRAIN", "_TEST"))


def read_ucr(path: Path) -> Labelled:
    """Read `X_TRAIN.tsv` or `.txt`: label, then values, separated by tabs, commas or blanks.

    NaN at the end of a line is padding, and cut off.

    Raises:
        FrontalError: a cell is no number; the message names the line.
    """
    notes = [f"{path.name}: the first number of a line is the label, the others the values."]
    sequences: list[np.ndarray[tuple[int, int], np.dtype[np.float64]]] = []
    labels: list[str] = []
    ids: list[str] = []
    refuse_too_large(
        str(path), f"{path.stat().st_size:,} bytes, up to 2 for each byte of text,", path.stat().st_size * 2
    )
    with open_text(path, notes) as file:
        for number, line in enumerate(file, start=1):
            cells = line.replace(",", "\t").split("\t") if "\t" in line or "," in line else line.split()
            if not line.strip():
                continue
            label, *values = (_value(cell, f"{path}, line {number}, column {place}")
                              for place, cell in enumerate(cells, start=1))  # fmt: skip
            sequences.append(np.array(values)[:, None])
            labels.append(label_text(label))
            ids.append(f"{path.stem}:{number}")
    return assemble(
        Labelled(str(path), list(sequences), labels, ("value",), "numbers", False, ids, notes=notes), pad=True
    )


def _value(cell: str, where: str) -> float:
    try:
        return np.nan if is_missing(cell) else float(cell)
    except ValueError:
        raise FrontalError(f"{where}: {cell.strip()[:40]!r} is not a number; write NaN where it is unknown") from None
