"""What the columns of a table of sequences are: which tells them apart, which orders them, which is the label."""

from __future__ import annotations

from dataclasses import dataclass, field

from frontal.data.csvstream import plain_name
from frontal.data.labelled_clean import listed
from frontal.data.numbers import is_missing, looks_numeric
from frontal.data.table import Table, text_cells
from frontal.data.times import looks_like_time, read_times
from frontal.errors import FrontalError


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ID_NAMES = _names(
    "id ids uid uniqueid seriesid sequenceid seqid caseid recordingid instanceid trialid traceid sessionid clipid "
    "episodeid experimentid patientid sampleid series sequence seq case recording instance trial trace session clip "
    "episode file filename"
)
LABEL_NAMES = _names(
    "label labels class classes classlabel target category activity gesture sentiment emotion outcome tag tags y"
)
SPLIT_NAMES = _names("split set subset partition")
_TIME_NAMES = _names("t step steps timestep index idx frame tick sampleindex")
_TEXT_NAMES = _names("text texts sentence sentences review comment message document utterance")
_COUNTER_NAMES = _names("unnamed0 column1 index row")
_MOST_CLASSES = 20
SPLITS = {
    "train": "train", "training": "train", "test": "test", "testing": "test",
    "valid": "train", "validation": "train", "val": "train", "dev": "train",
}  # fmt: skip


@dataclass
class Roles:
    """Columns by their parts; None where there is none."""

    id: str | None = None
    time: str | None = None
    label: str | None = None
    split: str | None = None
    text: str | None = None  # a whole text a row
    word: str | None = None  # one token a row
    channels: list[str] = field(default_factory=list[str])
    given: frozenset[str] = frozenset()  # columns that the user named


def find_roles(table: Table, *, label: str | None, time: str | None, id: str | None, notes: list[str]) -> Roles:
    """Take the columns that are named, and guess the others by name and content; guesses are said.

    Raises:
        FrontalError: no such column, one column for two parts, or nothing left to learn from.
    """
    named = [name for name in (label, time, id) if name is not None]
    for name in named:
        table.column(name)
        if named.count(name) > 1:
            raise FrontalError(f"column {name!r} is asked for twice; label, time and id are different columns")
    roles = Roles(id=id, time=time, label=label, given=frozenset(named))
    left = _without(list(table.columns), *named)
    roles.label = label or _by_name(left, LABEL_NAMES)
    roles.id = id or _by_name(_without(left, roles.label), ID_NAMES)
    left = _without(left, roles.label, roles.id)
    roles.split = next((name for name in left if plain_name(name) in SPLIT_NAMES and _is_split(table, name)), None)
    left = _without_counter(table, _without(left, roles.split), notes)
    roles.time = time or next((name for name in left if len(left) > 1 and _is_time(table, name)), None)
    if roles.time is None:
        _refuse_unreadable_time(table, left)
    left = _without(left, roles.time)
    numeric = [name for name in left if table.column(name).dtype.kind != "M" and looks_numeric(table.column(name))]
    numeric += [name for name in left if table.column(name).dtype.kind == "b"]
    texts = [name for name in left if name not in numeric and table.column(name).dtype.kind == "O"]
    roles.text = _text(table, texts, roles)
    texts = _without(texts, roles.text)
    roles.label = roles.label or _label(table, texts, numeric, roles)
    _learn_from(table, roles, _without(numeric, roles.label), _without(texts, roles.label), notes)
    return roles


def _by_name(columns: list[str], names: tuple[str, ...]) -> str | None:
    """The column whose name stands first among the names."""
    found = [name for name in columns if plain_name(name) in names]
    return min(found, key=lambda name: names.index(plain_name(name)), default=None)


def _without(columns: list[str], *names: str | None) -> list[str]:
    return [column for column in columns if column not in names]


def _is_split(table: Table, name: str) -> bool:
    column = table.column(name)
    return column.dtype.kind == "O" and {cell.casefold() for cell in set(text_cells(column))} <= set(SPLITS)


