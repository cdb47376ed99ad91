"""`.ts` and the UCR archive's text form: what is written reads back, and nothing but FrontalError comes of the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontal.data.labelled import read_labelled
from frontal.data.labelled_ts import read_ts
from frontal.errors import FrontalError

FUZZ = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
HEAD = "# a comment\n@problemName x\n@timeStamps false\n@classLabel true a b\n@data\n"


def read(folder: Path, text: str | bytes, name: str = "x.ts"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_labelled(path)


def test_the_four_sets_of_the_archive(data_dir):
    """Sizes, lengths and classes as the archive's pages state them."""
    known = {
        "BasicMotions": (40, 40, 6, {100}, ["Badminton", "Running", "Standing", "Walking"]),
        "ECG200": (100, 100, 1, {96}, ["-1", "1"]),
        "JapaneseVowels": (270, 370, 12, set(range(7, 30)), [str(k) for k in range(1, 10)]),
        "PickupGestureWiimoteZ": (50, 50, 1, None, [str(k) for k in range(1, 11)]),
    }
    for name, (train, test, channels, lengths, classes) in known.items():
        data = read_labelled(data_dir / "ucr_uea" / name)
        assert data.split == ["train"] * train + ["test"] * test
        assert {sequence.shape[1] for sequence in data.sequences} == {channels} == {len(data.channels)}
        assert data.classes == classes
        assert lengths is None or set(data.lengths.tolist()) <= lengths
        assert data.name.endswith(name)
    assert (data.lengths.min(), data.lengths.max()) == (29, 361)


def test_values_of_a_line_are_those_of_the_file(data_dir):
    path = data_dir / "ucr_uea" / "JapaneseVowels_TEST.ts"
    line = path.read_text().splitlines()[-1].split(":")
    data = read_ts(path)
    expected = np.array([list(map(float, part.split(","))) for part in line[:-1]], dtype=np.float32).T
    assert (data.sequences[-1] == expected).all()
    assert data.labels[-1] == line[-1]
    assert data.ids[-1] == f"JapaneseVowels_TEST:{len(path.read_text().splitlines())}"


def test_scikit_times_other_forms(tmp_path):
    data = read(tmp_path, HEAD + "1,?,3:4,5,6:a\n\n7:8:b\n")
    assert data.sequences[0].tolist() == [[1, 4], [1, 5], [3, 6]]
    assert data.sequences[1].tolist() == [[7, 8]]
    assert data.ids == ["x:6", "x:8"]
    stamped = HEAD.replace("timeStamps false", "timestamps true")
    data = read(tmp_path, stamped + "(0,1.5),(2,3), (1,2):(0,4),(2,6),(1,?):a\n(0,1):(0,2):b\n")
    assert data.sequences[0].tolist() == [[1.5, 4], [2, 4], [3, 6]]
    data = read(tmp_path, stamped + "(2020-01-01 05:00:00,1),(2020-01-01 06:00:00,2):a\n(2020-01-01 05:00:00,1):b\n")
    assert data.sequences[0].ravel().tolist() == [1, 2]
    data = read(tmp_path, "@classLabel false\n@data\n1,2,3\n4,5\n")
    assert data.labels is None
    assert data.lengths.tolist() == [3, 2]
    data = read(tmp_path, "1,2,3\n4,5,6\n")
    assert data.labels is None
    assert "there are no labels" in data.notes[0]


def test_padding_and_empty_cases(tmp_path):
    data = read(tmp_path, HEAD + "1,2,NaN,NaN:a\n?,?:b\n:b\n3:b\n4:?\n")
    assert [sequence.ravel().tolist() for sequence in data.sequences] == [[1, 2], [3]]
    assert any("Sequences without any step: 2 ('x:7', 'x:8')" in note for note in data.notes)
    assert any("Sequences without a label: 1 ('x:10')" in note for note in data.notes)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(tmp_path, encoding):
    assert read(tmp_path, (HEAD + "1,2:a\n").encode(encoding)).labels == ["a"]


