"""The address is what is seen: nothing that it is told is lost, and going back goes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from chromium import address, drawn, watched

Served = Callable[[str], str]
ASKED = "#read?unit=4&signal=layers.0%2Fh&theme=dark"
SEEN = """() => [document.querySelector(".view").constructor.page, document.body.dataset.theme,
    document.querySelector(".number").textContent.split(" ").slice(0, 2).join(" ")]"""


def test_an_address_given_while_the_page_opens_is_taken(browser: Any, served: Served) -> None:
    url = served("text")
    with watched(browser, "{0.scheme}://{0.netloc}".format(urlsplit(url))) as page:
        held: list[Any] = []

        def hold(route: Any) -> None:
            held.append(route)

        page.route("**/api/looks", hold)
        page.goto(address(url, "gates", unit=2, theme="light"))
        page.locator(".opening").wait_for()
        page.wait_for_function("() => document.body.dataset.theme === 'light'")
        page.evaluate("(hash) => { location.hash = hash; }", ASKED)
        page.wait_for_timeout(300)  # the address of before would be written by now
        held[0].continue_()
        page.locator(".view").wait_for()
        drawn(page)
        assert page.evaluate(SEEN) == ["read", "dark", "unit 4"]
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 23)"
        page.wait_for_timeout(300)
        assert page.evaluate("location.hash").startswith("#read?")


def test_an_address_given_while_another_is_written_is_taken(open_page: Callable[..., Any]) -> None:
    page = open_page("text", "gates", unit=2)
    page.evaluate(
        """(asked) => {
            const before = location.href;
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "l", bubbles: true }));
            location.hash = asked;
            history.replaceState(null, "", before); // as the page does a moment after a change
        }""",
        ASKED,
    )
    page.wait_for_function("() => document.querySelector('.view').constructor.page === 'read'")
    page.wait_for_timeout(300)
    assert page.evaluate("location.hash").startswith("#read?unit=4")


def test_back_leaves_the_page_at_once(browser: Any, served: Served) -> None:
    url = served("text")
    with watched(browser, "{0.scheme}://{0.netloc}".format(urlsplit(url))) as page:
        page.goto("about:blank")
        page.goto(address(url, "read", unit=2))
        drawn(page)
        page.wait_for_function("() => location.hash.includes('signal=')")
        page.go_back()
        assert page.url == "about:blank"
