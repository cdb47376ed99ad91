"""One door for every source of data."""

from __future__ import annotations

import os
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from frontal.data.builtin import BUILTIN, builtin
from frontal.data.catalog import CATALOG, find
from frontal.data.csvfile import parse_csv
from frontal.data.frames import from_object, read_parquet
from frontal.data.table import Table
from frontal.errors import FrontalError


def read_table(source: Any) -> Table:
    """Read a table from a file, standard input, a built-in name, or an object in memory.

    Args:
        source: a path to a CSV, TSV or Parquet file (by its ending), "-" for CSV on standard
            input, a name in `BUILTIN` or of a data set ("metro_traffic", "ett/ETTh1.csv"; a file of
            that name goes first), a pandas, polars (lazy too) or pyarrow frame or series, a dict of
            columns, a numpy array (T,) or (T, C), a list of numbers, or a Table, which is returned
            as it is.

    Raises:
        FrontalError: the source cannot be found or read; see also `parse_csv`.
    """
    if isinstance(source, Table):
        return source
    if not isinstance(source, (str, os.PathLike)):
        return from_object(source)
    if str(source) == "-":
        return parse_csv(sys.stdin.buffer.read(), "standard input")
    path = Path(source)
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return read_parquet(path)
        return parse_csv(path.read_bytes(), str(path))
    except (FileNotFoundError, NotADirectoryError):
        return _by_name(path)
    except IsADirectoryError:
        raise FrontalError(f"{path} is a folder, where a CSV or Parquet file is expected{_inside(path)}") from None
    except OSError as error:
        raise FrontalError(f"cannot read {_shown(path)}: {error.strerror or error}") from None
    except ValueError as error:
        if isinstance(error, FrontalError):
            raise
        raise FrontalError(f"{_shown(path)} is not a file name: {error}") from None


def _shown(path: Path) -> str:
    text = str(path)
    return text if len(text) <= 200 else text[:197] + "…"


def _nearest(path: Path) -> str:
    """The nearest file in that folder, or the built-in names."""
    folder = path.parent
    if not folder.is_dir():
        return f"there is no folder {folder} either"
    files = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    near = get_close_matches(path.name.casefold(), {name.casefold(): name for name in files}, n=1)
    if near:
        name = next(name for name in files if name.casefold() == near[0])
        return f"did you mean {str(folder / name)!r}?"
    if get_close_matches(str(path).casefold(), BUILTIN, n=1):
        return f"did you mean the built-in {get_close_matches(str(path).casefold(), BUILTIN, n=1)[0]!r}?"
    return "give a path to a CSV or Parquet file, '-' for standard input, or a built-in name: " + ", ".join(BUILTIN)


def _by_name(path: Path) -> Table:
    """What is no file is built in, or a data set by its name."""
    if str(path) in BUILTIN:
        return builtin(str(path))
    if (named := named_file(path)) is not None:
        return read_table(named)
    raise FrontalError(f"no such file: {_shown(path)}; {_nearest(path)}") from None


def named_file(path: Path) -> Path | None:
    """Where a data set, or a file of it, lies that goes by this name; None for a name of no data set.

    Of a data set with one CSV file it is that file, else its folder. One that is not there raises `FrontalError`.
    """
    return _only_table(find(path.as_posix())) if path.parts and path.parts[0] in CATALOG else None


def _only_table(path: Path) -> Path:
    files = [path] if path.is_file() else list(path.glob("*.csv"))
    return files[0] if len(files) == 1 else path


def _inside(path: Path) -> str:
    files = sorted(str(entry) for entry in path.iterdir() if entry.suffix.lower() in (".csv", ".tsv", ".parquet"))
    return f"; it holds {', '.join(files[:3])}{', …' if len(files) > 3 else ''}" if files else ""
