"""Trajectories in a browser: points stand where numbers say, the path follows the cursor, fixed points are found."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from chromium import drawn
from tiny import KINDS

from frontal.diagnostics.trajectories import plane_of
from frontal.scope import background, fixed_point_calls
from frontal.scope.workspace import Workspace

OpenPage = Callable[..., Any]
Of = Callable[[str], Workspace]
CANVAS = ".trajectory-canvas"
PLACE = """(step) => {
    const { canvas, shown } = document.querySelector(".view");
    const i = shown.cloud.steps.indexOf(step);
    return canvas.at_(...shown.cloud.places.subarray(3 * i, 3 * i + 3));
}"""
INK = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum = (sum * 31 + data[i] + 7 * data[i + 1] + 13 * data[i + 2]) >>> 0;
    return sum;
}"""


def painted(page: Any) -> int:
    """A number for the picture on the canvas."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.locator(CANVAS).evaluate(INK)


@pytest.mark.parametrize("kind", KINDS)
def test_a_click_on_a_point_goes_to_its_step(open_page: OpenPage, workspaces: Of, kind: str) -> None:
    page = drawn(open_page(kind, "trajectories"))
    capture = workspaces(kind).look("a").capture
    plane = plane_of(capture, ["h"])
    places = plane.project(capture.values("h").T.astype(np.float64))
    away = np.linalg.norm(places[:, :2] - np.median(places[:, :2], 0), axis=1)
    lonely = 1 + int(np.argmax(away[1:]))  # the cursor is at step 0 already
    x, y, _ = page.evaluate(PLACE, lonely)
    box = page.locator(CANVAS).bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)
    page.wait_for_function("() => location.hash.includes('step=')")
    step = int(page.evaluate("new URLSearchParams(location.hash.split('?')[1]).get('step')"))
    np.testing.assert_allclose(places[step, :2], places[lonely, :2], atol=1e-3)  # a text may repeat itself
    assert f"step {step:,}" in page.locator(".trajectory-words").inner_text()
    three = " + ".join(f"{100 * share:.0f}" for share in plane.shares[:3])
    assert page.locator(".number").inner_text() == (
        f"first three axes hold {three} % of the variance · states spread in {plane.dimensions:.1f} of "
        f"{len(plane.mean)} directions"
    )


def test_places_on_the_canvas_keep_the_shape_of_the_numbers(open_page: OpenPage, workspaces: Of) -> None:
    page = drawn(open_page("sound", "trajectories"))
    capture = workspaces("sound").look("a").capture
    places = plane_of(capture, ["h"]).project(capture.values("h").T.astype(np.float64))[:, :2]
    steps = [0, 40, 100, 170, 250]
    shown = np.array([page.evaluate(PLACE, step)[:2] for step in steps])
    scale = np.linalg.norm(shown[1] - shown[0]) / np.linalg.norm(places[steps[1]] - places[steps[0]])
    np.testing.assert_allclose(shown - shown[0], (places[steps] - places[0]) * [scale, -scale], atol=0.5)


def test_the_path_follows_the_cursor_and_plays(open_page: OpenPage) -> None:
    page = drawn(open_page("text", "trajectories", step=100))
    before = painted(page)
    page.keyboard.press("l")
    page.wait_for_function("() => document.querySelector('.trajectory-words').textContent.includes('step 101')")
    assert painted(page) != before
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => document.querySelector('.trajectory-words').textContent.includes('step 103')")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(600)  # until the address says it
    stands = page.evaluate("location.hash")
    page.wait_for_timeout(600)
    assert page.evaluate("location.hash") == stands


def test_it_turns_by_keyboard_and_pointer(open_page: OpenPage) -> None:
    page = drawn(open_page("sound", "trajectories", flat=0))
    pictures = [painted(page)]
    page.locator(CANVAS).focus()
    for key in ("ArrowLeft", "ArrowUp", "+"):
        page.keyboard.press(key)
        pictures.append(painted(page))
    page.keyboard.press("0")
    assert painted(page) == pictures[0]
    box = page.locator(CANVAS).bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 240, steps=3)
    page.mouse.up()
    pictures.append(painted(page))
    assert len(set(pictures)) == 5


def test_every_colour_paints_another_picture(open_page: OpenPage) -> None:
    page = drawn(open_page("text", "trajectories"))
    colours = [option.get_attribute("value") for option in page.get_by_label("Colour").locator("option").all()]
    assert {"time", "unit", "position"} <= set(colours)
    pictures: list[int] = []
    for colour in colours:
        page.get_by_label("Colour").select_option(colour)
        page.wait_for_function("(by) => document.querySelector('.view').shown.by === by", arg=colour)
        drawn(page)
        pictures.append(painted(page))
    assert len(set(pictures)) == len(colours)


def test_fixed_points_are_found_when_asked_and_only_then(open_page: OpenPage) -> None:
    page = drawn(open_page("sound", "trajectories"))
    before = painted(page)
    assert page.locator(".fixed-point").count() == 0
    page.get_by_role("button", name="Find fixed points").click()
    page.locator(".fixed-point").first.wait_for(timeout=120_000)
    assert painted(page) != before
    card = page.locator(".fixed-point").first
    assert "directions lead away" in card.inner_text()
    card.click()
    assert card.get_attribute("aria-pressed") == "true"
    found = page.evaluate("() => document.querySelector('.fixed-card').found")
    dots = card.locator("path.dots").get_attribute("d")
    assert dots.count("M") == found["size"]
    words = page.locator(".fixed-card .caption").inner_text()
    assert "from 64 visited states" in words


def test_a_gate_says_why_it_has_no_fixed_points(open_page: OpenPage) -> None:
    page = drawn(open_page("text", "trajectories", signal="layers.1/f"))
    assert "Choose a state" in page.locator(".fixed-card").inner_text()
    assert page.get_by_role("button", name="Find fixed points").is_disabled()


def test_what_is_shown_as_a_table(open_page: OpenPage, workspaces: Of) -> None:
    page = drawn(open_page("sound", "trajectories", colour="label"))
    header, *rows = page.evaluate("() => document.querySelector('.view').csv().map((row) => [...row])")
    capture = workspaces("sound").look("a").capture
    places = plane_of(capture, ["h"]).project(capture.values("h").T.astype(np.float64))
    assert header == ["step", "sequence", "axis 1", "axis 2", "axis 3", "label"]
    np.testing.assert_allclose([row[2:5] for row in rows], places, atol=1e-5)
    names = capture.index.facts["classes"]
    assert [row[5] for row in rows] == [names[i] for i in capture.track("label").tolist()]


def test_a_search_is_stopped_by_hand_and_when_its_page_is_left(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    going: list[str] = []

    def endless(look: Any, signal: Any, symbol: int | None, progress: Any) -> None:
        going.append("begun")
        try:
            while True:
                progress(0.3)
                time.sleep(0.01)
        finally:
            going.append("ended")

    def until(said: list[str]) -> None:
        end = time.monotonic() + 30
        while going != said:
            assert time.monotonic() < end, going
            page.wait_for_timeout(50)

    monkeypatch.setattr(fixed_point_calls, "_search", endless)
    page = drawn(open_page("series", "trajectories", signal="layers.0/h"))
    card = page.locator(".fixed-card")
    card.get_by_role("button", name="Find fixed points").click()
    card.get_by_text("looking: 30 %").wait_for()
    card.get_by_role("button", name="Stop").click()
    until(["begun", "ended"])
    card.get_by_text("It takes seconds").wait_for()
    assert not card.locator(".working").is_visible()
    page.wait_for_function("() => !location.hash.includes('fixed=')")
    monkeypatch.setattr(background, "NEGLECT", 3.0)
    card.get_by_role("button", name="Find fixed points").click()
    card.get_by_text("looking: 30 %").wait_for()
    page.get_by_role("link", name="Read", exact=True).click()
    until(["begun", "ended", "begun", "ended"])
