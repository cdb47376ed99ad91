"""Agreement: which translations have the form that they must have; and the list of gender."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontal.errors import FrontalError
from frontal.tasks.pairs_agreement import Case, agreement, read_cases, wrong_or_other

LIST = Path(__file__).resolve().parents[2] / "benchmarks" / "gender_en_fr.csv"


def test_forms_are_whole_words():
    case = Case("a woman is sitting", ("assise", "assises"), ("assis",), "participle")
    assert case.right("Une femme est Assise.")
    assert not case.right("Une femme est assis.") and case.decided("Une femme est assis.")
    assert not case.right("Une femme assise et assis.")
    assert not case.right("Une femme rassise.") and not case.decided("Une femme rassise.")


def test_shares_by_kind():
    cases = [Case("a", ("x",), ("y",), "one"), Case("b", ("y",), ("x",), "one"), Case("c", ("x",), ("y",), "two")]
    rows = agreement(cases, {"frontal": ["x", "y", "z"], "always x": ["x", "x", "x"]})
    assert rows == [
        {"kind": "one", "cases": 2, "frontal": 1.0, "always x": 0.5},
        {"kind": "two", "cases": 1, "frontal": 0.0, "always x": 1.0},
        {"kind": "all together", "cases": 3, "frontal": 2 / 3, "always x": 2 / 3},
    ]
    assert wrong_or_other(cases, ["y", "y", "z"]) == (1, 1)
    assert [row["kind"] for row in agreement(cases[:2], {"a": ["x", "y"]})] == ["one"]


def test_the_list_has_pairs_that_differ_in_gender_alone():
    cases = read_cases(LIST)
    assert len(cases) >= 100
    assert {case.kind for case in cases} == {"adjective", "participle", "article"}
    for masculine, feminine in zip(cases[::2], cases[1::2], strict=True):
        one, other = masculine.source.split(), feminine.source.split()
        assert len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1
        assert masculine.kind == feminine.kind
        assert not set(masculine.expected) & set(feminine.expected)
        if masculine.kind != "article":  # whose forms have the noun with them
            assert masculine.expected == feminine.refused and masculine.refused == feminine.expected
    assert len({case.source for case in cases}) == len(cases)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("source,expected\na,b\n", "has no column 'refused'"),
        ("source,expected,refused\n,b,c\n", "row 2: a source and an expected form are needed"),
        ("source,expected,refused\n", "holds no case"),
        ('source,expected,refused\n"a,b,c\n', "row"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(text: str, message: str, tmp_path: Path):
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(FrontalError, match=message):
        read_cases(path)
