"""500 strings as text, symbols, tokens, labels, columns and names: they are shown, and do nothing else."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import drawn, watched
from hostile_looks import HOSTILE, MARKED, hostile_workspace, text
from visit import PAGES, taken, visit

from frontal.scope.launch import running
from frontal.scope.message import decode, encode
from frontal.scope.workspace import Workspace

SAID = ("a", "c")  # looks that have a whole string as a symbol or a label
SAME = "(given, wanted) => JSON.stringify(given) === JSON.stringify(JSON.parse(wanted))"  # also of lone surrogates
KNOWN = (
    "html head meta title link script body header nav main aside footer section article figure figcaption div span p a "
    "h1 h2 h3 h4 ul ol li dl dt dd table caption thead tbody tr th td button input select option optgroup textarea "
    "label fieldset legend form output progress meter dialog details summary strong em b i s small code pre kbd sub "
    "sup mark canvas video audio hr br time svg g path line rect circle ellipse polygon polyline text tspan defs "
    "marker clipPath linearGradient stop use symbol pattern mask desc"
)
HARM = """(names) => {
    const wrong = [];
    const known = names.split(" ");
    const address = /^(href|src|action|data|formaction)$/;
    const walk = (root) => {
        for (const node of root.querySelectorAll("*")) {
            const tag = node.localName;
            if (!known.includes(tag) && !/^frontal-[a-z]+$/.test(tag)) wrong.push(`<${tag}>`);
            for (const { name, value } of node.attributes) {
                if (name.startsWith("on") || name === "srcdoc") wrong.push(`${tag} ${name}`);
                if (address.test(name) && /^\\s*(java|vb)script/i.test(value)) wrong.push(`${tag} ${name}`);
            }
            if (tag === "script" && node.getAttribute("src") !== "main.js") wrong.push("script");
        }
    };
    walk(document);
    if (window.hacked || document.title === "1") wrong.push("ran");
    return [...new Set(wrong)];
}"""


PRESSED = re.compile("^(Hold it at|Compute the|Find fixed|Compare the layers|Rank the|Ask all|Find out|Take the tour)")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, str]]:
    with hostile_workspace(tmp_path_factory.mktemp("hostile")) as workspace, running(workspace) as url:
        yield workspace, url


def step_of(workspace: Workspace, look: str) -> int:
    """Where a look has the string that is looked for as its symbol, or its label."""
    facts, capture = workspace.look(look).capture.index.facts, workspace.look(look).capture
    names, track = ("classes", "label") if "classes" in facts else ("symbols", "symbol")
    return int(np.flatnonzero(capture.track(track) == facts[names].index(MARKED))[0]) if look in SAID else 9


def harm(page: Any) -> list[str]:
    found: list[str] = page.evaluate(HARM, KNOWN)
    return found


def test_a_message_holds_them_as_they_are() -> None:
    assert decode(encode({"texts": HOSTILE, "keys": {text: text for text in HOSTILE}}))["texts"] == HOSTILE


@pytest.mark.parametrize("look", ["a", "b", "c", "d"])
def test_no_page_runs_or_builds_what_they_say(browser: Any, hostile: tuple[Workspace, str], look: str) -> None:
    workspace, url = hostile
    state = {"look": look, "step": step_of(workspace, look), "unit": 1, "compare": "n77" if look == "a" else ""}
    wrong: dict[str, list[str]] = {}
    with visit(browser, url) as pages:
        for name in PAGES:
            page = pages.to(name, **state)
            for button in page.locator(".view").get_by_role("button", name=PRESSED).all():
                if button.is_visible() and button.is_enabled():
                    button.click()
                    pages.rest()
            wrong[name] = harm(page)
            if name == "training" and look == "d":
                page.locator(".training-filter").fill("<b>")
                page.locator("frontal-training .table tbody tr", has_text="<b>").first.wait_for()
        if look in SAID:
            assert MARKED in page.locator(".inspector").inner_text()
        page.keyboard.press("?")
        wrong["help"] = harm(page)
    assert {name: found for name, found in wrong.items() if found} == {}


def test_they_are_read_as_they_are(browser: Any, hostile: tuple[Workspace, str]) -> None:
    with visit(browser, hostile[1]) as pages:
        page = pages.to("read", look="a")
        symbols = "document.querySelector('.text-grid').options.symbols"
        assert page.evaluate(f"(wanted) => ({SAME})({symbols}, wanted)", json.dumps(HOSTILE))
        titles = "[...document.querySelector('.rail select').options].map((one) => one.textContent)"
        wanted = [look.title for look in hostile[0].looks()]
        assert page.evaluate(f"(wanted) => ({SAME})({titles}, wanted)", json.dumps(wanted))


def test_what_is_typed_pasted_and_searched_does_nothing(browser: Any, hostile: tuple[Workspace, str]) -> None:
    workspace, url = hostile
    with visit(browser, url) as pages:
        page = pages.to("read", look="d")
        page.locator(".typed").fill(f"{MARKED}\n{text()}")
        page.locator(".typed-grid .row-text", has_text=MARKED).wait_for()
        for said in (MARKED, "[", "\\", "(?<a>"):
            page.locator(".search").fill(said)
            pages.rest()
        page.locator(".unit-tools input").fill(MARKED)
        assert harm(pages.rest()) == []
        page = pages.to("home", look="d")
        page.locator(".paste").fill(text())
        page.get_by_role("button", name="Read it").click()
        page.wait_for_selector("frontal-read .row-text")
        assert harm(pages.rest()) == []
    for opened in [look.id for look in workspace.looks()[504:]]:
        workspace.remove(opened)


def test_a_file_of_them_does_nothing_either(browser: Any, hostile: tuple[Workspace, str], tmp_path: Path) -> None:
    with visit(browser, hostile[1]) as pages:
        page = pages.to("read", look="a", unit=1)
        said = page.locator(".text-grid").inner_text()
        html, svg = taken(page, "HTML", tmp_path), taken(page, "SVG", tmp_path)
    ET.fromstring(svg.read_text("utf-8"))
    for path, ours in ((html, {"script": 0, "style": 1}), (svg, {"image": 2})):
        with watched(browser, "file://") as file:
            file.goto(path.as_uri())
            if path == html:
                assert drawn(file).locator(".text-grid").inner_text() == said
            assert {name: file.locator(name).count() for name in ours} == ours
            assert file.evaluate(HARM, f"{KNOWN} style image") == []
