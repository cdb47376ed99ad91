"""Another unit of a long text: what is fetched, painted and kept. `python -m benchmarks scope` times it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from chromium import address, drawn, watched
from large import NAME, large_workspace

from frontal.scope.launch import running
from frontal.scope.tiles import palette

STEPS, UNITS, SWITCHES = 20_000, 128, 60
SWITCH = """async (many) => {
    const canvas = document.querySelector(".read-page .text-grid").canvas;
    const put = CanvasRenderingContext2D.prototype.putImageData;
    let painted = null;
    CanvasRenderingContext2D.prototype.putImageData = function (...given) {
        put.apply(this, given);
        if (this.canvas === canvas) painted?.();
    };
    for (let i = 0; i < many; i++) {
        const end = new Promise((done) => { painted = done; });
        document.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true }));
        await end;
        painted = null;
    }
    CanvasRenderingContext2D.prototype.putImageData = put;
}"""


@pytest.fixture(scope="module")
def measured(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Switch, and tell the requests, the heap before and after, and the last picture."""
    folder: Path = tmp_path_factory.mktemp("large") / "capture"
    with large_workspace(folder, STEPS, UNITS) as workspace, running(workspace) as url:
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        with watched(browser, origin) as page:
            page.goto(address(url, "read", unit=3, step=10_000, order="number"))
            drawn(page)
            page.wait_for_function(
                "() => document.querySelector('.units .small').textContent.startsWith('128 units ·')"
            )
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
            heap = "() => performance.memory.usedJSHeapSize"
            before = page.evaluate(heap)
            page.evaluate(SWITCH, SWITCHES)
            drawn(page)
            yield {
                "asked": asked, "heap": page.evaluate(heap) - before,
                "rows": page.locator(".unit, .row-text").count(), "page": page, "capture": workspace.look("a").capture,
            }  # fmt: skip


def test_the_last_picture_is_that_of_the_last_unit(measured: Any) -> None:
    values = measured["capture"].unit(NAME, 3 + SWITCHES)
    limit = float(np.abs(values).max())
    read = """([step]) => { const grid = document.querySelector(".read-page .text-grid");
        const { row, column } = grid.cellOf(step);
        return [...grid.canvas.getContext("2d").getImageData(column, row, 1, 1).data].slice(0, 3); }"""
    for step in range(9_990, 10_010):
        byte = round(127 * float(values[step]) / limit) + 127
        assert measured["page"].evaluate(read, [step]) == palette()["diverging_light"][byte].tolist()


def test_only_one_unit_is_fetched_and_only_what_is_seen_is_there(measured: Any) -> None:
    assert measured["asked"].count("unit") <= SWITCHES + 4
    assert "near" not in measured["asked"]
    assert sum(name != "ping" for name in measured["asked"]) <= 4 * SWITCHES
    assert measured["rows"] < 150


def test_the_heap_does_not_grow_with_the_units_that_were_seen(measured: Any) -> None:
    assert measured["heap"] < 60e6
