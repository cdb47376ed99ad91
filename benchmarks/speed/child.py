"""Ask a process of its own: it has compiled nothing and remembers nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from frontal.errors import FrontalError


def ask(module: str, *words: object, **environment: str) -> Any:
    """Run `python -m module words`, with what this process can import; return its last line, which is JSON.

    Raises:
        FrontalError: it failed; with what it said.
    """
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, words)],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise FrontalError(f"python -m {module} {' '.join(map(str, words))} failed: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])
