"""What stands around every page: the list of units, the strip of time, and the sides of a narrow window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from chromium import address, drawn, watched
from large import NAME, large_workspace

from frontal.scope.launch import running
from frontal.scope.workspace import Workspace

UNITS, STEPS = 1024, 6000


@pytest.fixture(scope="module")
def wide(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A page on a capture of 1024 units, and what was captured."""
    with (
        large_workspace(tmp_path_factory.mktemp("wide") / "capture", STEPS, UNITS) as workspace,
        running(workspace) as url,
        watched(browser, "{0.scheme}://{0.netloc}".format(urlsplit(url))) as page,
    ):
        page.goto(address(url, "read", unit=3, step=100))
        drawn(page)
        page.wait_for_function("() => document.querySelector('.units .small').textContent.startsWith('1024 units ·')")
        yield page, workspace.look("a").capture


def listed(page: Any) -> list[int]:
    page.evaluate("() => new Promise(requestAnimationFrame)")
    return page.evaluate("""() => [...document.querySelectorAll(".unit")]
        .sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top)).map((node) => Number(node.dataset.unit))""")


def test_units_are_listed_by_change_and_only_those_that_are_seen(wide: Any) -> None:
    page, capture = wide
    values = capture.values(NAME)
    order = np.argsort(-np.abs(np.diff(values, axis=1)).mean(1), kind="stable").tolist()
    page.evaluate("() => { document.querySelector('.unit-list').scrollTop = 0; }")
    shown = listed(page)
    assert shown == order[: len(shown)]
    assert 5 < len(shown) < 60
    page.evaluate("() => { document.querySelector('.unit-list').scrollTop = 1e9; }")
    page.wait_for_function("(last) => document.querySelector(`.unit[data-unit='${last}']`)", arg=order[-1])
    assert len(listed(page)) < 60


@pytest.mark.parametrize(
    ("words", "kept"),
    [("512", lambda _: [512]), ("7-9", lambda _: [7, 8, 9]), ("102", lambda _: [102, 1020, 1021, 1022, 1023])],
)
def test_units_are_filtered(wide: Any, words: str, kept: Callable[[Any], list[int]]) -> None:
    page, capture = wide
    page.locator(".unit-tools input").fill(words)
    page.wait_for_function("() => document.querySelector('.units .small').textContent.includes(' of ')")
    assert sorted(listed(page)) == kept(capture)
    page.locator(".unit-tools input").fill("")


def test_a_part_of_the_time_is_brushed_and_let_go(wide: Any) -> None:
    page, _ = wide
    track = page.locator(".track").bounding_box()
    at = lambda share: (track["x"] + share * track["width"], track["y"] + 20)  # noqa: E731
    page.mouse.move(*at(0.25))
    page.mouse.down()
    page.mouse.move(*at(0.4))
    page.mouse.move(*at(0.5))
    page.mouse.up()
    page.wait_for_function("() => /from=\\d+&to=\\d+/.test(location.hash)")
    hash_ = dict(pair.split("=") for pair in page.evaluate("location.hash").split("?")[1].split("&"))
    assert int(hash_["from"]) == pytest.approx(0.25 * STEPS, abs=15)
    assert int(hash_["to"]) == pytest.approx(0.5 * STEPS, abs=15)
    page.mouse.click(*at(0.3))
    page.wait_for_function(
        "(step) => Math.abs(Number(/step=(\\d+)/.exec(location.hash)[1]) - step) < 15", arg=0.3 * STEPS
    )
    page.get_by_role("button", name="all", exact=True).click()
    page.wait_for_function("() => location.hash.includes('to=6000') || !location.hash.includes('to=')")


def test_the_strip_says_where_it_is(wide: Any) -> None:
    page, _ = wide
    page.locator(".track").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.track').getAttribute('aria-valuetext') === 'step 1 of 6000'")


def test_a_state_that_cannot_be_is_made_to_fit(open_page: Any, workspaces: Callable[[str], Workspace]) -> None:
    page = open_page("text", "read", look="zz", signal="layers.9/c", unit=5000, step=10**9, compare="a")
    name = workspaces("text").look("a").capture.signal("c").name
    page.wait_for_function("() => document.querySelector('frontal-read .number').textContent")
    assert page.locator(".number").first.text_content().startswith(f"unit 11 of {name},")
    page.evaluate("() => { location.hash = '#nowhere?unit=-4&step=x&theme=pink'; }")
    page.wait_for_selector("frontal-home h1")


def test_the_sides_of_a_narrow_window_are_drawers(open_page: Any) -> None:
    page = open_page("text", "read", options={"viewport": {"width": 420, "height": 800}})
    rail = page.locator(".rail")
    assert not rail.is_visible()
    page.get_by_role("button", name="Show or hide: rail").click()
    page.wait_for_function("() => getComputedStyle(document.querySelector('.rail')).visibility === 'visible'")
    page.wait_for_timeout(250)
    box = rail.bounding_box()
    assert box["x"] == 0
    assert box["width"] < 420
    page.mouse.click(410, 400)
    page.wait_for_function("() => getComputedStyle(document.querySelector('.rail')).visibility === 'hidden'")
    assert page.evaluate("document.documentElement.scrollWidth") == 420
