"""The page Neuron in a browser: the unit for addresses shows by itself, and colours are those of the numbers."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from threading import RLock
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from chromium import address, drawn, watched
from tiny import KINDS

import frontal
from frontal.diagnostics.capture import capture
from frontal.scope import tiles
from frontal.scope.launch import running
from frontal.scope.workspace import Look, Workspace
from frontal.tasks.look import neurons_run
from frontal.training.progress import SilentProgress

WORDS = ("the rain falls on a river and old trees grow near its banks while birds sing about summer").split()  # noqa: SIM905
STEPS = 8000


def planted(lines: int = 1500) -> str:
    """Lines of words, every second one with an address."""
    draw = random.Random(0)
    found: list[str] = []
    for _ in range(lines):
        chosen = draw.choices(WORDS, k=9)
        if draw.random() < 0.5:
            path = "".join(draw.choices("abcdefgh0123456789", k=10))
            chosen.insert(draw.randrange(9), f"http://www.{draw.choice(WORDS)}.org/{path}")
        found.append(" ".join(chosen) + ".\n")
    return "".join(found)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, str, Any]]:
    """A model that learned a text with addresses, the text, and a workspace of both."""
    text = planted()
    model = frontal.LanguageModel(hidden=48, embedding=16, epochs=3, learning_rate=0.015, test=0.0).fit(text)
    subject = model.subject(text, most=STEPS)
    with Workspace() as workspace:
        kept = capture(subject, tmp_path_factory.mktemp("planted") / "c")
        workspace.add(Look("a", "planted", None, model, subject, kept, RLock()))
        yield model, text, workspace


@pytest.fixture
def page(browser: Any, learned: Any) -> Iterator[Any]:
    with running(learned[2]) as url:
        parts = urlsplit(url)
        with watched(browser, f"{parts.scheme}://{parts.netloc}") as shown:
            shown.goto(address(url, "neuron"))
            yield drawn(shown)


def test_the_unit_for_addresses_shows_by_itself_on_the_page_as_in_the_terminal(page: Any, learned: Any) -> None:
    model, text, _ = learned
    row = page.locator("frontal-neuron tbody tr", has_text="inside a URL").first
    row.wait_for()
    _, unit, area, control, *_ = row.locator("th, td").all_inner_texts()
    assert float(area.strip()) >= 0.9
    assert abs(float(control) - 0.5) < 0.06
    said = neurons_run(model, text, signals=None, most=STEPS, progress=SilentProgress()).of("inside a URL")
    assert unit == f"{said.signal} {said.unit} {'+' if said.sign > 0 else '−'}"
    assert float(area.strip()) == pytest.approx(said.area, abs=0.006)
    row.click()
    page.get_by_role("heading", name=f"Unit {said.unit} of {said.signal}").wait_for()
    page.locator("output.number", has_text="inside a URL").wait_for()
    end = "Where it is highest" if said.sign > 0 else "Where it is lowest"
    snippets = page.locator("section.card", has_text=end).locator(".snippet").all_inner_texts()
    assert sum("//www" in one.replace("\n", "") for one in snippets) >= len(snippets) / 2


def test_the_finder_ranks_the_units_of_one_predicate(page: Any) -> None:
    page.locator("frontal-neuron tbody tr").first.wait_for()
    page.get_by_label("What is watched").select_option("inside a URL")
    card = page.locator("section.card", has=page.get_by_label("What is watched"))
    card.locator("tbody th", has_text="inside a URL").nth(5).wait_for()
    assert set(card.locator("tbody th").all_inner_texts()) == {"inside a URL"}
    assert "watching=inside+a+URL" in page.evaluate("new Promise(done => setTimeout(() => done(location.hash), 300))")


def step_of(snippet: Any) -> int:
    return int(re.match(r"step ([\d,]*\d)", snippet.get_attribute("aria-label")).group(1).replace(",", ""))


COLOURS = """(button) => [...button.querySelectorAll(".snippet-before > span > span, .snippet-peak > span, "
    + ".snippet-after > span")].map((letter) => getComputedStyle(letter).backgroundColor)"""


def test_letters_have_the_colours_of_the_numbers(open_page: Any, workspaces: Callable[[str], Workspace]) -> None:
    page = open_page("text", "neuron", unit=3)
    page.locator("section.card", has_text="Where it is lowest").locator(".snippet").first.wait_for()
    look = workspaces("text").look("a")
    values = look.capture.unit("h", 3)
    table = tiles.palette()["diverging_light"]
    checked = 0
    for button in page.locator(".snippet").all():
        step = step_of(button)
        steps = slice(max(0, step - 30), min(len(values), step + 31))
        shown = [tuple(map(int, re.findall(r"\d+", colour)))[:3] for colour in button.evaluate(COLOURS)]
        expected = table[tiles.quantise(values[steps], float(np.abs(values).max()))]
        assert shown == [tuple(colour) for colour in expected.tolist()]
        checked += len(shown)
    assert checked > 300


@pytest.mark.parametrize("kind", KINDS)
def test_every_part_shows_something(kind: str, open_page: Any) -> None:
    page = open_page(kind, "neuron", unit=1)
    for title in ("What it tells", "What it says", "What it answers to", "How its values are spread"):
        page.locator("section.card", has_text=title).locator("svg.drawing").first.wait_for()
    page.locator("section.card", has_text="Units that go with it").locator("tbody tr").first.wait_for()
    page.get_by_role("button", name="Hold it at its mean").click()
    page.get_by_text("Δ loss").wait_for()
    assert "area" in page.locator("output.number").inner_text()
    rows = page.evaluate("document.querySelector('.view').csv()")
    assert rows[0] == ["what", "step", "place", "value", "text"]
    assert sum(row[0] == "top" for row in rows) > 3
    assert len(page.evaluate("document.querySelector('.view').figures().map(f => f.tagName)")) >= 4


def test_a_snippet_moves_the_cursor(open_page: Any) -> None:
    page = open_page("sound", "neuron", unit=1)
    snippet = page.locator(".snippet").nth(2)
    snippet.wait_for()
    step = step_of(snippet)
    snippet.focus()
    page.keyboard.press("Enter")
    page.locator("footer.strip", has_text=f"step {step} ").wait_for()
