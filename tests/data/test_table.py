"""Files, frames and arrays become tables; bad ones are refused in plain words."""

from __future__ import annotations

import codecs
import csv
import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import frontal.data.frames
from frontal.data import BUILTIN, builtin, read_series, read_table
from frontal.data.csvfile import parse_csv
from frontal.data.numbers import numbers
from frontal.errors import FrontalError

finite = st.floats(allow_nan=False, allow_infinity=False)


def table_of(text: str | bytes):
    return parse_csv(text.encode() if isinstance(text, str) else text, "x.csv")


def column(text: str | bytes, name: str) -> list[float]:
    return numbers(table_of(text), name).tolist()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiters_and_encodings(delimiter, encoding):
    text = "größe,b\n1.25,x\n-2,y\n".replace(",", delimiter)
    table = table_of(text.encode(encoding))
    assert list(table.columns) == ["größe", "b"]
    assert numbers(table, "größe").tolist() == [1.25, -2.0]
    assert not table.notes
    assert [table.where(row) for row in range(2)] == ["line 2", "line 3"]


@settings(deadline=None, max_examples=40)
@given(
    values=st.lists(st.tuples(finite, finite), min_size=2, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8),
)
def test_what_csv_writes_reads_back(values, delimiter, quoting, end, text):
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerow(["a", "note", "b"])
    # 0.5 has one reading only, so that 1.234 beside it cannot be a thousand (see test_separators)
    writer.writerows([(a, text, b) for a, b in [*values, (0.5, 0.5)]])
    table = table_of(sink.getvalue())
    assert numbers(table, "a").tolist() == [*(a for a, _ in values), 0.5]
    assert numbers(table, "b").tolist() == [*(b for _, b in values), 0.5]
    assert table.columns["note"].tolist() == [text.lstrip(" ")] * (len(values) + 1) or text.startswith(" ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a,b\n"7,380,500",x\n"744,300",y\n', [7380500, 744300]),  # two groups decide
        ('a,b\n"1,234.5",x\n"2,000",y\n', [1234.5, 2000]),  # both marks decide
        ('a,b\n"1,234",2.5\n"2,345",1\n', [1234, 2345]),  # the other column decides
        ('a,b\n"1,234",x\n998,y\n', [1234, 998]),  # the column crosses a thousand
        ('a,b\n"1,5",x\n"2,25",y\n', [1.5, 2.25]),  # decimal comma in quotes
        ('a,b\n"0,123",x\n"1,234",y\n', [0.123, 1.234]),  # no thousand starts with 0
        ("a;b\n1,5;x\n1.234,25;y\n", [1.5, 1234.25]),
        ("a;b\n1.5;x\n2.25;y\n", [1.5, 2.25]),
        ("a;b\n1.234;2,5\n5.678;1,0\n", [1234, 5678]),
        ("a,b\n1.234,x\n5.678,y\n", [1.234, 5.678]),
        ("a\n1,5\n2,5\n", [1.5, 2.5]),
        ("a,b\n 1e3 ,x\n+.5,y\n", [1000, 0.5]),
        ("a,b\nTrue,x\nfalse,y\n", [1, 0]),
    ],
)
def test_separators(text, expected):
    assert column(text, "a") == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('a,b\n"1,234",x\n"2,345",y\n', r"line 2, column 'a': '1,234' may mean 1234 or 1\.234"),
        ("a;b\n1.234;x\n5.678;y\n", r"line 2, column 'a': '1\.234' may mean 1234 or 1\.234"),
        ("a;b\n1,5;x\n2.5;y\n", r"mixes decimal points and commas: '2\.5' \(line 3\) and '1,5' \(line 2\)"),
        ("a,b\n1,x\ntwo,y\n3,z\n", r"x\.csv, line 3, column 'a': 'two' is not a number"),
        ("a,b\n1_000,x\n", "'1_000' is not a number"),
        ('a,b\n"12,34",x\n"1,2,3",x\n', r"line 3, column 'a': '1,2,3' is not a number"),
    ],
)
def test_numbers_refused(text, message):
    with pytest.raises(FrontalError, match=message):
        column(text, "a")


def test_missing_marks():
    cells = ["", "NA", "NaN", "null", "?", "-", "None", "n/a", " "]
    values = column("a,b\n1,x\n" + "".join(f"{cell},x\n" for cell in cells), "a")
    assert values[0] == 1
    assert np.isnan(values[1:]).all()
    assert len(values) == 1 + len(cells)


def test_no_header_is_noted():
    table = table_of("1949-01,112\n1949-02,118\n")
    assert list(table.columns) == ["column_1", "column_2"]
    assert table.rows == 2
    assert table.where(0) == "line 1"
    assert "no header" in table.notes[0]


def test_blank_lines_and_quoted_newlines_keep_line_numbers():
    table = table_of('a,b\n\n1,"two\nlines"\n,\n2,x\n\n\n')
    assert table.lines is not None
    assert table.lines.tolist() == [3, 6]
    assert table.notes == ("Blank lines skipped: 2 (first: line 2).",)


