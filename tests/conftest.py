"""What every room's tests may use."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of public data: $FRONTAL_DATA, else ../shared/data beside the repository; else skip."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("FRONTAL_DATA") or beside)
    if not folder.is_dir():
        pytest.skip(f"needs the public data: set FRONTAL_DATA to its folder ({folder} is none)")
    return folder


@pytest.fixture(autouse=True)
def listens_to_ctrl_c():
    """Python's own handler is in place, also where the tests run in the background and SIGINT is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