def _without_counter(table: Table, left: list[str], notes: list[str]) -> list[str]:
    """Leave out a first column that only counts the rows, such as the index that pandas writes."""
    name = left[0] if len(left) > 1 else ""
    if plain_name(name) not in _COUNTER_NAMES or table.rows < 3 or not looks_numeric(table.column(name)):
        return left
    cells = [str(cell).strip().removesuffix(".0") for cell in table.column(name).tolist()]
    if cells[0] not in ("0", "1") or any(cell != str(count) for count, cell in enumerate(cells, int(cells[0]))):
        return left
    notes.append(f"Column {name!r} only counts the rows; it is left out.")
    return left[1:]


def _is_time(table: Table, name: str) -> bool:
    plain = plain_name(name)
    if plain in _TIME_NAMES or plain.startswith("time") or plain.endswith("timestamp"):
        return table.column(name).dtype.kind == "M" or looks_numeric(table.column(name)) or looks_like_time(table, name)
    return looks_like_time(table, name)


def _refuse_unreadable_time(table: Table, left: list[str]) -> None:
    """A column called like a time, with figures in its cells, is no column to leave out: say which cell is wrong."""
    for name in left:
        if plain_name(name) in ("time", "timestamp", "date", "datetime") and table.column(name).dtype.kind == "O":
            cells = text_cells(table.column(name)[:200])
            if sum(any(map(str.isdigit, cell)) for cell in cells) * 2 > len(cells):
                read_times(table, name)


def _text(table: Table, texts: list[str], roles: Roles) -> str | None:
    """The column of whole texts: by its name, or the only one of blanks in most cells where no id repeats."""
    if roles.time:
        return None
    spoken = [name for name in texts if _is_prose(table, name)]
    steps = roles.id is not None and len(set(table.column(roles.id).tolist())) < table.rows
    return _by_name(texts, _TEXT_NAMES) or (spoken[0] if len(spoken) == 1 and not steps else None)


def _is_prose(table: Table, name: str) -> bool:
    cells = [cell for cell in text_cells(table.column(name)[:200]) if not is_missing(cell)]
    return sum(" " in cell for cell in cells) * 2 > len(cells)


def _label(table: Table, texts: list[str], numeric: list[str], roles: Roles) -> str | None:
    """The only column of text left, if texts repeat there; or the last one of few whole numbers."""
    if len(texts) == 1 and (numeric or roles.text):
        values = set(text_cells(table.column(texts[0])))
        return texts[0] if len(values) <= max(_MOST_CLASSES, table.rows // 5) else None
    if texts or len(numeric) < (1 if roles.text else 2):
        return None
    values = {str(cell).strip() for cell in table.column(numeric[-1]).tolist()}
    whole = all(cell.removesuffix(".0").lstrip("+-").isdecimal() for cell in values)
    return numeric[-1] if whole and 1 < len(values) <= min(_MOST_CLASSES, table.rows // 2) else None


def _learn_from(table: Table, roles: Roles, numeric: list[str], texts: list[str], notes: list[str]) -> None:
    """Decide what a sequence is made of: a text a row, numbers, or a word a row."""
    unused: list[str] = []
    if roles.text:
        unused = numeric + texts
    elif numeric:
        roles.channels, unused = numeric, texts
    elif len(texts) == 1:
        roles.word = texts[0]
    parts = {"label": roles.label, "sequence": roles.id, "time": roles.time, "split": roles.split, "text": roles.text,
             "word": roles.word}  # fmt: skip
    guessed = [f"{column!r} is the {part}" for part, column in parts.items() if column and column not in roles.given]
    if not (roles.text or roles.word or roles.channels):
        raise FrontalError(
            f"{table.name}: no column of numbers, words or texts is left to learn from; the columns are "
            f"{listed(table.columns, 8)}" + (f", where {', '.join(guessed)}" if guessed else "")
        )
    if guessed:
        notes.append(f"Columns guessed: {', '.join(guessed)}.")
    if roles.label is None:
        notes.append("No column looks like a label; name it with label=COL if there is one.")
    if unused:
        notes.append(f"Columns left out: {listed(unused, 8)}.")
