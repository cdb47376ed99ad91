"""500 strings as text, symbols, column names and names of runs: they are shown, and do nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from chromium import address, drawn, watched
from hostile import strings

from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.subject import Subject
from frontal.diagnostics.subject_series import Series
from frontal.diagnostics.subject_text import Text
from frontal.layers.language_network import LanguageNetwork
from frontal.layers.window_forecast import WindowForecast
from frontal.scope.launch import running
from frontal.scope.message import decode, encode
from frontal.scope.workspace import Look, Workspace

HOSTILE = strings()
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


def text_subject() -> Subject:
    torch.manual_seed(0)
    model = LanguageNetwork(len(HOSTILE), named("gru"), hidden=4, embedding=3)
    return Text(model, np.arange(len(HOSTILE)), HOSTILE, HOSTILE[7])


def series_subject() -> Subject:
    torch.manual_seed(0)
    T, C = 8, len(HOSTILE)
    model = WindowForecast(named("gru"), C, T, 1, hidden=4).eval()
    values = np.sin(np.arange(40.0))
    places = np.arange(T - 1, 39)
    windows = torch.from_numpy(values[places[:, None] + np.arange(1 - T, 1)]).float()[..., None].repeat(1, 1, C)
    return Series(
        model, windows, followed=torch.from_numpy(values[places + 1]).float(), places=places, values=values,
        times=None, channels=HOSTILE, name=HOSTILE[8],
    )  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A text of hostile symbols, a series of hostile columns, and a look by every hostile name."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    with Workspace() as workspace:
        for id, subject in (("a", text_subject()), ("b", series_subject())):
            found = capture(subject, folder / id)
            workspace.add(Look(id, HOSTILE[0], None, None, subject, found))
        for n, title in enumerate(HOSTILE):
            run = title if len(title.encode("utf-8", "replace")) < 255 and "\0" not in title else None  # as folders can
            workspace.add(Look(f"n{n}", title, run, None, None, workspace.look("a").capture))
        yield workspace


def test_a_message_holds_them_as_they_are() -> None:
    assert decode(encode({"texts": HOSTILE, "keys": {text: text for text in HOSTILE}}))["texts"] == HOSTILE


@pytest.mark.parametrize("look", ["a", "b"])
def test_no_page_runs_or_builds_what_they_say(browser: Any, hostile: Workspace, look: str) -> None:
    with running(hostile) as url, watched(browser, url[: url.index("/?")], forgive="status of 400") as page:
        page.goto(address(url, "home", look=look), wait_until="commit")
        drawn(page)
        titles = "[...document.querySelector('.rail select').options].map((one) => one.textContent)"
        assert page.evaluate(f"(wanted) => ({SAME})({titles}, wanted)", json.dumps([HOSTILE[0], HOSTILE[0], *HOSTILE]))
        for name in page.evaluate("[...document.querySelectorAll('.tab')].map((tab) => tab.hash.slice(1))"):
            page.evaluate("(hash) => { location.hash = hash; }", address("", name, look=look, step=9))
            page.wait_for_function("(name) => document.querySelector('.view').constructor.page === name", arg=name)
            drawn(page)
            assert page.evaluate(HARM, KNOWN) == [], name
        assert page.evaluate("() => window.hacked ?? null") is None


def test_the_text_is_read_as_it_is(browser: Any, hostile: Workspace) -> None:
    with running(hostile) as url, watched(browser, url[: url.index("/?")]) as page:
        page.goto(address(url, "read", look="a"), wait_until="commit")
        drawn(page)
        symbols = "document.querySelector('.text-grid').options.symbols"
        assert page.evaluate(f"(wanted) => ({SAME})({symbols}, wanted)", json.dumps(HOSTILE))