def test_one_file_of_a_pair_brings_the_other(tmp_path):
    (tmp_path / "G_TRAIN.ts").write_text(HEAD + "1,2:a\n")
    (tmp_path / "G_TEST.ts").write_text(HEAD + "3:b\n")
    for source in ("G_TRAIN.ts", "G_TEST.ts", "G", "."):
        data = read_labelled(tmp_path / source)
        assert (data.labels, data.split) == (["a", "b"], ["train", "test"])
        assert data.notes[0] == "G_TRAIN.ts is the training part (1 sequences), G_TEST.ts the test part (1)."
    (tmp_path / "G_TEST.ts").write_text(HEAD + "3:4:b\n")
    with pytest.raises(FrontalError, match=r"G_TRAIN.ts has 1 channels and .*G_TEST.ts 2; training and test need"):
        read_labelled(tmp_path / "G")
    (tmp_path / "G_TEST.ts").unlink()
    assert read_labelled(tmp_path / "G_TRAIN.ts").split is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no case"),
        (HEAD, "has no case"),
        (HEAD + "1,2:c\n", "line 6: label 'c' is not one that @classLabel names; choose from: "),
        (HEAD + "1,2\n", "line 6: no label after the last ':'"),
        (HEAD + "1,2:3,4\n", r"line 6: no label after the last ':' \('3,4'\)"),
        (HEAD + "1,2:a\n1:2:a\n", "line 7: the case has 2 dimensions, separated by ':', where the first case has 1"),
        (HEAD.replace("@data", "@dimensions 3\n@data") + "1:2:a\n", "has 2 dimensions, .* where @dimensions says 3"),
        (HEAD + "1,2:1:a\n", "the dimensions have lengths 2, 1; all"),
        (HEAD + "1,x:a\n", "line 6, value 2: 'x' is not a number; write ?"),
        (HEAD + "1,inf:a\n", "sequence 'x:6', step 2, 'value': inf is not a finite number"),
        (HEAD.replace("timeStamps false", "timeStamps true") + "1,2:a\n", r"not of the form \(time,value\)"),
        (HEAD.replace("@timeStamps false", "@timeStamp false"), "no tag @timeStamp; did you mean 'timeStamps'?"),
        (HEAD.replace("@timeStamps false", "@timeStamps maybe"), "@timeStamps 'maybe', where true or false"),
        (HEAD.replace("@data", "@targetLabel true\n@data"), "a number to predict, not a class"),
        (HEAD.replace("@data", "@dimensions many\n@data"), "@dimensions 'many' is not a number of dimensions"),
        ("@problemName x\n1,2:a\n", "line 2: a line '1,2:a' above @data"),
        (b"\x00\x01\x02", "is a binary file"),
        (b"PK\x03\x04", "is an Excel or zip file"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, text, message):
    with pytest.raises(FrontalError, match=message):
        read(tmp_path, text)


@FUZZ
@given(
    st.integers(1, 3).flatmap(
        lambda dimensions: st.lists(
            st.tuples(
                st.integers(1, 5).flatmap(
                    lambda steps: st.lists(
                        st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9, width=32)), min_size=steps, max_size=steps),
                        min_size=dimensions,
                        max_size=dimensions,
                    )
                ),
                st.sampled_from(["a", "b", "long name"]).map(lambda label: label.replace(" ", "_")),
            ),
            min_size=1,
            max_size=5,
        )
    ),
    st.booleans(),
)
def test_what_is_written_reads_back(tmp_path, cases, stamped):
    """Each case is written with a known last step, so that no step is padding."""
    lines = [f"@timeStamps {str(stamped).lower()}", "@classLabel true a b long_name", "@data"]
    for columns, label in cases:
        cells = [[*("?" if v is None else repr(v) for v in column), "0.5"] for column in columns]
        shown = [[f"({t},{v})" for t, v in enumerate(column)] if stamped else column for column in cells]
        lines.append(":".join([",".join(column) for column in shown] + [label]))
    data = read(tmp_path, "\n".join(lines))
    assert data.labels == [label for _, label in cases]
    for sequence, (columns, _) in zip(data.sequences, cases, strict=True):
        for place, column in enumerate(columns):
            known = [(step, value) for step, value in enumerate([*column, 0.5]) if value is not None]
            assert all(sequence[step, place] == np.float32(value) for step, value in known)
        assert not np.isnan(sequence).any()


@FUZZ
@given(st.data())
def test_a_damaged_file_is_refused_or_read(tmp_path, data):
    text = HEAD + "1.5,2,?:4,5,6:a\n7,8:9,10:b\n"
    place = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 12))
    patch = data.draw(st.one_of(st.text(max_size=6), st.sampled_from([":", ",", "@data", "\n", "(", "?", "#", "e9"])))
    damaged = (text[:place] + patch + text[place + length :]).encode("utf-8", "surrogatepass")
    try:
        read = _read_bytes(tmp_path, damaged)
    except FrontalError:
        return
    assert all(np.isfinite(sequence).all() and len(sequence) for sequence in read.sequences)
    assert read.labels is None or all(read.labels)


def _read_bytes(folder: Path, data: bytes):
    (folder / "y.ts").write_bytes(data)
    return read_labelled(folder / "y.ts")


@FUZZ
@given(st.binary(max_size=60))
def test_any_bytes_are_refused_or_read(tmp_path, data):
    try:
        read = _read_bytes(tmp_path, data)
    except FrontalError:
        return
    assert len(read)


def test_the_older_text_form(tmp_path):
    train = "1\t0.5\t1.5\tNaN\n2\t3\tNaN\t4\n\n"
    data = read(tmp_path, train, "G_TRAIN.tsv")
    assert [sequence.ravel().tolist() for sequence in data.sequences] == [[0.5, 1.5], [3, 3, 4]]
    assert data.labels == ["1", "2"]
    (tmp_path / "G_TEST.tsv").write_text("  1.0000000e+00   7.0\n")
    data = read_labelled(tmp_path / "G_TRAIN.tsv")
    assert (data.labels, data.split) == (["1", "2", "1"], ["train", "train", "test"])
    with pytest.raises(FrontalError, match="line 1, column 2: 'x' is not a number"):
        read(tmp_path, "1\tx\n", "H_TRAIN.tsv")
    with pytest.raises(FrontalError, match="holds no sequence"):
        read(tmp_path, "\n", "H_TRAIN.tsv")
