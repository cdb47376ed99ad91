"""Every page on a text, a series and a sound: drawn, with its formula, its caveat, a number and a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chromium import address, drawn
from tiny import KINDS
from visit import PAGES

STATE = {"match": {"from": 28, "to": 32}}
SAID = """() => {
    const view = document.querySelector(".view");
    const { page, title, key, formula, caveat, about } = view.constructor;
    const table = view.csv();
    return {
        page, title, key, formula, caveat, about, number: view.querySelector(".number").textContent,
        problem: view.querySelector(".problem").hidden ? "" : view.querySelector(".problem").textContent,
        rows: table.length - 1, ragged: table.some((row) => row.length !== table[0].length), columns: table[0].length,
        wide: document.querySelector("main").scrollWidth - document.querySelector("main").clientWidth,
        deep: document.documentElement.scrollHeight - innerHeight,
        unnamed: [...view.querySelectorAll("button, input, select, textarea, a, [tabindex='0'], [role='img']")]
            .filter((node) => node.checkVisibility() && !named(node)).map((node) => node.outerHTML.slice(0, 80)),
    };
    function named(node) {
        const label = node.labels?.[0] ?? node.closest("label");
        return [node.getAttribute("aria-label"), node.getAttribute("aria-labelledby"), node.title, node.textContent,
            label?.textContent, node.placeholder].some((text) => text?.trim());
    }
}"""


def turned(page: Any) -> Iterator[dict[str, Any]]:
    """Turn to one page after another, and tell what each says of itself."""
    for name in PAGES:
        page.evaluate("(hash) => { location.hash = hash; }", address("", name, unit=3, step=20, **STATE.get(name, {})))
        page.wait_for_function("(name) => document.querySelector('.view').constructor.page === name", arg=name)
        drawn(page)
        page.wait_for_function("() => document.querySelector('.view .number').textContent")
        yield page.evaluate(SAID)


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_shows_what_it_must(open_page: Callable[..., Any], kind: str) -> None:
    page = open_page(kind)
    assert page.evaluate("[...document.querySelectorAll('.tab')].map((tab) => tab.hash.slice(1))") == list(PAGES)
    faults: list[str] = []
    for said in turned(page):
        wrong = [name for name in ("title", "key", "about", "number", "columns", "rows") if not said[name]]
        if said["page"] != "home":
            wrong += [name for name in ("formula", "caveat") if not said[name]]
        wrong += [f"{name}: {said[name]}" for name in ("problem", "ragged", "unnamed") if said[name]]
        faults += [f"{said['page']}: {what}" for what in wrong]
    assert faults == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_fits_a_narrow_window_in_the_dark(open_page: Callable[..., Any], kind: str) -> None:
    page = open_page(kind, options={"viewport": {"width": 420, "height": 800}, "color_scheme": "dark"})
    assert {said["page"]: said["wide"] for said in turned(page) if said["wide"] > 0} == {}


def test_every_page_fits_a_window_that_is_enlarged_twice(open_page: Callable[..., Any]) -> None:
    page = open_page("text", options={"viewport": {"width": 720, "height": 450}, "reduced_motion": "reduce"})
    assert {said["page"]: said for said in turned(page) if said["wide"] > 0 or said["deep"] > 0} == {}
