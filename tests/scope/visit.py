"""A visit to the pages of a microscope: from one to the next, each seen once it has come to rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, final
from urllib.parse import urlsplit

from chromium import address, drawn, watched

PAGES = (
    "home", "read", "neuron", "heat", "match", "gates", "gradients", "trajectories", "compare", "experiment",
    "training", "learn",
)  # fmt: skip
PATIENCE = 120  # seconds
CALM = 6  # looks, 50 ms apart, at which nothing is on its way


@final
class Visit:
    """A page and what it is waiting for."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self._asked: set[Any] = set()
        page.on("request", self._begin)
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._end)

    def to(self, name: str, **state: Any) -> Any:
        """Turn to a page, and return it when it rests."""
        self.page.evaluate("(hash) => { location.hash = hash; }", address("", name, **state))
        self.page.wait_for_function("(name) => document.querySelector('.view')?.constructor.page === name", arg=name)
        return self.rest()

    def rest(self) -> Any:
        """Return the page when all that it asked for has arrived and is drawn."""
        until, calm = monotonic() + PATIENCE, 0
        while calm < CALM:
            assert monotonic() < until, f"still asking: {[request.url for request in self._asked]}"
            drawn(self.page)
            self.page.wait_for_timeout(50)
            calm = 0 if self._asked or self.page.locator(".working:visible").count() else calm + 1
        return self.page

    def _begin(self, request: Any) -> None:
        self._asked.add(request)

    def _end(self, request: Any) -> None:
        self._asked.discard(request)


@contextmanager
def visit(browser: Any, url: str, page: str = "home", **options: Any) -> Iterator[Visit]:
    """Yield a visit that begins at a page; what the page does wrong fails the test, see `chromium.watched`.

    Args:
        url: of the microscope, with its token.
        page: to begin with.
        options: of the browser's context, and of `watched`.
    """
    with watched(browser, "{0.scheme}://{0.netloc}".format(urlsplit(url)), **options) as shown:
        made = Visit(shown)
        shown.goto(address(url, page), wait_until="commit")
        made.rest()
        yield made


def taken(page: Any, kind: str, folder: Path) -> Path:
    """Export what is shown, and return the file."""
    page.keyboard.press("e")
    with page.expect_download() as coming:
        page.get_by_role("menuitem", name=kind).click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path
