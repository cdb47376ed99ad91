"""The microscope's page in a real browser: `page = open_page("text", "read", unit=3)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from chromium import Tab, address, chromium, drawn, started, watched
from tiny import workspace

from frontal.scope.launch import running
from frontal.scope.workspace import Workspace

OpenPage = Callable[..., Any]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with started(chromium()) as found:
        yield found


@pytest.fixture(scope="session")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Workspace]:
    """The tiny workspace of a kind, made when it is first asked for."""
    made: dict[str, Workspace] = {}

    def of(kind: str) -> Workspace:
        if kind not in made:
            made[kind] = workspace(kind, tmp_path_factory.mktemp(kind))
        return made[kind]

    return of


@pytest.fixture(scope="session")
def served(workspaces: Callable[[str], Workspace]) -> Iterator[Callable[[str], str]]:
    """The address of the page of a kind, with its token."""
    with ExitStack() as servers:
        urls: dict[str, str] = {}

        def of(kind: str) -> str:
            if kind not in urls:
                urls[kind] = servers.enter_context(running(workspaces(kind)))
            return urls[kind]

        yield of


@pytest.fixture(scope="session")
def tabs() -> list[Tab]:
    """Tabs that a test before has left as it found them; a new one costs as much again as what is opened in it."""
    return []


@contextmanager
def usual_tab(browser: Any, tabs: list[Tab], origin: str, forgive: str | None) -> Iterator[Any]:
    """As `watched`, in a tab that others have used, if there is one; one in which something went wrong is closed."""
    tab = tabs.pop() if tabs else Tab(browser)
    try:
        with tab.watched(origin, forgive) as page:
            yield page
            page.mouse.move(0, 0)
        page.goto("about:blank")
    except BaseException:
        tab.context.close()
        raise
    tabs.append(tab)


@pytest.fixture
def open_page(browser: Any, tabs: list[Tab], served: Callable[[str], str]) -> Iterator[OpenPage]:
    """Open a page of the microscope and wait until it has drawn; what it does wrong fails the test at its end.

    open_page(kind, page, *, forgive=None, options={}, **state): kind is text, series or sound; page the name of a
    view; state what the address keeps, such as unit=3, which is 0 where it is not given. What is wrong: see
    `chromium.watched`.
    """
    with ExitStack() as pages:

        def opened(
            kind: str, page: str = "home", *, forgive: str | None = None, options: dict[str, Any] | None = None,
            **state: Any,
        ) -> Any:  # fmt: skip
            url = served(kind)
            parts = urlsplit(url)
            origin = f"{parts.scheme}://{parts.netloc}"
            way = watched(browser, origin, forgive, **options) if options else usual_tab(browser, tabs, origin, forgive)
            shown = pages.enter_context(way)
            shown.goto(address(url, page, **{"unit": 0, **state}), wait_until="commit")
            return drawn(shown)

        yield opened
