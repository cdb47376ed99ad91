from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    """The disk is not waited for; `test_everything_is_on_the_disk_before_it_is_renamed` looks at that."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
