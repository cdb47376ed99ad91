"""JSON in one spelling, holding only what JSON can hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any, NoReturn

from frontal.errors import FrontalError


def dump(value: Any, indent: int | None = 2) -> bytes:
    """Return UTF-8 that ends with a newline; equal values give equal bytes."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8", "backslashreplace")  # a lone surrogate's escape is valid JSON


def parse(data: bytes) -> dict[str, Any]:
    """Return the JSON object in `data`, or raise ValueError."""
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError(f"it holds a {type(value).__name__}, not an object")
    return value


def plain(value: Any, where: str, *, nan_as_null: bool) -> Any:
    """Return `value` as JSON can hold it, or raise `FrontalError` and say where it cannot.

    Tuples become lists. NaN and infinite numbers, which JSON lacks, become null or are refused.
    """
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise FrontalError(f"{where}: names must be text, got {key!r}")
        return {key: plain(item, f"{where}[{key!r}]", nan_as_null=nan_as_null) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, f"{where}[{row}]", nan_as_null=nan_as_null) for row, item in enumerate(value)]
    if isinstance(value, float) and not isfinite(value):
        if nan_as_null:
            return None
        raise FrontalError(f"{where} must be a finite number, got {value}")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise FrontalError(
        f"{where} is a {type(value).__name__}, which JSON cannot hold; use text, a Python number, True, "
        "False, None, a list or a dictionary"
    )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
