"""A file read in pieces is the same table as one read at once."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from frontal.data import csvstream, memory, read_table
from frontal.data.csvfile import parse_csv
from frontal.data.csvstream import stream_csv
from frontal.data.labelled import read_labelled
from frontal.data.numbers import is_missing, looks_numeric, numbers
from frontal.errors import FrontalError

CELLS = st.one_of(
    st.integers(-3000, 3000).map(str),
    st.floats(-1e6, 1e6).map(repr),
    st.sampled_from(
        ["", "NA", "?", "1,5", "1.234", "0.5", "12,345", "998", " 7 ", "1_0", "١", "inf", "nan", "x", "two words",
         'a"b', "line\nend", "2020-01-31", "True", "1e5", "1.500e3"]
    ),
)  # fmt: skip
PLAIN = st.one_of(st.integers(-3000, 3000).map(str), st.floats(-1e6, 1e6).map(repr), st.sampled_from(["", "1.234"]))
COMMA = st.one_of(
    st.integers(-3000, 3000).map(str),
    st.floats(-1e3, 1e3).map(repr).map(lambda text: text.replace(".", ",")),
    st.sampled_from(["", "1,234", "1,234,567", "0.5"]),
)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(csvstream, "_PIECE", 3)


def outcome(table, column):
    """The numbers of a column, or its text, or the message that refuses it."""
    cells = table.columns[column].tolist()
    if all(isinstance(cell, float) and np.isnan(cell) for cell in cells):
        return ["missing"] * len(cells)
    if isinstance(cells[0], str) and not looks_numeric(table.columns[column]):
        return ["missing"] * len(cells) if all(map(is_missing, cells)) else cells
    try:
        return [repr(value) for value in numbers(table, column)]
    except FrontalError as error:
        return str(error)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.one_of(
        st.lists(st.tuples(PLAIN, PLAIN, PLAIN), min_size=1, max_size=12),
        st.lists(st.tuples(PLAIN, PLAIN, CELLS), min_size=1, max_size=12),
        st.lists(st.tuples(COMMA, COMMA, PLAIN), min_size=1, max_size=12),
        st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8),
    ),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    blank=st.booleans(),
)
@example([("1", "2", "998"), ("1", "2", "5"), ("1", "2", "7"), ("1", "2", "1.234")], ";", "utf-8", False)
@example([("1", "2", "0.5"), ("1", "2", "5"), ("1", "2", "7"), ("1", "2", "1,5")], ";", "utf-8", True)
def test_it_agrees_with_reading_at_once(tmp_path, rows, delimiter, encoding, blank):
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, delimiter=delimiter)
    writer.writerows([("a", "b", "c"), *rows])
    text = sink.getvalue()
    if blank:
        text = text.replace("\r\n", "\r\n\r\n", 2)
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode(encoding))
    results = []
    for read in (lambda: parse_csv(path.read_bytes(), str(path)), lambda: stream_csv(path)):
        try:
            table = read()
        except FrontalError as error:
            results.append(str(error))
            continue
        shown = {name: outcome(table, name) for name in table.columns}
        results.append((shown, table.lines.tolist(), table.notes, table.delimiter))
    assert results[0] == results[1]


def test_plain_numbers_never_exist_as_text(tmp_path):
    (tmp_path / "x.csv").write_text("id,a,label\n" + "".join(f"s{k},{k}.5,u\n" for k in range(10)))
    table = stream_csv(tmp_path / "x.csv")
    assert {name: column.dtype.kind for name, column in table.columns.items()} == {"id": "O", "a": "f", "label": "O"}
    assert stream_csv(tmp_path / "x.csv", text={"a"}).columns["a"].dtype.kind == "O"
    (tmp_path / "x.csv").write_text("id;a\n" + "".join(f"s{k};{k},5\n" for k in range(10)))
    assert stream_csv(tmp_path / "x.csv").columns["a"].tolist() == [k + 0.5 for k in range(10)]


def test_labelled_tables_are_read_in_pieces(tmp_path):
    """Labels and ids keep their text, "000" and "1.0"."""
    text = "id,t,a,label\n" + "".join(f"{k // 4:03d},{k % 4},{k}.5,{k // 4 % 2}.0\n" for k in range(40))
    (tmp_path / "x.csv").write_text(text)
    in_pieces, at_once = read_labelled(tmp_path / "x.csv"), read_labelled(read_table(tmp_path / "x.csv"))
    assert in_pieces.ids == at_once.ids == [f"{k:03d}" for k in range(10)]
    assert in_pieces.labels == at_once.labels == ["0.0", "1.0"] * 5
    for one, other in zip(at_once.sequences, in_pieces.sequences, strict=True):
        assert (one == other).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.csv is empty"),
        ("\n\n", "x.csv is empty"),
        ("a,b\n", r"has a header \(a, b\) and no rows"),
        ("a,b\n1,2\n1,2\n1,2\n1,2\n3\n", "line 6: 1 column, where the first line has 2"),
        ("a,a\n1,2\n", "two columns are called 'a'"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, text, message):
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(FrontalError, match=message):
        stream_csv(tmp_path / "x.csv")


def test_latin_1_far_into_the_file(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"a,b\n" + b"1,u\n" * 400_000 + "1,ü\n".encode("latin-1"))
    table = stream_csv(tmp_path / "x.csv")
    assert table.columns["b"][-1] == "ü"
    assert table.notes == (f"{tmp_path / 'x.csv'} is not UTF-8 text; it was read as Latin-1.",)


def test_a_file_beyond_memory_is_refused_with_the_arithmetic(tmp_path, monkeypatch):
    (tmp_path / "x.csv").write_text("id,a,b\n" + "1,2,3\n" * 1000)
    monkeypatch.setattr(memory, "available_bytes", lambda: 30_000)
    with pytest.raises(FrontalError, match=r"about 1,00\d rows × 3 columns × 12 bytes are 0.0 GB, and 0.0 GB are free"):
        stream_csv(tmp_path / "x.csv")
    monkeypatch.setattr(memory, "available_bytes", lambda: None)
    assert stream_csv(tmp_path / "x.csv").rows == 1000


def test_ten_gigabytes_are_refused_before_they_are_read(tmp_path, monkeypatch):
    """A file with a hole: its size counts, and only its beginning is touched."""
    with (tmp_path / "x.csv").open("wb") as file:
        file.write(b"id,t,a,label\n" + b"s1,0,0.25,walk\n" * 100_000)
        file.truncate(10 * 10**9)
    monkeypatch.setattr(memory, "available_bytes", lambda: 16 * 10**9)
    with pytest.raises(FrontalError, match=r"about 66\d,\d{3},\d{3} rows × 4 columns × 12 bytes are 3[12]\.\d GB"):
        read_labelled(tmp_path / "x.csv")


def test_the_memory_that_is_free():
    free = memory.available_bytes()
    assert free is not None
    assert 10e6 < free < 1e14
