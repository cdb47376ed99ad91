"""Every page taken along, on every kind of data: the file shows what was shown, and so do drawings and tables."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import watched
from matplotlib.image import imread
from numpy.typing import NDArray
from tiny import KINDS
from visit import PAGES, Visit, taken, visit

TALL = {"viewport": {"width": 1440, "height": 5000}, "reduced_motion": "reduce"}  # nothing is scrolled out of sight
PART = {"match": {"from": 28, "to": 32}}
SVG = "{http://www.w3.org/2000/svg}"
SEEN = """() => {
    const view = document.querySelector(".view");
    const empty = (cell) => cell === null || cell === undefined || Number.isNaN(cell);
    return {
        number: view.querySelector(".number").textContent, text: view.body.innerText,
        canvases: [...view.querySelectorAll("canvas")].filter((one) => one.checkVisibility() && one.width * one.height)
            .map((canvas) => canvas.toDataURL()),
        table: view.csv().map((row) => [...row].map((cell) => empty(cell) ? "" : String(cell))),
    };
}"""
ALONE = """(body) => { // in a corner of its own: the file has no rail and no bar
    const { width, height } = body.getBoundingClientRect();
    const size = { width: `${width}px`, height: `${Math.floor(height)}px` };
    Object.assign(body.style, size, { position: "fixed", left: 0, top: 0, zIndex: 99, overflow: "hidden" });
    body.style.background = "var(--paper)";
}"""
BACK = "(body) => body.removeAttribute('style')"
FRAMES = """() => { // what belongs to each figure, from top to bottom
    const frame = (figure) => figure.closest(".card") ?? figure.closest("figure, .heat, .text-grid") ?? figure;
    const frames = new Set(document.querySelector(".view").figures().map(frame));
    const boxes = [...frames].map((one) => one.getBoundingClientRect());
    return boxes.filter((box) => box.width && box.height).sort((a, b) => a.top - b.top)
        .map(({ left, top, width, height }) => [left, top, width, height]);
}"""
CONTROLS = """(visibility) => { // they are left out of a drawing
    const controls = "button:not(:has(*)), input, select, textarea, progress";
    for (const one of document.querySelectorAll(`.view :is(${controls})`)) one.style.visibility = visibility;
}"""
FIGURES = """() => document.querySelector(".view").figures()
    .filter((one) => one.localName === "canvas" && getComputedStyle(one).maskImage === "none" && one.width * one.height)
    .map((canvas) => canvas.toDataURL())"""


@pytest.fixture(scope="module", params=KINDS)
def both(request: pytest.FixtureRequest, browser: Any, served: Callable[[str], str]) -> Iterator[tuple[Visit, Visit]]:
    """A visit to the live pages, and a window for files."""
    with visit(browser, served(request.param), **TALL) as live, watched(browser, "file://", **TALL) as file:
        yield live, Visit(file)


def picture(png: bytes) -> NDArray[np.float32]:
    """Red, green and blue of a picture, (H, W, 3)."""
    return imread(io.BytesIO(png))[..., :3]


def body(pages: Visit) -> NDArray[np.float32]:
    """The body of a view, as it is drawn in a corner of its own."""
    found = pages.page.locator(".view .body")
    found.evaluate(ALONE)
    pages.rest()
    drawn = picture(found.screenshot())
    found.evaluate(BACK)
    return drawn


def coarse(pixels: NDArray[np.float32], box: list[float]) -> NDArray[np.float32]:
    """A part of a picture, without its frame, in squares of 8 × 8: the edges of letters do not matter."""
    left, top, width, height = (round(side) + inset for side, inset in zip(box, (4, 4, -8, -8), strict=True))
    part = pixels[top : top + height // 8 * 8, left : left + width // 8 * 8]
    return part.reshape(height // 8, 8, width // 8, 8, 3).mean((1, 3))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_taken_along_is_what_it_was(both: tuple[Visit, Visit], tmp_path: Path, name: str) -> None:
    live, file = both
    page = live.to(name, unit=3, step=40, **PART.get(name, {"from": 0, "to": 0}))
    seen = page.evaluate(SEEN)
    path = taken(page, "HTML", tmp_path)
    file.page.goto(path.as_uri())
    assert file.rest().evaluate(SEEN) == seen
    np.testing.assert_array_equal(body(file), body(live))
    has_table(live, seen["table"], tmp_path)
    if frames := page.evaluate(FRAMES):
        are_drawn(live, file, frames, tmp_path)


def has_table(live: Visit, table: list[list[str]], folder: Path) -> None:
    text = taken(live.page, "CSV", folder).read_bytes().decode("utf-8")
    rows = [[cell.removeprefix("'") for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    assert rows == [[cell.removeprefix("'") for cell in row] for row in table]


def are_drawn(live: Visit, file: Visit, frames: list[list[float]], folder: Path) -> None:
    """SVG and PNG hold each figure as it is seen."""
    svg, png = taken(live.page, "SVG", folder), imread(taken(live.page, "PNG", folder))[..., :3]
    root = ET.parse(svg).getroot()
    images = [image.attrib["href"] for image in root.iter(f"{SVG}image")]
    assert [canvas for canvas in live.page.evaluate(FIGURES) if canvas not in images] == []
    live.page.evaluate(CONTROLS, "hidden")
    screen = picture(live.page.screenshot())
    live.page.evaluate(CONTROLS, "")
    file.page.goto(svg.as_uri())
    again = picture(file.page.screenshot())
    parts = [[float(part.attrib[key]) for key in ("x", "y", "width", "height")] for part in root.findall(f"{SVG}svg")]
    assert len(parts) == len(frames)
    for frame, part in zip(frames, parts, strict=True):
        wanted, drawn, printed = coarse(screen, frame), coarse(again, part), coarse(png[::2, ::2], part)
        blank = np.abs(wanted - np.median(wanted, (0, 1))).mean()
        assert np.abs(wanted - drawn).mean() < 0.3 * blank
        assert np.abs(drawn - printed).mean() < 0.3 * blank
