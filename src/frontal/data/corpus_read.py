"""Where texts come from: files, folders, data sets by name, Python's own library, standard input, memory."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from frontal.data.catalog import CATALOG, entry, find, locate
from frontal.data.catalog_check import files_of
from frontal.data.corpus import PIECE, Corpus, Document, one_line_end
from frontal.data.textfile import decode, open_text
from frontal.errors import FrontalError

STDLIB = "python-stdlib"
_NOT_LIBRARY = {"site-packages", "dist-packages", "test", "tests", "idle_test", "__pycache__"}
_TEXT = 200  # characters from which a string without a line end is a text and no file name


def read_corpus(source: Any, *, glob: str | None = None) -> Corpus:
    """Find texts and count their characters; line ends become \\n, and half surrogate pairs U+FFFD.

    Args:
        source: a file, a folder (all text files in it, deeper ones too; names that begin with a dot
            are left out), a data set of the catalogue by its name, "python-stdlib" for the source of
            Python's standard library without its tests, "-" for standard input, a text of several
            lines, a Corpus, or a list of such.
        glob: which files of a folder, such as "*.py".

    Raises:
        FrontalError: nothing there, or nothing in it that is text.
    """
    if isinstance(source, Corpus):
        return source
    sources = [source] if isinstance(source, str | os.PathLike) else list(source)
    notes: list[str] = []
    found = [document for one in sources for document in _documents(one, glob, notes)]
    if not sum(document.characters for document in found):
        raise FrontalError("; ".join([f"{', '.join(map(_shown, sources))} holds no text", *notes]))
    name = "text" if _is_text(sources[0]) else Path(sources[0]).name or str(sources[0])
    return Corpus.of(f"{name} and {len(sources) - 1} more" if len(sources) > 1 else name, found, notes)


def _documents(source: Any, glob: str | None, notes: list[str]) -> list[Document]:
    if isinstance(source, Corpus):
        return [span.document for span in source.spans]
    if not isinstance(source, str | os.PathLike):
        raise FrontalError(f"a text to learn from must be a file, a folder or a text, got {type(source).__name__}")
    if _is_text(source):
        return _in_memory(str(source), notes)
    if source == "-":
        return _in_memory(decode(sys.stdin.buffer.read(), "standard input", notes), notes)
    return _on_disk(source, glob, notes)


def _on_disk(source: str | os.PathLike[str], glob: str | None, notes: list[str]) -> list[Document]:
    path = Path(source)
    if source == STDLIB:
        return _all(stdlib_files(), notes)
    if path.is_dir():
        return _all(_walk(path, glob), notes)
    return [_file(path, notes)] if path.is_file() else _by_name(path.as_posix(), notes)


def stdlib_files() -> list[Path]:
    """Return the files of Python's standard library, by their paths, without tests and installed packages."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    inside = (path for path in folder.rglob("*.py") if not _NOT_LIBRARY & set(path.relative_to(folder).parts))
    return sorted(path for path in inside if path.is_file())


def _walk(folder: Path, glob: str | None) -> list[Path]:
    inside = (
        path for path in folder.rglob(glob or "*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )  # fmt: skip
    files = sorted(inside)
    if not files:
        raise FrontalError(f"{folder} has no files{f' that match {glob}' if glob else ''}")
    return files


def _by_name(name: str, notes: list[str]) -> list[Document]:
    if name.partition("/")[0] not in CATALOG:
        folder = Path(name).parent
        where = "." if folder.is_dir() else f"; there is no folder {folder} either."
        near = get_close_matches(name, [*CATALOG, STDLIB], n=1)
        where = f"; did you mean {near[0]!r}?" if near else where
        raise FrontalError(
            f"no such file: {name}{where} Give a file or folder of text, a data set (frontal data lists them), "
            f"{STDLIB}, or - for standard input"
        )
    path = find(name)
    if path.is_file():
        return [_file(path, notes)]
    place = locate(name)
    assert place is not None
    return _all(sorted(f for part in entry(name).parts for f in files_of(part, place.folder)), notes)


def _all(files: Iterable[Path], notes: list[str]) -> list[Document]:
    """Read many files, and leave those out that are no text."""
    documents, skipped = list[Document](), list[Path]()
    for path in files:
        try:
            documents.append(_file(path, notes))
        except FrontalError:
            skipped.append(path)
    if skipped:
        names = ", ".join(path.name for path in skipped[:3]) + (" …" if len(skipped) > 3 else "")
        notes.append(f"{len(skipped)} files that are no text, or cannot be read, were left out: {names}")
    return documents


def _file(path: Path, notes: list[str]) -> Document:
    said: list[str] = []
    try:
        with open_text(path, said) as file:
            characters, repaired = _counted(iter(lambda: file.read(PIECE) + file.readline(PIECE), ""))
    except FrontalError as error:
        raise FrontalError(f"{path} is no text to learn from: {error}") from error
    except OSError as error:
        raise FrontalError(f"cannot read {path}: {error.strerror or error}") from None
    notes += said
    if repaired:
        notes.append(f"{path}: line ends were made \\n.")
    return Document(str(path), characters, path)


def _counted(pieces: Iterator[str]) -> tuple[int, bool]:
    """Return the number of characters, and whether line ends had to be changed."""
    characters, repaired = 0, False
    for piece in pieces:
        characters += len(one_line_end(piece))
        repaired |= "\r" in piece
    return characters, repaired


def _in_memory(text: str, notes: list[str]) -> list[Document]:
    corpus = Corpus.of_text(text)
    notes += corpus.notes
    return [span.document for span in corpus.spans]


def _is_text(source: Any) -> bool:
    return isinstance(source, str) and ("\n" in source or len(source) > _TEXT)


def _shown(source: Any) -> str:
    return "the text" if _is_text(source) else str(source)
