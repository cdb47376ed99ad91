"""The binary message: what goes in comes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from frontal.errors import FrontalError
from frontal.scope.message import decode, encode

SENT_AS = {
    "bool": "bool", "int8": "int8", "uint8": "uint8", "int16": "int16", "int32": "int32", "float32": "float32",
    "float64": "float32", "float16": "float32", "int64": "int32", "uint16": "int32", "uint32": "int32",
}  # fmt: skip
KEYS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def arrays(name: str) -> st.SearchStrategy[Any]:
    shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    whole = st.integers(0, 2**31 - 1) if name in ("int64", "uint32") else None
    return hnp.arrays(np.dtype(name), shapes, elements=whole)


@given(st.dictionaries(KEYS, JSON | st.sampled_from(sorted(SENT_AS)).flatmap(arrays), max_size=5))
def test_what_goes_in_comes_out(answer: dict[str, Any]) -> None:
    with np.errstate(over="ignore"):
        expected = {
            key: value.astype(SENT_AS[value.dtype.name]) if isinstance(value, np.ndarray) else value
            for key, value in answer.items()
        }
    found = decode(encode(answer))
    assert set(found) == set(expected)
    for key, value in expected.items():
        if isinstance(value, np.ndarray):
            assert (found[key].dtype, found[key].shape) == (value.dtype, value.shape)
            np.testing.assert_array_equal(found[key], value)
        else:
            assert found[key] == value


def test_the_bytes_are_as_they_are_described() -> None:
    message = encode({"a": 1, "x": np.array([1, 2, 3], np.uint8), "y": np.array([[1.5, -2.0]])})
    length = int.from_bytes(message[:4], "little")
    header = json.loads(message[4 : 4 + length].decode())
    assert header["values"] == {"a": 1}
    assert header["arrays"] == {
        "x": {"dtype": "uint8", "shape": [3], "offset": 0, "bytes": 3},
        "y": {"dtype": "float32", "shape": [1, 2], "offset": 8, "bytes": 8},
    }
    start = 4 + length
    assert start % 8 == 0
    assert message[start:] == b"\x01\x02\x03" + bytes(5) + np.array([1.5, -2.0], "<f4").tobytes()


def test_what_json_lacks_becomes_null_and_lone_surrogates_survive() -> None:
    given = {"n": float("nan"), "deep": {"i": [np.float32("inf"), 1.0]}, "s": "\ud83d", "p": Path("a/b"), "k": {1: 2}}
    assert decode(encode(given)) == {
        "n": None, "deep": {"i": [None, 1.0]}, "s": "\ud83d", "p": "a/b", "k": {"1": 2},
    }  # fmt: skip


def test_an_array_may_lie_in_any_order() -> None:
    turned = np.arange(6, dtype=">i2").reshape(2, 3).T
    np.testing.assert_array_equal(decode(encode({"x": turned}))["x"], turned)


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ({"x": np.array([2**31])}, OverflowError, "x: numbers from 2147483648"),
        ({"x": np.array([-(2**31) - 1])}, OverflowError, "32 bits"),
        ({"x": np.array(["a"])}, TypeError, "x: an array of str"),
        ({"x": {"inner": np.zeros(2)}}, TypeError, "x.inner: a ndarray"),
        ({"x": object()}, TypeError, "x: a object"),
    ],
)
def test_what_cannot_travel_is_named(answer: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        encode(answer)


@pytest.mark.parametrize(
    "message", [b"", b"abc", b"\x02\0\0\0{}", b"\x02\0\0\0[]", encode({"x": np.zeros(4, np.float32)})[:-3]]
)
def test_what_is_no_message_is_refused(message: bytes) -> None:
    with pytest.raises(FrontalError, match="not a message"):
        decode(message)


def test_an_object_is_never_read() -> None:
    message = encode({"x": np.zeros(4, np.float32)}).replace(b"float32", b"object_")
    with pytest.raises(FrontalError, match="object_"):
        decode(message)