def test_latin_1_is_noted():
    table = table_of("größe,b\n1,2\n".encode("latin-1"))
    assert list(table.columns) == ["größe", "b"]
    assert "Latin-1" in table.notes[0]


def test_nameless_column():
    table = table_of(",a\n0,5\n1,6\n")
    assert list(table.columns) == ["column_1", "a"]
    assert "column_1" in table.notes[0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "x.csv is empty"),
        (b"\n \n\n", "x.csv is empty"),
        (codecs.BOM_UTF8, "x.csv is empty"),
        (b"a,b\n", r"has a header \(a, b\) and no rows"),
        (b"a,b\n1,2\n1,2,3\n", "line 3: 3 columns, where the first line has 2"),
        (b"a,b\n1,2\n1\n", "line 3: 1 column, where"),
        (b"a,b,a\n1,2,3\n", "line 1: two columns are called 'a'"),
        (b"\x00\x01\x02\x03", "binary"),
        (b"PK\x03\x04rest", "Excel"),
        (b"\x1f\x8brest", "gzip"),
        (b"\xff\xfeabc", "UTF-16"),
        (b"a\n" + b"x" * 200_000, "line 2: not readable as CSV"),
    ],
)
def test_bad_files(data, message):
    with pytest.raises(FrontalError, match=message):
        table_of(data)


@settings(deadline=None, max_examples=150)
@given(data=st.one_of(st.binary(max_size=60), st.text(',;\t|"\n\r0123456789.-/:e naINF', max_size=60).map(str.encode)))
@example(b'"')
@example(b"\xef\xbb\xbf\xff")
@example(b"1e999\n1e999")
@example("٣\n٣".encode())
@example(b"2020-01-01,1\n0001-01-01,2\n9999-12-31,3")
def test_any_bytes_give_a_series_or_a_frontal_error(data):
    try:
        table = parse_csv(data, "x.csv")
        series = read_series(table)
    except FrontalError as error:
        assert len(str(error)) > 10
    else:
        assert np.isfinite(series.values).all()
        assert series.values.shape == series.observed.shape


def test_paths(tmp_path: Path, monkeypatch):
    file = tmp_path / "sales.csv"
    file.write_text("a,b\n1,2\n")
    assert read_table(file).columns.keys() == read_table(str(file)).columns.keys() == {"a", "b"}
    with pytest.raises(FrontalError, match=r"no such file: .*did you mean '.*sales\.csv'"):
        read_table(tmp_path / "Sale.csv")
    with pytest.raises(FrontalError, match=r"is a folder.*sales\.csv"):
        read_table(tmp_path)
    with pytest.raises(FrontalError, match="there is no folder"):
        read_table(tmp_path / "nowhere" / "x.csv")
    with pytest.raises(FrontalError, match="no such file"):
        read_table(file / "x.csv")
    with pytest.raises(FrontalError, match="cannot read"):
        read_table("x" * 5000)
    with pytest.raises(FrontalError, match="not a file name"):
        read_table("a\0b")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FrontalError, match="did you mean the built-in 'airline'"):
        read_table("airlin")
    assert read_table("airline").rows == 144


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a,b\n1,2\n3,4\n")))
    table = read_table("-")
    assert table.name == "standard input"
    assert numbers(table, "b").tolist() == [2, 4]


def test_airline_equals_the_published_file(data_dir: Path):
    published = read_series(data_dir / "airline" / "airline-passengers.csv")
    ours = read_series(builtin("airline"))
    assert np.array_equal(ours.values, published.values)
    assert np.array_equal(ours.times, published.times)
    assert BUILTIN == ("airline",)
    with pytest.raises(FrontalError, match="did you mean 'airline'"):
        builtin("airlines")


DATES = pd.date_range("2020-01-01", periods=6, freq="MS")
NUMBERS = [1.0, 2.5, None, 4.0, 5.5, 7.0]
FLAGS = [True, False, True, True, False, True]
FRAME = pd.DataFrame({"when": DATES, "flag": FLAGS, "y": NUMBERS})


