from __future__ import annotations

import os
import signal

import pytest


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    """The disk is not waited for; `test_everything_is_on_the_disk_before_it_is_renamed` looks at that."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture(autouse=True)
def listens_to_ctrl_c():
    """Python's own handler is in place, also where the tests run in the background and SIGINT is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
