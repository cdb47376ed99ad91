"""Starting the microscope's server: on this machine only, and how a browser gets in."""

from __future__ import annotations

import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from secrets import token_urlsafe
from typing import Any

from frontal.errors import FrontalError
from frontal.scope.app import INSTALL, application
from frontal.scope.door import kept_token
from frontal.scope.guard import HOST
from frontal.scope.workspace import Workspace

USUAL = 8787  # the port that is tried first
TRIED = 10
PATIENCE = 2  # seconds that a request may still take when the server is stopped


def serve(
    workspace: Workspace, port: int | None = None, open_browser: bool = True, *,
    say: Callable[[str], None] = print, debug: bool = False,
) -> None:  # fmt: skip
    """Serve a workspace until Ctrl-C.

    Args:
        workspace: what is open.
        port: to listen to; None for the first free one from 8787 on.
        open_browser: whether to open the page, where there is a screen.
        say: is told the address, in one line.
        debug: print the tracebacks of unexpected errors.

    Raises:
        FrontalError: the port is taken, or fastapi and uvicorn are not installed.
    """
    with listening(port) as door:
        serve_on(door, workspace, open_browser=open_browser, say=say, debug=debug)


def serve_on(
    door: socket.socket, workspace: Workspace, *, open_browser: bool, say: Callable[[str], None], debug: bool
) -> None:
    """Serve a workspace on a socket that listens already, until Ctrl-C; see `serve`."""
    number = door.getsockname()[1]
    token = kept_token(number)
    server = _server(workspace, token, number, debug=debug)
    url = address(number, token) + ("" if workspace.looks() else "#training")
    say(f"The microscope is open, until Ctrl-C, at {url}")
    if open_browser and has_screen():
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
    with suppress(KeyboardInterrupt):  # uvicorn has ended in order, and passes it on
        server.run(sockets=[door])


@contextmanager
def running(workspace: Workspace) -> Iterator[str]:
    """Serve a workspace from a thread within the block; yields the address, with its token."""
    with listening(0) as door:
        number, token = door.getsockname()[1], token_urlsafe(24)
        server = _server(workspace, token, number, debug=True)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        try:
            yield address(number, token)
        finally:
            server.should_exit = True
            thread.join()


def address(port: int, token: str) -> str:
    """Return the address for a first visit."""
    return f"http://{HOST}:{port}/?t={token}"


def listening(port: int | None) -> socket.socket:
    """Return a socket that listens on this machine alone; the usual port, or one of the next, where None is given."""
    if port is not None and not 0 <= port <= 65535:
        raise FrontalError(f"--port {port}: a port is a number from 1 to 65535")
    for number in (*range(USUAL, USUAL + TRIED), 0) if port is None else (port,):
        door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name != "nt":
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, number))
            door.listen()
            return door
        except OSError as error:
            door.close()
            if port is not None:
                raise FrontalError(
                    f"port {port} cannot be used: {error.strerror or error}; choose another, or leave --port out"
                ) from error
    raise FrontalError("this machine has no free port")


def has_screen() -> bool:
    """Whether a browser would open in a window, rather than in this terminal."""
    return sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _server(workspace: Workspace, token: str, port: int, *, debug: bool) -> Any:
    try:
        import uvicorn  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise FrontalError(INSTALL) from error
    config = uvicorn.Config(
        application(workspace, token, port, debug=debug), log_level="warning", access_log=False, lifespan="off",
        timeout_graceful_shutdown=PATIENCE, server_header=False, date_header=False, ws="none", proxy_headers=False,
    )  # fmt: skip
    return uvicorn.Server(config)
