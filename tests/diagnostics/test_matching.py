"""Matches beside a loop over steps and units; the fast way beside the whole one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from frontal import FrontalError
from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.capture_index import BAND
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.match_verdict import match_verdict
from frontal.diagnostics.matching import active, likely_threshold, matches, pattern
from frontal.diagnostics.subject_text import Text
from frontal.layers.language_network import LanguageNetwork


class Held:
    """Stands for a capture of one signal."""

    def __init__(self, values: Any, starts: tuple[int, ...] = (0,)) -> None:
        self.all = np.asarray(values, dtype=np.float32)
        self.fresh = np.isin(np.arange(len(self)), starts)

    def __len__(self) -> int:
        return self.all.shape[1]

    def signal(self, _: str) -> Any:
        return SimpleNamespace(name="a/h", units=len(self.all))

    def track(self, _: str, steps: slice = slice(None)) -> Any:
        return self.fresh[steps]

    def values(self, _: str, units: slice = slice(None), steps: slice = slice(None)) -> Any:
        return self.all[units, steps]

    def overview(self, _: str) -> Any:
        bands = [self.all[:, at : at + BAND] for at in range(0, len(self), BAND)]
        return np.stack([b.min(1) for b in bands], 1), np.stack([b.max(1) for b in bands], 1)


def noise(n: int = 700, units: int = 6, seed: int = 0) -> Any:
    """Slow noise, as states are."""
    steps = np.random.default_rng(seed).normal(size=(units, n))
    for t in range(1, n):
        steps[:, t] = 0.9 * steps[:, t - 1] + 0.4 * steps[:, t]
    return steps.astype(np.float16)


def slow_set(held: Any, first: int, stop: int, threshold: float, part: float, sides: tuple[bool, bool]) -> Any:
    """Unit by unit and sign by sign, as the sentence says."""
    found: list[tuple[int, int]] = []
    for sign in (1, -1):
        for unit, row in enumerate(held.all):
            inside = sum(sign * float(row[t]) >= threshold for t in range(first, stop))
            before = first > 0 and not held.fresh[first] and sign * float(row[first - 1]) >= threshold
            behind = stop < len(held) and not held.fresh[stop] and sign * float(row[stop]) >= threshold
            if inside >= part * (stop - first) - 1e-9 and not (sides[0] and before) and not (sides[1] and behind):
                found.append((unit, sign))
    return found


def slow_matches(held: Any, wanted: Any, share: float, bridge: int) -> Any:
    """Step by step."""
    chosen = list(zip(wanted.units.tolist(), wanted.signs.tolist(), strict=True))
    m, N = len(chosen), len(held)
    count = [sum(s * float(held.all[u, t]) >= wanted.threshold for u, s in chosen) for t in range(N)]
    runs: list[list[int]] = []
    for t in range(N):
        if count[t] < share * m - 1e-9:
            continue
        gap = t - runs[-1][1] if runs else N
        if runs and gap <= bridge and not held.fresh[runs[-1][1] : t + 1].any():
            runs[-1][1] = t + 1
        else:
            runs.append([t, t + 1])
    scored: list[tuple[float, int, int]] = []
    length = wanted.stop - wanted.first
    for first, stop in runs:
        inside = np.mean([count[t] / m for t in range(first, stop)])
        before = count[first - 1] / m if first > 0 and not held.fresh[first] else 0.0
        behind = count[stop] / m if stop < N and not held.fresh[stop] else 0.0
        sides = [x for x, counts in ((before, wanted.left), (behind, wanted.right)) if counts]
        size = stop - first
        score = (inside - (np.mean(sides) if sides else 0.0)) * min(size, length) / max(size, length)
        scored.append((float(score), first, stop))
    return sorted(scored, key=lambda one: (-round(one[0], 12), one[1]))


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 50), phrase=st.tuples(st.integers(0, 230), st.integers(1, 20)),
    part=st.sampled_from([1.0, 0.8, 0.5]), share=st.sampled_from([1.0, 0.6, 0.3]), bridge=st.sampled_from([0, 2, 5]),
    sides=st.tuples(st.booleans(), st.booleans()), starts=st.sets(st.integers(1, 259), max_size=6),
)  # fmt: skip
def test_the_set_and_the_matches_are_those_of_loops_and_the_fast_way_is_the_whole_one(
    seed: int, phrase: tuple[int, int], part: float, share: float, bridge: int, sides: Any, starts: set[int]
) -> None:
    held: Any = Held(noise(260, seed=seed), (0, *starts))
    first, stop = phrase[0], sum(phrase)
    how: Any = {"part": part, "left": sides[0], "right": sides[1]}
    if held.fresh[first + 1 : stop].any():
        with pytest.raises(FrontalError, match="beginning of a sequence"):
            pattern(held, "h", slice(first, stop), 0.3, **how)
        return
    expected = slow_set(held, first, stop, 0.3, part, sides)
    if not expected:
        with pytest.raises(FrontalError, match="no unit"):
            pattern(held, "h", slice(first, stop), 0.3, **how)
        return
    wanted = pattern(held, "h", slice(first, stop), 0.3, **how)
    assert list(zip(wanted.units.tolist(), wanted.signs.tolist(), strict=True)) == expected
    found, whole = (matches(held, wanted, share=share, bridge=bridge, fast=fast) for fast in (True, False))
    slow = slow_matches(held, wanted, share, bridge)
    for one in (found, whole):
        assert list(zip(one.first.tolist(), one.stop.tolist(), strict=True)) == [run[1:] for run in slow]
        np.testing.assert_allclose(one.score, [run[0] for run in slow], atol=1e-12)
    marked = np.zeros(len(held), dtype=bool)
    for _, low, high in slow:
        marked[low:high] = True
    np.testing.assert_array_equal(found.marked(), marked)


def test_a_unit_at_the_threshold_is_active_inside_and_beside() -> None:
    values = [[0, 0.5, 0.5, 0], [0.5, 0.5, 0.5, 0], [0, 0.75, 0.75, 0.25], [0, -0.5, -0.75, 0.5]]
    found = pattern(Held(values), "a/h", slice(1, 3), 0.5)  # pyright: ignore[reportArgumentType]
    assert (found.units.tolist(), found.signs.tolist()) == ([0, 2, 3], [1, 1, -1])


def test_a_likely_threshold_is_the_greatest_that_leaves_three_units() -> None:
    held: Any = Held(noise(units=20))
    found = likely_threshold(held, "h", slice(300, 302), right=False)
    assert len(pattern(held, "h", slice(300, 302), found, right=False).units) == 3
    for more in np.linspace(1.0001, 9, 200):
        assert len(slow_set(held, 300, 302, found * more, 1.0, (True, False))) < 3
    rows = np.zeros((2, 9))
    rows[1, 4] = 0.7
    single: Any = Held(rows)
    assert likely_threshold(single, "h", slice(4, 5)) == pytest.approx(0.7, abs=1e-3)  # there is but one
    with pytest.raises(FrontalError, match="take another phrase"):
        likely_threshold(single, "h", slice(1, 3))


def test_a_phrase_of_its_own_kind_is_found_again_and_nothing_else() -> None:
    rows = np.zeros((4, 400))
    for at in (50, 170, 333):
        rows[1, at : at + 9], rows[3, at : at + 9] = 0.9, -0.8
    rows[0] = 0.9  # always on, so not only inside
    rows[2, 50:54] = 0.9  # along half of it
    held: Any = Held(rows)
    wanted = pattern(held, "h", slice(50, 59), 0.5)
    assert list(zip(wanted.units.tolist(), wanted.signs.tolist(), strict=True)) == [(1, 1), (3, -1)]
    found = matches(held, wanted)
    assert found.first.tolist() == [50, 170, 333]
    assert found.score.tolist() == [1.0, 1.0, 1.0]
    assert found.read < 400  # bands in which nothing can be were not read


def test_what_stands_beside_a_run_counts_also_in_bands_that_are_left_out() -> None:
    rows = np.zeros((2, 4 * BAND))
    rows[:, 10:16] = 0.9  # the phrase
    rows[:, 2 * BAND : 2 * BAND + 6] = 0.9  # the same again, at the beginning of a band
    rows[0, 2 * BAND - 1] = 0.9  # one unit is on before: half of the set
    held: Any = Held(rows)
    found = matches(held, pattern(held, "h", slice(10, 16), 0.5))
    assert found.first.tolist() == [10, 2 * BAND]
    assert found.score.tolist() == [1.0, 0.75]  # not beside it on one of two sides, half on the other
    assert found.read < 3 * BAND


def test_of_a_real_capture_over_several_files(tmp_path: Path) -> None:
    torch.manual_seed(0)
    ids = np.random.default_rng(0).integers(0, 5, 4500)
    network = LanguageNetwork(5, named("lstm"), hidden=40, embedding=4)
    kept: Capture = capture(Text(network, ids, [*"abcde"], "x"), tmp_path / "c")
    phrase = slice(4094, 4098)  # across the files
    wanted = pattern(kept, "h", phrase, likely_threshold(kept, "h", phrase, right=False), right=False)
    fast, whole = (matches(kept, wanted, share=0.66, bridge=1, fast=fast) for fast in (True, False))
    np.testing.assert_array_equal(fast.first, whole.first)
    np.testing.assert_array_equal(fast.stop, whole.stop)
    np.testing.assert_array_equal(fast.score, whole.score)
    values = kept.values("h").astype(np.float64)[wanted.units] * wanted.signs[:, None]
    np.testing.assert_array_equal(whole.counts, (values >= wanted.threshold).sum(0))
    np.testing.assert_array_equal(active(kept, wanted, slice(4000, 4200)), whole.counts[4000:4200])


def test_what_makes_no_sense_is_refused() -> None:
    held: Any = Held(noise())
    for threshold in (0.0, -1.0):
        with pytest.raises(FrontalError, match="above 0"):
            pattern(held, "h", slice(5, 9), threshold)
    with pytest.raises(FrontalError, match="empty"):
        pattern(held, "h", slice(9, 9), 0.1)
    with pytest.raises(FrontalError, match="lower the threshold"):
        pattern(held, "h", slice(5, 9), 99.0)
    wanted = pattern(held, "h", slice(5, 6), 0.01, left=False, right=False)
    with pytest.raises(FrontalError, match="share"):
        matches(held, wanted, share=0.0)


def test_a_verdict_is_that_of_scikit_learn_and_leaves_the_phrase_out() -> None:
    generator = np.random.default_rng(0)
    marked, holds = generator.random(500) < 0.3, generator.random(500) < 0.2
    phrase = slice(100, 140)
    found = match_verdict(marked, holds, phrase)
    marked, holds = np.delete(marked, np.r_[phrase]), np.delete(holds, np.r_[phrase])
    assert found.precision == pytest.approx(precision_score(holds, marked))
    assert found.recall == pytest.approx(recall_score(holds, marked))
    assert found.f1 == pytest.approx(f1_score(holds, marked))
    assert found.always == pytest.approx(f1_score(holds, np.ones_like(holds)))
    assert (found.share, found.marked) == (pytest.approx(holds.mean()), pytest.approx(marked.mean()))
    assert np.isnan(match_verdict(np.zeros(9, dtype=bool), np.ones(9, dtype=bool), slice(0, 0)).precision)
    with pytest.raises(FrontalError, match="3 steps"):
        match_verdict(marked, holds[:3], phrase)
