"""Texts, JSON and FASTA: reviews, proteins, and anything that JSON can say."""

from __future__ import annotations

import json
import zipfile
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontal.data.labelled import read_labelled
from frontal.errors import FrontalError

FUZZ = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


# Texts


def test_movie_reviews(data_dir):
    data = read_labelled(data_dir / "sentiment_mr")
    assert Counter(data.labels) == {"pos": 5331, "neg": 5331}
    assert (data.kind, data.split) == ("tokens", None)
    at = data.ids.index("rt-polarity.neg:1")
    assert data.sequences[at].tolist() == ["simplistic", ",", "silly", "and", "tedious", "."]


def test_a_folder_of_folders_of_texts(tmp_path):
    for name, text in (("train/pos/1", "Fine!"), ("train/neg/1", "Dull."), ("test/pos/2", "So fine")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.txt").write_text(text)
    data = read_labelled(tmp_path)
    assert sorted(zip(data.labels, data.split, data.ids, strict=True)) == [
        ("neg", "train", "neg/1.txt"), ("pos", "test", "pos/2.txt"), ("pos", "train", "pos/1.txt"),
    ]  # fmt: skip
    assert read_labelled(tmp_path / "train").split is None


# JSON and FASTA


def test_proteins_per_residue(data_dir):
    """TS115: 115 proteins, 29704 residues, as its source says."""
    data = read_labelled(data_dir / "protein_ss" / "ts115_q3.json", per_step=True)
    assert (len(data), int(data.lengths.sum()), data.classes) == (115, 29704, ["C", "E", "H"])
    first = json.loads((data_dir / "protein_ss" / "ts115_q3.json").read_text().splitlines()[0])
    assert (" ".join(data.sequences[0]), " ".join(data.labels[0])) == (first["source"], first["target"])


def test_proteins_for_training(data_dir):
    data = read_labelled(data_dir / "protein_ss" / "splits.zip")
    assert Counter(data.split) == {"train": 10792, "test": 364}
    assert data.ids[0] == "1es5-A"
    assert data.labels[0].tolist()[:5] == ["", "", "C", "C", "C"]  # the mask begins with 0011
    assert data.classes == ["C", "E", "H"]
    assert all(len(a) == len(b) for a, b in zip(data.sequences, data.labels, strict=True))


@pytest.mark.parametrize(
    ("records", "sequences", "labels"),
    [
        ([{"x": [1, 2], "y": 3}, {"x": [4, None, 5], "y": "b"}], [[[1], [2]], [[4], [4], [5]]], ["3", "b"]),
        ([{"values": [[1, 2], [3, 4]], "label": "u"}], [[[1, 2], [3, 4]]], ["u"]),
        ([{"tokens": ["A", "b"], "tags": ["N", None]}], [["A", "b"]], [["N", ""]]),
        ([{"text": "A b!", "label": "u"}, {"text": "C", "label": "v"}], [["a", "b", "!"], ["c"]], ["u", "v"]),
        ([{"seq": "MT", "target": "CH"}, {"seq": "M", "target": "E"}], [["M", "T"], ["M"]], [["C", "H"], ["E"]]),
        ([{"seq": "MTR"}, {"seq": "M"}], [["M", "T", "R"], ["M"]], None),
        ([{"seq": "ACGT", "label": "promoter"}], [["A", "C", "G", "T"]], ["promoter"]),
        ([{"sentence": "The cat", "labels": ["D", "N"]}], [["The", "cat"]], [["D", "N"]]),
        ([{"text": "so so", "y": "ab"}, {"text": "a bc", "y": "cd"}], [["so", "so"], ["a", "bc"]], ["ab", "cd"]),
        ([{"seq": "M", "label": "E"}, {"seq": "T", "label": "C"}], [["M"], ["T"]], ["E", "C"]),
        ([{"text": "so so so", "label": "pos"}, {"text": "no", "label": "neg"}], [["so"] * 3, ["no"]], ["pos", "neg"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("lines", [False, True])
def test_json_records(tmp_path, records, sequences, labels, lines):
    text = "\n".join(map(json.dumps, records)) if lines else json.dumps(records)
    (tmp_path / "x.json").write_text(text)
    data = read_labelled(tmp_path / "x.json")
    assert [sequence.tolist() for sequence in data.sequences] == sequences
    found = data.labels and [label if isinstance(label, str) else label.tolist() for label in data.labels]
    assert found == labels
    assert data.per_step == (labels is not None and isinstance(labels[0], list))


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "is empty"),
        ("[]", {}, "record 1: not an object"),
        ("[1, 2]", {}, "record 1: not an object"),
        ('{"a": [1, 2], "label": "u"}', {}, r"no field of the first record is a sequence \(a, label\)"),
        ('{"x": [1, 2], "label": "u"}', {"label": "lable"}, "has no field 'lable'; did you mean 'label'"),
        ('{"x": [1, 2], "label": "u"}', {"per_step": True}, "has one label a sequence, not one a step"),
        ('{"x": [1, 2], "label": ["u"]}', {}, "record 1: 2 steps and 1 labels"),
        ('{"x": [1, "b"], "label": "u"}', {}, "record 1: a sequence is a list of numbers"),
        ('{"x": [[1, 2], [3]], "label": "u"}', {}, "record 1: a sequence is a list of numbers"),
        ('[{"x": [[1, 2]]}, {"x": [[1]]}]', {}, r"record 2: a sequence of shape \(1, 1\); \(steps,\) or \(steps, 2\)"),
        ('[{"x": [1]}, {"y": [1]}]', {}, "record 2: 'x' is None, where a list or a text is expected"),
        ('{"x": [1], "label": {"a": 1}}', {}, "record 1: the label is an object"),
        ('{"x": [1, Infinity], "label": "u"}', {}, "sequence '1', step 2, 'value': inf is not a finite"),
        ('{"x": [1]}\n{"x": [1}\n', {}, "line 2: not JSON"),
        ('{"x": \n', {}, "line 2: not JSON"),
        ("[" * 100_000, {}, "lists within lists too deep"),
        ('{"x": [' + "9" * 5000 + "]}", {}, "x.json"),
        ('{"x": [' + "9" * 400 + "]}", {}, "record 1: a sequence is a list of numbers"),
    ],
)
def test_json_that_cannot_be_read_is_named(tmp_path, text, options, message):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(FrontalError, match=message):
        read_labelled(tmp_path / "x.json", **options)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=8,
)


@FUZZ
@given(st.lists(st.fixed_dictionaries({"x": JSON, "label": JSON}), max_size=3))
def test_any_json_is_refused_or_read(tmp_path, records):
    (tmp_path / "x.json").write_text(json.dumps(records))
    try:
        data = read_labelled(tmp_path / "x.json")
    except FrontalError:
        return
    assert all(len(sequence) for sequence in data.sequences)
    if data.kind == "numbers":
        assert all(np.isfinite(sequence).all() for sequence in data.sequences)


def test_fasta(tmp_path):
    (tmp_path / "a.fasta").write_text(">u LABEL=one\nMT\nRL\n>v LABEL=two\nM\n")
    data = read_labelled(tmp_path / "a.fasta")
    assert ([sequence.tolist() for sequence in data.sequences], data.labels) == (
        [["M", "T", "R", "L"], ["M"]],
        ["one", "two"],
    )
    (tmp_path / "a.fasta").write_text(">u\nMT\n>v\nM\n")
    assert read_labelled(tmp_path / "a.fasta").labels is None
    for text, message in (
        ("MT\n", "line 1: 'MT' stands before a line >NAME"),
        ("", "holds no line >NAME"),
        (">u\nM\n>u\nT\n", "line 3: a second sequence is called 'u'"),
    ):
        (tmp_path / "a.fasta").write_text(text)
        with pytest.raises(FrontalError, match=message):
            read_labelled(tmp_path / "a.fasta")


def test_a_zip_of_fasta(tmp_path):
    def write(labels):
        with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
            archive.writestr("s/sequences.fasta", ">u\nMT\n>v\nM\n")
            archive.writestr("s/labels.fasta", labels)

    write(">v SET=test\nH\n>u SET=train\nCE\n")
    data = read_labelled(tmp_path / "s.zip")
    assert [label.tolist() for label in data.labels] == [["C", "E"], ["H"]]
    assert data.split == ["train", "test"]
    write(">u\nCE\n")
    with pytest.raises(FrontalError, match="sequence 'v': 1 symbols, and no entry in the labels"):
        read_labelled(tmp_path / "s.zip")
    write(">u\nC\n>v\nH\n")
    with pytest.raises(FrontalError, match="sequence 'u': 2 symbols, and 1 symbols in the labels"):
        read_labelled(tmp_path / "s.zip")
    (tmp_path / "s.zip").write_bytes(b"PK\x03\x04rest")
    with pytest.raises(FrontalError, match="cannot be read as a zip file"):
        read_labelled(tmp_path / "s.zip")
