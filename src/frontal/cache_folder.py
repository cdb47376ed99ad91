"""Where frontal keeps what can be made or fetched again: compiled kernels, downloaded data."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """Return FRONTAL_CACHE, or `frontal` in the platform's place for caches; the folder need not exist.

    Raises:
        RuntimeError: neither a variable nor the system names a home folder.
    """
    given = os.environ.get("FRONTAL_CACHE")
    if given:
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "frontal" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "frontal"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "frontal"
