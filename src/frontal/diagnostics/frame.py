"""Columns as a data frame of whichever library is installed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Literal

from frontal.errors import FrontalError

Library = Literal["polars", "pandas", "pyarrow"]
LIBRARIES: tuple[Library, ...] = ("polars", "pandas")


def frame_of(columns: Mapping[str, Any], library: Library | None = None) -> Any:
    """Return a data frame of `library`; of polars or, without it, pandas where None is given.

    Raises:
        FrontalError: no library is named, and neither is installed.
    """
    import narwhals  # noqa: PLC0415 - slow

    for name in LIBRARIES if library is None else (library,):
        if library is not None or find_spec(name) is not None:
            return narwhals.from_dict(columns, backend=name).to_native()
    raise FrontalError("a data frame needs polars or pandas: pip install polars")
