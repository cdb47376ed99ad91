"""The page Gates in a browser: its colours are the capture's numbers, and all of it is one click or key away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from frontal.scope.tiles import palette
from frontal.scope.workspace import Workspace

FIRST, STOP = 100, 180


def state(page: Any, name: str) -> str:
    return page.evaluate("(name) => new URLSearchParams(location.hash.split('?')[1]).get(name) ?? '0'", name)


def wait_for(page: Any, name: str, value: Any) -> None:
    page.wait_for_function(
        "([name, value]) => (new URLSearchParams(location.hash.split('?')[1]).get(name) ?? '0') === value",
        arg=[name, str(value)],
    )


def colours_of(workspace: Workspace, layer: str, unit: int, theme: str) -> tuple[list[str], Any]:
    """Names of the rows, and the colour of each row and step, (R, n, 3), by another way than the page's."""
    known = workspace.look("a").capture
    signals = [s for s in known.signals if s.layer == layer]
    rows = [s for s in signals if s.function] + [s for s in signals if not s.function]
    found = []
    for signal in rows:
        values = known.values(signal.name)[unit].astype(float)
        limit = 1.0 if signal.function else np.abs(values).max()
        found.append(palette()[f"diverging_{theme}"][np.rint(values[FIRST:STOP] / limit * 127).astype(int) + 127])
    return [row.value for row in rows], np.stack(found)


WHOLE = """(canvas) => {
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const context = copy.getContext("2d", {willReadFrequently: true});
    context.drawImage(canvas, 0, 0);
    return [...context.getImageData(0, 0, copy.width, copy.height).data];
}"""
KINDS = [("text", "layers.1", "light"), ("series", "recurrent, layer 0", "dark"), ("sound", "recurrent", "light")]


@pytest.mark.parametrize(("kind", "layer", "theme"), KINDS)
def test_pixels_are_the_numbers_of_200_random_pairs(
    open_page: Any, workspaces: Any, kind: str, layer: str, theme: str
) -> None:
    page = open_page(kind, "gates", signal=f"{layer}/h", unit=5, step=120, **{"from": FIRST, "to": STOP}, theme=theme)
    names, colours = colours_of(workspaces(kind), layer, 5, theme)
    shown = page.locator(".gate-line:has(.gates, .states) .gate-names span").all_text_contents()
    assert shown == names
    parts = [
        np.array(page.locator(f".heat.{part} canvas").evaluate(WHOLE)).reshape(-1, STOP - FIRST, 4)
        for part in ("gates", "states")
    ]
    seen = np.concatenate(parts)
    assert len(seen) == len(names)
    draw = np.random.default_rng(0)
    pairs = zip(draw.integers(0, len(names), 200).tolist(), draw.integers(0, STOP - FIRST, 200).tolist(), strict=True)
    for row, column in pairs:
        assert seen[row, column].tolist() == [*colours[row, column].tolist(), 255], (names[row], column)


def test_the_cursor_is_followed_and_a_dot_a_bar_and_a_column_choose(open_page: Any, workspaces: Any) -> None:
    page = open_page("text", "gates", signal="layers.1/h", unit=5, step=120, **{"from": FIRST, "to": STOP})
    known = workspaces("text").look("a").capture
    for step in (120, 121):
        value = f"{float(known.unit('layers.1/f', 5)[step]):.2f}"
        page.wait_for_function("(text) => document.querySelector('.gate-values span').textContent === text", arg=value)
        page.keyboard.press("l")
    assert page.locator(".gate-symbols .chosen").count() == 1
    scatter = page.locator(".gate .scatter svg").first
    f = workspaces("text").look("a").capture.values("layers.1/f")
    order = np.argsort((f < 0.1).mean(1), kind="stable").tolist()
    scatter.focus()
    page.keyboard.press("ArrowRight")
    wait_for(page, "unit", order[min(len(order) - 1, order.index(5) + 1)])
    chart = page.locator(".memory svg")
    box = chart.bounding_box()
    chart.click(position={"x": box["width"] - 20, "y": box["height"] / 2})
    wait_for(page, "unit", int(np.argmin(np.log(f.astype(float)).mean(1))))  # the shortest memory stands last
    heat = page.locator(".heat.gates canvas")
    heat.click(position={"x": heat.bounding_box()["width"] * 30.5 / (STOP - FIRST), "y": 5})
    wait_for(page, "step", FIRST + 30)
    page.locator(".gate-symbols .cell").nth(7).click()
    wait_for(page, "step", FIRST + 7)
    page.locator(".heat.gates").focus()
    page.keyboard.press("ArrowRight")
    wait_for(page, "step", FIRST + 8)


def test_a_long_brush_is_cut_to_what_can_be_read(open_page: Any) -> None:
    page = open_page("text", "gates", signal="layers.1/h", unit=5, step=1500)
    columns = page.locator(".heat.gates canvas").evaluate("(canvas) => canvas.width")
    assert 16 <= columns <= 96
    assert page.locator(".gate-symbols.narrow").count() == 0
    assert page.locator(".gate-symbols .cell").count() == columns


def test_a_table_of_it_and_a_narrow_window(open_page: Any, workspaces: Any) -> None:
    page = open_page(
        "series",
        "gates",
        signal="recurrent, layer 1/h",
        unit=5,
        step=30,
        options={"viewport": {"width": 420, "height": 900}},
    )
    rows = page.evaluate("document.querySelector('frontal-gates').csv()")
    z = workspaces("series").look("a").capture.values("recurrent, layer 1/z")
    column = rows[0].index("z: mean")
    assert [row[column] for row in rows[1:]] == pytest.approx(z.mean(1).tolist(), abs=1e-6)
    assert "half-life" in page.locator(".view-head .number").text_content()
    assert page.evaluate("document.querySelector('frontal-gates').figures().length") >= 5
    assert page.evaluate("document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth") <= 1
