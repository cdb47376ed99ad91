"""Chromium for the tests of the page: found, started once, and watched for what a page must not do."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "no Chromium to open the page with: apt-get install chromium, or set CHROMIUM to the program"
QUIET = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip
BREACH = "breach of the content security policy"
REPORTS = f"""addEventListener("securitypolicyviolation", (event) =>
    console.error(`{BREACH}: ${{event.violatedDirective}} ${{event.blockedURI}} ${{event.sample}}`), true);"""


def chromium() -> str:
    """The program; without one the test is skipped, and fails where CI runs."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
    return found


@contextmanager
def started(program: str) -> Iterator[Any]:
    """Yield a browser that asks nobody for anything."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        alone = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=QUIET + alone)
        yield browser
        browser.close()


class Tab:
    """A page that is watched for what it must not do; it can be watched again, from a blank page on.

    Args:
        options: of the browser's context, such as color_scheme="dark".
    """

    def __init__(self, browser: Any, **options: Any) -> None:
        self.origin, self.faults = "about:", list[str]()
        self.context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        self.context.add_init_script(REPORTS)
        self.page = self.context.new_page()
        self.page.set_default_timeout(120_000)
        self.page.on("console", lambda said: self._heard(said.type == "error", f"console: {said.text}"))
        self.page.on("pageerror", lambda error: self._heard(True, f"not caught: {error.stack or error}"))
        self.page.on("request", lambda request: self._heard(leaves(request.url, self.origin), f"left: {request.url}"))
        self.page.on("dialog", lambda dialog: (self._heard(True, f"dialog: {dialog.message}"), dialog.dismiss()))

    @contextmanager
    def watched(self, origin: str, forgive: str | None = None) -> Iterator[Any]:
        """Yield the page; see `watched` below."""
        self.origin, self.faults = origin, []
        yield self.page
        self.page.evaluate("0")  # what was said before has arrived
        wrong = [fault for fault in self.faults if forgive is None or not re.search(forgive, fault)]
        assert not wrong, "the page did what it must not:\n" + "\n".join(wrong)

    def _heard(self, wrong: bool, what: str) -> None:
        if wrong:
            self.faults.append(what)


@contextmanager
def watched(browser: Any, origin: str, forgive: str | None = None, **options: Any) -> Iterator[Any]:
    """Yield a page of a new tab; after the block raise what it did wrong.

    Wrong are errors on the console, exceptions that nobody caught, breaches of the content security policy,
    dialogs, and requests that leave `origin`.

    Args:
        origin: "http://127.0.0.1:PORT", or "file://".
        forgive: a regular expression: what it matches is no fault here.
        options: of the browser's context, such as color_scheme="dark".
    """
    tab = Tab(browser, **options)
    try:
        with tab.watched(origin, forgive) as page:
            yield page
    finally:
        tab.context.close()


def leaves(url: str, origin: str) -> bool:
    """Whether a request goes to another place than `origin`."""
    parts = urlsplit(url)
    return parts.scheme not in ("data", "blob", "about") and f"{parts.scheme}://{parts.netloc}" != origin


def address(url: str, page: str, **state: Any) -> str:
    """The permalink of a state."""
    return f"{url}#{page}?{urlencode(state)}"


DRAWN = """() => {
    const view = document.querySelector(".view");
    return Boolean(view?.body) && !view.hasAttribute("aria-busy");
}"""


def drawn(page: Any) -> Any:
    """Wait until the view of a page has drawn, or said why not."""
    page.wait_for_function(DRAWN)
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )  # charts follow
    return page


PIXEL = """(canvas, [x, y]) => {
    const copy = document.createElement("canvas");
    copy.width = canvas.width; copy.height = canvas.height;
    const context = copy.getContext("2d", {willReadFrequently: true});
    context.drawImage(canvas, 0, 0);
    return [...context.getImageData(x, y, 1, 1).data];
}"""


def pixel(page: Any, selector: str, x: int, y: int) -> tuple[int, int, int, int]:
    """Return a pixel of a canvas, in its own pixels: red, green, blue, alpha, 0 .. 255."""
    red, green, blue, alpha = page.locator(selector).first.evaluate(PIXEL, [x, y])
    return red, green, blue, alpha
