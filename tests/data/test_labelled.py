"""What is in memory, the structure itself, and the door that picks a reader."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from frontal.data.labelled import Labelled, read_labelled
from frontal.data.labelled_set import assemble
from frontal.data.words import words
from frontal.errors import FrontalError

floats = st.floats(-1e6, 1e6, width=32)


def three() -> Labelled:
    return Labelled.from_arrays([[1.0, 2.0], [3.0], [4.0, 5.0, 6.0]], ["b", "a", "b"])


@settings(deadline=None, max_examples=50)
@given(
    st.integers(1, 3).flatmap(
        lambda channels: st.lists(
            st.integers(1, 6).flatmap(lambda steps: hn.arrays(np.float32, (steps, channels), elements=floats)),
            min_size=1,
            max_size=6,
        )
    )
)
def test_arrays_come_back_as_they_were(arrays):
    data = Labelled.from_arrays(arrays, range(len(arrays)))
    assert [(a == b).all() and a.shape == b.shape for a, b in zip(arrays, data.sequences, strict=True)] == [True] * len(
        arrays
    )
    assert {sequence.dtype for sequence in data.sequences} == {np.dtype(np.float32)}
    assert data.labels == [str(place) for place in range(len(arrays))]
    assert len(data.channels) == arrays[0].shape[1]
    assert data.lengths.tolist() == [len(array) for array in arrays]


def test_select_takes_places_and_masks():
    data = three()
    for chosen in ([2, 1], np.array([2, 1])):
        assert data.select(chosen).labels == ["b", "a"]
        assert data.select(chosen).ids == ["2", "1"]
        assert data.select(chosen).sequences[0].ravel().tolist() == [4.0, 5.0, 6.0]
    assert data.select(np.array([True, False, True])).labels == ["b", "b"]
    assert len(data.select([])) == 0
    assert len(data) == 3


def test_classes_are_ordered_by_number_where_they_are_numbers():
    assert Labelled.from_arrays([[1.0]] * 3, [10, 9, 2]).classes == ["2", "9", "10"]
    assert Labelled.from_arrays([[1.0]] * 3, ["b", "10", "9"]).classes == ["10", "9", "b"]
    assert Labelled.from_arrays([[1.0, 2.0], [3.0]], [["b", None], ["a"]]).classes == ["a", "b"]
    assert Labelled.from_arrays([[1.0]]).classes == []


@pytest.mark.parametrize(
    ("y", "labels"),
    [
        ([1, 2, 1], ["1", "2", "1"]),
        ([1.0, 2.5, 1.0], ["1", "2.5", "1"]),
        ([True, False, True], ["True", "False", "True"]),
        (np.array(["u", "v", "u"]), ["u", "v", "u"]),
        (pd.Series(["u", "v", "u"], dtype="category"), ["u", "v", "u"]),
        (pl.Series([3, 4, 3]), ["3", "4", "3"]),
    ],
)
def test_labels_of_any_plain_type_are_texts(y, labels):
    assert Labelled.from_arrays(np.zeros((3, 2)), y).labels == labels


def test_blocks_of_two_and_three_dimensions():
    block = np.arange(24.0).reshape(2, 3, 4)
    data = Labelled.from_arrays(block, [0, 1])
    assert data.sequences[1].tolist() == block[1].tolist()
    assert data.channels == ("channel_1", "channel_2", "channel_3", "channel_4")
    flat = Labelled.from_arrays(block[:, :, 0], [0, 1])
    assert flat.sequences[1].tolist() == block[1, :, :1].tolist()
    assert flat.channels == ("value",)


def test_numbers_of_any_kind():
    for values in ([1, 2], [True, False], np.array([1, 2], dtype=object), np.array([1, 2], dtype=np.float16), range(2)):
        assert Labelled.from_arrays([values]).sequences[0].shape == (2, 1)
    assert Labelled.from_arrays(np.array([[1, 2], [3, 4]], dtype=object)).sequences[1].tolist() == [[3], [4]]


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_wide_frame_has_a_sequence_a_row(frame):
    data = Labelled.from_arrays(frame({"t1": [1.0, 2.0], "t2": [3.0, float("nan")]}), ["a", "b"])
    assert [sequence.ravel().tolist() for sequence in data.sequences] == [[1.0, 3.0], [2.0]]


@pytest.mark.parametrize("frame", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_a_long_frame_has_a_step_a_row(frame):
    columns = {"id": ["u", "u", "v"], "a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 6.0], "label": [7, 7, 8]}
    data = read_labelled(frame(columns))
    assert [sequence.tolist() for sequence in data.sequences] == [[[1.0, 4.0], [2.0, 5.0]], [[3.0, 6.0]]]
    assert (data.labels, data.ids, data.channels) == (["7", "8"], ["u", "v"], ("a", "b"))


def test_texts_become_words():
    assert words("It's so-so; 3.5 stars – really?") == [
        "it's", "so", "-", "so", ";", "3", ".", "5", "stars", "–", "really", "?",
    ]  # fmt: skip
    data = Labelled.from_arrays(["A fine film!", "Dull."], ["pos", "neg"])
    assert [sequence.tolist() for sequence in data.sequences] == [["a", "fine", "film", "!"], ["dull", "."]]
    assert (data.kind, data.channels) == ("tokens", ())
    assert Labelled.from_arrays([["A", "b"], ["c"]]).sequences[0].tolist() == ["A", "b"]


def test_a_label_a_step():
    data = Labelled.from_arrays([[1.0, 2.0], [3.0]], [["a", None], np.array(["b"])])
    assert data.per_step
    assert [labels.tolist() for labels in data.labels] == [["a", ""], ["b"]]
    with pytest.raises(FrontalError, match=r"sequence 1 has 1 steps and labels of shape \(2,\); \(1,\) is expected"):
        Labelled.from_arrays([[1.0, 2.0], [3.0]], [["a", "a"], ["b", "b"]])


def test_missing_values_take_the_last_one_of_their_own_sequence():
    nan = float("nan")
    data = Labelled.from_arrays([[[nan, 1], [2, nan], [nan, 3], [4, nan]], [[nan, 5], [nan, 6]]], [0, 1])
    assert data.sequences[0].tolist() == [[2, 1], [2, 1], [2, 3], [4, 3]]
    assert data.sequences[1].tolist() == [[0, 5], [0, 6]]
    assert data.notes == [
        "Missing values: 6 in 2 sequences ('0', '1'); filled with the last value before, at the beginning with the "
        "first after; 0 where a sequence has no value of a channel at all ('1')."
    ]


@settings(deadline=None, max_examples=100)
@given(hn.arrays(np.float64, (5, 2), elements=st.one_of(st.just(float("nan")), st.floats(-9, 9))))
def test_filling_agrees_with_pandas(values):
    """ffill, then bfill, then 0; rows without any value at the end are cut."""
    known = np.flatnonzero(~np.isnan(values).all(axis=1))
    if not len(known):
        with pytest.raises(FrontalError, match="sequence 0 is empty"):
            Labelled.from_arrays([values])
        return
    expected = pd.DataFrame(values[: known[-1] + 1]).ffill().bfill().fillna(0.0).to_numpy(np.float32)
    assert (Labelled.from_arrays([values]).sequences[0] == expected).all()


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([[1.0], []], ["a", "b"], "sequence 1 is empty"),
        ([[1.0, float("inf")]], ["a"], r"sequence '0', step 2, 'value': inf is not a finite number"),
        ([[1.0, 1e300]], ["a"], r"step 2, 'value': 1e\+300 is not a finite number of 32 bits"),
        ([[[1.0, 2.0]], [[1.0]]], None, "sequence 1 has 1 channels, the first has 2"),
        ([[1.0]], ["a", "b"], "X has 1 sequences and y 2 labels"),
        ([[1.0], [2.0]], ["a", None], "sequence 1 has no label"),
        ([], None, "X is empty"),
        ([[1.0, "x"]], None, "sequence 0 is not an array of numbers"),
        ([np.array([1 + 2j])], None, "sequence 0 is not an array of numbers"),
        ([np.array(["2020-01-01"], dtype="datetime64[D]")], None, "sequence 0 is not an array of numbers"),
        ([[[1.0, 2.0], [3.0]]], None, "sequence 0 is not an array of numbers"),
        (np.zeros((2, 3), dtype=complex), None, "sequence 0 is not an array of numbers"),
        ([[[[1.0]]]], None, r"sequence 0 has shape \(1, 1, 1\)"),
        (np.zeros(3), None, r"X has shape \(3,\)"),
        (np.zeros((2, 0)), None, r"X has shape \(2, 0\)"),
        (np.zeros((2, 1, 1, 1)), None, "X has shape"),
        ("data.csv", None, "X is a str"),
        ({"a": [1]}, None, "X is a dict"),
        (3, None, "X is a int"),
    ],
)
def test_what_cannot_be_used_is_named(X, y, message):
    with pytest.raises(FrontalError, match=message):
        Labelled.from_arrays(X, y)


def test_files_with_empty_and_unlabelled_sequences():
    arrays = [np.zeros((2, 1)), np.zeros((0, 1)), np.ones((1, 1))]
    data = assemble(Labelled("x", arrays, ["a", "b", ""], ("v",), "numbers", False, ["i", "j", "k"]))
    assert (data.ids, data.labels) == (["i"], ["a"])
    assert data.notes == [
        "Sequences without any step: 1 ('j'); they were left out.",
        "Sequences without a label: 1 ('k'); they were left out.",
        "All labels are 'a': with one class there is nothing to learn.",
    ]
    with pytest.raises(FrontalError, match="x holds no sequence with a step in it"):
        assemble(Labelled("x", arrays[1:2], ["a"], ("v",), "numbers", False, ["i"]))


def test_no_label_at_all_is_unknown():
    data = assemble(Labelled("x", [np.zeros((2, 1))], [""], ("v",), "numbers", False, ["i"]))
    assert data.labels is None


def test_a_labelled_is_returned():
    data = three()
    assert read_labelled(data) is data
    assert read_labelled([[1.0, 2.0]]).labels is None
    assert read_labelled([[1.0, 2.0]], per_step=True).per_step


def test_what_is_not_there(tmp_path):
    (tmp_path / "gestures.csv").write_text("x")
    with pytest.raises(FrontalError, match=r"no such file or folder: .*gesture.csv; did you mean '.*gestures.csv'\?"):
        read_labelled(tmp_path / "gesture.csv")
    with pytest.raises(FrontalError, match=r"no such file or folder: .*; give a long CSV"):
        read_labelled(tmp_path / "nowhere" / "x.ts")
    (tmp_path / "sub").mkdir()
    with pytest.raises(FrontalError, match=r"sub holds no sequences that can be read \(nothing is in it\)"):
        read_labelled(tmp_path / "sub")


def test_names_of_the_catalogue(data_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRONTAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FRONTAL_DATA", str(data_dir))
    assert len(read_labelled("fsdd")) == 600
    assert len(read_labelled("ucr_uea/BasicMotions")) == 80
    with pytest.raises(FrontalError, match=r"did you mean '.*ucr_uea/BasicMotions_T"):
        read_labelled("ucr_uea/BasicMotionz")
    monkeypatch.setenv("FRONTAL_DATA", str(tmp_path))
    with pytest.raises(FrontalError, match="'fsdd' is not on this machine; type `frontal data get fsdd`"):
        read_labelled("fsdd")
    (tmp_path / "fsdd").write_text("id,a,label\n1,1,u\n1,2,u\n2,2,v\n2,3,v\n")
    assert len(read_labelled("fsdd")) == 2  # a file of that name goes first


def test_an_option_that_says_nothing_is_refused(tmp_path):
    (tmp_path / "x.ts").write_text("@data\n1:a\n")
    with pytest.raises(FrontalError, match=r"label=y has no meaning for .*x.ts, whose lines hold their labels"):
        read_labelled(tmp_path / "x.ts", label="y")
    with pytest.raises(FrontalError, match="rate=8000 has no meaning for the data, a table"):
        read_labelled({"id": [1, 1], "a": [1.0, 2.0]}, rate=8000)
    with pytest.raises(FrontalError, match="the data has one label a sequence, not one a step"):
        read_labelled(three(), per_step=True)
