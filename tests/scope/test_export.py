"""A view taken along: in one file that needs nothing else, as a drawing, as a table."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from chromium import address, drawn, watched
from matplotlib.image import imread
from tiny import LINES, look
from visit import taken

from frontal.scope.launch import running
from frontal.scope.workspace import Workspace

PIXELS = """() => [...document.querySelectorAll(".view canvas")]
    .filter((canvas) => canvas.checkVisibility() && canvas.width * canvas.height).map((canvas) => canvas.toDataURL())"""
SVG = "{http://www.w3.org/2000/svg}"


def test_an_exported_page_equals_the_live_one_and_goes_on(
    open_page: Callable[..., Any], browser: Any, tmp_path: Path
) -> None:
    page = open_page("text", "read", unit=3, step=40)
    live = page.evaluate(PIXELS)
    assert live
    path = taken(page, "HTML", tmp_path)
    assert path.name == "frontal_tiny-text_Read_layers.1-h_unit-3.html"
    with watched(browser, "file://", forgive="This is not in the file") as file:
        file.goto(path.as_uri())
        drawn(file)
        assert file.evaluate(PIXELS) == live
        file.keyboard.press("l")
        file.wait_for_function("() => document.querySelector('.text-grid').options.cursor === 41")
        assert file.locator(".formula").inner_text()


def test_what_is_not_in_the_file_is_said_in_place(open_page: Callable[..., Any], browser: Any, tmp_path: Path) -> None:
    path = taken(open_page("text", "read", unit=3), "HTML", tmp_path)
    text = path.read_text("utf-8").replace('"unit":3', '"unit":4', 1)
    path.write_text(text, "utf-8")
    with watched(browser, "file://") as file:
        file.goto(path.as_uri())
        assert "holds what was shown when it was saved" in drawn(file).locator(".problem").inner_text()


def test_twenty_thousand_characters_fit_into_a_megabyte(browser: Any, tmp_path: Path) -> None:
    draw = Random(0)
    text = "".join(f"{draw.choice(LINES)}{draw.random()} {draw.randrange(10**9)}\n" for _ in range(400))[:20_000]
    assert len(text) == 20_000
    with Workspace() as workspace:
        workspace.add(look("text", tmp_path, data=text))
        with running(workspace) as url, watched(browser, url[: url.index("/?")]) as page:
            page.goto(address(url, "read", unit=3))
            path = taken(drawn(page), "HTML", tmp_path)
    assert path.stat().st_size <= 1_000_000
    assert "/**" not in path.read_text("utf-8")  # no words for who writes the page
    with watched(browser, "file://") as file:
        file.goto(path.as_uri())
        drawn(file).locator(".text-grid").press("ArrowDown")
        file.evaluate("() => document.querySelector('.text-grid').options.onCursor(19_000)")  # far from what was seen
        file.wait_for_function("() => document.querySelector('.text-grid').options.cursor === 19_000")
        assert drawn(file).locator(".problem").is_hidden()


def test_an_exported_page_may_ask_nobody(open_page: Callable[..., Any], browser: Any, tmp_path: Path) -> None:
    text = taken(open_page("text", "read"), "HTML", tmp_path).read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "connect-src" not in policy[1]
    assert "unsafe" not in policy[1]
    (tmp_path / "more.html").write_text(
        text.replace("</body>", "<script>document.title = 'ran'</script></body>"), "utf-8"
    )
    with pytest.raises(AssertionError, match="breach of the content"), watched(browser, "file://") as file:
        file.goto((tmp_path / "more.html").as_uri())
        drawn(file)
        assert file.title() != "ran"


def test_drawings_are_whole_without_the_styles_of_the_page(open_page: Callable[..., Any], tmp_path: Path) -> None:
    page = open_page("text", "read", unit=3)
    columns = page.evaluate("document.querySelector('.text-grid canvas').width")
    path = taken(page, "SVG", tmp_path)
    text = path.read_text("utf-8")
    assert "var(" not in text
    assert "class=" not in text
    root = ET.fromstring(text)
    assert root.tag == f"{SVG}svg"
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text == "tiny text · Read · layers.1/h · unit 3"
    said = "".join(text for node in root.iter(f"{SVG}text") for text in node.itertext())
    assert 'see "http://a.example/b?c=[1,(2)]&d=e" and ask: "why {not}?"' in said.replace("\xa0", " ")
    image = root.find(f".//{SVG}image")
    assert image is not None
    head, _, data = image.attrib["href"].partition(",")
    assert head == "data:image/png;base64"
    assert imread(io.BytesIO(b64decode(data))).shape[1] == columns


def test_a_png_has_two_pixels_for_one_and_the_colours_of_the_page(
    open_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = open_page("text", "read", unit=3)
    svg = ET.fromstring(taken(page, "SVG", tmp_path).read_text("utf-8"))
    colours = page.evaluate("""() => { const c = document.querySelector(".text-grid canvas");
        return [...c.getContext("2d").getImageData(0, 0, 10, 1).data] }""")
    picture = np.rint(imread(taken(page, "PNG", tmp_path)) * 255).astype(int)
    assert picture.shape[:2] == (2 * int(svg.attrib["height"]), 2 * int(svg.attrib["width"]))
    packed = (picture[..., 0] << 16) + (picture[..., 1] << 8) + picture[..., 2]
    assert {(r << 16) + (g << 8) + b for r, g, b in np.reshape(colours, (-1, 4))[:, :3].tolist()} <= set(packed.ravel())


def test_a_table_holds_what_is_shown(open_page: Callable[..., Any], tmp_path: Path) -> None:
    path = taken(open_page("text", "read", unit=3), "CSV", tmp_path)
    header, *rows = csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline=""))
    assert header
    assert rows
    assert {len(row) for row in rows} == {len(header)}
