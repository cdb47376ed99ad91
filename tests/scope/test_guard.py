"""The door: who gets in, what every answer carries, and what a question may be."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from frontal.errors import FrontalError
from frontal.scope import api, app
from frontal.scope.bundle import PAGE, served
from frontal.scope.guard import HEADERS, LARGEST_BODY, POLICY
from frontal.scope.launch import running
from frontal.scope.message import decode
from frontal.scope.workspace import Workspace


class Server:
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.port, self.token = parts.port or 0, parts.query.removeprefix("t=")
        self.host = f"127.0.0.1:{self.port}"

    def ask(
        self,
        method: str = "POST",
        path: str = "/api/ping",
        body: bytes | Iterator[bytes] = b"{}",
        **headers: str | None,
    ) -> tuple[int, dict[str, str], bytes]:
        """Send what the page would send, with some headers replaced, or left out where they are None."""
        usual: dict[str, str | None] = {
            "Host": self.host, "Origin": f"http://{self.host}", "Content-Type": "application/json",
            "Cookie": f"frontal-scope-{self.port}={self.token}",
        }  # fmt: skip
        sent = usual | {name.replace("_", "-"): value for name, value in headers.items()}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in sent.items():
            if value is not None:
                line.putheader(name, value)
        if method == "POST":
            line.putheader("Content-Length", str(len(body)))
        line.endheaders(body if method == "POST" else None)
        reply = line.getresponse()
        found = reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
        line.close()
        return found

    def error(self, path: str, body: bytes) -> tuple[int, str]:
        status, _, data = self.ask(path=path, body=body)
        return status, json.loads(data)["error"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Workspace() as workspace, running(workspace) as url:
        yield Server(url)


def test_the_page_gets_in(server: Server) -> None:
    status, headers, data = server.ask()
    assert status == 200
    assert headers["content-type"] == "application/octet-stream"
    assert decode(data)["looks"] == []
    assert server.ask(Host=f"localhost:{server.port}", Origin=f"http://localhost:{server.port}")[0] == 200


def test_the_first_visit_gives_a_cookie_and_takes_the_token_out_of_the_address(server: Server) -> None:
    status, headers, _ = server.ask("GET", f"/?t={server.token}", Cookie=None, Origin=None)
    assert (status, headers["location"]) == (303, "/")
    assert headers["set-cookie"] == f"frontal-scope-{server.port}={server.token}; HttpOnly; SameSite=Strict; Path=/"
    assert len(server.token) * 6 >= 128


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/api/ping", 200),
        ("POST", "/api/none", 400),
        ("GET", "/none", 404),
        ("GET", "/?t=x", 403),
        ("PUT", "/", 405),
    ],
)
def test_every_answer_carries_every_header(server: Server, method: str, path: str, status: int) -> None:
    found, headers, _ = server.ask(method, path)
    assert found == status
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert "server" not in headers
    assert not [name for name in headers if name.startswith("access-control")]


def test_the_policy_allows_nothing_from_elsewhere_and_nothing_inline() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


HOSTS = ["evil.example", "127.0.0.1", "localhost", "127.0.0.1:1", "[::1]:PORT", "0.0.0.0:PORT", "evil.example:PORT",
         "127.0.0.1:PORT.evil.example", "", None]  # fmt: skip
ORIGINS = [None, "null", "http://evil.example", "http://127.0.0.1", "http://localhost:PORT", "https://127.0.0.1:PORT",
           "http://127.0.0.1:1", "http://127.0.0.1:PORT.evil.example", "file://"]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_names_of_the_host_are_refused(server: Server, method: str, host: str | None) -> None:
    named = None if host is None else host.replace("PORT", str(server.port))
    origin = f"http://{named}" if method == "POST" else None
    assert server.ask(method, "/api/ping", Host=named, Origin=origin)[0] in (400, 403)


@pytest.mark.parametrize("origin", ORIGINS)
def test_other_pages_are_refused(server: Server, origin: str | None) -> None:
    named = None if origin is None else origin.replace("PORT", str(server.port))
    status, _, data = server.ask(Origin=named)
    assert (status, b"came from elsewhere" in data) == (403, True)


@pytest.mark.parametrize(
    "cookie",
    [None, "", "frontal-scope-PORT=", "frontal-scope-PORT=wrong", "frontal-scope-1=TOKEN", "other=TOKEN",
     "frontal-scope-PORT=TOKENx", "frontal-scope-PORT=é", "frontal-scope-PORT"],
)  # fmt: skip
def test_who_does_not_know_the_token_is_refused(server: Server, cookie: str | None) -> None:
    named = None if cookie is None else cookie.replace("PORT", str(server.port)).replace("TOKEN", server.token)
    for method, path in (("POST", "/api/ping"), ("GET", "/"), ("GET", "/index.html")):
        status, _, data = server.ask(method, path, Cookie=named)
        assert (status, b"frontal scope" in data) == (403, True)


@pytest.mark.parametrize("offered", ["wrong", "", "TOKENx"])
def test_a_wrong_token_in_the_address_is_refused(server: Server, offered: str) -> None:
    status, headers, _ = server.ask("GET", "/?t=" + offered.replace("TOKEN", server.token), Cookie=None)
    assert (status, "set-cookie" in headers) == (403, False)


def test_the_token_opens_only_the_front_page(server: Server) -> None:
    assert server.ask("GET", f"/index.html?t={server.token}", Cookie=None)[0] == 403
    assert server.ask("POST", f"/api/ping?t={server.token}", Cookie=None)[0] == 403


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_a_form_could_send_is_refused(server: Server, kind: str | None) -> None:
    assert server.ask(Content_Type=kind)[0] == 415


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_other_methods_are_refused(server: Server, method: str) -> None:
    assert server.ask(method, "/api/ping")[0] == 405


@pytest.mark.parametrize(
    "path",
    ["/../guard.py", "/..%2fguard.py", "/%2e%2e/guard.py", "/views/../../guard.py", "//etc/passwd", "/%2fetc%2fpasswd",
     "/..\\guard.py", "/..%5cguard.py", "/C:/Windows/win.ini", "/\\\\host\\share\\x.js", "/index.html%00.js",
     "/%00", "/docs", "/redoc", "/openapi.json", "/api", "/api/", "/api/ping", "/views", "/.", "/__init__.py"],
)  # fmt: skip
def test_nothing_beside_the_page_is_read(server: Server, path: str) -> None:
    status, _, data = server.ask("GET", path)
    assert status in (404, 405)
    assert b"import" not in data
    assert b"root:" not in data


@pytest.mark.parametrize("address", ["", "index.html", "main.js", "style.css", "search_worker.js", "icon.svg"])
def test_what_the_page_is_made_of_is_given_in_its_kind(server: Server, address: str) -> None:
    status, headers, data = server.ask("GET", f"/{address}")
    kinds = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
    assert (status, headers["content-type"]) == (
        200, kinds.get(address.rpartition(".")[2], "text/html; charset=utf-8"),
    )  # fmt: skip
    assert data.decode() == served()[address or "index.html"]


def test_a_mistake_in_the_page_is_said(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "served", _raise(FrontalError("main.js imports 'a', which b.js does not export")))
    status, _, data = server.ask("GET", "/main.js")
    assert (status, data) == (500, b"main.js imports 'a', which b.js does not export\n")


def test_no_file_of_the_page_has_an_address_of_its_own(server: Server) -> None:
    given = {path for path in PAGE.rglob("*") if server.ask("GET", f"/{path.relative_to(PAGE).as_posix()}")[0] == 200}
    assert given == {PAGE / name for name in served()}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "must be a JSON object"), (b"[]", "not a list"), (b"3", "not a int"), (b"{", "must be a JSON object"),
        (b'{"x": NaN}', "NaN is no JSON"), (b"\xff", "must be a JSON object"),
        (b"[" * 100_000, "must be a JSON object"),
    ],
)  # fmt: skip
def test_a_question_must_be_an_object(server: Server, body: bytes, said: str) -> None:
    status, error = server.error("/api/ping", body)
    assert status == 400
    assert said in error


def test_a_huge_question_is_not_read_to_its_end(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LARGEST_BODY == 64 << 20
    monkeypatch.setattr(app, "LARGEST_BODY", 2 << 20)
    status, error = server.error("/api/ping", b" " * (3 << 20))
    assert status == 400
    assert "more than the 2 MB" in error


def test_what_cannot_be_answered_is_said(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert server.error("/api/pong", b"{}") == (400, "there is no call 'pong'; did you mean 'ping'?")
    assert server.error("/api/describe", b'{"look": "q"}') == (400, "no look is called 'q'; nothing is open")
    monkeypatch.setitem(api.CALLS, "wrong", _raise(FrontalError("no unit 9; the units are 0 to 7")))
    assert server.error("/api/wrong", b"{}") == (400, "no unit 9; the units are 0 to 7")


def test_a_bug_is_said_shortly_and_its_traceback_is_the_servers(
    server: Server, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(api.CALLS, "bug", _raise(ZeroDivisionError("by\n nothing " + "x" * 1000)))
    status, error = server.error("/api/bug", b"{}")
    assert status == 500
    assert error.startswith("this is a bug in frontal: ZeroDivisionError: by nothing x")
    assert len(error) < 420
    assert "Traceback" not in error
    assert "Traceback" in capfd.readouterr().err  # `running` serves with debug


@pytest.mark.parametrize("debug", [True, False])
def test_a_traceback_is_printed_only_with_debug(
    debug: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from starlette.testclient import TestClient

    monkeypatch.setitem(api.CALLS, "bug", _raise(ZeroDivisionError("x")))
    with Workspace() as workspace:
        client = TestClient(
            app.application(workspace, "t" * 32, 5, debug=debug),
            "http://127.0.0.1:5",
            cookies={"frontal-scope-5": "t" * 32},
        )
        assert client.post("/api/bug", json={}, headers={"origin": "http://127.0.0.1:5"}).status_code == 500
    assert ("Traceback" in capfd.readouterr().err) == debug


def test_a_socket_of_the_web_is_closed(server: Server) -> None:
    status, _, _ = server.ask(
        "GET", "/", Upgrade="websocket", Connection="Upgrade", Origin="http://evil.example",
        Sec_WebSocket_Version="13", Sec_WebSocket_Key="AAAAAAAAAAAAAAAAAAAAAA==",
    )  # fmt: skip
    assert status != 101


def _raise(error: Exception) -> Any:
    def call(*given: Any) -> Any:
        raise error

    return call
