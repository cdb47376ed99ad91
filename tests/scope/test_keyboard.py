"""The whole microscope without a mouse: every page is reached, every control has the focus once, and it is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chromium import drawn
from tiny import KINDS
from visit import PAGES, visit

NARROW = {"viewport": {"width": 720, "height": 450}, "reduced_motion": "reduce"}  # a window enlarged twice

REACHABLE = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, [tabindex='0']")]
    .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.disabled && node.tabIndex >= 0)
    .filter((node) => node.type !== "radio" || node.checked)
    .map((node) => node.dataset.reached ??= `${window.known = (window.known ?? 0) + 1}`)"""
FOCUSED = """() => {
    const node = document.activeElement;
    const look = (one) => JSON.stringify([one, ...one.children].map((part) => {
        const style = getComputedStyle(part);
        return ["outline", "box-shadow", "border-color", "background-color", "stroke", "stroke-width"]
            .map((name) => style.getPropertyValue(name));
    }));
    const seen = window.before?.look !== (window.before && look(window.before.node)); // it looks otherwise now
    const left = window.before?.node.cloneNode().outerHTML.slice(0, 120) ?? "";
    window.before = { node, look: look(node) };
    return { is: node.dataset.reached ?? "", end: node === document.body, unseen: left && !seen ? left : "" };
}"""


def said(page: Any, key: str, is_right: str) -> None:
    """Wait until what the address keeps under a name fulfils a condition on `value`."""
    held = "new URLSearchParams(location.hash.split('?')[1] ?? '')"
    page.wait_for_function(f"() => {{ const value = {held}.get('{key}'); return {is_right}; }}")


def state(page: Any) -> dict[str, str]:
    """What the address says, once it says it."""
    page.wait_for_timeout(500)
    address: str = page.evaluate("location.hash.slice(1)")
    name, _, rest = address.partition("?")
    return {"page": name} | dict(pair.split("=", 1) for pair in rest.split("&") if pair)


def test_a_journey_through_all_pages(open_page: Callable[..., Any]) -> None:
    page = open_page("text")
    keys = page.evaluate("[...document.querySelectorAll('.tab')].map((tab) => [tab.hash.slice(1), tab.title.at(-1)])")
    assert len({key for _, key in keys}) == len(keys)
    for name, key in [*keys[1:], keys[0]]:
        page.keyboard.press("g")
        page.keyboard.press(key)
        assert drawn(page).evaluate("document.querySelector('.view').constructor.page") == name
    page.keyboard.press("2")
    page.wait_for_function("(name) => location.hash.startsWith(`#${name}`)", arg=keys[1][0])
    page.go_back()
    page.wait_for_function("() => document.querySelector('.view').constructor.page === 'home'")


def test_units_time_search_export_help_and_theme(open_page: Callable[..., Any]) -> None:
    page = open_page("text", "read", step=20)
    first = page.locator(".unit.chosen").get_attribute("data-unit")
    page.locator(".unit-list").focus()
    for _ in range(20):
        page.keyboard.press("k")
    top = state(page).get("unit", "0")
    page.keyboard.press("j")
    assert state(page).get("unit", "0") not in (top, first) or top != first
    page.keyboard.press("l")
    said(page, "step", "value === '21'")
    page.keyboard.press("h")
    page.keyboard.press("L")
    said(page, "step", "value === '70'")
    page.keyboard.press("/")
    page.keyboard.type("http")
    page.wait_for_function("() => /hits$/.test(document.querySelector('.hits').textContent)")
    page.keyboard.press("Enter")
    said(page, "step", "Number(value) > 70")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    assert page.locator(".menu").is_visible()
    page.keyboard.press("Escape")
    assert page.locator(".menu").is_hidden()
    page.keyboard.press("?")
    assert "formula" in page.locator("dialog[open]").inner_text()
    page.keyboard.press("Escape")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.keyboard.press("t")
    page.keyboard.press("t")
    page.wait_for_function("(before) => getComputedStyle(document.body).backgroundColor !== before", arg=before)


@pytest.mark.parametrize("kind", KINDS)
def test_tab_reaches_every_control_of_every_page_and_the_focus_is_seen(
    browser: Any, served: Callable[[str], str], kind: str
) -> None:
    faults: list[str] = []
    with visit(browser, served(kind)) as pages:
        pages.page.keyboard.press("Tab")
        assert pages.page.evaluate("document.activeElement.className") == "skip"
        for name in PAGES:
            faults += [f"{name}: {fault}" for fault in walked(pages.to(name))]
    assert faults == []


def walked(page: Any) -> list[str]:
    """Walk over a page with Tab from its first control to its end, and tell what is not reached or not seen."""
    wanted = set(page.evaluate(REACHABLE))
    page.locator(".skip").focus()
    reached: set[str] = set()
    faults: list[str] = []
    page.evaluate("() => { window.before = null; }")
    for _ in range(2 * len(wanted) + 20):  # what scrolls has the focus too
        found = page.evaluate(FOCUSED)
        reached.add(found["is"])
        if found["unseen"]:
            faults.append(f"no focus is seen on {found['unseen']}")
        if found["end"]:
            break
        page.keyboard.press("Tab")
    for missed in sorted(wanted - reached):
        html = page.locator(f"[data-reached='{missed}']").first.evaluate("(node) => node.cloneNode().outerHTML")
        faults.append(f"Tab does not reach {html[:120]}")
    return faults


def test_the_skip_link_leads_past_the_bar(open_page: Callable[..., Any]) -> None:
    page = open_page("text", "gates")
    page.keyboard.press("Tab")
    assert page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    assert page.evaluate("location.hash").startswith("#gates")


def test_a_drawer_is_opened_left_and_closed(open_page: Callable[..., Any]) -> None:
    page = open_page("text", "read", options=NARROW)
    for key, side in (("[", "rail"), ("]", "inspector")):
        page.locator("h1").first.focus()
        page.keyboard.press(key)
        assert page.locator(f".{side}").is_visible()
        assert page.evaluate("document.activeElement.id") == side
        page.keyboard.press("Escape")
        page.locator(f".{side}").wait_for(state="hidden")
        assert page.evaluate("document.activeElement.className").endswith(f"side-{side}")
