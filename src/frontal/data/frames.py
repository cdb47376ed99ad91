"""Data frames, dictionaries, arrays and lists become a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from frontal.data.table import Table
from frontal.errors import FrontalError

_Reader = Literal["polars", "pyarrow", "pandas"]
_READERS: tuple[_Reader, ...] = ("polars", "pyarrow", "pandas")
ACCEPTED = (
    "a path to a CSV or Parquet file, '-' for standard input, the name of a built-in series, a data frame "
    "(pandas, polars, pyarrow), a dict of columns, a numpy array of 1 or 2 dimensions, or a list of numbers"
)


def read_parquet(path: Path) -> Table:
    """Read a Parquet file with whichever of polars, pyarrow or pandas is installed."""
    import narwhals as nw  # noqa: PLC0415, slow to import and needed for frames only

    backend: _Reader | None = next((name for name in _READERS if find_spec(name)), None)
    if backend is None:
        raise FrontalError(f"{path}: reading Parquet needs polars or pyarrow; pip install 'frontal[data]'")
    if path.read_bytes()[:4] != b"PAR1":
        raise FrontalError(f"{path} is not a Parquet file, though its name says so")
    try:
        frame = nw.read_parquet(str(path), backend=backend)
    except Exception as error:  # each backend has its own family of errors, and none is imported here
        raise FrontalError(f"{path} cannot be read as Parquet: {error}") from error
    return from_frame(frame, str(path))


def from_object(source: Any) -> Table:
    """Turn anything in memory that has columns or numbers into a table.

    Raises:
        FrontalError: it has neither, or the wrong shape.
    """
    import narwhals as nw  # noqa: PLC0415

    if isinstance(source, Mapping):
        return _from_columns("the dictionary", {str(name): values for name, values in source.items()})
    if isinstance(source, (list, tuple)) or hasattr(source, "__array_interface__"):
        return _from_array(source)
    try:
        frame = nw.from_native(source, allow_series=True)
    except TypeError:
        if hasattr(source, "__array__"):
            return _from_array(source)
        raise FrontalError(f"cannot read data from a {type(source).__name__}; expected {ACCEPTED}") from None
    return from_frame(frame, "the frame")


def from_frame(frame: Any, name: str) -> Table:
    """Turn a narwhals DataFrame, LazyFrame or Series into a table; a pandas index of times is a column."""
    import narwhals as nw  # noqa: PLC0415

    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    index = nw.maybe_get_index(frame)
    if isinstance(frame, nw.Series):
        frame = frame.alias(frame.name or "value").to_frame()
    titles = [str(title) for title in frame.columns]
    columns: dict[str, NDArray[Any]] = {}
    notes: list[str] = []
    if index is not None and (_is_period(index) or str(index.dtype).startswith("datetime64")):
        label = str(index.name or "time")
        series = nw.from_native(index.to_series(), series_only=True)
        columns[label if label not in titles else f"index_{label}"] = _from_series(series, label, notes)
    for title, column in zip(titles, frame.iter_columns(), strict=True):
        columns[title] = _from_series(column, title, notes)
    return _checked(Table(name, columns, notes=tuple(notes)))


def _is_period(index: Any) -> bool:
    return str(index.dtype).startswith("period")


def _from_series(column: Any, title: str, notes: list[str]) -> NDArray[Any]:
    import narwhals as nw  # noqa: PLC0415

    kind = column.dtype
    if kind == nw.Boolean and column.null_count() == 0:
        return column.to_numpy().astype(np.bool_)
    if kind.is_numeric() or kind == nw.Boolean:
        return column.cast(nw.Float64).to_numpy().astype(np.float64)
    if kind == nw.Date:
        return column.cast(nw.Datetime("us")).to_numpy().astype("datetime64[us]")
    if kind == nw.Datetime:
        return _without_zone(column, title, notes).to_numpy().astype("datetime64[us]")
    return from_values(column.to_list())


def _without_zone(column: Any, title: str, notes: list[str]) -> Any:
    """Whole days stay the days that they are; anything else becomes UTC."""
    zone = column.dtype.time_zone
    if zone is None:
        return column
    local = column.dt.replace_time_zone(None)
    stamps = local.to_numpy().astype("datetime64[us]")
    known = stamps[~np.isnat(stamps)]
    if (known == known.astype("datetime64[D]")).all():
        notes.append(f"Times in {title!r} are midnights in {zone}; the time zone is left out.")
        return local
    notes.append(f"Times in {title!r} are in {zone}; they were converted to UTC.")
    return column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def _from_columns(name: str, columns: Mapping[str, Any]) -> Table:
    return _checked(Table(name, {title: _from_any(values, title) for title, values in columns.items()}))


def _from_any(values: Any, title: str) -> NDArray[Any]:
    import narwhals as nw  # noqa: PLC0415

    series = nw.from_native(values, allow_series=True, pass_through=True)
    if isinstance(series, nw.Series):
        return _from_series(series, title, [])
    if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
        raise FrontalError(f"column {title!r} is a {type(values).__name__}; a list or a 1-D array is expected")
    if not hasattr(values, "__array__"):
        return from_values(list(values))
    array = np.asarray(values)
    if array.ndim != 1:
        raise FrontalError(f"column {title!r} has shape {array.shape}; a list or a 1-D array is expected")
    return _plain(array)


def _from_array(source: Any) -> Table:
    name = f"the {type(source).__name__}"
    if isinstance(source, (list, tuple)):
        if not any(
            isinstance(row, (list, tuple)) or (hasattr(row, "__len__") and not isinstance(row, str)) for row in source
        ):
            return _checked(Table(name, {"value": from_values(list(source))}))
        if len({len(row) if hasattr(row, "__len__") else -1 for row in source}) > 1:
            raise FrontalError(f"{name} has rows of unequal length; every row needs the same columns")
    array = np.asarray(source)
    if array.ndim == 1:
        return _checked(Table(name, {"value": _plain(array)}))
    if array.ndim != 2 or not array.shape[1]:
        raise FrontalError(f"{name} has shape {array.shape}; (rows,) or (rows, columns) is expected")
    return _checked(Table(name, {f"column_{i + 1}": _plain(array[:, i]) for i in range(array.shape[1])}))


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    """The column kinds of a table: float64, bool, datetime64[us], text."""
    if array.dtype.kind == "b":
        return array
    if array.dtype.kind in "iuf":
        return array.astype(np.float64)
    if array.dtype.kind == "M":
        return array.astype("datetime64[us]")
    if array.dtype.kind == "c":
        raise FrontalError("complex numbers cannot be used as a series; give real numbers")
    return from_values(array.tolist())


def from_values(values: list[Any]) -> NDArray[Any]:
    """Turn a list of Python values into a column: numbers, times, or else text; None is missing."""
    present = [value for value in values if not _is_none(value)]
    if present and all(isinstance(value, (bool, np.bool_)) for value in present) and len(present) == len(values):
        return np.array(values, dtype=np.bool_)
    if all(isinstance(value, (int, float, np.number)) for value in present) and present:
        return np.array([np.nan if _is_none(value) else float(value) for value in values], dtype=np.float64)
    if present and all(isinstance(value, (date, np.datetime64)) and not _has_zone(value) for value in present):
        return np.array(["NaT" if _is_none(value) else value for value in values], dtype="datetime64[us]")
    column = np.empty(len(values), dtype=object)
    column[:] = ["" if _is_none(value) else str(value) for value in values]
    return column


def _has_zone(value: Any) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None


def _is_none(value: Any) -> bool:
    """None, and what is not equal to itself: NaN and NaT. pandas.NA is neither true nor false of anything."""
    return value is None or type(value).__name__ in ("NAType", "NaTType") or bool(value != value)  # noqa: PLR0124


def _checked(table: Table) -> Table:
    lengths = {name: len(column) for name, column in table.columns.items()}
    if not lengths or not max(lengths.values()):
        raise FrontalError(f"{table.name} is empty; rows of numbers are expected")
    if len(set(lengths.values())) > 1:
        raise FrontalError(
            f"{table.name} has columns of unequal length: " + ", ".join(f"{k!r} {n}" for k, n in lengths.items())
        )
    return table
