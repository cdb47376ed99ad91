"""Styles told by files: a file a style, a folder a style, or an ending a style."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from frontal.data.labelled_clean import listed
from frontal.data.memory import refuse_large_files
from frontal.data.styled_set import Styled
from frontal.data.textfile import decode
from frontal.errors import FrontalError

_ABOUT = ("readme", "source", "license", "licence", "copying")  # files that speak of the others
_PARTS = {"train": "train", "valid": "train", "val": "train", "dev": "train", "test": "test"}
_GROWTH = 6  # bytes in memory for each byte of a file: its text, its numbers


def folder_of_styles(folder: Path) -> Styled:
    """Read a folder with a file a style, a folder a style, or files whose endings are the styles.

    Raises:
        FrontalError: it holds none of them; a file is no text.
    """
    files = [path for path in _visible(folder) if path.is_file()]
    folders = [path for path in _visible(folder) if path.is_dir() and any(map(Path.is_file, _visible(path)))]
    if len(folders) > 1:
        return _by_folder(folder, folders)
    endings = {path: _ending(path) for path in files}
    by_stem: defaultdict[str, set[str]] = defaultdict(set)
    for path, ending in endings.items():
        by_stem[_stem(path)].add(ending)
    if len(set(endings.values())) > 1 and len({frozenset(found) for found in by_stem.values()}) == 1:
        return _by_ending(folder, files)
    if len(files) > 1:
        return _by_file(folder, files)
    found = listed((path.name for path in _visible(folder)), 6) or "nothing"
    raise FrontalError(
        f"{folder} holds {found}, where styles are expected: a file a style (russian.txt, irish.txt), or a folder a "
        "style with a text a file"
    )


def read_endings(path: Path) -> Styled | None:
    """Read the files that differ from this one in the ending alone, `X.pos` and `X.neg`; None where there are none.

    A file of an ordinary ending, `.txt`, is no part of such a pair.
    """
    if _ending(path) in ("", "txt", "md"):
        return None
    files = [other for other in _visible(path.parent) if other.is_file() and _stem(other) == _stem(path)]
    return _by_ending(path.with_suffix(".*"), files) if len(files) > 1 else None


def _by_file(folder: Path, files: list[Path]) -> Styled:
    notes: list[str] = []
    contents = dict(_read(folder, files, notes))
    whole = [path for path, content in contents.items() if "\n\n" in content.strip("\n")]
    if whole:
        notes.append(f"Each file is one text, for blank lines stand within {listed(path.name for path in whole)}.")
        rows = [(path, "", content) for path, content in contents.items()]
    else:
        notes.append("Each line of a file is a text, for no blank line stands between.")
        rows = [row for path, content in contents.items() for row in _lines(path, content)]
    texts, ids = [content for _, _, content in rows], [f"{path.name}{place}" for path, place, _ in rows]
    return Styled(str(folder), texts, [_stem(path) for path, _, _ in rows], ids, notes=notes)


def _by_ending(name: Path, files: list[Path]) -> Styled:
    notes: list[str] = []
    rows = [row for path, content in _read(name, files, notes) for row in _lines(path, content)]
    endings = sorted({_ending(path) for path in files})
    notes.append(f"Each line is a text, its style the ending of its file: {listed(endings, 8)}.")
    parts = [_PARTS.get(_stem(path).partition("_")[0]) for path, _, _ in rows]
    split = [part for part in parts if part is not None]
    return Styled(
        str(name),
        [content for _, _, content in rows],
        [_ending(path) for path, _, _ in rows],
        [f"{path.name}{place}" for path, place, _ in rows],
        split if len(split) == len(rows) and {"train", "test"} <= set(split) else None,
        notes=notes,
    )


def _by_folder(name: Path, folders: list[Path]) -> Styled:
    notes: list[str] = [f"Each file is a text, its style the folder it lies in: {len(folders)} folders."]
    files = [path for folder in folders for path in _visible(folder) if path.is_file()]
    rows = list(_read(name, files, notes))
    labels, ids = [path.parent.name for path, _ in rows], [f"{path.parent.name}/{path.name}" for path, _ in rows]
    return Styled(str(name), [content for _, content in rows], labels, ids, notes=notes)


def _read(name: Path, files: list[Path], notes: list[str]) -> Iterator[tuple[Path, str]]:
    refuse_large_files(str(name), files, _GROWTH, "a text and its symbols")
    for path in files:
        data = path.read_bytes()
        if path.suffix == ".gz":
            try:
                data = gzip.decompress(data)
            except (OSError, EOFError) as error:
                raise FrontalError(f"{path} is damaged: {error}") from None
        yield path, decode(data, str(path), notes).replace("\r\n", "\n").replace("\r", "\n")


def _lines(path: Path, content: str) -> list[tuple[Path, str, str]]:
    lines = enumerate(content.split("\n"), start=1)
    return [(path, f":{number}", line.strip()) for number, line in lines if line.strip()]


def _visible(folder: Path) -> list[Path]:
    """Entries but for the hidden ones and those that speak of the others."""
    entries = sorted(folder.iterdir())
    return [path for path in entries if path.name[0] != "." and _stem(path).casefold() not in _ABOUT]


def _stem(path: Path) -> str:
    return Path(path.name.removesuffix(".gz")).stem


def _ending(path: Path) -> str:
    return Path(path.name.removesuffix(".gz")).suffix.removeprefix(".")
