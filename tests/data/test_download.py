"""One address becomes one file: a small server of the test's own, and files."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError
from urllib.request import HTTPHandler, HTTPRedirectHandler, Request

import pytest

from frontal.data import download as room
from frontal.data.download import StayEncrypted, download
from frontal.errors import FrontalError

BODY = bytes(range(256)) * 1000


class Server(BaseHTTPRequestHandler):
    """/whole, /cut (breaks off), /endless (no length), /moved (to /whole), /busy (503)."""

    def do_GET(self) -> None:
        kind = self.path[1:]
        self.send_response({"moved": 302, "busy": 503}.get(kind, 200))
        if kind == "moved":
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/whole")
        if kind not in ("endless", "moved"):
            self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        if kind in ("whole", "endless", "cut"):
            self.wfile.write(BODY[: 1000 if kind == "cut" else None])

    def log_message(self, *args: object) -> None:
        del args


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server on this machine, which may be plain http for once."""
    monkeypatch.setattr(room, "SCHEMES", ("https", "http", "file"))
    monkeypatch.setattr(room, "HANDLERS", (*(h for h in room.HANDLERS if h is not room.ProxyHandler), HTTPHandler))
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_address[1]}"
        http.shutdown()
        thread.join()


def fetch(address: str, target: Path, most_bytes: int = 10**6) -> list[int]:
    seen: list[int] = []
    size = download(address, target, most_bytes=most_bytes, advance=seen.append)
    assert size == sum(seen) == target.stat().st_size
    return seen


def test_whole_files(server: str, tmp_path: Path) -> None:
    assert len(fetch(f"{server}/whole", tmp_path / "a")) > 1
    fetch(f"{server}/endless", tmp_path / "b", most_bytes=len(BODY))
    (tmp_path / "c").write_bytes(BODY)
    fetch((tmp_path / "c").as_uri(), tmp_path / "d")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == (tmp_path / "d").read_bytes() == BODY


@pytest.mark.parametrize(
    ("path", "most_bytes", "message"),
    [
        ("busy", 10**6, "/busy: the server answers 503"),
        ("cut", 10**6, "the connection to 127.0.0.1 broke"),
        ("whole", len(BODY) - 1, "/whole holds more than the 255,999 bytes"),
        ("endless", 70_000, "/endless holds more than the 70,000 bytes"),
        ("moved", 10**6, r"/moved: it sends on to http://.*/whole, which is not https"),
    ],
)
def test_refused(server: str, path: str, most_bytes: int, message: str, tmp_path: Path) -> None:
    with pytest.raises(FrontalError, match=message):
        download(f"{server}/{path}", tmp_path / "x", most_bytes=most_bytes, advance=lambda size: None)
    size = (tmp_path / "x").stat().st_size if (tmp_path / "x").exists() else 0
    assert size <= most_bytes


@pytest.mark.parametrize("address", ["http://example.org/x", "ftp://example.org/x", "data:,x", "/etc/passwd", ""])
def test_other_addresses_are_never_opened(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.socket.connect", lambda *args: pytest.fail("a connection was tried"))
    with pytest.raises(FrontalError, match="not an https address"):
        download(address, tmp_path / "x", most_bytes=9, advance=lambda size: None)
    assert list(tmp_path.iterdir()) == []


def test_nobody_there(server: str, tmp_path: Path) -> None:
    with pytest.raises(FrontalError, match=r"cannot reach 127\.0\.0\.1 for .*refused"):
        download("https://127.0.0.1:1/x", tmp_path / "x", most_bytes=9, advance=lambda size: None)
    with pytest.raises(FrontalError, match="cannot reach 127"):  # no TLS at the other end
        download(server.replace("http:", "https:"), tmp_path / "x", most_bytes=9, advance=lambda size: None)
    with pytest.raises(FrontalError, match="No such file"):
        download((tmp_path / "nothing").as_uri(), tmp_path / "x", most_bytes=9, advance=lambda size: None)


def test_redirects_stay_encrypted() -> None:
    assert issubclass(StayEncrypted, HTTPRedirectHandler)
    request, rest = Request("https://example.org/a"), (None, 302, "Found", {})
    new = StayEncrypted().redirect_request(request, *rest, "https://example.com/b")  # type: ignore[arg-type]
    assert new is not None
    assert new.full_url == "https://example.com/b"
    for worse in ("http://example.com/b", "file:///etc/passwd", "ftp://example.com/b"):
        with pytest.raises(URLError, match="not https"):
            StayEncrypted().redirect_request(request, *rest, worse)  # type: ignore[arg-type]
