"""What watches the browser sees what a page must not do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from chromium import BREACH, chromium, leaves, pixel, watched

POLICY = "default-src 'none'; script-src 'unsafe-inline'; connect-src *"
FAULTS = {
    "console": ("console.error('broken')", "console: broken"),
    "uncaught": ("setTimeout(() => nobody())", "not caught: ReferenceError: nobody"),
    "rejected": ("Promise.reject(new Error('unheard'))", "not caught: Error: unheard"),
    "policy": ("document.body.append(Object.assign(new Image(), {src: '/x.png'}))", BREACH),
    "evaluated": ("setTimeout(() => eval('1'))", BREACH),
    "host": ("fetch('http://frontal.invalid/').catch(() => 0)", "left: http://frontal.invalid/"),
    "port": ("fetch('http://127.0.0.1:9/').catch(() => 0)", "left: http://127.0.0.1:9/"),
    "dialog": ("alert('hello')", "dialog: hello"),
}


class _Page(BaseHTTPRequestHandler):
    script: str

    def do_GET(self) -> None:
        body = f"<!doctype html><link rel=icon href=data:,><body><script>{self.script}</script>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY + "; img-src data:")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving(script: str) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Page", (_Page,), {"script": script}))
    thread = Thread(target=partial(server.serve_forever, poll_interval=0.01))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_page_must_not_do_is_seen(browser: Any, fault: str) -> None:
    script, seen = FAULTS[fault]
    with serving(script) as origin, pytest.raises(AssertionError) as raised, watched(browser, origin) as page:
        page.goto(origin)
        page.wait_for_timeout(150)
    assert seen in str(raised.value)


def test_a_page_that_does_nothing_wrong_passes_and_one_fault_may_be_forgiven(browser: Any) -> None:
    with serving("console.log('fine'); fetch('/again')") as origin, watched(browser, origin) as page:
        page.goto(origin)
    with serving("console.error('this one')") as origin, watched(browser, origin, "this one") as page:
        page.goto(origin)


def test_a_pixel_of_a_canvas_is_read(browser: Any) -> None:
    drawn = """const c = document.createElement('canvas'); c.width = c.height = 4; document.body.append(c);
        const x = c.getContext('2d'); x.fillStyle = 'rgb(10, 20, 30)'; x.fillRect(2, 1, 1, 1);"""
    with serving(drawn) as origin, watched(browser, origin) as page:
        page.goto(origin)
        assert pixel(page, "canvas", 2, 1) == (10, 20, 30, 255)
        assert pixel(page, "canvas", 1, 2) == (0, 0, 0, 0)


def test_where_a_request_goes() -> None:
    assert not leaves("http://127.0.0.1:80/a?b", "http://127.0.0.1:80")
    assert not leaves("data:image/png;base64,", "file://")
    assert not leaves("file:///tmp/x.html", "file://")
    assert leaves("http://127.0.0.1:81/", "http://127.0.0.1:80")
    assert leaves("https://127.0.0.1:80/", "http://127.0.0.1:80")
    assert leaves("http://127.0.0.1:80/", "file://")


def test_without_chromium_a_test_is_skipped_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install chromium"):
        chromium()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        chromium()
