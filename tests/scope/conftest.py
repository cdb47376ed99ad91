"""The microscope's page in a real browser: `page = open_page("text", "read", unit=3)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
from chromium import address, chromium, drawn, started, watched
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


@pytest.fixture
def open_page(browser: Any, served: Callable[[str], str]) -> Iterator[OpenPage]:
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
            shown = pages.enter_context(watched(browser, f"{parts.scheme}://{parts.netloc}", forgive, **options or {}))
            shown.goto(address(url, page, **{"unit": 0, **state}), wait_until="commit")
            return drawn(shown)

        yield opened
