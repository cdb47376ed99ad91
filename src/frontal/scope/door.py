"""The token of a port: kept for a day where only its owner can read it, so that an open page finds its server again."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from secrets import token_urlsafe
from time import time

from frontal.atomic import write_synced
from frontal.cache_folder import cache_folder
from frontal.errors import FrontalError

BYTES = 24  # 192 random bits
DAY = 24 * 3600  # seconds


def kept_token(port: int) -> str:
    """Return the token of a port: the one of the last day, or a new one.

    A page that was open when its server was killed goes on when one is started again on the same port. The
    token lies in a file that nobody else can read; where there is one that somebody else could, it is not used.

    Raises:
        FrontalError: the file cannot be written.
    """
    path = cache_folder() / "scope" / f"{port}.token"
    held = _held(path)
    if held is not None:
        return held
    token = token_urlsafe(BYTES)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        write_synced(path, token.encode("ascii"), 0o600)
    except OSError as error:
        raise FrontalError(f"cannot keep the token of port {port} in {path}: {error.strerror or error}") from error
    return token


def _held(path: Path) -> str | None:
    """Return a token that is whole, of the last day, and private; None where there is none."""
    with suppress(OSError, UnicodeDecodeError):
        found = path.lstat()
        ours = os.name == "nt" or (found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == 0o600)
        if stat.S_ISREG(found.st_mode) and ours and time() - found.st_mtime < DAY:
            token = path.read_text("ascii")
            return token if len(token) == len(token_urlsafe(BYTES)) else None
    return None
