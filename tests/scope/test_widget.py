"""The microscope in a notebook: its channel to Python, and its page in a frame."""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from chromium import DRAWN, watched
from tiny import TEXT, estimator

from frontal import FrontalError
from frontal.scope.api import answer
from frontal.scope.message import decode
from frontal.scope.widget import Scope
from frontal.scope.workspace import Workspace

NOTEBOOK = """async ([esm, number, traits]) => {
    const listeners = new Set();
    const model = {
        get: (name) => traits[name],
        on: (name, listener) => listeners.add(listener),
        off: (name, listener) => listeners.delete(listener),
        send: async (content) => {
            for (const { said, data } of await window.kernel(number, content)) {
                const bytes = data.map((text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
                for (const listener of [...listeners]) listener(said, bytes.map(({ buffer }) => new DataView(buffer)));
            }
        },
    };
    const el = document.body.appendChild(document.createElement("div"));
    const { default: widget } = await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })));
    const stop = await widget.render({ model, el });
    (window.cells ??= []).push({ stop, listeners });
}"""


class Kernel:
    """What a notebook's kernel does with messages, without a notebook."""

    def __init__(self, *scopes: Scope) -> None:
        self.scopes = scopes
        self.sent: list[tuple[Any, list[bytes]]] = []
        for scope in scopes:
            scope.widget.send = lambda content, buffers=None: self.sent.append((content, buffers or []))

    def __call__(self, _: Any, number: int, content: Any) -> list[dict[str, Any]]:
        """Deliver a message to a widget; return what it sends back."""
        self.sent.clear()
        self.scopes[number].widget._handle_custom_msg(content, [])
        return [{"said": said, "data": [b64encode(part).decode() for part in parts]} for said, parts in self.sent]


@pytest.fixture
def scope() -> Iterator[Scope]:
    with Scope(estimator("text"), TEXT, page="read") as made:
        yield made


def test_a_question_is_answered_as_the_server_answers(scope: Scope) -> None:
    kernel = Kernel(scope)
    kernel(None, 0, {"id": 7, "name": "looks", "parameters": {}})
    [(said, [data])] = kernel.sent
    assert said == {"id": 7}
    assert [look["steps"] for look in decode(data)["looks"]] == [len(TEXT)]
    kernel(None, 0, {"id": 8, "page": True})
    [(said, buffers)] = kernel.sent
    assert said["id"] == 8
    assert said["page"].startswith("<!doctype html>")
    assert buffers == []


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"id": 1, "name": "nothing", "parameters": {}}, "there is no call 'nothing'"),
        ({"id": 1, "name": "describe", "parameters": {"look": "z"}}, "no look is called 'z'"),
        ({"id": 1, "name": 3, "parameters": {}}, "has a name and parameters"),
        ({"id": 1, "name": "looks", "parameters": []}, "has a name and parameters"),
        ({"name": "looks", "parameters": {}}, "has a number"),
        ("hello", "has a number"),
    ],
)
def test_a_question_that_is_none_is_answered_with_what_is_wrong(scope: Scope, message: Any, said: str) -> None:
    kernel = Kernel(scope)
    kernel(None, 0, message)
    [(answer, buffers)] = kernel.sent
    assert said in answer["error"]
    assert buffers == []


def test_what_a_notebook_keeps_is_small(scope: Scope) -> None:
    state = scope.widget.get_state()
    assert len(str(state)) < 5000
    assert state["page"] == "read"
    shown = scope._repr_mimebundle_()[0]
    assert shown["application/vnd.jupyter.widget-view+json"]["model_id"] == scope.widget.model_id


def test_closing_frees(scope: Scope) -> None:
    folder = scope.workspace.folder
    assert folder.is_dir()
    scope.close()
    assert not folder.exists()
    assert scope.widget.comm is None
    with Workspace() as mine:
        with pytest.raises(FrontalError, match="nothing is open"):
            Scope(mine)
        assert mine.folder.is_dir()


def test_what_cannot_be_shown_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FrontalError, match="a dict cannot be looked at"):
        Scope({})
    with pytest.raises(FrontalError, match="say which a text it reads"):
        Scope(estimator("text"))
    with pytest.raises(FrontalError, match="height=5"):
        Scope(estimator("text"), TEXT, height=5)
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(FrontalError, match=r"pip install 'frontal\[notebook\]'"):
        Scope(estimator("text"), TEXT)


def test_two_in_one_notebook_show_their_pages_and_go(browser: Any, scope: Scope) -> None:
    with Scope(estimator("text"), TEXT[:500], page="home", height=400) as other, watched(browser, "none://") as page:
        page.expose_binding("kernel", Kernel(scope, other))
        for number, one in enumerate((scope, other)):
            traits = {name: getattr(one.widget, name) for name in ("page", "height")}
            page.evaluate(NOTEBOOK, [one.widget._esm, number, traits])
        first, second = page.frames[1:]
        for frame in (first, second):
            frame.wait_for_function(DRAWN)
        assert first.locator("h1").inner_text() == "Read"
        assert first.locator(".text-grid").count() == 1
        assert second.locator("h1").inner_text() != "Read"
        for frame, unit in ((second, 2), (first, 5)):
            frame.locator(f"#unit-{unit}").click()
            frame.wait_for_function(f"() => document.querySelector('.unit.chosen').dataset.unit === '{unit}'")
        assert second.locator(".unit.chosen").get_attribute("data-unit") == "2"
        searched = first.locator("input.search")
        searched.fill("def")
        first.wait_for_function("() => /hits?$/.test(document.querySelector('.hits').textContent)")
        page.evaluate("() => cells[0].stop()")
        assert page.locator("iframe").count() == 1
        assert page.evaluate("() => cells.map(({ listeners }) => listeners.size)") == [0, 1]


def test_it_begins_at_the_unit_that_tells_most(browser: Any, scope: Scope) -> None:
    with watched(browser, "none://") as page:
        page.expose_binding("kernel", Kernel(scope))
        page.evaluate(NOTEBOOK, [scope.widget._esm, 0, {"page": "read", "height": 600}])
        frame: Any = page.frames[1]
        frame.wait_for_function(DRAWN)
        asked = {"look": "a"}
        while (found := decode(answer(scope.workspace, "telling", asked)))["done"] < 1:
            page.wait_for_timeout(50)
        best = found["watchers"][0]
        frame.wait_for_selector(f".unit.chosen[data-unit='{best['unit']}']")
        assert best["signal"] in frame.locator(".inspector").inner_text()


def test_a_frame_reaches_neither_the_notebook_nor_a_network(browser: Any, scope: Scope) -> None:
    with watched(
        browser, "none://", forgive="content security policy|Content Security Policy|CORS|Failed to load"
    ) as page:
        page.expose_binding("kernel", Kernel(scope))
        page.evaluate(NOTEBOOK, [scope.widget._esm, 0, {"page": "read", "height": 600}])
        frame: Any = page.frames[1]
        frame.wait_for_function(DRAWN)
        assert (
            frame.evaluate("() => { try { return parent.document.title } catch (error) { return error.name } }")
            == "SecurityError"
        )
        assert frame.evaluate("() => fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')") == "refused"
