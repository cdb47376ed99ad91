"""One address becomes one file: over HTTPS, never more than was asked for."""

from __future__ import annotations

from collections.abc import Callable
from email.message import Message
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import IO, Any, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    BaseHandler,
    FileHandler,
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from frontal._version import __version__
from frontal.errors import FrontalError

SECONDS = 30.0  # without a byte, before the connection is given up
CHUNK = 1 << 16  # bytes


class StayEncrypted(HTTPRedirectHandler):
    """Follows an address that has moved, as long as the new one is https too."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        """Return the request for the new address, or raise URLError."""
        if urlsplit(newurl).scheme != "https":
            raise URLError(f"it sends on to {newurl}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


HANDLERS: tuple[type[BaseHandler], ...] = (
    ProxyHandler,
    HTTPSHandler,
    FileHandler,
    StayEncrypted,
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
)
SCHEMES = ("https", "file")


def download(address: str, target: Path, *, most_bytes: int, advance: Callable[[int], None]) -> int:
    """Write what an address holds into a new file; return its number of bytes.

    Whatever goes wrong, a file that was begun is left to the caller, who removes the folder it is in.

    Args:
        address: https (or file, for tests); it may send on to other https addresses.
        target: a path where nothing is yet.
        most_bytes: when there is more, it is an error.
        advance: told of every block, in bytes.

    Raises:
        FrontalError: another kind of address, no connection, refused by the server, cut off, too
            large, or the disk is full; the message names the address.
    """
    with _opened(address) as source:
        expected = _length(source.headers)
        size = _copy(source, target, address, most_bytes, advance)
    if expected is not None and size < expected:
        raise FrontalError(f"the connection to {_host(address)} broke after {size:,} of {expected:,} bytes; try again")
    return size


def _opened(address: str) -> HTTPResponse:
    if urlsplit(address).scheme not in SCHEMES:
        raise FrontalError(f"{address} is not an https address; nothing else is opened")
    opener = OpenerDirector()
    for handler in HANDLERS:
        opener.add_handler(handler())
    request = Request(address, headers={"User-Agent": f"frontal/{__version__}"})
    try:
        return cast(HTTPResponse, opener.open(request, timeout=SECONDS))
    except HTTPError as error:
        error.close()
        raise FrontalError(f"{address}: the server answers {error.code} {error.reason}") from None
    except (OSError, HTTPException) as error:  # URLError is an OSError
        reason = error.reason if isinstance(error, URLError) else error
        raise FrontalError(f"cannot reach {_host(address)} for {address}: {reason}") from None


def _copy(source: HTTPResponse, target: Path, address: str, most_bytes: int, advance: Callable[[int], None]) -> int:
    size = 0
    with target.open("xb") as file:
        while True:
            try:
                block = source.read(CHUNK)
            except (OSError, HTTPException) as error:
                raise FrontalError(f"the connection to {_host(address)} broke: {error}; try again") from None
            if not block:
                return size
            size += len(block)
            if size > most_bytes:
                raise FrontalError(f"{address} holds more than the {most_bytes:,} bytes that the catalogue states")
            file.write(block)
            advance(len(block))


def _length(headers: Message) -> int | None:
    stated = headers.get("Content-Length", "")
    return int(stated) if stated.isdecimal() else None


def _host(address: str) -> str:
    return urlsplit(address).hostname or "this machine"
