"""Columns as a data frame of whichever library is installed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Literal

import narwhals

from frontal.errors import FrontalError

LIBRARIES: tuple[Literal["polars", "pandas"], ...] = ("polars", "pandas")


def frame_of(columns: Mapping[str, Any]) -> Any:
    """Return a polars or, without polars, a pandas data frame; neither installed raises `FrontalError`."""
    for library in LIBRARIES:
        if find_spec(library) is not None:
            return narwhals.from_dict(columns, backend=library).to_native()
    raise FrontalError("a data frame needs polars or pandas: pip install polars")
