"""How long until `frontal scope --demo` can be looked at, part by part; each start is a new process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from statistics import median
from tempfile import TemporaryDirectory
from time import time

PARTS = ("import", "capture", "listening", "first page")
PROGRAM = """
import json, sys, time
began = float(sys.argv[1])
marks = [(0.0, 0.0)]
def mark(): marks.append((time.process_time(), time.time() - began))

import fastapi, uvicorn
from frontal.scope import opening
from frontal.scope.launch import running
from frontal.scope.workspace import Workspace
import frontal.tasks.language_model
mark()
with Workspace(most=20_000) as workspace:
    opening.add_run(workspace, *opening.demo())
    mark()
    with running(workspace) as url:
        mark()
        from http.cookiejar import CookieJar
        from urllib.request import HTTPCookieProcessor, Request, build_opener
        browser, home = build_opener(HTTPCookieProcessor(CookieJar())), url.partition("?")[0]
        for address in (url, home + "main.js", home + "style.css"):
            browser.open(address).read()
        for name in ("palette", "looks"):
            kind = {"Content-Type": "application/json", "Origin": home.rstrip("/")}
            browser.open(Request(f"{home}api/{name}", b"{}", kind)).read()
        mark()
print(json.dumps([[b - a for a, b in zip(before, after)] for before, after in zip(marks, marks[1:])]))
"""


def starts(runs: int) -> str:
    """Return a table: median seconds of each part, of the processor and by the clock.

    Args:
        runs: starts that are counted, after one that fills the caches of the disk and of Python's bytecode.
    """
    with TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        found = [_started(environment) for _ in range(runs + 1)][1:]
    rows = [("processor, s", 0), ("clock, s", 1)]
    lines = [f"| start of the demo | {' | '.join(PARTS)} | all |", "|---|" + "---|" * (len(PARTS) + 1)]
    for name, kind in rows:
        parts = [median(run[part][kind] for run in found) for part in range(len(PARTS))]
        whole = median(sum(part[kind] for part in run) for run in found)
        lines.append(f"| {name} | {' | '.join(f'{seconds:.2f}' for seconds in (*parts, whole))} |")
    return "\n".join(lines)


def _started(environment: dict[str, str]) -> list[list[float]]:
    """Return processor and clock seconds of each part, (parts, 2)."""
    command = [sys.executable, "-c", PROGRAM, str(time())]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
