"""The page Compare in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import tiny
from chromium import address, drawn, pixel, watched

from frontal import Forecaster, LanguageModel, SequenceClassifier
from frontal.diagnostics.capture import capture
from frontal.diagnostics.compare import compared
from frontal.scope.launch import running
from frontal.scope.tiles import palette, quantise
from frontal.scope.workspace import Look, Workspace

OTHERS: dict[str, Callable[[], Any]] = {
    "text": lambda: LanguageModel(hidden=9, embedding=6, epochs=1, dropout=0.0, cell="gru"),
    "series": lambda: Forecaster(horizon=3, context=24, members=1, epochs=1, hidden=8),
    "sound": lambda: SequenceClassifier(members=1, epochs=1, hidden=6, bands=12),
}


def other_look(kind: str, folder: Path) -> Look:
    """Another model along the same data."""
    data = tiny.MADE[kind][1]()
    model = OTHERS[kind]().fit(data)
    subject = model.subject(data)
    return Look("b", f"other {kind}", None, model, subject, capture(subject, folder / "other"))


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], tuple[Workspace, str]]]:
    """Two models of a kind along the same data, served."""
    with ExitStack() as stack:
        made: dict[str, tuple[Workspace, str]] = {}

        def of(kind: str) -> tuple[Workspace, str]:
            if kind not in made:
                folder = tmp_path_factory.mktemp(kind)
                workspace = stack.enter_context(tiny.workspace(kind, folder))
                workspace.add(other_look(kind, folder))
                made[kind] = workspace, stack.enter_context(running(workspace))
            return made[kind]

        yield of


@pytest.fixture
def opened(browser: Any, twins: Callable[[str], tuple[Workspace, str]]) -> Iterator[Callable[..., Any]]:
    with ExitStack() as pages:

        def of(kind: str, **state: Any) -> Any:
            _, url = twins(kind)
            parts = urlsplit(url)
            page = pages.enter_context(watched(browser, f"{parts.scheme}://{parts.netloc}"))
            page.goto(address(url, "compare", **state))
            return drawn(page)

        yield of


@pytest.mark.parametrize("kind", tiny.KINDS)
def test_two_looks_side_by_side(opened: Callable[..., Any], twins: Callable[..., Any], kind: str) -> None:
    page = opened(kind, compare="b", unit=1)
    workspace, _ = twins(kind)
    found = compared(workspace.look("a").capture, workspace.look("b").capture)
    assert str(found).replace("%", " %") in page.locator("frontal-compare .number").text_content()
    for name in ("Measure", "Compare the layers", "Show which inputs move the outputs"):
        page.get_by_role("button", name=name).click()
    page.locator("frontal-compare .cka td").first.wait_for()
    page.locator("frontal-compare .chart .line").nth(2).wait_for(state="attached")
    page.get_by_text("as a share of each model's own greatest").wait_for()
    rows = page.evaluate("document.querySelector('frontal-compare').csv()")
    assert rows[0][:2] == ["step of A", "step of B"]
    assert len(rows) > len(found.a)
    page.get_by_role("button", name="Swap A and B").click()
    page.wait_for_function("() => location.hash.includes('compare=a')")


def test_the_pixels_of_the_strip_are_the_differences(opened: Callable[..., Any], twins: Callable[..., Any]) -> None:
    page = opened("text", compare="b")
    workspace, _ = twins("text")
    found = compared(workspace.look("a").capture, workspace.look("b").capture)
    difference = found.loss_b - found.loss_a
    edges = np.linspace(0, len(difference), 601).astype(int)
    means = np.array([np.nanmean(difference[a:b]) for a, b in pairwise(edges)])
    bytes_ = quantise(means.astype(np.float32), float(np.nanmax(np.abs(means))))
    colours = np.asarray(palette()["diverging_light"]).reshape(-1, 3)
    for k in range(0, 600, 37):
        near = [tuple(colours[min(254, max(0, int(bytes_[k]) + by))]) for by in (-1, 0, 1)]
        assert pixel(page, "frontal-compare .heat canvas", k, 0)[:3] in near


def test_rows_of_both_are_coloured_by_their_units(opened: Callable[..., Any], twins: Callable[..., Any]) -> None:
    page = opened("text", compare="b", signal="layers.0/h", unit=4, **{"from": 0, "to": 400})
    page.get_by_label("colour by").select_option("unit")
    page.get_by_label("signal of B").select_option("layers.0/r")
    page.get_by_label("unit of B").fill("2")
    page.get_by_label("unit of B").press("Enter")
    page.get_by_text("B: unit 2 of layers.0/r").wait_for()
    workspace, _ = twins("text")
    colours = np.asarray(palette()["diverging_light"]).reshape(-1, 3)
    for row, (id, signal, unit) in enumerate((("a", "layers.0/h", 4), ("b", "layers.0/r", 2))):
        values = workspace.look(id).capture.unit(signal, unit)
        bytes_ = quantise(values, float(np.abs(values).max()))
        for column in range(0, 40, 7):
            near = [tuple(colours[min(254, max(0, int(bytes_[column]) + by))]) for by in (-1, 0, 1)]
            assert pixel(page, ".text-grid canvas", column + 2, row)[:3] in near


def test_one_look_is_compared_with_itself_in_another_arithmetic(browser: Any, tmp_path_factory: Any) -> None:
    with tiny.workspace("text", tmp_path_factory.mktemp("one")) as workspace, running(workspace) as url:
        parts = urlsplit(url)
        with watched(browser, f"{parts.scheme}://{parts.netloc}") as page:
            page.goto(address(url, "compare"))
            drawn(page)
            assert "--with RUN2" in page.locator("frontal-compare").text_content()
            page.get_by_role("button", name="on the plain loop").click()
            page.get_by_text("greatest difference of one loss").wait_for()
            page.wait_for_function("() => location.hash.includes('compare=a-reference')")
