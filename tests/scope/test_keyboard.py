"""The whole microscope without a mouse: every page is reached, every control has the focus once, and it is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chromium import drawn

REACHABLE = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, [tabindex='0']")]
    .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.disabled && node.tabIndex >= 0)
    .filter((node) => node.type !== "radio" || node.checked)
    .map((node) => node.dataset.reached ??= `${window.known = (window.known ?? 0) + 1}`)"""
FOCUSED = """() => {
    const node = document.activeElement;
    const { outlineStyle, outlineWidth, boxShadow, borderColor } = getComputedStyle(node);
    const drawn = node instanceof SVGElement // a part of a drawing shows it by the line around its shape
        && [...node.children].some((shape) => parseFloat(getComputedStyle(shape).strokeWidth) >= 3);
    const seen = (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none" || drawn;
    return { is: node.dataset.reached ?? "", seen, html: node.cloneNode().outerHTML.slice(0, 120) };
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


def test_tab_reaches_every_control_of_every_page_and_the_focus_is_seen(open_page: Callable[..., Any]) -> None:
    page = open_page("text")
    pages = page.evaluate("[...document.querySelectorAll('.tab')].map((tab) => tab.hash.slice(1))")
    faults: list[str] = []
    for name in pages:
        page.evaluate("(name) => { location.hash = name; }", name)
        page.wait_for_function("(name) => document.querySelector('.view').constructor.page === name", arg=name)
        drawn(page)
        wanted = set(page.evaluate(REACHABLE))
        page.evaluate("document.activeElement.blur()")
        reached: set[str] = set()
        for _ in range(len(wanted) + 3):
            page.keyboard.press("Tab")
            found = page.evaluate(FOCUSED)
            if found["is"] in reached:
                break
            reached.add(found["is"])
            if not found["seen"] and found["is"]:
                faults.append(f"{name}: no focus is seen on {found['html']}")
        for missed in sorted(wanted - reached):
            html = page.locator(f"[data-reached='{missed}']").first.evaluate("(node) => node.cloneNode().outerHTML")
            faults.append(f"{name}: Tab does not reach {html[:120]}")
    assert faults == []
