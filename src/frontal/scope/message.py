"""One binary message for what a page is answered: numbers as they lie in memory, the rest as JSON.

Four bytes, little-endian, say how long the header is; the header is UTF-8 JSON, filled up with blanks so
that what follows begins at a multiple of 8 bytes; then come the arrays, each filled up to a multiple of 8:

    {"values": {key: JSON}, "arrays": {key: {"dtype": "float32", "shape": [2, 3], "offset": 0, "bytes": 24}}}

`offset` counts from the end of the header.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError

KINDS = ("bool", "int8", "uint8", "int16", "int32", "float32")  # that a browser has typed arrays for
NARROWED = {"float64": "float32", "float16": "float32"} | dict.fromkeys(
    ("int64", "uint16", "uint32", "uint64"), "int32"
)


def encode(answer: Mapping[str, Any]) -> bytes:
    """Pack an answer: arrays under their keys as they are, everything else as JSON; NaN and infinite become null there.

    Args:
        answer: numpy arrays stand at the top; float64 and float16 travel as float32, larger whole numbers as int32.

    Raises:
        TypeError: something is neither an array at the top nor JSON; OverflowError: a number beyond int32.
    """
    values: dict[str, Any] = {}
    arrays: dict[str, dict[str, Any]] = {}
    parts: list[bytes] = []
    offset = 0
    for key, value in answer.items():
        if isinstance(value, np.ndarray):
            array = _narrowed(key, value)
            data = array.tobytes()
            arrays[key] = {"dtype": array.dtype.name, "shape": list(array.shape), "offset": offset, "bytes": len(data)}
            parts.append(data + bytes(-len(data) % 8))
            offset += len(parts[-1])
        else:
            values[key] = plain(value, key)
    header = json.dumps({"values": values, "arrays": arrays}, allow_nan=False, ensure_ascii=False).encode(
        "utf-8", "backslashreplace"
    )
    header += b" " * (-(4 + len(header)) % 8)
    return b"".join([len(header).to_bytes(4, "little"), header, *parts])


def decode(message: bytes) -> dict[str, Any]:
    """Unpack a message; what is none raises `FrontalError`."""
    try:
        start = 4 + int.from_bytes(message[:4], "little")
        header = json.loads(message[4:start])
        found: dict[str, Any] = dict(header["values"])
        for key, entry in header["arrays"].items():
            if entry["dtype"] not in KINDS:
                raise FrontalError(f"this is not a message of frontal: {key!r} holds {entry['dtype']}")
            first = start + entry["offset"]
            numbers = np.frombuffer(message[first : first + entry["bytes"]], _little(entry["dtype"]))
            found[key] = numbers.reshape(entry["shape"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FrontalError(f"this is not a message of frontal: {error}") from error
    return found


def plain(value: Any, key: str) -> Any:
    """Return a value as JSON knows it; `key` says where it stands."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, np.generic):
        return plain(value.item(), key)
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): plain(item, f"{key}.{name}") for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, key) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"{key}: a {type(value).__name__} cannot travel here; arrays stand at the top of an answer")


def _narrowed(key: str, array: NDArray[Any]) -> NDArray[Any]:
    name = array.dtype.name
    kind = NARROWED.get(name, name)
    if kind not in KINDS:
        raise TypeError(f"{key}: an array of {name} cannot travel; a page knows {', '.join(KINDS)}")
    if kind == "int32" and name != "int32" and array.size:
        limits = np.iinfo(np.int32)
        if array.max() > limits.max or (name == "int64" and array.min() < limits.min):
            raise OverflowError(f"{key}: numbers from {array.min()} to {array.max()} do not fit into 32 bits")
    with np.errstate(over="ignore"):
        return array.astype(_little(kind), copy=False)


def _little(name: str) -> np.dtype[Any]:
    return np.dtype(name).newbyteorder("<")
