"""A fresh page begins at the unit that tells most, and stays at one that was chosen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from chromium import address, drawn, watched
from tiny import KINDS

from frontal.scope.api import answer
from frontal.scope.message import decode
from frontal.scope.workspace import Workspace

UNIT = "() => Number(new URLSearchParams(location.hash.split('?')[1]).get('unit') ?? -1)"
SIGNAL = "() => new URLSearchParams(location.hash.split('?')[1]).get('signal')"


def begins(workspace: Workspace, **parameters: Any) -> tuple[str, int]:
    """Where a page should begin: at the most telling unit, or at one that moves a lot."""
    until = time.monotonic() + 30
    while (found := decode(answer(workspace, "telling", {"look": "a", **parameters})))["done"] < 1:
        assert time.monotonic() < until
        time.sleep(0.05)
    for one in found["watchers"]:
        return one["signal"], one["unit"]
    return moves(workspace, parameters.get("signal"))


def moves(workspace: Workspace, name: str | None = None) -> tuple[str, int]:
    (look,) = decode(answer(workspace, "looks", {}))["looks"]
    states = [signal for signal in look["signals"] if signal["function"] is None]
    last = [signal for signal in states if signal["layer"] == states[-1]["layer"]]
    chosen = next(signal for signal in look["signals"] if signal["name"] == (name or last[0]["name"]))
    return chosen["name"], chosen["liveliest"]


@pytest.fixture
def fresh(browser: Any, served: Callable[[str], str]) -> Any:
    """Open a page as it is opened first; the telling units are held back until `free` is called."""
    contexts: list[Any] = []

    def opened(kind: str, hold: bool = False, **state: Any) -> Any:
        url = served(kind)
        context = watched(browser, "{0.scheme}://{0.netloc}".format(urlsplit(url)))
        contexts.append(context)
        page = context.__enter__()
        held: list[Any] = []
        free = not hold

        def late(route: Any) -> None:
            route.continue_() if free else held.append(route)

        def let() -> None:
            nonlocal free
            free = True
            for route in held:
                route.continue_()

        page.route("**/api/telling", late)
        page.goto(address(url, "read", **state))
        page.free = let
        return drawn(page)

    yield opened
    for context in contexts:
        context.__exit__(None, None, None)


@pytest.mark.parametrize("kind", KINDS)
def test_a_fresh_page_begins_at_the_unit_that_tells_most(
    kind: str, fresh: Any, workspaces: Callable[[str], Workspace]
) -> None:
    signal, unit = begins(workspaces(kind))
    page = fresh(kind, hold=True)
    assert (page.evaluate(SIGNAL), page.evaluate(UNIT)) == moves(workspaces(kind))
    page.free()
    page.wait_for_function(f"([signal, unit]) => ({SIGNAL})() === signal && ({UNIT})() === unit", arg=[signal, unit])
    page.wait_for_selector(f".unit.chosen[data-unit='{unit}']")


def test_a_text_begins_elsewhere_than_at_what_moves_most(workspaces: Callable[[str], Workspace]) -> None:
    assert begins(workspaces("text")) != moves(workspaces("text"))  # or the tests above could not fail


def test_a_signal_of_the_address_is_kept(fresh: Any, workspaces: Callable[[str], Workspace]) -> None:
    name = "layers.0/c"
    signal, unit = begins(workspaces("text"), signal=name)
    page = fresh("text", signal=name)
    assert signal == name
    page.wait_for_function(f"(unit) => ({UNIT})() === unit", arg=unit)
    assert page.evaluate(SIGNAL) == name


@pytest.mark.parametrize("how", ["address", "key", "again", "signal"])
def test_a_unit_that_somebody_chose_stays(how: str, fresh: Any, workspaces: Callable[[str], Workspace]) -> None:
    page = fresh("text", hold=True, **({"unit": 0} if how == "address" else {}))
    if how == "key":
        page.keyboard.press("j")
    elif how == "again":
        page.locator(".unit.chosen").click()
    elif how == "signal":
        page.get_by_role("button", name="c", exact=True).click()
    page.wait_for_timeout(300)  # until the address says it
    before = page.evaluate("location.hash")
    page.free()
    page.wait_for_function("() => !document.querySelector('.units .working:not([hidden])')")
    page.wait_for_timeout(600)
    assert page.evaluate("location.hash") == before
    if how == "address":
        assert page.evaluate(UNIT) == 0
