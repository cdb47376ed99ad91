"""The judge of style beside a slow and obvious naive Bayes."""

from __future__ import annotations

from collections import Counter
from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.data.styled import END, Styled
from frontal.data.styled_places import place_names
from frontal.tasks.language_style_judge import StyleJudge

WORDS = st.text("abé ", min_size=1, max_size=7).filter(str.strip)


def slow(data: Styled, text: str, order: int, added: float) -> list[float]:
    """Bayes' rule, run by run, with the runs as texts."""

    def runs(one: str) -> list[str]:
        one = f"{END}{one}{END}"
        return [one[k : k + n] for n in range(1, order + 1) for k in range(len(one) - n + 1)]

    counts = {s: Counter(run for t, c in zip(data.texts, data.labels, strict=True) if c == s for run in runs(t))
              for s in data.styles}  # fmt: skip
    known = {run for count in counts.values() for run in count}
    scores = [
        sum(
            log((count[run] + added) / (sum(count.values()) + added * len(known))) for run in runs(text) if run in known
        )
        for count in counts.values()
    ]
    most = max(scores)
    return [exp(score - most) / sum(exp(other - most) for other in scores) for score in scores]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(WORDS, st.sampled_from("xyz")), min_size=3, max_size=8), WORDS, st.integers(1, 4))
def test_it_is_naive_bayes(rows: list[tuple[str, str]], text: str, order: int):
    rows = [*rows, ("a", "x"), ("b", "y")]
    data = Styled.from_lists([t for t, _ in rows], [s for _, s in rows])
    judged = StyleJudge(data, order=order, added=0.3).probabilities([text, "aab"])
    np.testing.assert_allclose(judged, [slow(data, t, order, 0.3) for t in (text, "aab")], rtol=1e-9)


def test_a_style_with_more_texts_is_not_likelier_for_it():
    data = Styled.from_lists(["ab"] * 90 + ["ba"] * 10, ["x"] * 90 + ["y"] * 10)
    assert StyleJudge(data).probabilities(["ba", "ab"]).argmax(1).tolist() == [1, 0]
    assert StyleJudge(data).probabilities(["ßßß"])[0] == pytest.approx([0.5, 0.5], abs=0.05)


def test_it_tells_places_apart():
    data = place_names(60)
    held = np.arange(len(data)) % 5 == 0
    judged = StyleJudge(data.select(~held)).probabilities(data.select(held).texts).argmax(1)
    assert np.mean(judged == data.select(held).numbers) > 0.95
