"""Starting and stopping the server: its port, its token, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from frontal.errors import FrontalError
from frontal.scope import launch
from frontal.scope.door import DAY, kept_token
from frontal.scope.launch import has_screen, listening, running
from frontal.scope.workspace import Workspace

SERVE = """
import sys
from frontal.scope import Workspace, serve
with Workspace() as workspace:
    serve(workspace, int(sys.argv[1]), say=lambda text: print(text, flush=True))
print("folder gone", not workspace.folder.exists(), flush=True)
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRONTAL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def status(url: str, cookie: str | None = None) -> int:
    request = urllib.request.Request(url, headers={} if cookie is None else {"Cookie": cookie})
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_running_serves_within_the_block_and_on_this_machine_alone() -> None:
    before = threading.active_count()
    with Workspace() as workspace, running(workspace) as url:
        port = int(re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\?t=[\w-]{32}", url)[1])  # pyright: ignore
        assert status(f"http://127.0.0.1:{port}/") == 403
        with socket.socket() as line, pytest.raises(OSError):
            line.settimeout(2)
            line.connect((other_address(), port))
    with pytest.raises(urllib.error.URLError):
        status(url)
    assert threading.active_count() <= before + 1  # a worker may rest


def other_address() -> str:
    """An address of this machine that is not the one for itself."""
    return "127.0.0.2" if sys.platform == "linux" else socket.gethostbyname(socket.gethostname())


def test_a_taken_port_is_said_and_the_usual_one_is_passed_over() -> None:
    with listening(None) as first, listening(None) as second:
        a, b = first.getsockname()[1], second.getsockname()[1]
        assert launch.USUAL <= a < b
        assert first.getsockname()[0] == "127.0.0.1"
        with pytest.raises(FrontalError, match=f"port {a} cannot be used: Address already in use; choose another"):
            listening(a)
    with pytest.raises(FrontalError, match="a port is a number from 1 to 65535"):
        listening(70000)


def test_the_token_of_a_port_is_kept_where_nobody_else_reads_it(own_cache: Path) -> None:
    token = kept_token(5)
    assert re.fullmatch(r"[\w-]{32}", token)
    assert kept_token(5) == token != kept_token(6)
    (path,) = own_cache.rglob("5.token")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a home folder private by other means")
def test_a_token_that_others_could_know_is_not_used_again(own_cache: Path, tmp_path: Path) -> None:
    token = kept_token(5)
    (path,) = own_cache.rglob("5.token")
    path.chmod(0o644)
    assert kept_token(5) != token
    assert path.stat().st_mode & 0o777 == 0o600
    token = kept_token(5)
    long_ago = time.time() - DAY - 1
    os.utime(path, (long_ago, long_ago))
    assert kept_token(5) != token
    theirs = tmp_path / "theirs"
    theirs.write_text(kept_token(6), encoding="ascii")
    theirs.chmod(0o600)
    path.unlink()
    path.symlink_to(theirs)
    assert kept_token(5) != theirs.read_text(encoding="ascii")
    assert not path.is_symlink()
    path.write_text("", encoding="ascii")
    assert len(kept_token(5)) == 32


def test_a_place_that_cannot_be_written_is_said(own_cache: Path) -> None:
    own_cache.write_text("a file, no folder", encoding="utf-8")
    with pytest.raises(FrontalError, match="cannot keep the token of port 5"):
        kept_token(5)


def test_killed_and_started_again_it_knows_its_page(own_cache: Path) -> None:
    port = free_port()
    with started(port) as (first, url):
        first.kill()
    with started(port) as (second, again):
        assert again == url
        assert (
            status(f"http://127.0.0.1:{port}/none", f"frontal-scope-{port}={url.partition('=')[2].partition('#')[0]}")
            == 404
        )
        second.send_signal(signal.SIGINT)
        said, _ = second.communicate(timeout=120)
        assert said == "folder gone True\n"
        assert second.returncode == 0


@contextmanager
def started(port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Yield a server in a process of its own, and the address that it said."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().rpartition(" ")[2].strip()
        finally:
            process.kill()


def test_a_browser_opens_only_where_there_is_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not has_screen()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert has_screen()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert has_screen()


@pytest.mark.parametrize("missing", ["fastapi", "uvicorn"])
def test_what_is_not_installed_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with (
        Workspace() as workspace,
        pytest.raises(FrontalError, match=r"pip install 'frontal\[web\]'"),
        running(workspace),
    ):
        pass
