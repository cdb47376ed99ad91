"""Who may talk to the microscope: a browser on this machine that was given the token, and no other page in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from typing import Any, final
from urllib.parse import parse_qs

HOST = "127.0.0.1"
LARGEST_BODY = 64 << 20  # bytes

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "media-src blob: data:; font-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class Refusal:
    """Why a request is not answered."""

    status: int
    sentence: str


@final
class Guard:
    """Around an application: lets through what its own page asks, and puts the headers on every answer.

    A first visit to `/?t=TOKEN` is answered with a cookie and sent on to `/`, so that the token stays neither
    in the address bar nor in the history.

    Args:
        application: behind the guard (ASGI).
        token: of 128 random bits or more.
        port: that the server listens to.
    """

    def __init__(self, application: Application, token: str, port: int) -> None:
        self.application, self.token, self.port = application, token, port
        self.cookie = f"frontal-scope-{port}"
        self.hosts = (f"{HOST}:{port}", f"localhost:{port}")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self.application(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        offered = _offered(scope)
        refused = self.refusal(scope["method"], headers, offered)
        if refused is not None:
            await _send_text(send, refused.status, refused.sentence)
        elif offered is not None:
            cookie = f"{self.cookie}={self.token}; HttpOnly; SameSite=Strict; Path=/"
            await _send_text(send, 303, "", {"location": "/", "set-cookie": cookie})
        else:
            await self.application(scope, receive, _with_headers(send))

    def refusal(self, method: str, headers: Mapping[str, str], offered: str | None) -> Refusal | None:
        """Return why a request is refused; None for one that is answered.

        Args:
            method: of the request.
            headers: by their names in lower case.
            offered: the token in the address, where there is one.
        """
        host = headers.get("host", "")
        if host not in self.hosts:
            return Refusal(403, f"this is {self.hosts[0]}, and no other name of it is answered")
        if method not in ("GET", "HEAD", "POST"):
            return Refusal(405, f"{method} is not answered here")
        if method == "POST":
            origin = headers.get("origin")
            if origin != f"http://{host}":
                return Refusal(403, "only the microscope's own page may ask; this request came from elsewhere")
            if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
                return Refusal(415, "a question is a JSON object; send it as application/json")
        if not _same(self.token, self._held(headers) if offered is None else offered):
            return Refusal(403, "open the address that `frontal scope` printed: it ends in ?t= and a token")
        return None

    def _held(self, headers: Mapping[str, str]) -> str:
        """Return the token in the cookie, or nothing."""
        try:
            held = SimpleCookie(headers.get("cookie", "")).get(self.cookie)
        except CookieError:
            return ""
        return "" if held is None else held.value


def _same(expected: str, given: str) -> bool:
    """Compare in a time that does not tell how much of it is right."""
    return compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape"))


def _offered(scope: Message) -> str | None:
    """Return the token in the address of the first visit."""
    if scope["path"] != "/" or scope["method"] != "GET":
        return None
    values = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True).get("t")
    return None if values is None else values[0]


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *_raw(HEADERS)]
        await send(message)

    return sending


async def _send_text(send: Send, status: int, text: str, more: Mapping[str, str] | None = None) -> None:
    body = f"{text}\n".encode() if text else b""
    headers = {"content-type": "text/plain; charset=utf-8", "content-length": str(len(body)), **HEADERS, **(more or {})}
    await send({"type": "http.response.start", "status": status, "headers": _raw(headers)})
    await send({"type": "http.response.body", "body": body})


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
