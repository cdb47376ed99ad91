"""The lines of a text file, compressed or not."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from frontal.data.textfile import decode
from frontal.errors import FrontalError

GZIP = b"\x1f\x8b"


def read_lines(path: Path, notes: list[str]) -> list[str]:
    """Return the lines of a file, whatever ends them; only line ends do, so that line n stays line n.

    Raises:
        FrontalError: there is no such file, it cannot be read, or it is no text.
    """
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if data.startswith(GZIP) else data
    except FileNotFoundError:
        raise FrontalError(f"no such file: {path}") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FrontalError(f"{path} is damaged: {error}") from None
    except OSError as error:
        raise FrontalError(f"cannot read {path}: {error.strerror or error}") from None
    return lines_of(data, str(path), notes)


def lines_of(data: bytes, name: str, notes: list[str]) -> list[str]:
    """Return the lines of what was read from somewhere, as `read_lines` does."""
    text = decode(data, name, notes, expected="text")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines
