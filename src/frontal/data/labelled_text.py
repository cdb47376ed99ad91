"""Reader of folders of texts: a file a label with a text a line, or a folder a label with a text a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from frontal.data.labelled_set import Labelled, assemble
from frontal.data.memory import refuse_large_files
from frontal.data.textfile import decode
from frontal.data.words import WORDS_NOTE, token_array, words

POLARITY = (".pos", ".neg")
_GROWTH, _WHY = 20, "a text, and each of its words as an object"
_PARTS = {"train": "train", "test": "test"}


class _Text(NamedTuple):
    text: str
    label: str
    id: str
    part: str


def polarity_files(path: Path) -> list[Path]:
    """The files `X.pos` and `X.neg` that belong to a file, or that a folder holds, when both are there."""
    if path.is_dir():
        stems = {file.stem for file in path.iterdir() if file.suffix in POLARITY}
        files = [path / f"{stem}{suffix}" for stem in sorted(stems) for suffix in POLARITY]
    else:
        files = [path.with_suffix(suffix) for suffix in POLARITY]
    return files if files and all(file.is_file() for file in files) else []


def text_folders(folder: Path) -> list[Path]:
    """The folders, at least two, that hold `.txt` files, one level down or two below train and test."""
    below = [path for path in sorted(folder.iterdir()) if path.is_dir()]
    if {path.name for path in below} >= set(_PARTS):
        below = [inner for part in _PARTS for inner in sorted((folder / part).iterdir()) if inner.is_dir()]
    found = [path for path in below if any(path.glob("*.txt"))]
    return found if len(found) > 1 else []


def read_texts(path: Path) -> Labelled:
    """Read texts as sequences of words.

    `X.pos` and `X.neg`, one text a line, are labelled by their endings; in a folder of folders
    (`pos/1.txt`; or `train/pos/1.txt` and `test/pos/2.txt`, which give the split) each file is
    a text, labelled by its folder.

    Raises:
        FrontalError: a file is no text.
    """
    notes: list[str] = [WORDS_NOTE]
    files = polarity_files(path)
    found = list(_lines(files, notes) if files else _documents(path, notes))
    parts = {text.part for text in found}
    return assemble(
        Labelled(
            str(path),
            [token_array(words(text.text)) for text in found],
            [text.label for text in found],
            (),
            "tokens",
            False,
            [text.id for text in found],
            [text.part for text in found] if "" not in parts else None,
            notes=notes,
        )
    )


def _lines(files: list[Path], notes: list[str]) -> Iterator[_Text]:
    refuse_large_files(str(files[0].parent), files, _GROWTH, _WHY)
    for file in files:
        notes.append(f"Each line of {file} is a text labelled {file.suffix[1:]!r}.")
        for number, line in enumerate(decode(file.read_bytes(), str(file), notes).split("\n"), start=1):
            if line.strip():
                yield _Text(line, file.suffix[1:], f"{file.name}:{number}", "")


def _documents(folder: Path, notes: list[str]) -> Iterator[_Text]:
    for inner in text_folders(folder):
        part = _PARTS.get(inner.parent.name, "") if inner.parent != folder else ""
        files = sorted(inner.glob("*.txt"))
        refuse_large_files(str(inner), files, _GROWTH, _WHY)
        for file in files:
            label = inner.name
            yield _Text(decode(file.read_bytes(), str(file), notes), label, f"{label}/{file.name}", part)
