"""The microscope's page in a real browser: `page = open_page("text", "read", unit=3)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from chromium import chromium, started, watched

OpenPage = Callable[..., Any]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with started(chromium()) as found:
        yield found


@pytest.fixture(scope="session")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """The tiny workspace of a kind, made when it is first asked for."""
    from tiny import workspace

    made: dict[str, Any] = {}

    def of(kind: str) -> Any:
        if kind not in made:
            made[kind] = workspace(kind, tmp_path_factory.mktemp(kind))
        return made[kind]

    return of


@pytest.fixture(scope="session")
def served(workspaces: Callable[[str], Any]) -> Iterator[Callable[[str], str]]:
    """The address of the page of a kind, with its token."""
    from frontal.scope.launch import running

    with ExitStack() as servers:
        urls: dict[str, str] = {}

        def of(kind: str) -> str:
            if kind not in urls:
                urls[kind] = servers.enter_context(running(workspaces(kind)))
            return urls[kind]

        yield of


@pytest.fixture
def open_page(browser: Any, served: Callable[[str], str]) -> Iterator[OpenPage]:
    """Open a page of the microscope; what it does wrong fails the test at its end, see `chromium.watched`.

    open_page(kind, page, *, forgive=None, options={}, **state): kind is text, series or sound; page the name of a
    view; state what the address keeps, such as unit=3.
    """
    with ExitStack() as pages:

        def opened(
            kind: str, page: str = "home", *, forgive: str | None = None, options: dict[str, Any] | None = None,
            **state: Any,
        ) -> Any:  # fmt: skip
            url = served(kind)
            parts = urlsplit(url)
            shown = pages.enter_context(watched(browser, f"{parts.scheme}://{parts.netloc}", forgive, **options or {}))
            shown.goto(address(url, page, **state))
            return shown

        yield opened


def address(url: str, page: str, **state: Any) -> str:
    """The permalink of a state."""
    return f"{url}#" + "&".join(f"{name}={quote(str(value))}" for name, value in {"page": page, **state}.items())


@pytest.fixture
def plain_site(tmp_path: Path) -> Path:
    """A folder for a page of a test's own, opened as file://."""
    return tmp_path
