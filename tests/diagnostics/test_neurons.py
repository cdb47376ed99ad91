"""Units that watch something: found where they are, and not found where there are none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import roc_auc_score

from frontal import FrontalError
from frontal.diagnostics.auc import areas, ranks
from frontal.diagnostics.neuron_scores import Scores, Watcher, scores
from frontal.diagnostics.neurons import neurons
from frontal.diagnostics.predicate import of_symbols, truths
from frontal.diagnostics.predicates_text import TEXT


@settings(deadline=None)
@given(hnp.arrays(np.float16, st.integers(1, 60), elements=st.floats(-8, 8, width=16)))
def test_ranks_are_those_of_sorting(values: Any) -> None:
    obvious = [(values < v).sum() + ((values == v).sum() + 1) / 2 for v in values]
    np.testing.assert_array_equal(ranks(values), obvious)


def test_areas_are_those_of_scikit_learn() -> None:
    generator = np.random.default_rng(0)
    values = generator.normal(size=(4, 300)).round(1).astype(np.float16)  # with ties
    labels = np.stack([generator.random(300) < p for p in (0.1, 0.5, 0.9)])
    expected = [[roc_auc_score(label, row) for label in labels] for row in values]
    np.testing.assert_allclose(areas(values, labels), expected, rtol=1e-12)
    assert np.isnan(areas(values, np.zeros((1, 300), dtype=bool))).all()


class Held:
    """Stands for a capture: two layers of units, one of which was planted."""

    def __init__(self, labels: Any, noise: float, seed: int = 1) -> None:
        generator = np.random.default_rng(seed)
        n = len(labels)
        self.layers = {name: generator.normal(size=(70, n)) for name in ("a/h", "b/h")}
        self.layers["b/h"][66] = -1.0 * labels + generator.normal(size=n) * noise
        self.index = type("Index", (), {"name": "planted"})()
        facts: dict[str, Any] = {"units": 70, "function": None, "keeping": 0.0, "bounds": (None, None)}
        facts |= {"lowest": -9.0, "highest": 9.0}
        self.signals = tuple(SimpleNamespace(name=name, layer=name[0], **facts) for name in self.layers)

    def __len__(self) -> int:
        return self.layers["a/h"].shape[1]

    def signal(self, name: str) -> Any:
        return next(s for s in self.signals if s.name == name)

    def track(self, _: str) -> Any:
        return np.arange(len(self)) == 0

    def values(self, name: str, units: slice, steps: slice = slice(None)) -> Any:
        return self.layers[name][units, steps].astype(np.float32)


def runs(n: int, seed: int = 0) -> Any:
    """Labels that hold for a while and fail for a while."""
    return np.repeat(np.random.default_rng(seed).random(-(-n // 25)) < 0.4, 25)[:n]


def test_a_planted_unit_is_found_with_its_sign_and_the_control_finds_nothing() -> None:
    labels = runs(4001)
    held: Any = Held(labels, noise=0.3)
    found = neurons(held, {"planted": labels, "never": np.zeros(4001, dtype=bool)})
    best = found.of("planted")
    assert (best.signal, best.unit, best.sign) == ("b/h", 66, -1)
    second = slice(2000, 4000)
    assert best.area == pytest.approx(
        roc_auc_score(labels[second], -held.layers["b/h"][66, second].astype(np.float16)), abs=1e-3
    )
    assert abs(best.control - 0.5) < 0.05
    assert found.rare == ("never",)
    assert (found.units[0].signal, found.units[0].unit) == ("b/h", 66)
    assert len(found.units) == 140
    assert "planted" in str(found)
    assert 4 < best.correlation < 30  # labels hold for 25 steps or more, and there is noise
    assert np.isnan(best.half_life)  # there is no gate
    with pytest.raises(FrontalError, match="too seldom"):
        found.of("never")


def test_noise_watches_nothing() -> None:
    labels = runs(6000, seed=3)
    held: Any = Held(np.zeros(6000), noise=1.0)
    best = neurons(held, {"nothing": labels}).of("nothing")
    assert abs(best.area - 0.5) < 0.05  # chosen among 140 on one half, and not better than chance on the other


def test_only_what_was_asked_for_is_looked_at() -> None:
    labels = runs(4000)
    held: Any = Held(labels, noise=0.3)
    assert neurons(held, {"planted": labels}, signals=["a/h"]).of("planted").signal == "a/h"


def test_too_little_is_refused() -> None:
    labels = np.zeros(50, dtype=bool)
    held: Any = Held(labels, noise=1)
    with pytest.raises(FrontalError, match="often enough"):
        neurons(held, {"x": labels})


SAMPLE = '''\
# see https://example.org/a?b=1 now
import os

def area(width, height=[2, 3]):
    """Return it."""
    return 'x' + "two words" * 12.5

    ANNA: Nun ist's gut. Ja é &amp; <b>
'''


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("inside a URL", "https://example.org/a?b=1"),
        ("inside double quotes", '"two words"'),
        ("inside single quotes", "'x'"),
        ("inside round brackets", "(width, height=[2, 3])"),
        ("inside square brackets", "[2, 3]"),
        ("inside two brackets or more", "[2, 3]"),
        ("inside a comment", "# see https://example.org/a?b=1 now"),
        ("in a line with import", "import os"),
        ("in a line that defines", "def area(width, height=[2, 3]):"),
        ("in an empty line", "\n"),
        ("inside a number", "12.5"),
        ("inside a word of capitals", "ANNA"),
        ("inside a tag", "<b>"),
        ("inside a triple-quoted string", '"""Return it."""'),
        ("escape or entity", "&amp;"),
        ("not ASCII", "é"),
        ("in a line indented by 8 or more", None),
        ("beyond the 5th letter of a word", "le"),
    ],
)
def test_predicates_hold_where_they_say(name: str, text: str | None) -> None:
    held = truths(TEXT, SAMPLE, len(SAMPLE))[name]
    spans = "".join(c if h else "\0" for c, h in zip(SAMPLE, held, strict=True)).split("\0")
    said = [span for span in spans if span]
    assert (text in said) if text is not None else not said, said


def test_two_slashes_in_an_address_begin_no_comment() -> None:
    text = "see http://a.b/c#d and\nx = 1  // note\n"
    held = truths(TEXT, text, len(text))["inside a comment"]
    assert "".join(c for c, h in zip(text, held, strict=True) if h) == "// note"


def test_there_are_about_forty_and_none_is_named_twice() -> None:
    assert len(TEXT) >= 40
    assert len({p.name for p in TEXT}) == len(TEXT)


@given(st.text(alphabet="ab \n\"'()[]#.:=é9A<>/&;", max_size=80))
def test_every_predicate_answers_at_every_character(text: str) -> None:
    assert {held.shape for held in truths(TEXT, text, len(text)).values()} == {(len(text),)}


def test_columns_begin_anew_in_every_line() -> None:
    held = truths(TEXT, "abcdef\n\nabc", 11)["first 5 columns of a line"]
    assert held.tolist() == [True] * 5 + [False, False] + [True] * 4


def test_a_symbol_of_several_characters_takes_its_last() -> None:
    held = np.array([True, False, False, True])
    assert of_symbols(held, np.array([0, 1, 2, 0, 1])).tolist() == [False, True, False, False, True]


def test_a_predicate_of_another_length_is_refused() -> None:
    with pytest.raises(FrontalError, match="4 steps"):
        truths(TEXT, "abc", 4)


def planted(**units: Any) -> Any:
    """Scores of units that were planted among noise: signal and number as in `a7`, and what each holds."""
    held: Any = Held(np.zeros(len(next(iter(units.values()))), dtype=bool), noise=1.0)
    for place, values in units.items():
        held.layers[f"{place[0]}/h"][int(place[1:])] = values
    return held


def test_the_most_telling_unit_is_the_surest_of_those_that_hold_something() -> None:
    draw = np.random.default_rng(3)
    n = 6000
    slow, slower, quick = (np.repeat(draw.random(n // k) < 0.4, k) for k in (60, 100, 1))
    held = planted(a3=slow + 0.35 * draw.normal(size=n), b5=0.3 * draw.normal(size=n) - slower, b9=quick * 1.0)
    asked = {"slow": slow, "slower": slower, "quick": quick, "not slower": ~slower, "chance": draw.random(n) < 0.5}
    found = scores(held, asked)
    by_unit = {(w.signal, w.unit): w for w in found.telling()}
    assert list(by_unit) == [("b/h", 5), ("a/h", 3), ("b/h", 9)]  # `quick` is told best of all, and held by nobody
    assert by_unit["b/h", 9].area == 1
    assert by_unit["b/h", 5].area > by_unit["a/h", 3].area
    assert by_unit["b/h", 5].predicate in ("slower", "not slower")
    assert [(w.signal, w.unit) for w in found.telling("a/h")] == [("a/h", 3)]
    assert scores(held, {"chance": asked["chance"]}).telling() == ()


def test_a_lead_is_over_the_control_or_over_chance() -> None:
    facts = {"signal": "h", "unit": 0, "predicate": "p", "sign": 1, "share": 0.1, "half_life": 1.0}
    of = {**facts, "correlation": 1.0, "saturated": 0.0}
    assert Watcher(area=0.9, control=0.6, **of).lead == pytest.approx(0.3)
    assert Watcher(area=0.9, control=0.4, **of).lead == pytest.approx(0.4)


def test_what_holds_twenty_times_in_either_half_and_fails_as_often_is_asked() -> None:
    held: Any = Held(np.zeros(200), noise=1.0)

    def times(early: int, late: int) -> Any:
        return np.r_[np.arange(100) < early, np.arange(100) < late]

    asked = {"20": times(20, 20), "80": times(80, 80), "19 early": times(19, 20), "19 late": times(20, 19)}
    asked |= {"81 early": times(81, 50), "81 late": times(50, 81), "unlike": times(60, 30)}
    found = scores(held, asked)
    assert found.predicates == ("20", "80", "unlike")
    np.testing.assert_allclose(found.shares, [0.2, 0.8, 0.45])  # of all steps, not of the half that is scored


def test_a_watcher_is_saturated_at_either_end() -> None:
    values = np.resize([-0.95] * 3 + [0.0] * 5 + [0.95] * 2, 1000)
    held: Any = Held(np.resize([True, False], 1000), noise=1.0)
    for signal in held.signals:
        signal.lowest, signal.highest = -1.0, 1.0
    held.layers["a/h"][4] = values
    found = scores(held, {"high": values > 0.5}).ranking("high", 1)[0]
    assert (found.signal, found.unit, found.saturated) == ("a/h", 4, 0.5)


def test_what_stays_alike_for_ten_steps_and_is_surer_than_four_in_five_is_telling() -> None:
    def row(*numbers: float) -> Any:
        return np.array(numbers)[:, None]

    area, control = row(0.9, 0.95, 0.85, 0.8, 0.7), row(0.5, 0.5, 0.5, 0.5, 0.5)
    memories = np.c_[np.full(5, np.nan), [9, 10, 11, 50, 50], np.full(5, np.nan)]

    def best(unit: int) -> Any:
        """As if that one unit were the best of the first half."""
        learned = row(*(0.9 if k == unit else 0.5 for k in range(5)))
        return learned, area, control

    predicates = [best(unit) for unit in range(5)]
    learned, scored, chance = (np.concatenate(part, 1) for part in zip(*predicates, strict=True))
    found = Scores(
        tuple(("h", unit) for unit in range(5)), tuple("abcde"), (), np.full(5, 0.3), learned, scored, chance, memories
    )
    assert [(w.unit, w.predicate) for w in found.telling()] == [(1, "b"), (2, "c"), (0, "a")]
