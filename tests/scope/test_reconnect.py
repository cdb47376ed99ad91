"""A server that is killed: a banner says so, what is seen stays, and the page goes on when it is back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chromium import address, drawn, watched
from tiny import estimator

from frontal.scope.launch import listening


def started(run: Path, port: int, home: Path) -> tuple[subprocess.Popen[str], str]:
    """Start `frontal scope` and return its address."""
    command = [sys.executable, "-m", "frontal", "scope", str(run), "--text", str(home / "text.txt")]
    command += ["--port", str(port), "--no-browser"]
    environment = os.environ | {"XDG_CACHE_HOME": str(home), "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if "http://" in line:
            return process, line[line.index("http://") :].split()[0]
    raise AssertionError("".join(said))


def killed(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.skipif(os.name == "nt", reason="a process is killed in another way there")
def test_a_killed_server_is_said_and_found_again(browser: Any, tmp_path: Path) -> None:
    estimator("text").save(tmp_path / "run")
    (tmp_path / "text.txt").write_text("See (this) and 'that', at 07:30.\n" * 30)
    with listening(0) as door:
        port = door.getsockname()[1]
    process, url = started(tmp_path / "run", port, tmp_path)
    try:
        gone = "ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE"
        with watched(browser, f"http://127.0.0.1:{port}", forgive=gone) as page:
            page.goto(address(url, "read", unit=3))
            drawn(page)
            assert page.locator(".banner").is_hidden()
            killed(process)
            page.locator("#unit-5").click()
            page.locator(".banner").wait_for(state="visible")
            assert "frontal scope" in page.locator(".banner").inner_text()
            assert page.locator(".text-grid").is_visible()
            process, again = started(tmp_path / "run", port, tmp_path)
            assert again == url
            page.locator(".banner").wait_for(state="hidden")
            page.wait_for_function("() => document.querySelector('.number').textContent.startsWith('unit 5 ')")
            drawn(page)
    finally:
        killed(process)
