"""A text as a unit reads it: the right value and the right guesses at every symbol, on a page that is only a page."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from frontal import FrontalError
from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.reading import NONE, OPINION, RIGHT, WRONG, Reading, ReadSymbol, read_unit, visible, width
from frontal.diagnostics.reading_colours import ink, of_chance, of_value
from frontal.diagnostics.reading_page import page
from frontal.diagnostics.subject_text import Text
from frontal.layers.language_network import LanguageNetwork

SYMBOLS = [*"abcdef \n", "<b>", "ü"]
IDS = np.random.default_rng(0).integers(0, len(SYMBOLS), 300)


def network() -> LanguageNetwork:
    torch.manual_seed(1)
    model = LanguageNetwork(len(SYMBOLS), named("gru"), hidden=5, embedding=3)
    with torch.no_grad():
        model.get_parameter("weight").mul_(30)  # so that it has opinions
    return model


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    return capture(Text(network(), IDS, SYMBOLS, "few"), tmp_path_factory.mktemp("r") / "of")


@pytest.mark.parametrize(("first", "stop"), [(0, 300), (0, 1), (1, 2), (57, 203), (299, 300)])
def test_values_and_guesses_are_the_networks(kept: Capture, first: int, stop: int) -> None:
    model = network().eval()
    with torch.no_grad():
        outputs, _ = model.run(torch.from_numpy(IDS)[:, None])
        chances = model.answer(outputs)[:, 0].softmax(-1)
    reading = read_unit(kept, "h", 3, slice(first, stop))
    values = outputs[first:stop, 0, 3]
    assert reading.limit == pytest.approx(float(values.abs().max()), abs=1e-3)
    for step, symbol, value in zip(range(first, stop), reading.symbols, values, strict=True):
        assert symbol.text == SYMBOLS[IDS[step]]
        assert symbol.value * reading.limit == pytest.approx(float(value), abs=2e-3)
        if not step:
            assert (symbol.guesses, symbol.verdict) == ((), NONE)
            continue
        expected = chances[step - 1].sort(descending=True)
        assert [c for _, c in symbol.guesses] == pytest.approx(expected.values[:5].tolist(), abs=1e-5)
        assert symbol.guesses[0][0] == SYMBOLS[int(expected.indices[0])]
        right = int(expected.indices[0]) == IDS[step]
        sure = float(expected.values[0]) >= OPINION
        assert symbol.verdict == (NONE if not sure else RIGHT if right else WRONG)


def test_all_three_verdicts_occur_and_the_share_is_counted(kept: Capture) -> None:
    reading = read_unit(kept, "h", 0)
    assert {s.verdict for s in reading.symbols} == {RIGHT, WRONG, NONE}
    hits = [bool(s.guesses) and s.guesses[0][0] == s.text for s in reading.symbols]
    assert reading.right == sum(hits) / 300


symbols = st.builds(
    ReadSymbol,
    st.sampled_from(["a", "\n", "wörd", "x\n", "\0", ""]),
    st.floats(-1, 1),
    st.lists(st.tuples(st.sampled_from(["a", "longer", "\t"]), st.floats(0, 1)), max_size=5).map(tuple),
    st.sampled_from([RIGHT, WRONG, NONE]),
)


@given(st.lists(symbols, min_size=1, max_size=40), st.integers(1, 30))
def test_lines_hold_every_symbol_in_order_and_fit(given_: list[ReadSymbol], columns: int) -> None:
    reading = Reading("h", 0, 1.0, tuple(given_))
    lines = list(reading.lines(columns))
    assert [s for line in lines for s in line] == given_
    for line in lines:
        assert sum(map(width, line)) <= columns or len(line) == 1
        assert not any(s.text.endswith("\n") for s in line[:-1])
    assert Reading.from_dict(json.loads(json.dumps(reading.to_dict()))) == reading


def test_colours() -> None:
    assert of_value(0) == of_chance(0) == (255, 255, 255)
    assert of_value(1) == (230, 97, 1)
    assert of_value(-1) == (94, 60, 153)
    assert [ink(of_value(v)) for v in (-1, 0, 1)] == ["#ffffff", "#000000", "#000000"]
    bars = [ReadSymbol("a", v, (), NONE).bar for v in (-1.0, -0.01, 0.01, 1.0)]
    assert bars == ["▁", "▄", "▅", "█"]


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


@given(st.text(max_size=20))
def test_no_text_becomes_markup(hostile: str) -> None:
    def tags(text: str) -> Elements:
        symbol = ReadSymbol(text, 0.5, ((text, 0.5),), RIGHT)
        elements = Elements()
        elements.feed(page(Reading(text, 1, 1.0, (symbol,)), text))
        return elements

    seen, plain = tags(f"<script>alert(1)</script>\"'{hostile}"), tags("x")
    assert seen.tags == plain.tags
    assert {name for name, _ in seen.attributes} == {name for name, _ in plain.attributes}


def test_the_page_holds_the_colours_and_asks_for_nothing(kept: Capture) -> None:
    reading = read_unit(kept, "h", 3, slice(0, 40))
    written = page(reading, "few")
    for symbol in reading.symbols:
        red, green, blue = of_value(symbol.value)
        assert f"#{red:02x}{green:02x}{blue:02x}" in written
    assert "http" not in written.replace("http-equiv", "")
    assert "<script" not in written


@pytest.mark.parametrize(
    ("text", "shown"), [("\n", "⏎"), (" ", "␣"), ("", "∅"), ("a b", "a␣b"), ("\x1b[31m", "�[31m"), ("ü", "ü")]
)
def test_white_space_is_seen_and_nothing_controls_the_terminal(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_wrong_questions(kept: Capture, tmp_path: Path) -> None:
    with pytest.raises(FrontalError, match="units 0 to 4"):
        read_unit(kept, "h", 5)
    changed: dict[str, Any] = json.loads((kept.folder / "index.json").read_text())
    other = tmp_path / "series"
    other.mkdir()
    (other / "steps-00000.safetensors").write_bytes((kept.folder / "steps-00000.safetensors").read_bytes())
    (other / "index.json").write_text(json.dumps({**changed, "kind": "series"}))
    with pytest.raises(FrontalError, match="not of a text"):
        read_unit(Capture(other), "h", 0)
