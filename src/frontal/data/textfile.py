"""The characters of a text file: its encoding is found out, and what is no text is refused by what it is."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import TextIO

from frontal.errors import FrontalError

_KNOWN_BINARY = {
    b"PK\x03\x04": "an Excel or zip file; save the sheet as CSV first",
    b"\xd0\xcf\x11\xe0": "an old Excel file; save the sheet as CSV first",
    b"\x1f\x8b": "gzip-compressed; unpack it first",
    b"PAR1": "a Parquet file; give it a name that ends in .parquet",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
_PIECE = 1 << 20
TABLE = "CSV text (or a .parquet file)"


def decode(data: bytes, name: str, notes: list[str], *, expected: str = TABLE) -> str:
    """Decode UTF-8 (with or without byte order mark), UTF-16 with byte order mark, or else Latin-1, which is noted.

    Raises:
        FrontalError: the bytes are no text.
    """
    encoding = _encoding(data, name)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        _refuse_utf16(encoding, name)
        text = data.decode("latin-1")
        notes.append(_latin(name))
    _refuse_control(text, name, expected)
    return text


def open_text(path: Path, notes: list[str]) -> TextIO:
    """Open a file too large to be read at once; line ends stay as they are. See `decode`.

    Raises:
        FrontalError: it is no text.
        OSError: it cannot be opened.
    """
    with path.open("rb") as file:
        encoding = _encoding(file.read(_PIECE), str(path))
    try:
        _scan(path, encoding)
    except UnicodeDecodeError:
        _refuse_utf16(encoding, str(path))
        encoding = "latin-1"
        _scan(path, encoding)
        notes.append(_latin(str(path)))
    return path.open(encoding=encoding, newline="")


def is_said(text: str) -> bool:
    """Whether a string is a text, and not the name of one: it has a blank or a line end in it, and no file has it."""
    if not any(c.isspace() for c in text):
        return False
    try:
        return not Path(text).exists()
    except (OSError, ValueError):  # too long, or with a NUL: no file has such a name
        return True


def _scan(path: Path, encoding: str) -> None:
    """Decode all of a file, piece by piece."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            _refuse_control(decoder.decode(piece), str(path))
    decoder.decode(b"", final=True)


def head_text(path: Path, size: int) -> str:
    """The first `size` bytes of a file as text, whatever is no text replaced."""
    with path.open("rb") as file:
        data = file.read(size)
    return data.decode(_encoding(data, str(path)), errors="replace")


def _encoding(data: bytes, name: str) -> str:
    for magic, meaning in _KNOWN_BINARY.items():
        if data.startswith(magic):
            raise FrontalError(f"{name} is {meaning}")
    return "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def _refuse_utf16(encoding: str, name: str) -> None:
    if encoding == "utf-16":
        raise FrontalError(f"{name} starts like UTF-16 text and is not; save it as UTF-8") from None


def _refuse_control(text: str, name: str, expected: str = TABLE) -> None:
    if _CONTROL.search(text):
        raise FrontalError(f"{name} is a binary file, where {expected} is expected")


def _latin(name: str) -> str:
    return f"{name} is not UTF-8 text; it was read as Latin-1."
