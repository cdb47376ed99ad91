"""One door for every source of labelled sequences: what it is decides who reads it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from frontal.data.catalog import CATALOG, find
from frontal.data.labelled_clean import listed
from frontal.data.labelled_fasta import SUFFIXES as FASTA
from frontal.data.labelled_fasta import fasta_files, read_fasta
from frontal.data.labelled_idx import is_idx_images, read_idx
from frontal.data.labelled_json import read_json
from frontal.data.labelled_pair import joined, pair_of, pairs_in
from frontal.data.labelled_set import Labelled
from frontal.data.labelled_table import read_labelled_table
from frontal.data.labelled_text import POLARITY, polarity_files, read_texts, text_folders
from frontal.data.labelled_ts import read_ts
from frontal.data.labelled_ucr import is_ucr, read_ucr
from frontal.data.labelled_wav import read_wavs, sounds_in
from frontal.errors import FrontalError

__all__ = ["Labelled", "read_labelled"]

_JSON = (".json", ".jsonl", ".ndjson")
_TABLES = (".csv", ".tsv", ".parquet", ".pq")
_ACCEPTED = (
    "a long CSV (id, time, channels, label), a CSV of texts, a .ts file, a folder of WAV files by label, idx images, "
    "JSON or FASTA with a label a symbol, or a folder of texts"
)


@dataclass(frozen=True)
class _Options:
    label: str | None
    time: str | None
    id: str | None
    per_step: bool
    rate: float | None

    def refuse(self, name: object, what: str, *allowed: str) -> None:
        """Raise FrontalError for an option that says nothing about this kind of source."""
        for option, value in vars(self).items():
            if option not in allowed and value not in (None, False):
                raise FrontalError(f"{option}={value} has no meaning for {name}, {what}; leave it out")


def read_labelled(
    source: Any,
    *,
    label: str | None = None,
    time: str | None = None,
    id: str | None = None,
    per_step: bool = False,
    rate: float | None = None,
) -> Labelled:
    """Read sequences with their labels.

    Args:
        source: a path: a table (CSV, TSV, Parquet) in long form, with a text a row, or with the
            steps side by side; `.ts`, and `X_TRAIN.tsv` of the UCR archive (where `X_TRAIN` and
            `X_TEST` lie beside each other, both are read; `X` alone names them, too); a folder
            of WAV files by label, or one WAV file; a file or folder of idx images; `.json` or
            `.jsonl`; FASTA, a folder or zip file of it; `X.pos` and `X.neg`, or a folder of
            folders of `.txt`; a data set of `frontal data` by its name, or what lies in one
            ("fsdd", "ucr_uea/BasicMotions"). "-" is CSV on standard input. Or a frame or dict of
            columns in long form; what `Labelled.from_arrays` takes as X; a Labelled, as it is.
        label: the column (or field, in JSON) of labels; guessed by default, and said.
        time: the column that orders the rows of a sequence.
        id: the column that tells the sequences apart.
        per_step: every row has a label of its own.
        rate: samples a second to which sound is resampled.

    Raises:
        FrontalError: the source cannot be found or read, or an option says nothing about it;
            the readers say what else they refuse.
    """
    options = _Options(label, time, id, per_step, rate)
    if isinstance(source, (Labelled, list, tuple, np.ndarray)):
        return _in_memory(source, options)
    if not isinstance(source, (str, os.PathLike)) or str(source) == "-":
        return _read_table(source, options)
    try:
        return _from_path(Path(source), options)
    except OSError as error:
        raise FrontalError(f"cannot read {str(source)[:200]}: {error.strerror or error}") from None


def _from_path(path: Path, options: _Options) -> Labelled:
    return _from_folder(path, options) if path.is_dir() else _from_file(path, options)


def _in_memory(source: Any, options: _Options) -> Labelled:
    """Arrays have no columns to name: what a classifier was told about its training file may come along."""
    if isinstance(source, Labelled):
        return _as_asked(source, options)
    return replace(Labelled.from_arrays(source), per_step=options.per_step)  # the labels are unknown


def _read_table(source: Any, options: _Options) -> Labelled:
    name = source if isinstance(source, (str, os.PathLike)) else "the data"
    options.refuse(name, "a table", "label", "time", "id", "per_step")
    return read_labelled_table(source, label=options.label, time=options.time, id=options.id, per_step=options.per_step)


class _Kind(NamedTuple):
    """One kind of source, when it is there; `options` say something about it."""

    there: bool
    what: str
    options: tuple[str, ...]
    read: Callable[[], Labelled]


def _from_file(path: Path, options: _Options) -> Labelled:
    if not path.is_file():
        return _from_nothing(path, options)
    suffix = path.suffix.lower()
    kinds = [
        _Kind(suffix == ".ts" or is_ucr(path), "whose lines hold their labels", (), lambda: _pair(path)),
        _Kind(
            suffix in _JSON, "a JSON file", ("label", "id", "per_step"),
            lambda: _as_asked(read_json(path, label=options.label, id=options.id), options),
        ),
        _Kind(suffix == ".wav", "a sound", ("rate",), lambda: read_wavs(path, rate=options.rate)),
        _Kind(
            suffix in (*FASTA, ".zip"), "a FASTA file", ("per_step",), lambda: _as_asked(read_fasta(path), options)
        ),
        _Kind(is_idx_images(path), "a file of images", (), lambda: read_idx(path)),
        _Kind(suffix in POLARITY, "a file of texts", (), lambda: read_texts(path)),
    ]  # fmt: skip
    return _read_as(path, kinds, options) or _read_table(path, options)


def _read_as(path: Path, kinds: list[_Kind], options: _Options) -> Labelled | None:
    """Read what is there, by the first kind that it is."""
    for kind in kinds:
        if kind.there:
            options.refuse(path, kind.what, *kind.options)
            return kind.read()
    return None


def _as_asked(data: Labelled, options: _Options) -> Labelled:
    if options.per_step and not data.per_step:
        raise FrontalError(f"{data.name} has one label a sequence, not one a step; leave per_step out")
    return data


def _pair(path: Path) -> Labelled:
    reader = read_ts if path.suffix.lower() == ".ts" else read_ucr
    pair = pair_of(path)
    if pair is None:
        return reader(path)
    return joined(str(path.with_name(path.stem.rpartition("_")[0])), *map(reader, pair))


def _from_nothing(path: Path, options: _Options) -> Labelled:
    """`X` stands for `X_TRAIN.ts` and `X_TEST.ts`, and a data set has a name; anything else is a mistake."""
    for suffix in (".ts", ".tsv", ".txt"):
        train = path.with_name(f"{path.name}_TRAIN{suffix}")
        if path.name and train.is_file():
            return _from_file(train, options)
    if path.parts and path.parts[0] in CATALOG:
        there = find(path.parts[0]).joinpath(*path.parts[1:])
        if there != path:
            return _from_path(there, options)
    beside = sorted(entry.name for entry in path.parent.iterdir()) if path.parent.is_dir() else []
    near = get_close_matches(path.name, beside, n=1)
    hint = f"did you mean {str(path.parent / near[0])!r}?" if near else f"give {_ACCEPTED}"
    raise FrontalError(f"no such file or folder: {str(path)[:200]}; {hint}")


def _from_folder(path: Path, options: _Options) -> Labelled:
    kinds = [
        _Kind(any(map(is_idx_images, path.iterdir())), "a folder of images", (), lambda: read_idx(path)),
        _Kind(
            bool(fasta_files(path)), "a folder of FASTA files", ("per_step",),
            lambda: _as_asked(read_fasta(path), options),
        ),
        _Kind(bool(polarity_files(path) or text_folders(path)), "a folder of texts", (), lambda: read_texts(path)),
        _Kind(bool(sounds_in(path)), "a folder of sounds", ("rate",), lambda: read_wavs(path, rate=options.rate)),
    ]  # fmt: skip
    read = _read_as(path, kinds, options)
    if read is not None:
        return read
    alone = [*pairs_in(path, ".ts"), *pairs_in(path, ".tsv"), *_single_files(path)]
    if len(alone) == 1:
        return _from_file(alone[0], options)
    if alone:
        raise FrontalError(f"{path} holds several data sets; give one of {listed(map(str, alone), 8)}")
    found = Counter("folders" if entry.is_dir() else entry.suffix or "without ending" for entry in path.iterdir())
    shown = ", ".join(f"{count} {suffix}" for suffix, count in found.most_common(5)) or "nothing is in it"
    raise FrontalError(f"{path} holds no sequences that can be read ({shown}); give {_ACCEPTED}")


def _single_files(path: Path) -> list[Path]:
    """Files in a folder that are read by themselves."""
    suffixes = (*_TABLES, *_JSON, ".ts", ".zip")
    return sorted(
        entry for entry in path.iterdir() if entry.suffix.lower() in suffixes and entry.is_file() and not pair_of(entry)
    )
