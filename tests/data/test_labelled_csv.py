"""Tables: long form, texts, sequences by row; guesses, repairs, and what is asked instead of guessed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.data.labelled import read_labelled
from frontal.errors import FrontalError

LONG = "id,time,ax,ay,label\n1,0,0.5,1,walk\n1,1,0.25,2,walk\n2,0,7,3,run\n2,1,8,4,run\n2,2,9,5,run\n"


@pytest.fixture
def read(tmp_path):
    def from_text(text, **options):
        path = tmp_path / "x.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_labelled(path, **options)

    return from_text


def lists(data):
    return [sequence.tolist() for sequence in data.sequences]


def test_long_form(read):
    data = read(LONG)
    assert lists(data) == [[[0.5, 1], [0.25, 2]], [[7, 3], [8, 4], [9, 5]]]
    assert (data.labels, data.ids, data.channels) == (["walk", "run"], ["1", "2"], ("ax", "ay"))
    assert data.notes == ["Columns guessed: 'label' is the label, 'id' is the sequence, 'time' is the time."]
    named = read(LONG.replace("id", "who", 1).replace("label", "what"), id="who", label="what")
    assert (lists(named), named.labels) == (lists(data), data.labels)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings_and_delimiters(read, delimiter, encoding):
    data = read(LONG.replace("walk", "größe").replace(",", delimiter).encode(encoding))
    assert data.labels == ["größe", "run"]
    assert lists(data)[0] == [[0.5, 1], [0.25, 2]]


def test_a_decimal_comma(read):
    data = read("id;a;label\n1;0,5;u\n1;2;u\n2;1,25;v\n")
    assert lists(data) == [[[0.5], [2]], [[1.25]]]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 5), st.integers(1, 3))
def test_rows_in_any_order_give_the_same_sequences(seed, count, channels):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 6, count)
    values = [rng.standard_normal((length, channels)).astype(np.float32) for length in lengths]
    frame = pd.concat(
        [
            pd.DataFrame(part, columns=[f"c{k}" for k in range(channels)]).assign(
                id=f"s{place}", t=range(len(part)), label=f"l{place % 2}"
            )
            for place, part in enumerate(values)
        ]
    )
    data = read_labelled(frame.sample(frac=1, random_state=seed % 1000), id="id", time="t", label="label")
    assert sorted(data.ids) == [f"s{place}" for place in range(count)]
    for name, sequence, label in zip(data.ids, data.sequences, data.labels, strict=True):
        assert (sequence == values[int(name[1:])]).all()
        assert label == f"l{int(name[1:]) % 2}"


def test_repairs_are_noted(read):
    data = read(
        "id,date,a,label\n1,2020-01-02,2,u\n1,2020-01-01,1,u\n1,2020-01-02,4,u\n2,,9,v\n2,2020-01-01,,v\n,2020-01-01,5,v\n"
    )
    assert lists(data) == [[[1], [3]], [[0]]]
    assert data.notes[1:] == [
        "Rows without a value in 'date': 1 (line 5); they were dropped.",
        "Rows without a value in 'id': 1 (line 7); they were dropped.",
        "Rows out of time order: 1 (line 3); they were sorted.",
        "Rows with the sequence and time of another: 1 (line 4); their values were averaged.",
        "Missing values: 1 in 1 sequences ('2'); filled with the last value before, at the beginning with the first "
        "after; 0 where a sequence has no value of a channel at all ('2').",
    ]


def test_uneven_times_are_said(read):
    data = read("id,t,a,label\n1,0,1,u\n1,1,2,u\n1,5,3,u\n2,9,4,v\n2,10,4,v\n")
    assert data.notes[1:] == [
        "Times in 't' are not evenly spaced (1 longer gaps, first after line 3); each row is one step all the same."
    ]
    assert data.lengths.tolist() == [3, 2]


def test_labels_that_change_need_per_step(read):
    text = "id,t,a,label\n1,0,1,u\n1,1,2,\n1,2,3,v\n2,0,4,v\n"
    with pytest.raises(FrontalError, match="line 4: sequence '1' has label 'v' here and 'u' in line 2; if every row"):
        read(text)
    data = read(text, per_step=True)
    assert data.per_step
    assert [labels.tolist() for labels in data.labels] == [["u", "", "v"], ["v"]]
    whole = read("t,a,label\n0,1,u\n1,2,v\n", per_step=True)
    assert (whole.ids, lists(whole), whole.labels[0].tolist()) == (["all rows"], [[[1], [2]]], ["u", "v"])
    assert any("all rows are one" in note for note in whole.notes)


def test_a_label_in_some_rows_is_that_of_the_sequence(read):
    data = read("id,t,a,label\n1,0,1,\n1,1,2,u\n2,0,3,v\n3,0,3,\n")
    assert (data.labels, data.ids) == (["u", "v"], ["1", "2"])


def test_unknown_labels(read):
    data = read("id,t,a,b\n1,0,1.5,2.5\n1,1,2.5,2.5\n2,0,3.5,2.5\n")
    assert data.labels is None
    assert "No column looks like a label; name it with label=COL if there is one." in data.notes
    assert read("id,t,a,label\n1,0,1.5,\n1,1,2.5,\n2,0,3.5,\n").labels is None


def test_one_class_is_said(read):
    data = read(LONG.replace("walk", "run"))
    assert data.notes[-1] == "All labels are 'run': with one class there is nothing to learn."


def test_an_official_split(read):
    data = read("id,a,label,split\n1,1,u,train\n1,2,u,train\n2,3,v,test\n2,3,v,test\n")
    assert data.split == ["train", "test"]
    assert data.channels == ("a",)
    with pytest.raises(FrontalError, match="line 3: sequence '1' has split 'test' here and 'train' in line 2"):
        read("id,a,label,split\n1,1,u,train\n1,2,u,test\n2,3,v,test\n2,3,v,test\n")


def test_labels_guessed_by_content(read):
    assert read("case,a,kind\n1,1,u\n1,2,u\n2,3,v\n2,3,v\n").labels == ["u", "v"]
    assert read("case,a,k\n1,1.5,3\n1,2.5,3\n2,3.5,4\n2,3.5,4\n").labels == ["3", "4"]


def test_a_column_of_remarks_is_no_label(read):
    data = read("case,a,remark\n" + "".join(f"{k // 2},{k}.5,r{k}\n" for k in range(60)))
    assert data.labels is None
    assert "Columns left out: 'remark'." in data.notes


def test_the_index_that_pandas_writes_is_left_out(read):
    data = read(pd.DataFrame({"id": [1, 1, 2], "a": [1.5, 2.5, 3.5], "label": list("uuv")}).to_csv())
    assert data.channels == ("a",)
    assert "Column 'column_1' only counts the rows; it is left out." in data.notes


def test_sequences_stand_in_order_of_appearance(read):
    assert read("id,a,label\n9,1,u\n9,2,u\n3,3,v\n9,4,u\n3,5,v\n").ids == ["9", "3"]
    frame = pd.DataFrame({"id": [9, 9, 3, 9, 3], "a": range(5), "label": list("uuvuv")})
    assert (read_labelled(frame).ids, lists(read_labelled(frame))) == (["9", "3"], [[[0], [1], [3]], [[2], [4]]])


def test_the_plainest_name_is_the_label(read):
    data = read("file,id,x,y,label\na,1,0.5,7.5,u\na,1,1.5,8.5,u\nb,2,2.5,9.5,v\n")
    assert (data.labels, data.ids, data.channels) == (["u", "v"], ["1", "2"], ("x", "y"))


def test_columns_without_a_value(read):
    nan = float("nan")
    data = read_labelled(pd.DataFrame({"id": [1, 1, 2], "x": [nan] * 3, "a": [1.0, 2, 3], "label": list("uuv")}))
    assert data.channels == ("a",)
    assert read("id,t,a,label\n1,,1,u\n1,,2,u\n2,,3,v\n").channels == ("a",)


def test_words_in_long_form(read):
    data = read("case,activity_name,label\n1,open,good\n1,close,good\n2,open,bad\n")
    assert (data.kind, data.channels) == ("tokens", ())
    assert lists(data) == [["open", "close"], ["open"]]
    assert data.labels == ["good", "bad"]
    assert lists(read("case,what\n1,open it\n1,close it\n2,open it\n")) == [["open it", "close it"], ["open it"]]


def test_columns_left_out_are_said(read):
    data = read("id,t,a,place,label\n1,0,1,north,u\n1,1,2,south,u\n2,0,3,north,v\n")
    assert data.channels == ("a",)
    assert "Columns left out: 'place'." in data.notes


@pytest.mark.parametrize(
    "text",
    [
        "text,label\nA fine film!,pos\nDull.,neg\n",
        "what was written\tverdict\nA fine film!\tpos\nDull it is.\tneg\n",
        "id,review,stars\n1,A fine film!,pos\n2,Dull.,neg\n",
        "label;text\npos;A fine film!\nneg;Dull.\n",
    ],
)
def test_a_text_a_row(read, text):
    data = read(text)
    assert lists(data)[0] == ["a", "fine", "film", "!"]
    assert (data.labels, data.kind) == (["pos", "neg"], "tokens")
    assert any("split into words" in note for note in data.notes)


def test_stars_may_be_numbers(read):
    data = read("text,stars\n" + "".join(f"a film number {k},{k % 5}\n" for k in range(20)))
    assert data.classes == ["0", "1", "2", "3", "4"]


def test_a_header_is_asked_for(read):
    with pytest.raises(FrontalError, match=r"the first line \('A fine film', 'pos'\) looks like data; put a header"):
        read("A fine film,pos\nDull it is,neg\nFine it is,pos\n")


def test_steps_side_by_side(read):
    data = read("label,t1,t2,t3\nu,1,2,3\nv,4,5,\n")
    assert lists(data) == [[[1], [2], [3]], [[4], [5]]]
    assert data.ids == ["line 2", "line 3"]
    assert lists(read("id,c1,c2,label\n1,1,2,u\n1,3,4,u\n2,5,6,v\n")) == [[[1, 2], [3, 4]], [[5, 6]]]
    assert read("id,c1,c2,label\nx,1,2,u\ny,3,4,u\nz,5,6,v\n").ids == ["x", "y", "z"]
    assert "Each row is a sequence, its columns 't1' to 't3' are 3 steps." in data.notes
    assert lists(read("3,1,2,3\n4,4,5,6\n", label="column_1")) == [[[1], [2], [3]], [[4], [5], [6]]]


def test_what_tells_sequences_apart_is_asked_for(read):
    with pytest.raises(FrontalError, match=r"nothing tells which rows .* sequence\. Its columns are 'a', 'b'"):
        read("a,b,label\n1,2,u\n3,4,v\n")
    with pytest.raises(FrontalError, match="every row has another 'id', so each sequence would have one step"):
        read("id,a,b,label\n1,1,2,u\n2,3,4,v\n")


def test_a_number_taken_for_a_label_is_asked_about(read):
    rows = "".join(f"{k // 2},{k % 2},{k},{k // 2 * 1.5}\n" for k in range(200))
    with pytest.raises(FrontalError, match=r"'target', taken for the label, has 100 .* Type label=target"):
        read("id,t,a,target\n" + rows)
    with pytest.raises(FrontalError, match=r"100 different values .* too few of each to learn from"):
        read("id,t,a,target\n" + rows, label="target")
    speakers = "".join(f"{k // 2},{k % 2},{k},s{k // 2 * 23 // 100}\n" for k in range(200))
    assert len(read("id,t,a,target\n" + speakers, label="target").classes) == 23
    with pytest.raises(FrontalError, match="23 different values"):
        read("id,t,a,target\n" + speakers)
    texts = "".join(f"a film number {k},{k}.5\n" for k in range(30))
    with pytest.raises(FrontalError, match="'score', taken for the label, has 30 different values"):
        read("text,score\n" + texts, label="score")


def test_a_million_classes_by_mistake():
    rng = np.random.default_rng(0)
    frame = {"id": np.repeat(np.arange(500_000), 2), "a": rng.random(1_000_000), "y": rng.random(1_000_000)}
    with pytest.raises(FrontalError, match="'y', taken for the label, has 1,000,000 different values"):
        read_labelled(frame, per_step=True)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "x.csv is empty"),
        ("id,t,a,label\n", {}, r"has a header \(id, t, a, label\) and no rows"),
        (b"\x00\x01\x02\xff", {}, "is a binary file"),
        (b"PK\x03\x04", {}, "is an Excel or zip file"),
        (LONG, {"label": "lable"}, "has no column 'lable'; did you mean 'label'"),
        (LONG, {"label": "id", "id": "id"}, "column 'id' is asked for twice"),
        (LONG.replace("0.25", "x"), {}, "line 3, column 'ax': 'x' is not a number"),
        (LONG.replace("0.25", "inf"), {}, "line 3, column 'ax': inf is not a finite number"),
        (LONG.replace("0.25", "1e200"), {}, r"sequence '1', step 2, 'ax': 1e\+200 is not a finite number of 32 bits"),
        ("id,label\n1,u\n1,u\n", {}, "no column of numbers, words or texts is left to learn from"),
        ("id,date,a\n1,01/02/2020,1\n1,13/02/2020,2\n1,02/13/2020,3\n", {}, "puts the day first .* and the month"),
        ("id,date,a\n1,2020-01-01,1\n1,2020-01-02,2\n1,3.1.2020,3\n", {}, "line 4: '3.1.2020' .* is not a time"),
        ("id,t,a,label\n1,0,1,u\n1,0,2,v\n", {"per_step": True}, "lines 2, 3: one sequence, one time, and two labels"),
        ("id,t,w,label\n1,0,x,u\n1,0,y,u\n", {}, "lines 2, 3: one sequence, one time, and two words"),
        ("text,label\na b c,u\nd e f,v\n", {"per_step": True}, "has a text a row, with one label; per_step=True needs"),
        ("id,t,a,label\n,0,1,u\n", {}, "no row has both a sequence and a time"),
        ("id,t,a,label\n1,,1,u\n", {"time": "t"}, "no row has both a sequence and a time"),
        ("id,t,a,label\n1,0,1,u,7\n", {}, "line 2: 5 columns, where the first line has 4"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(read, text, options, message):
    with pytest.raises(FrontalError, match=message):
        read(text, **options)


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_a_damaged_table_is_refused_or_read(tmp_path_factory, data):
    place = data.draw(st.integers(0, len(LONG)))
    patch = data.draw(st.one_of(st.text(max_size=5), st.sampled_from([",", "\n", '"', ";", "nan", "1e9", "-"])))
    path = tmp_path_factory.mktemp("x") / "x.csv"
    text = LONG[:place] + patch + LONG[place + data.draw(st.integers(0, 9)) :]
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        read = read_labelled(path)
    except FrontalError:
        return
    assert all(np.isfinite(sequence).all() and len(sequence) for sequence in read.sequences if read.kind == "numbers")


def test_dates_in_two_formats_are_refused_with_the_line(tmp_path):
    days = ["2024-01-01", "2024-01-02", "03/01/2024", "04/01/2024"]
    rows = [f"{i},{day},{i},{'ab'[i % 2]}" for i in range(6) for day in days]
    (tmp_path / "dates.csv").write_text("\n".join(["id,date,x,label", *rows]) + "\n")
    with pytest.raises(FrontalError, match=r"line [24].* is not a time like"):
        read_labelled(tmp_path / "dates.csv")
