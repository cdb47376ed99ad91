"""Reader of JSON: a list of records, or one record a line, each with a sequence and its label or labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.data.labelled_clean import channel_names, label_text
from frontal.data.labelled_set import Kind, Labelled, assemble
from frontal.data.memory import refuse_large_files
from frontal.data.textfile import decode
from frontal.data.words import WORDS_NOTE, token_array, words
from frontal.errors import FrontalError, did_you_mean

SEQUENCE_FIELDS = ("sequence", "source", "seq", "tokens", "text", "sentence", "values", "x", "input")
LABEL_FIELDS = ("label", "labels", "target", "class", "y", "tags", "output")
ID_FIELDS = ("id", "name", "key")

_Record = dict[str, Any]


def read_json(path: Path, *, label: str | None = None, id: str | None = None) -> Labelled:
    """Read `{"sequence": …, "label": …}` records.

    A sequence is a list of numbers, a list of lists (a row a step), a list of words, or a
    text: symbols separated by blanks ("M T R"), symbols in one word beside as many labels
    ("MTR", "CCH"), or a sentence, which is split into words. A label is one text or number, or
    as many of them as the sequence has steps, as a list or as a text. The names of the fields
    are guessed and said.

    Args:
        path: of the file.
        label: the field of the label.
        id: the field that names a record.

    Raises:
        FrontalError: no JSON, no such fields, or a record whose labels are neither one nor as
            many as its steps; the message names the record.
    """
    notes: list[str] = []
    refuse_large_files(str(path), [path], 10, "text, and each value as an object")
    records = _records(decode(path.read_bytes(), str(path), notes), str(path))
    fields = list(records[0])
    sequence_field = _field(fields, None, SEQUENCE_FIELDS, str(path), "sequence", notes)
    label_field = _field(fields, label, LABEL_FIELDS, str(path), "label", notes)
    id_field = id or next((name for name in fields if name.casefold() in ID_FIELDS), None)
    if sequence_field is None:
        raise FrontalError(
            f"{path}: no field of the first record is a sequence ({', '.join(fields)}); "
            f"call it one of {', '.join(SEQUENCE_FIELDS)}"
        )
    values = [_value(record, sequence_field, f"{path}, record {number}") for number, record in enumerate(records, 1)]
    labels = [record.get(label_field) if label_field else None for record in records]
    ids = [str(record.get(id_field, number)) if id_field else str(number) for number, record in enumerate(records, 1)]
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) == len(values):
        values, labels = _tokens(texts, labels, notes)
    sequences, channels = _arrays(values, str(path))
    per_step = any(isinstance(label, list) for label in labels)
    found = [_label(label, len(sequences[place]), per_step, f"{path}, record {place + 1}")
             for place, label in enumerate(labels)]  # fmt: skip
    kind: Kind = "numbers" if channels else "tokens"
    return assemble(Labelled(str(path), sequences, found, channels, kind, per_step, ids, notes=notes))  # pyright: ignore[reportArgumentType], all labels are of one kind


def _records(text: str, name: str) -> list[_Record]:
    if not text.strip():
        raise FrontalError(f"{name} is empty, where records such as {{…}} are expected")
    try:
        found = json.loads(text)
        found = found if isinstance(found, list) else [found]
    except json.JSONDecodeError as whole:
        found = _lines(text, name, whole)
    except ValueError as error:  # a whole number of thousands of digits
        raise FrontalError(f"{name}: {error}") from None
    except RecursionError:
        raise FrontalError(f"{name}: lists within lists too deep to be data") from None
    wrong = next((place for place, record in enumerate(found, start=1) if not isinstance(record, dict)), None)
    if wrong or not found:
        raise FrontalError(f"{name}, record {wrong or 1}: not an object {{…}} with a sequence and a label")
    return found


def _lines(text: str, name: str, whole: json.JSONDecodeError) -> list[Any]:
    found: list[Any] = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            found += [json.loads(line)] if line.strip() else []
        except ValueError as error:
            line_number, fault = (number, error) if found else (whole.lineno, whole)
            raise FrontalError(f"{name}, line {line_number}: not JSON ({fault})") from None
    return found


def _field(
    fields: list[str], given: str | None, known: tuple[str, ...], name: str, what: str, notes: list[str]
) -> str | None:
    if given is not None:
        if given not in fields:
            raise FrontalError(f"{name} has no field {given!r}; {did_you_mean(given, fields)}")
        return given
    folded = {field.casefold(): field for field in fields}
    found = next((folded[field] for field in known if field in folded), None)
    if found is not None and found != what:
        notes.append(f"The field {found!r} is the {what}.")
    return found


def _value(record: _Record, field: str, where: str) -> str | list[Any]:
    value = record.get(field)
    if isinstance(value, (str, list)):
        return value  # pyright: ignore[reportUnknownVariableType], JSON
    raise FrontalError(f"{where}: {field!r} is {_short(value)}, where a list or a text is expected")


def _tokens(texts: list[str], labels: list[Any], notes: list[str]) -> tuple[list[list[str]], list[Any]]:
    """Split all texts in one way, and their labels too where they are as many."""
    symbols = [_symbols(text) for text in texts]
    marks = [_symbols(label) if isinstance(label, str) else None for label in labels]
    alike = all(
        mark is not None and len(mark) == len(symbol) and (" " in label.strip()) == (" " in text.strip())
        for text, label, symbol, mark in zip(texts, labels, symbols, marks, strict=True)
    )
    if alike and max(map(len, symbols)) > 1:
        notes.append("Each symbol of a sequence has a label of its own.")
        return symbols, marks
    if all(all(len(part) == 1 for part in text.split()) for text in texts) or not any(" " in text for text in texts):
        notes.append("The texts hold no words between blanks: each symbol is a step.")
        return symbols, labels
    if all(isinstance(label, list) for label in labels):
        return [text.split() for text in texts], labels
    notes.append(WORDS_NOTE)
    return [words(text) for text in texts], labels


def _symbols(text: str) -> list[str]:
    """The parts between blanks, or else the characters."""
    return text.split() if " " in text.strip() else list(text.strip())


def _arrays(values: list[Any], name: str) -> tuple[list[NDArray[Any]], tuple[str, ...]]:
    """(T,) of str and no channels, or (T, C) and their names."""
    if all(isinstance(step, str) for value in values for step in value):
        return [token_array(list(value)) for value in values], ()
    arrays: list[NDArray[Any]] = []
    for number, value in enumerate(values, start=1):
        try:
            array = np.array(value, dtype=np.float64)  # None is NaN
        except (TypeError, ValueError, OverflowError):
            raise FrontalError(
                f"{name}, record {number}: a sequence is a list of numbers, of lists of them of one length, or of words"
            ) from None
        arrays.append(array[:, None] if array.ndim == 1 else array)
        if arrays[-1].ndim != 2 or (array.size and arrays[-1].shape[1] != _width(arrays)):
            raise FrontalError(
                f"{name}, record {number}: a sequence of shape {array.shape}; (steps,) or (steps, {_width(arrays)}), "
                "as in the first record, is expected"
            )
    width = _width(arrays)
    return [array if array.size else np.zeros((0, width)) for array in arrays], channel_names(width)


def _width(arrays: list[NDArray[Any]]) -> int:
    return next((array.shape[1] for array in arrays if array.ndim == 2 and array.size), 1)


def _label(label: Any, steps: int, per_step: bool, where: str) -> Any:
    if not per_step:
        if isinstance(label, dict):
            raise FrontalError(f"{where}: the label is an object, where a text or a number is expected")
        return label_text(label)
    if not isinstance(label, list) or len(label) != steps:  # pyright: ignore[reportUnknownArgumentType], JSON
        count = len(label) if isinstance(label, list) else "no list of"  # pyright: ignore[reportUnknownArgumentType]
        raise FrontalError(f"{where}: {steps} steps and {count} labels; one label a step is expected, null if unknown")
    return token_array([label_text(mark) for mark in label])  # pyright: ignore[reportUnknownVariableType]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"
