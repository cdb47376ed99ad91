"""One door for every source of texts with a style: what it is decides who reads it."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from frontal.data.catalog import CATALOG, find
from frontal.data.styled_files import folder_of_styles, read_endings
from frontal.data.styled_places import PLACES, place_names
from frontal.data.styled_script import ROLES, read_script
from frontal.data.styled_set import END, LEAST, Styled, assemble_styled, in_parts
from frontal.data.styled_table import read_styled_table
from frontal.errors import FrontalError

__all__ = ["END", "LEAST", "Styled", "in_parts", "read_styled"]

_TABLES = (".csv", ".tsv", ".parquet", ".pq")
_ACCEPTED = (
    "a CSV or TSV with a column of texts and one of labels, a folder with a file a style (names/russian.txt) or a "
    "folder a style, X.pos and X.neg, a play with its roles, a data set by its name, or places (made on the spot)"
)


def read_styled(source: Any, *, text: str | None = None, label: str | None = None, most: int | None = None) -> Styled:
    """Read texts with their styles.

    Args:
        source: a table (CSV, TSV, Parquet; a frame or dict of columns) with a text a row; a folder
            with a file a style, each line of which is a text where no blank line stands between,
            else the whole file; a folder a style, each of whose files is a text; files that differ
            in their endings alone, which are the styles (`X.pos`, `X.neg`; `train.en.gz`,
            `train.fr.gz`); a play, `NAME:` above each speech, the roles being the styles; a data
            set of `frontal data` by its name; "places", names made of invented syllables; a Styled,
            as it is.
        text: the column of texts, in a table.
        label: the column of styles, in a table.
        most: styles that are kept, the largest; by default all, of a play eight roles.

    Raises:
        FrontalError: the source cannot be found or read, or holds less than two styles.
    """
    if most is not None and most < 2:
        raise FrontalError(f"most={most}: two styles are needed at least")
    if isinstance(source, Styled):
        return assemble_styled(source, most=most)
    if not isinstance(source, (str, os.PathLike)) or Path(source).suffix.lower() in _TABLES:
        return assemble_styled(read_styled_table(source, text=text, label=label), most=most)
    for option, value in (("text", text), ("label", label)):
        if value is not None:
            raise FrontalError(f"{option}={value} names a column of a table, and {source} is none; leave it out")
    if str(source) == PLACES:
        return assemble_styled(place_names(), most=most)
    try:
        return _from_path(Path(source), most)
    except OSError as error:
        raise FrontalError(f"cannot read {str(source)[:200]}: {error.strerror or error}") from None


def _from_path(path: Path, most: int | None) -> Styled:
    if path.is_dir():
        alone = [entry for entry in sorted(path.iterdir()) if entry.suffix == ".txt" and entry.is_file()]
        folders = [entry for entry in path.iterdir() if entry.is_dir()]
        if len(alone) == 1 and not folders:
            return _from_path(alone[0], most)
        return assemble_styled(folder_of_styles(path), most=most)
    if path.is_file():
        data = read_endings(path)
        if data is not None:
            return assemble_styled(data, most=most)
        return assemble_styled(read_script(path), most=most or ROLES)
    if path.parts and path.parts[0] in CATALOG:
        there = find(path.parts[0]).joinpath(*path.parts[1:])
        if there != path and there.exists():
            return read_styled(there, most=most)
    beside = sorted(entry.name for entry in path.parent.iterdir()) if path.parent.is_dir() else []
    near = get_close_matches(path.name, beside, n=1)
    hint = f"did you mean {str(path.parent / near[0])!r}?" if near else f"give {_ACCEPTED}"
    raise FrontalError(f"no such file or folder: {str(path)[:200]}; {hint}")
