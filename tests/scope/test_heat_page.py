"""The heat map in a browser: its pixels are the numbers, in any order, and everything can be reached by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from chromium import drawn
from tiny import KINDS

from frontal.diagnostics.unit_order import unit_order
from frontal.scope import tiles
from frontal.scope.workspace import Workspace

OpenPage = Callable[..., Any]
Of = Callable[[str], Workspace]
MAP = ".heat-board .pixels"


PIXELS = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [canvas.height, canvas.width, ...data];
}"""


def pixels(page: Any) -> Any:
    """All pixels of the map: red, green, blue, (rows, columns, 3)."""
    rows, columns, *data = page.locator(MAP).evaluate(PIXELS)
    return np.array(data, dtype=np.uint8).reshape(rows, columns, 4)[..., :3]


def colours(values: Any, limit: Any, palette: str = "diverging_light") -> Any:
    return tiles.palette()[palette][tiles.quantise(values / limit, 1.0)]


def state_of(page: Any) -> str:
    return page.evaluate("location.hash")


def waits_for(page: Any, text: str) -> None:
    page.wait_for_function(f"() => location.hash.includes({text!r})")


@pytest.mark.parametrize("kind", KINDS)
def test_every_pixel_is_the_colour_of_its_number(open_page: OpenPage, workspaces: Of, kind: str) -> None:
    capture = workspaces(kind).look("a").capture
    page = drawn(open_page(kind, "heat", theme="light", **{"from": 20, "to": 220}))
    values = capture.values("h", steps=slice(20, 220))
    found = unit_order(capture, "h", "clusters")
    turned = (found.signs[:, None] * values)[found.order]
    np.testing.assert_array_equal(pixels(page), colours(turned, np.abs(capture.values("h")).max()))


def test_gates_other_orders_and_scales_are_as_true(open_page: OpenPage, workspaces: Of) -> None:
    capture = workspaces("text").look("a").capture
    page = drawn(open_page("text", "heat", theme="dark", signal="layers.1/f", rows="memory", own=1, to=100))
    values = capture.values("layers.1/f")[unit_order(capture, "layers.1/f", "memory").order]
    limits = np.abs(values).max(1, keepdims=True)
    np.testing.assert_array_equal(pixels(page), colours(values[:, :100], limits, "diverging_dark"))
    assert page.get_by_label("turn alike").is_disabled()  # a gate is never below 0


def test_a_long_text_shows_extremes_and_says_so(open_page: OpenPage, workspaces: Of) -> None:
    values = workspaces("text").look("a").capture.values("h")
    page = drawn(open_page("text", "heat", theme="light", rows="index", turned=0))
    every = page.evaluate("document.querySelector('.view').shown.picture.every")
    assert every > 1
    parts = [values[:, at : at + every] for at in range(0, 3000, every)]
    far = np.stack([p[np.arange(len(p)), np.abs(p).argmax(1)] for p in parts], 1)
    np.testing.assert_array_equal(pixels(page), colours(far, np.abs(values).max()))
    assert f"A column is {every} steps" in page.locator(".heat-legend").inner_text()
    assert page.locator(".number").inner_text().startswith(f"12 units × 3,000 steps, {every} steps a column")


def test_what_is_under_the_pointer_is_said_exactly(open_page: OpenPage, workspaces: Of) -> None:
    capture = workspaces("text").look("a").capture
    page = drawn(open_page("text", "heat", rows="index", to=60))
    box = page.locator(MAP).bounding_box()
    unit, step = 7, 41
    page.mouse.move(box["x"] + (step + 0.5) * box["width"] / 60, box["y"] + (unit + 0.5) * box["height"] / 12)
    symbol = capture.index.facts["symbols"][int(capture.track("symbol")[step])]
    exact = "(unit) => new RegExp(`unit ${unit} [^≈]*$`).test(document.querySelector('.heat-readout').textContent)"
    page.wait_for_function(exact, arg=unit)
    said = page.locator(".heat-readout").inner_text()
    assert f"step {step} " in said
    assert symbol in said
    shown = float(said.rsplit("· ", 1)[1].replace("−", "-"))
    assert shown == pytest.approx(float(capture.unit("h", unit)[step]), rel=5e-3)
    page.mouse.click(box["x"] + (step + 0.5) * box["width"] / 60, box["y"] + (unit + 0.5) * box["height"] / 12)
    waits_for(page, f"step={step}")
    assert f"unit={unit}" in state_of(page)


def test_a_block_is_dragged_and_its_members_are_told(open_page: OpenPage, workspaces: Of) -> None:
    capture = workspaces("text").look("a").capture
    page = drawn(open_page("text", "heat", rows="index", turned=0, to=60))
    box = page.locator(MAP).bounding_box()
    cell = box["width"] / 60, box["height"] / 12
    page.mouse.move(box["x"] + 10.5 * cell[0], box["y"] + 2.5 * cell[1])
    page.mouse.down()
    page.mouse.move(box["x"] + 29.5 * cell[0], box["y"] + 4.5 * cell[1], steps=4)
    page.mouse.up()
    page.get_by_role("heading", name="3 units, steps 10 to 29").wait_for()
    part = capture.values("h", slice(2, 5), slice(10, 30)).astype(np.float64)
    rows = page.locator(".heat-members tbody tr").all_inner_texts()
    assert [row.split()[0] for row in rows] == ["2", "3", "4"]
    follow = [np.corrcoef(part.mean(0), one)[0, 1] for one in part]
    shown = [float(row.split()[1].replace("−", "-")) for row in rows]
    assert shown == pytest.approx(follow, rel=0.01, abs=0.001)
    page.get_by_role("button", name="Find out what each of them tells best").click()
    page.get_by_text("tells best", exact=True).wait_for()
    page.get_by_role("button", name="Look at these steps").click()
    waits_for(page, "from=10")


def test_by_keyboard(open_page: OpenPage) -> None:
    page = drawn(open_page("text", "heat", rows="index", to=60, unit=3, step=20))
    page.locator(".heat-board").focus()
    page.keyboard.press("ArrowDown")
    waits_for(page, "unit=4")
    page.keyboard.press("ArrowRight")
    waits_for(page, "step=21")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    page.get_by_role("heading", name="2 units, steps 21 to 22").wait_for()
    page.keyboard.press("Escape")
    page.get_by_text("Drag over the map").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.hash.startsWith('#read')")


def test_units_are_ordered_by_what_they_tell(open_page: OpenPage) -> None:
    page = drawn(open_page("text", "heat"))
    page.locator(".heat-controls select").first.select_option("predicate")
    page.wait_for_function("() => document.querySelector('.heat-readout').textContent.includes('tells best')")
    header, *rows = page.evaluate("() => document.querySelector('.view').csv().map((row) => [...row])")
    assert header[:4] == ["row", "unit", "turned by", "tells"]
    names = [row[3] for row in rows]
    assert all(names)
    assert sum(a != b for a, b in pairwise(names)) == len(set(names)) - 1  # alike ones together
