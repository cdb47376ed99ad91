"""The Gradients page in a browser: its pixels are the numbers, and everything can be reached by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import drawn, watched
from numpy.typing import NDArray
from tiny import KINDS

from frontal.diagnostics.gradients_of import connectivity, window_gradients
from frontal.diagnostics.past import Past
from frontal.scope import tiles
from frontal.scope.gradient_calls import magnitudes
from frontal.scope.workspace import Workspace

OpenPage = Callable[..., Any]
Of = Callable[[str], Workspace]
FIRST, STOP = 48, 96  # two windows of the series
SHADES = tiles.palette()["magnitude_light"]


PIXELS = """(canvas) => {
    const copy = document.createElement("canvas");
    copy.width = canvas.width; copy.height = canvas.height;
    const context = copy.getContext("2d", {willReadFrequently: true});
    context.drawImage(canvas, 0, 0);
    return [...context.getImageData(0, 0, copy.width, copy.height).data];
}"""


def coloured(shades: NDArray[np.uint8]) -> NDArray[Any]:
    """Bytes as the pixels that stand for them, (rows, columns, 4)."""
    opaque = np.concatenate([SHADES, np.full((255, 1), 255)], 1)
    return np.concatenate([opaque, np.zeros((1, 4), dtype=int)])[shades]


def shown(page: Any, selector: str) -> NDArray[Any]:
    """All pixels of a canvas, (rows, columns, 4)."""
    canvas = page.locator(selector).first
    width, height = (int(canvas.get_attribute(name)) for name in ("width", "height"))
    return np.array(canvas.evaluate(PIXELS)).reshape(height, width, 4)


def opened(open_page: OpenPage, workspaces: Of, kind: str, **state: Any) -> tuple[Any, Any, int, int]:
    """The page, the subject, and the window that it shows."""
    first, stop = FIRST, STOP
    look = workspaces(kind).look("a")
    if kind == "sound":
        starts = look.capture.index.facts["starts"]
        first, stop = starts[3], starts[5]
    given = {"step": first + 17, "from": first, "to": stop, "theme": "light", **state}
    return open_page(kind, "gradients", **given), look.subject, first, stop


@pytest.mark.parametrize("kind", KINDS)
def test_pixels_are_the_numbers(open_page: OpenPage, workspaces: Of, kind: str) -> None:
    page, subject, first, stop = opened(open_page, workspaces, kind)
    layer = workspaces(kind).look("a").capture.signals[-1].layer
    found = window_gradients(Past(subject), first, stop, layer=layer)
    expected, _ = magnitudes(found.triangle)
    np.testing.assert_array_equal(shown(page, ".triangle canvas"), coloured(expected))
    assert page.locator(".number").inner_text() == str(found).removeprefix(f"{layer}: ")
    assert page.locator(".verdict").inner_text() == found.verdict
    page.get_by_text("Moved most by").wait_for()
    moves = connectivity(Past(subject), first, stop)
    row = int(np.flatnonzero(moves.steps >= 17)[0])
    most = int(moves.values[row].argmax())
    shares = np.rint(254 * moves.values[row] / moves.values[row, most]).astype(np.uint8)
    np.testing.assert_array_equal(shown(page, ".connectivity"), coloured(shares[None]))
    words = page.locator(".gradient-words").inner_text()
    assert most == moves.steps[row] or f"{moves.steps[row] - most} back" in words
    assert f"up to {moves.reach[row]} steps away" in words


def test_by_pointer_and_by_keyboard(open_page: OpenPage, workspaces: Of) -> None:
    page, subject, first, stop = opened(open_page, workspaces, "text")
    found = window_gradients(Past(subject), first, stop, layer="layers.1")
    canvas = page.locator(".triangle canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    row, column = 40, 31
    each = box["width"] / (stop - first), box["height"] / len(found.steps)
    page.mouse.move(box["x"] + (column + 0.5) * each[0], box["y"] + (row + 0.5) * each[1])
    said = page.locator(".cell-words").inner_text()
    assert f"loss at step {first + row} · states after step {first + column} (9 back)" in said
    number = float(said.rpartition("norm ")[2].replace("−", "-"))
    assert number == pytest.approx(float(found.triangle[row, column]), rel=0.05)
    page.mouse.move(box["x"] + (row + 0.5) * each[0], box["y"] + (column + 0.5) * each[1])
    assert "no gradient" in page.locator(".cell-words").inner_text()

    page.locator(".heat.triangle").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function(f"() => location.hash.includes('step={first + 18}')")
    page.keyboard.press("ArrowLeft")
    assert f"loss at step {first + 18}" in page.locator(".cell-words").inner_text()
    page.get_by_role("button", name="c", exact=True).and_(page.locator(".gradient-controls .chip")).focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => document.querySelector('.gradient-controls .chip[aria-pressed=true]').textContent === 'c'"
    )
    page.get_by_role("button", name="Compute the singular values").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Jacobians ∂s_t / ∂s_t−1 of 24 × 24").wait_for()


def test_what_is_shown_as_a_table(open_page: OpenPage, workspaces: Of) -> None:
    page, subject, first, stop = opened(open_page, workspaces, "text")
    page.wait_for_function("() => document.querySelector('.view').moves")
    header, *rows = page.evaluate("() => document.querySelector('.view').csv().map((row) => [...row])")
    found = window_gradients(Past(subject), first, stop, layer="layers.1")
    moves = connectivity(Past(subject), first, stop)
    assert header[:3] == ["loss at step", "state after step", "steps back"]
    assert len(rows) == int((found.triangle > 0).sum())
    for at, t, back, loss, norm, moved in rows[:: len(rows) // 40]:
        assert back == at - t
        assert loss == pytest.approx(float(found.losses[at - first]), rel=1e-4)
        assert norm == pytest.approx(float(found.triangle[at - first, t - first]), rel=1e-4)
        assert moved == pytest.approx(float(moves.values[at - first, t - first]), rel=1e-4)


@pytest.mark.parametrize("kind", ["text", "series"])
def test_an_exported_file_shows_the_same_and_goes_on(
    open_page: OpenPage, browser: Any, tmp_path: Path, kind: str
) -> None:
    page = open_page(kind, "gradients", step=70)
    page.get_by_text("Moved most by").wait_for()
    page.keyboard.press("l")
    page.wait_for_function("() => location.hash.includes('step=71')")
    live = shown(page, ".triangle canvas"), shown(page, ".connectivity")
    page.keyboard.press("e")
    with page.expect_download() as coming:
        page.get_by_role("menuitem", name="HTML").click()
    coming.value.save_as(tmp_path / "gradients.html")
    with watched(browser, "file://") as file:
        file.goto((tmp_path / "gradients.html").as_uri())
        drawn(file).get_by_text("Moved most by").wait_for()
        for before, after in zip(live, (shown(file, ".triangle canvas"), shown(file, ".connectivity")), strict=True):
            np.testing.assert_array_equal(before, after)
        said = file.locator(".gradient-words").inner_text()
        file.locator(".heat.triangle").focus()
        file.keyboard.press("ArrowUp")
        file.wait_for_function("(said) => document.querySelector('.gradient-words').textContent !== said", arg=said)


@pytest.mark.parametrize("options", [{"viewport": {"width": 420, "height": 800}}, {"color_scheme": "dark"}])
def test_narrow_and_dark(open_page: OpenPage, options: dict[str, Any]) -> None:
    page = open_page("sound", "gradients", options=options, step=40)
    page.get_by_text("Moved most by").wait_for()
    assert page.evaluate(
        "() => document.querySelector('.gradients').scrollWidth <= document.querySelector('.gradients').clientWidth"
    )
