"""Pairs from a table with tabs, from two files line by line, from a folder of such, or from a data set by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from frontal.data.catalog import CATALOG, find
from frontal.data.pairs import Pairs, joined, pairs_of
from frontal.data.pairs_lines import read_lines
from frontal.data.pairs_toy import TOYS, toy_pairs
from frontal.errors import FrontalError, did_you_mean

HEADS = {("source", "target"), ("src", "tgt"), ("src", "trg"), ("input", "output"), ("question", "answer")}
_PART = {"train": "train", "training": "train", "val": "valid", "valid": "valid", "dev": "valid", "test": "test"}
_NAME = re.compile(r"(train|training|val|valid|dev|test)[\w-]*\.([a-zA-Z]{2,3})(?:\.gz)?", re.IGNORECASE)


def read_pairs(source: Any, targets: Any = None, *, seed: int = 0) -> Pairs:
    """Read pairs of texts.

    Args:
        source: a table of two columns with a tab between them, a folder with files such as train.en and
            train.fr (val and test as well), a data set's or a toy's name, a `Pairs`; or, with targets,
            a file of one text a line, or a list of texts. Files may be compressed with gzip.
        targets: the other file or list, line by line the same.
        seed: of a toy.

    Raises:
        FrontalError: what is no pair is named with its line.
    """
    if isinstance(source, Pairs):
        return source
    if targets is not None:
        return _two(source, targets)
    if not isinstance(source, str | Path):
        raise FrontalError(f"give two lists of texts, a file or a Pairs; got one {type(source).__name__}")
    path = Path(source)
    if path.is_file():
        return _table(path)
    if path.is_dir():
        return _folder(path, str(path))
    if str(source) in TOYS:
        return toy_pairs(str(source), seed=seed)
    if str(source) in CATALOG:
        return _folder(find(str(source)), str(source))
    names = [*TOYS, *(name for name, entry in CATALOG.items() if entry.task == "translation")]
    raise FrontalError(f"no such file, folder or data set: {source}; {did_you_mean(str(source), names)}")


def _two(sources: Any, targets: Any) -> Pairs:
    """Pair two files, or two lists, line by line."""
    if isinstance(sources, str | Path) != isinstance(targets, str | Path):
        raise FrontalError("give two files, or two lists of texts, not one of each")
    if not isinstance(sources, str | Path):
        if not isinstance(sources, Sequence) or not isinstance(targets, Sequence):
            raise FrontalError("sources and targets must be lists of texts")
        if len(sources) != len(targets):
            raise FrontalError(f"there are {len(sources)} sources, but {len(targets)} targets")
        return pairs_of("the given pairs", sources, targets)
    paths, notes = (Path(sources), Path(targets)), list[str]()
    if paths[0] == paths[1]:
        raise FrontalError(f"{paths[0]} is given as both sides of the pairs; give two files")
    first, second = (read_lines(path, notes) for path in paths)
    if len(first) != len(second):
        _refuse_unequal(paths, first, second)
    name = f"{paths[0]} and {paths[1].name}"
    return pairs_of(
        name, first, second, languages=_languages(paths), notes=notes, place=lambda row: f"line {row + 1}"
    )  # fmt: skip


def _refuse_unequal(paths: tuple[Path, Path], first: list[str], second: list[str]) -> None:
    longer, lines = (paths[0], first) if len(first) > len(second) else (paths[1], second)
    shorter, end = (paths[1], len(second)) if longer == paths[0] else (paths[0], len(first))
    text = lines[end] if len(lines[end]) <= 40 else lines[end][:39] + "…"
    raise FrontalError(
        f"{paths[0]} has {len(first)} lines, {paths[1]} has {len(second)}: line {end + 1} of {longer.name} "
        f"({text!r}) has no counterpart in {shorter.name}. Line n of both must say the same"
    )


def _languages(paths: tuple[Path, Path]) -> tuple[str, str]:
    """Return the endings of two files, such as en and fr."""
    ends = [path.name.removesuffix(".gz").rpartition(".")[2] for path in paths]
    return (ends[0], ends[1]) if ends[0] != ends[1] else ("source", "target")


def _table(path: Path) -> Pairs:
    """Read source TAB target, a pair a row."""
    notes: list[str] = []
    rows = [(number, line.split("\t")) for number, line in enumerate(read_lines(path, notes), 1) if line.strip()]
    if rows and tuple(cell.strip().casefold() for cell in rows[0][1]) in HEADS:
        rows = rows[1:]
        notes.append(f"{path}: the first row names the columns.")
    for number, cells in rows:
        if len(cells) != 2:
            columns = "1 column" if len(cells) == 1 else f"{len(cells)} columns"
            raise FrontalError(
                f"{path}, row {number} has {columns}, where source and target with one tab between them are expected"
                + (f"; cut -f1,2 {path} keeps the first two" if len(cells) > 2 else "")
            )
    if not rows:
        raise FrontalError(f"{path} holds no pair of texts; a row is: source, a tab, target")
    sources, targets = ([cells[side] for _, cells in rows] for side in (0, 1))
    return pairs_of(str(path), sources, targets, notes=notes, place=lambda row: f"row {rows[row][0]}")


def _folder(folder: Path, name: str) -> Pairs:
    """Read train.AA and train.BB, and val… and test… of the same two languages."""
    found: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and (match := _NAME.fullmatch(path.name)):
            found.setdefault(_PART[match[1].casefold()], {}).setdefault(match[2], path)
    languages = sorted(found.get("train", {}))
    if len(languages) != 2:
        there = ", ".join(languages) or "none"
        raise FrontalError(
            f"{name}: expected the files train.AA and train.BB of two languages, found {there}; name two files"
        )
    parts = {}
    for part in ("train", "valid", "test"):
        files = found.get(part, {})
        if set(languages) <= set(files):
            parts[part] = _two(*(files[language] for language in languages))
    return replace(joined(parts), name=name)
