"""Reader of FASTA: sequences of symbols, with their labels in a second file of the same names.

As in the FLIP benchmark, a folder or zip file holds `sequences.fasta`, a file of labels with
one symbol a residue and `SET=train` or `SET=test` behind the name, and `mask.fasta`, 0 where a
label is not to be believed. A single file may name a label a sequence: `>name LABEL=membrane`.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from frontal.data.labelled_clean import listed
from frontal.data.labelled_set import Labelled, assemble
from frontal.data.memory import refuse_large_files, refuse_too_large
from frontal.data.textfile import decode
from frontal.data.words import token_array
from frontal.errors import FrontalError

SUFFIXES = (".fasta", ".fa", ".faa", ".fna")
_ATTRIBUTE = re.compile(r"(\w+)=(\S+)")
_LABEL_KEYS = ("LABEL", "TARGET", "CLASS")


class _Record(NamedTuple):
    symbols: str
    attributes: dict[str, str]


_Records = dict[str, _Record]


def fasta_files(path: Path) -> list[str]:
    """The names of the FASTA files in a folder or a zip file."""
    if path.is_dir():
        return sorted(file.name for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    try:
        with zipfile.ZipFile(path) as archive:
            return sorted(name for name in archive.namelist() if name.lower().endswith(SUFFIXES))
    except (zipfile.BadZipFile, OSError) as error:
        raise FrontalError(f"{path} cannot be read as a zip file: {error}") from None


def read_fasta(path: Path) -> Labelled:
    """Read a FASTA file, or a folder or zip file with sequences, labels and mask.

    Raises:
        FrontalError: no sequences, two files that could be the labels, or labels that are not
            as many as the symbols; the message names file and sequence.
    """
    notes: list[str] = []
    if path.is_file():
        refuse_large_files(str(path), [path], 10, "text, and each symbol as an object")
    sequences, labels, mask = _parts(path, notes)
    sets = [record.attributes.get("SET", "") for record in (labels or sequences).values()]
    split = dict(zip(labels or sequences, sets, strict=True)) if set(sets) == {"train", "test"} else None
    found: list[Any] | None = [_whole_label(record) for record in sequences.values()]
    if labels is not None:
        found = [_per_residue(path, name, record, labels, mask) for name, record in sequences.items()]
    return assemble(
        Labelled(
            name=str(path),
            sequences=[token_array(list(record.symbols)) for record in sequences.values()],
            labels=found,
            channels=(),
            kind="tokens",
            per_step=labels is not None,
            ids=list(sequences),
            split=None if split is None else [split[name] for name in sequences],
            notes=notes,
        )
    )


def _parts(path: Path, notes: list[str]) -> tuple[_Records, _Records | None, _Records | None]:
    """Sequences, labels and mask, by the names of the files."""
    if not path.is_dir() and path.suffix.lower() != ".zip":
        return _parse(decode(path.read_bytes(), str(path), notes), str(path)), None, None
    names = fasta_files(path)
    masks = [name for name in names if "mask" in Path(name).stem.casefold()]
    texts = [name for name in names if "seq" in Path(name).stem.casefold()] or names[:1]
    others = [name for name in names if name not in (*masks, *texts)]
    if len(texts) != 1 or len(masks) > 1 or len(others) > 1:
        raise FrontalError(
            f"{path} holds {listed(names, 6) or 'no FASTA file'}; one file of sequences (sequences.fasta), one of "
            "labels and at most one mask (mask.fasta) are expected"
        )
    text, *rest = (_parse(_load(path, name, notes), name) for name in (*texts, *others, *masks))
    notes.append(f"Sequences are in {texts[0]}" + "".join(f", labels in {name}" for name in others)
                 + "".join(f"; where {name} is 0 the label is unknown" for name in masks) + ".")  # fmt: skip
    return text, rest[0] if others else None, rest[-1] if masks else None


def _load(path: Path, name: str, notes: list[str]) -> str:
    if path.is_dir():
        return decode((path / name).read_bytes(), name, notes)
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(name).file_size
        refuse_too_large(f"{path}: {name}", f"{size:,} symbols × 10 bytes", size * 10)
        return decode(archive.read(name), f"{path}: {name}", notes)


def _parse(text: str, name: str) -> _Records:
    records: _Records = {}
    title = ""
    pieces: list[str] = []
    for number, line in enumerate([*text.splitlines(), ">"], start=1):
        if line.startswith(">"):
            if title:
                key = title.split(maxsplit=1)[0]
                records[key] = _Record("".join(pieces), dict(_ATTRIBUTE.findall(title)))
            title, pieces = line[1:].strip(), []
            if title and title.split()[0] in records:
                raise FrontalError(f"{name}, line {number}: a second sequence is called {title.split()[0]!r}")
        elif line.strip():
            if not title:
                raise FrontalError(f"{name}, line {number}: {line[:40]!r} stands before a line >NAME; not FASTA")
            pieces.append(line.strip())
    if not records:
        raise FrontalError(f"{name} holds no line >NAME, where FASTA is expected")
    return records


def _whole_label(record: _Record) -> str:
    return next((record.attributes[key] for key in _LABEL_KEYS if key in record.attributes), "")


def _per_residue(path: Path, name: str, record: _Record, labels: _Records, mask: _Records | None) -> NDArray[Any]:
    """(T,) one label a symbol, "" where it is masked."""
    for what, other in (("labels", labels), *((("mask", mask),) if mask is not None else ())):
        if name not in other or len(other[name].symbols) != len(record.symbols):
            there = f"{len(other[name].symbols)} symbols" if name in other else "no entry"
            raise FrontalError(f"{path}, sequence {name!r}: {len(record.symbols)} symbols, and {there} in the {what}")
    known = mask[name].symbols if mask is not None else "1" * len(record.symbols)
    return token_array([mark if keep == "1" else "" for mark, keep in zip(labels[name].symbols, known, strict=True)])
