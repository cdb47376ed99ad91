"""The page Match in a browser: a phrase is marked, its units and their other moments are shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from tiny import KINDS

from frontal.diagnostics.matching import active, likely_threshold, matches, pattern
from frontal.scope import tiles
from frontal.scope.workspace import Workspace

PHRASE = slice(200, 207)
DEFAULT: dict[str, Any] = {"part": 0.8, "left": True, "right": False}


def expected(workspace: Workspace, **how: Any) -> tuple[Any, Any]:
    found = workspace.look("a").capture
    sides = {**DEFAULT, **how}
    wanted = pattern(found, "h", PHRASE, likely_threshold(found, "h", PHRASE, **sides), **sides)
    return wanted, matches(found, wanted, bridge=2, fast=False)


def phrase_at(open_page: Any, kind: str = "text", **state: Any) -> Any:
    page = open_page(kind, "match", phraseFrom=PHRASE.start, phraseTo=PHRASE.stop, **state)
    page.locator(".snippet").first.wait_for()
    return page


def test_units_and_matches_are_those_of_the_diagnostics(open_page: Any, workspaces: Callable[[str], Workspace]) -> None:
    page = phrase_at(open_page, left=0)
    wanted, found = expected(workspaces("text"), left=False)
    chips = [f"{'+' if s > 0 else '−'}{u}" for u, s in zip(wanted.units, wanted.signs, strict=True)]
    units = page.locator("section.card", has_text="Its units").locator(".chips .chip")
    assert units.all_inner_texts() == chips
    assert page.locator("output.number").inner_text().startswith(f"{len(chips)} units, {len(found):,} match")
    labels = [one.get_attribute("aria-label") for one in page.locator(".snippet").all()]
    for label, first, stop in zip(labels, found.first, found.stop, strict=False):
        assert label.startswith(f"steps {first:,} to {stop - 1:,}")
    units.first.click()
    page.wait_for_function(
        f"() => document.querySelector('frontal-match .chip[aria-pressed=true]')?.textContent === '{chips[0]}'"
    )


LETTERS = """() => [...document.querySelectorAll(".picker .letter")]
    .map((letter) => [Number(letter.dataset.step), getComputedStyle(letter).backgroundColor])"""


def test_letters_have_the_colour_of_the_share_that_is_active(
    open_page: Any, workspaces: Callable[[str], Workspace]
) -> None:
    page = phrase_at(open_page)
    wanted, _ = expected(workspaces("text"))
    letters = page.evaluate(LETTERS)
    assert len(letters) == 560
    first = letters[0][0]
    counts = active(workspaces("text").look("a").capture, wanted, slice(first, first + 560))
    table = tiles.palette()["diverging_light"][tiles.quantise(counts / len(wanted.units), 1.0)]
    shown = [tuple(map(int, re.findall(r"\d+", colour)))[:3] for _, colour in letters]
    assert shown == [tuple(colour) for colour in table.tolist()]
    assert len(set(shown)) > 1


def test_a_phrase_is_marked_by_dragging_and_by_keys(open_page: Any) -> None:
    page = open_page("text", "match")
    page.get_by_text("Mark a phrase above").wait_for()
    letters = page.locator(".picker .letter")
    letters.nth(40).wait_for()
    start, end = letters.nth(40).bounding_box(), letters.nth(46).bounding_box()
    page.mouse.move(start["x"] + 2, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + 2, end["y"] + 8, steps=4)
    page.mouse.up()
    page.wait_for_function("() => location.hash.includes('phraseFrom=40') && location.hash.includes('phraseTo=47')")
    page.locator(".picker").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.hash.includes('phraseFrom=41') && location.hash.includes('phraseTo=48')")
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_function("() => location.hash.includes('phraseFrom=41') && location.hash.includes('phraseTo=47')")
    page.wait_for_function("() => document.querySelectorAll('.letter.in-phrase').length === 6")


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_shows_something_of_every_kind(kind: str, open_page: Any) -> None:
    page = open_page(kind, "match", part=0.5, left=0)
    choice = page.get_by_label("An example")
    page.wait_for_function("() => document.querySelector('select[aria-label=\"An example\"]').options.length > 2")
    choice.select_option(index=1)
    page.locator(".snippet").first.wait_for()
    page.locator("dl.neuron-facts", has_text="precision").wait_for()
    assert "by chance" in page.locator("output.number").inner_text()
    assert page.locator("section.card", has_text="What the matches look like").locator("tbody tr").count() > 2
    rows = page.evaluate("document.querySelector('.view').csv()")
    assert rows[0] == ["first step", "last step", "score", "place", "text"]
    assert len(rows) == page.locator(".snippet").count() + 1


def test_settings_and_the_users_own_tracks(open_page: Any) -> None:
    page = phrase_at(open_page, left=0, forgive="status of 400")
    page.get_by_label("over gaps of").fill("7")
    page.wait_for_function("() => location.hash.includes('bridge=7')")
    box = page.get_by_label("Regular expression", exact=True)
    box.fill("[0-9]+")
    box.press("Enter")
    page.locator("dl.neuron-facts", has_text="precision").wait_for()
    assert page.locator(".letter.held").count() > 3
    held = set(page.locator(".letter.held").all_inner_texts())
    assert held <= set("0123456789")
    box.fill("(")
    box.press("Enter")
    page.get_by_text("no regular expression").wait_for()


def test_a_column_of_the_users_becomes_a_track(open_page: Any, workspaces: Callable[[str], Workspace]) -> None:
    page = open_page("series", "match", phraseFrom=30, phraseTo=34, part=0.5, left=0)
    page.locator(".snippet").first.wait_for()
    N = len(workspaces("series").look("a").capture)
    table = "odd\n" + "".join(f"{k % 2}\n" for k in range(N))
    page.get_by_text("a column of your own").click()
    page.get_by_label("A column of a CSV file").set_input_files(
        {"name": "t.csv", "mimeType": "text/csv", "buffer": table.encode()}
    )
    page.locator("dl.neuron-facts", has_text="50 % by chance").wait_for()
    assert page.get_by_label("Track", exact=True).input_value() == "odd = 1"


def test_a_hypothesis_is_kept_in_the_address_and_taken_along(open_page: Any) -> None:
    page = phrase_at(open_page, track="digit", left=0)
    page.get_by_label("Name of the hypothesis").fill('<b onclick="x()">numbers</b>')
    page.get_by_role("button", name="save").click()
    row = page.locator("section.card", has_text="Hypotheses").locator("tbody tr")
    row.wait_for()
    assert '<b onclick="x()">numbers</b>' in row.inner_text()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="download JSON").click()
    kept = json.loads(waiting.value.path().read_text())
    assert kept["hypotheses"][0]["track"] == "digit"
    assert 0 <= kept["hypotheses"][0]["precision"] <= 1
    page.wait_for_timeout(300)
    page.reload()
    page.locator("section.card", has_text="Hypotheses").locator("tbody tr").wait_for()
    page.get_by_role("button", name="forget").click()
    page.locator("section.card", has_text="Hypotheses").locator("tbody tr").wait_for(state="detached")


def test_no_units_is_said_in_place(open_page: Any) -> None:
    page = open_page("text", "match", phraseFrom=10, phraseTo=60, threshold=0.99999, forgive="status of 400")
    page.get_by_text("lower the threshold").wait_for()
    assert page.locator("output.number").inner_text() == "no units"
    assert page.locator(".snippet:visible").count() == 0
