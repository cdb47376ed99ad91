"""Read in a real browser: what it shows is what the numbers say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from chromium import drawn

from frontal.diagnostics.reading import read_unit
from frontal.scope.tiles import palette
from frontal.scope.workspace import Workspace

Of = Callable[[str], Workspace]
GRID = ".read-page .text-grid"

# moves the text so that each of some symbols is drawn in its turn, and reads the pixel of its cell
COLOURS = """async (steps) => {
    const grid = document.querySelector(".read-page .text-grid");
    const found = [];
    for (const step of steps) {
        const before = grid.scrollTop;
        grid.reveal(step);
        if (grid.scrollTop !== before) await new Promise(requestAnimationFrame);
        const { row, column } = grid.cellOf(step);
        found.push([...grid.canvas.getContext("2d").getImageData(column, row, 1, 1).data]);
    }
    return found;
}"""
UNDER = COLOURS.replace("grid.canvas.get", "grid.querySelector('.marks').get")


def switched(page: Any, unit: int) -> None:
    """Choose another unit by the address, as a link does, and wait until it is drawn."""
    page.evaluate("(unit) => { location.hash = location.hash.replace(/unit=[0-9]+/, `unit=${unit}`); }", unit)
    page.wait_for_function(
        "(unit) => document.querySelector('frontal-read .number').textContent.startsWith(`unit ${unit} `)", arg=unit
    )
    drawn(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_pixel_is_the_colour_of_the_number(open_page: Any, workspaces: Of, theme: str) -> None:
    capture = workspaces("text").look("a").capture
    colours = palette()[f"diverging_{theme}"]
    page = open_page("text", "read", unit=1, signal="layers.0/h", theme=theme)
    chosen = np.random.default_rng(7)
    for unit in (1, *chosen.permutation(12)[:9].tolist()):
        switched(page, unit)
        values = capture.unit("layers.0/h", unit)
        limit = float(np.abs(values).max())
        steps = sorted(chosen.integers(0, len(capture), 20).tolist())
        bytes_ = [round(127 * float(values[step]) / limit) + 127 for step in steps]
        assert page.evaluate(COLOURS, steps) == [[*map(int, colours[byte]), 255] for byte in bytes_], (unit, steps)


def test_a_mark_says_whether_the_first_guess_was_right(open_page: Any, workspaces: Of) -> None:
    capture = workspaces("text").look("a").capture
    colours = {"right": [47, 158, 68, 255], "wrong": [25, 113, 194, 255], "no opinion": [0, 0, 0, 0]}
    page = open_page("text", "read", unit=2)
    verdicts = [symbol.verdict for symbol in read_unit(capture, "h", 2).symbols]
    steps = sorted(np.random.default_rng(3).integers(1, len(capture), 40).tolist())
    assert page.evaluate(UNDER, steps) == [colours[verdicts[step]] for step in steps]


def test_the_text_can_be_read_and_copied_as_it_was(open_page: Any, workspaces: Of) -> None:
    capture = workspaces("text").look("a").capture
    text = "".join(capture.index.facts["symbols"][i] for i in capture.track("symbol").tolist())
    page = open_page("text", "read")
    lines = page.locator(f"{GRID} .row-text").all_text_contents()
    assert "".join(lines).startswith(text[:60])
    copied = page.evaluate("""() => {
        const rows = [...document.querySelectorAll(".read-page .row-text")];
        const range = new Range();
        range.setStart(rows[0].firstChild, 4);
        range.setEnd(rows[2], rows[2].childNodes.length);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        const data = new DataTransfer();
        rows[0].dispatchEvent(new ClipboardEvent("copy", { bubbles: true, clipboardData: data, cancelable: true }));
        return data.getData("text/plain");
    }""")
    assert copied == text[4 : 4 + len(copied)]
    assert "\n\tdef f(x)" in copied


def test_expected_characters_stand_below_the_character(open_page: Any, workspaces: Of) -> None:
    capture = workspaces("text").look("a").capture
    page = open_page("text", "read", unit=2, step=400)
    symbols = read_unit(capture, "h", 2).symbols
    here = page.locator(".focus-cell.here")
    assert here.locator("b").text_content() == symbols[400].text.replace(" ", "␣").replace("\n", "⏎")
    shown = here.locator("s").all_text_contents()
    assert [s.replace("␣", " ").replace("⏎", "\n").replace("⇥", "\t") for s in shown] == [
        g for g, _ in symbols[400].guesses
    ]


def test_keys_move_unit_and_time(open_page: Any) -> None:
    page = open_page("text", "read", unit=3, step=100, order="number")
    page.locator("h1").first.click()
    for key, part in [
        ("j", "unit=4"),
        ("k", "unit=3"),
        ("l", "step=101"),
        ("h", "step=100"),
        ("L", "step=150"),
        ("H", "step=100"),
    ]:
        page.keyboard.press(key)
        page.wait_for_function("(part) => location.hash.includes(part)", arg=part)
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_selector("frontal-home h1")
    page.keyboard.press("2")
    page.wait_for_selector("frontal-read h1")
    page.keyboard.press("?")
    assert "−log p" in page.locator("dialog.help").inner_text()
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.help", state="hidden")


def test_a_search_moves_the_cursor_from_hit_to_hit(open_page: Any, workspaces: Of) -> None:
    capture = workspaces("text").look("a").capture
    text = "".join(capture.index.facts["symbols"][i] for i in capture.track("symbol").tolist())
    page = open_page("text", "read")
    page.keyboard.press("/")
    page.keyboard.type(r"b\.example")
    page.wait_for_function("() => document.querySelector('.hits').textContent.endsWith('hits')")
    assert page.locator(".hits").text_content() == f"{text.count('b.example')} hits"
    page.keyboard.press("Enter")
    at = text.index("b.example")
    page.wait_for_function("(step) => location.hash.includes(`step=${step}`)", arg=at)
    page.keyboard.press("Enter")
    page.wait_for_function("(step) => location.hash.includes(`step=${step}`)", arg=text.index("b.example", at + 1))


def test_a_hostile_expression_is_stopped(open_page: Any) -> None:
    page = open_page("text", "read")
    page.locator(".search").fill(r"^(([^\n]|.)+)+\u0000$")
    page.wait_for_function("() => document.querySelector('.hits').textContent.startsWith('stopped')", timeout=120_000)
    page.locator(".search").fill("(")
    page.wait_for_function("() => /group/i.test(document.querySelector('.hits').textContent)")
    page.locator(".search").fill("bold")
    page.wait_for_function("() => document.querySelector('.hits').textContent.endsWith('hits')")


def test_typing_shows_states_at_every_key(open_page: Any, workspaces: Of) -> None:
    opened = workspaces("text")
    page = open_page("text", "read", unit=4, signal="layers.0/h")
    page.locator(".typed").press_sequentially("see http")
    page.wait_for_function("() => document.querySelector('.typed-grid .row-text')?.textContent === 'see http'")
    values = opened.look("a").capture.unit("layers.0/h", 4)
    limit = float(np.abs(values).max())
    live = opened.look("live").capture.unit("layers.0/h", 4)
    bytes_ = [round(127 * float(np.clip(value / limit, -1, 1))) + 127 for value in live]
    shown = page.evaluate(
        "() => [...document.querySelector('.typed-grid canvas').getContext('2d').getImageData(0, 0, 8, 1).data]"
    )
    colours = palette()["diverging_light"]
    assert [tuple(shown[4 * k : 4 * k + 3]) for k in range(8)] == [tuple(map(int, colours[byte])) for byte in bytes_]
    assert page.locator(".next-guess").count() == 5
    opened.remove("live")


@pytest.mark.parametrize("kind", ["series", "sound"])
def test_a_curve_has_the_colours_of_the_unit_below_it(open_page: Any, workspaces: Of, kind: str) -> None:
    capture = workspaces(kind).look("a").capture
    page = open_page(kind, "read", unit=3, step=5)
    signal = capture.signal("h").name
    values = capture.unit(signal, 3)
    limit = float(np.abs(values).max())
    picture = page.locator('.lanes canvas[aria-label^="unit 3"]')
    columns = picture.evaluate("(canvas) => canvas.width")
    shown = picture.evaluate("(canvas) => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, 1).data]")
    colours = palette()["diverging_light"]
    for step in range(0, columns, 7):
        byte = round(127 * float(values[step]) / limit) + 127
        assert tuple(shown[4 * step : 4 * step + 3]) == tuple(map(int, colours[byte])), step


def test_home_opens_what_is_pasted(open_page: Any, workspaces: Of) -> None:
    opened = workspaces("text")
    page = open_page("text", "home")
    page.locator(".paste").fill("the train leaves at <b>07:30</b>\n" * 3)
    page.get_by_role("button", name="Read it").click()
    page.wait_for_selector("frontal-read .row-text")
    assert "07:30" in page.locator("frontal-read .row-text").first.text_content()
    new = next(look.id for look in opened.looks() if look.id != "a")
    assert len(opened.look(new).capture) == 99
    page.goto("about:blank")  # or it would go on asking about what is not there any more
    opened.remove(new)
