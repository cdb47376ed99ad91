"""The microscope over HTTP: its page, and one address for every call."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from pathlib import PurePosixPath
from traceback import print_exc
from typing import Any

from frontal.errors import FrontalError
from frontal.scope.api import answer
from frontal.scope.bundle import served
from frontal.scope.guard import LARGEST_BODY, Application, Guard
from frontal.scope.workspace import Workspace

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
INSTALL = "the microscope's page needs fastapi and uvicorn; type: pip install 'frontal[web]'"


def application(workspace: Workspace, token: str, port: int, *, debug: bool = False) -> Application:
    """Return the server (ASGI) of a workspace: `POST /api/NAME` with a JSON object, and the page under `/`.

    Args:
        workspace: what is open.
        token: that a browser must know.
        port: that the server listens to.
        debug: print the traceback of an unexpected error.

    Raises:
        FrontalError: fastapi is not installed.
    """
    try:
        from fastapi import FastAPI, Request, Response  # noqa: PLC0415 - an extra
        from fastapi.concurrency import run_in_threadpool  # noqa: PLC0415
        from fastapi.responses import JSONResponse  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise FrontalError(INSTALL) from error
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    async def call(request: Request) -> Response:
        try:
            parameters = read_object(await _body(request.stream()))
            message = await run_in_threadpool(answer, workspace, request.path_params["name"], parameters)
        except FrontalError as error:
            return JSONResponse({"error": str(error)}, 400)
        except Exception as error:
            if debug:
                print_exc(file=sys.stderr)
            return JSONResponse({"error": _bug(error)}, 500)
        return Response(message, media_type="application/octet-stream")

    async def page(request: Request) -> Response:
        address = request.path_params["path"] or "index.html"
        try:
            found = served().get(address)
        except FrontalError as error:  # whoever works on the page reads what is wrong with it
            return Response(f"{error}\n", 500, media_type="text/plain")
        if found is None:
            return Response("there is no such page\n", 404, media_type="text/plain")
        return Response(found, media_type=KINDS[PurePosixPath(address).suffix])

    app.add_route("/api/{name}", call, methods=["POST"])
    app.add_route("/{path:path}", page, methods=["GET"])
    return Guard(app, token, port)


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object that a request holds; what is none raises `FrontalError`."""
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FrontalError(f"a question must be a JSON object: {error}") from error
    if not isinstance(value, dict):
        raise FrontalError(f"a question must be a JSON object, not a {type(value).__name__}")
    return value


async def _body(stream: AsyncIterator[bytes]) -> bytes:
    """Read a body, and stop where it is too large."""
    parts: list[bytes] = []
    size = 0
    async for part in stream:
        size += len(part)
        if size > LARGEST_BODY:
            raise FrontalError(
                f"this is more than the {LARGEST_BODY >> 20} MB that can be sent at once; "
                "start frontal scope with the file instead"
            )
        parts.append(part)
    return b"".join(parts)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _bug(error: Exception) -> str:
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"this is a bug in frontal: {what[:300]}; start with --debug to see where, and report it"