def parquet(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_parquet(folder / "frame.parquet")
    return folder / "frame.parquet"


def comma_separated(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_csv(folder / "frame.csv", index=False)
    return folder / "frame.csv"


SOURCES = {
    "pandas": lambda frame, folder: frame,
    "pandas nullable": lambda frame, folder: frame.convert_dtypes(),
    "pandas index": lambda frame, folder: frame.set_index("when"),
    "pandas periods": lambda frame, folder: frame.assign(when=frame["when"].dt.to_period("M")).set_index("when"),
    "polars": lambda frame, folder: pl.from_pandas(frame),
    "polars lazy": lambda frame, folder: pl.from_pandas(frame).lazy(),
    "polars dates": lambda frame, folder: pl.from_pandas(frame).with_columns(pl.col("when").cast(pl.Date)),
    "pyarrow": lambda frame, folder: pa.Table.from_pandas(frame, preserve_index=False),
    "dict of lists": lambda frame, folder: {"when": list(DATES.to_pydatetime()), "flag": FLAGS, "y": NUMBERS},
    "dict of arrays": lambda frame, folder: {name: frame[name].to_numpy() for name in frame},
    "dict of series": lambda frame, folder: {name: frame[name] for name in frame},
    "text": lambda frame, folder: frame.astype({"when": str}),
    "parquet": parquet,
    "csv": comma_separated,
}


@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_gives_the_same_series(kind, tmp_path):
    series = read_series(SOURCES[kind](FRAME, tmp_path), features=["flag"])
    assert series.values.tolist() == pytest.approx([1.0, 2.5, 2.5 + 1.5 * 29 / 60, 4.0, 5.5, 7.0])  # linear in time
    assert series.features.tolist() == [[1.0], [0.0], [1.0], [1.0], [0.0], [1.0]]
    assert series.times is not None
    assert np.array_equal(series.times, DATES.to_numpy().astype("datetime64[s]"))
    assert (series.target, series.time, series.feature_names) == ("y", "when", ("flag",))
    assert series.observed.tolist() == [True, True, False, True, True, True]
    assert str(series.frequency) == "monthly"


@pytest.mark.parametrize(
    "source",
    [
        [1, 2, None, 4],
        np.array([1, 2, np.nan, 4]),
        np.array([1.0, 2, np.nan, 4], dtype=np.float32),
        pd.Series([1, 2, None, 4]),
        pl.Series([1, 2, None, 4]),
        np.array([[1.0], [2], [np.nan], [4]]),
        [[1], [2], [None], [4]],
    ],
)
def test_bare_numbers(source):
    series = read_series(source)
    assert series.values.tolist() == [1, 2, 3, 4]
    assert series.times is None
    assert series.frequency is None
    assert any("row 2" in note for note in series.notes)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (3, "cannot read data from a int"),
        (None, "cannot read data from a NoneType"),
        ([], "the list is empty"),
        ({}, "the dictionary is empty"),
        (np.zeros((2, 2, 2)), r"shape \(2, 2, 2\)"),
        (np.zeros(()), r"shape \(\)"),
        (np.zeros(3, complex), "complex"),
        ({"a": [1, 2], "b": [1]}, "unequal length: 'a' 2, 'b' 1"),
        ({"a": 3}, "column 'a' is a int"),
        ({"a": "text"}, "column 'a' is a str"),
        ([[1, 2], [3]], "unequal length"),
        (["x", "y"], "no column of numbers"),
    ],
)
def test_bad_objects(source, message):
    with pytest.raises(FrontalError, match=message):
        read_series(source)


def test_time_zones():
    hours = pd.date_range("2020-03-29 00:30", periods=5, freq="h", tz="Europe/Berlin")  # over the change of clocks
    series = read_series(pd.DataFrame({"t": hours, "y": range(5)}))
    assert series.times is not None
    assert str(series.times[0]) == "2020-03-28T23:30:00"
    assert str(series.frequency) == "hourly"
    assert any("UTC" in note for note in series.notes)
    days = pd.date_range("2020-03-25", periods=8, freq="D", tz="Europe/Berlin")
    series = read_series(pd.DataFrame({"t": days, "y": range(8)}))
    assert str(series.frequency) == "daily"
    assert any("time zone is left out" in note for note in series.notes)


def test_bad_parquet(tmp_path, monkeypatch):
    file = tmp_path / "x.parquet"
    file.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(FrontalError, match="not a Parquet file"):
        read_table(file)
    file.write_bytes(b"PAR1" + b"x" * 50)
    with pytest.raises(FrontalError, match="cannot be read as Parquet"):
        read_table(file)
    monkeypatch.setattr(frontal.data.frames, "find_spec", lambda name: None)
    with pytest.raises(FrontalError, match=r"pip install 'frontal\[data\]'"):
        read_table(file)


def test_import_is_light():
    import subprocess

    heavy = ["torch", "pandas", "polars", "pyarrow"]
    code = f"import sys, frontal.data; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_data_set_goes_by_its_name(data_dir, monkeypatch, tmp_path):
    monkeypatch.setenv("FRONTAL_DATA", str(data_dir))
    monkeypatch.chdir(tmp_path)
    assert read_table("classic_series/shampoo.csv").rows == 36
    assert read_table("metro_traffic").rows == read_table(next((data_dir / "metro_traffic").glob("*.csv"))).rows
    for name, said in (("classic_series", "it holds"), ("classic_series/shampo.csv", "did you mean 'shampoo.csv'")):
        with pytest.raises(FrontalError, match=said):
            read_table(name)
    monkeypatch.setenv("FRONTAL_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(FrontalError, match="frontal data get m4"):
        read_table("m4/Hourly-train.csv")
