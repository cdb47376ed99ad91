"""One unit's profile beside loops; snippets stay within their sequence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal import FrontalError
from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.capture_truths import truths_of
from frontal.diagnostics.neuron_scores import scores
from frontal.diagnostics.neurons import neurons
from frontal.diagnostics.snippet import snippet
from frontal.diagnostics.subject_sequences import Sequences
from frontal.diagnostics.subject_text import Text
from frontal.diagnostics.unit_memory import unit_memory
from frontal.diagnostics.unit_profile import nearest_units, peaks, unit_profile
from frontal.layers.language_network import LanguageNetwork

TEXT = ('if x: print("two words", [1, (2)])  # see http://a.b/c\n\n' * 40)[:1500]
SYMBOLS = sorted(set(TEXT))


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    torch.manual_seed(0)
    network = LanguageNetwork(len(SYMBOLS), named("lstm"), hidden=7, embedding=4, num_layers=2)
    ids = np.array([SYMBOLS.index(c) for c in TEXT])
    return capture(Text(network, ids, SYMBOLS, "x"), tmp_path_factory.mktemp("text") / "c")


class Answering(torch.nn.Module):
    """An answer after every step of sequences."""

    def __init__(self) -> None:
        super().__init__()
        from frontal import GRU

        self.rnn, self.head = GRU(3, 5), torch.nn.Linear(5, 2)

    def forward(self, x: Any, lengths: Any) -> Any:
        return self.head(self.rnn(x, lengths=lengths)[0])


@pytest.fixture(scope="module")
def sequences(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    torch.manual_seed(1)
    lengths = [30, 1, 45, 22]
    given = [torch.randn(length, 3) for length in lengths]
    facts = {"classes": ["a", "b"], "names": [f"n{k}" for k in range(4)], "channels": ["x", "y", "z"]}
    subject = Sequences(
        Answering(), given, [torch.tensor(k % 2) for k in range(4)], kind="numbers", name="s", facts=facts
    )
    return capture(subject, tmp_path_factory.mktemp("sequences") / "c")


def slow_peaks(values: Any, fresh: list[int], most: int, apart: int) -> list[int]:
    """From the greatest down, whatever has no greater one near it."""
    sequence = np.cumsum(np.isin(np.arange(len(values)), fresh))
    found: list[int] = []
    for at in sorted(range(len(values)), key=lambda t: (-values[t], t)):
        if len(found) < most and all(abs(at - old) > apart or sequence[at] != sequence[old] for old in found):
            found.append(at)
    return found


@settings(deadline=None)
@given(
    st.lists(st.integers(-4, 4), min_size=1, max_size=80), st.integers(1, 9), st.integers(0, 9),
    st.sets(st.integers(1, 79), max_size=4),
)  # fmt: skip
def test_peaks_are_those_of_a_loop(values: list[int], most: int, apart: int, starts: set[int]) -> None:
    fresh = [0, *(s for s in sorted(starts) if s < len(values))]
    assert list(peaks(np.array(values, float), np.array(fresh), most, apart)) == slow_peaks(values, fresh, most, apart)


def test_behind_the_same_symbols_only_the_first_moment_counts() -> None:
    symbols = np.tile(np.arange(20), 10)
    values = np.where(symbols == 12, 1.0, 0.0)
    values[52] = 2.0
    found = peaks(values, np.array([0]), 3, 2, symbols)
    assert found[0] == 52
    assert all(values[at] == 0 for at in found[1:])
    assert len(peaks(values, np.array([0]), 3, 2)) == 3


def test_the_same_are_eight_symbols_up_to_the_moment() -> None:
    symbols, values = np.arange(100), np.zeros(100)
    values[[20, 50, 80]] = 3.0, 2.0, 1.0
    symbols[43:51] = symbols[13:21]  # the eight up to the greatest; what stands before them differs
    symbols[74:81] = symbols[14:21]  # seven of them
    assert peaks(values, np.array([0]), 2, 5, symbols) == (20, 80)


def test_a_profile_is_what_numpy_says(text: Capture) -> None:
    found = unit_profile(text, "h", 3, most=5, apart=10)
    values = text.unit("layers.1/h", 3)
    assert found.signal == "layers.1/h"
    assert found.mean == pytest.approx(values.astype(float).mean())
    assert found.spread == pytest.approx(values.astype(float).std())
    assert found.counts.sum() == len(values)
    inside = (values >= found.edges[7]) & (values < found.edges[8])
    assert found.counts[7] == inside.sum()
    assert found.top[0] == values.argmax()
    assert found.bottom[0] == values.argmin()
    whole = unit_memory(text, "layers.1/h")
    assert (found.half_life, found.correlation) == (whole.half_life[3], whole.correlation[3])
    assert (found.low, found.high) == (whole.low[3], whole.high[3])
    with pytest.raises(FrontalError, match="there is no 7"):
        unit_profile(text, "h", 7)


def test_nearest_units_are_by_correlation(text: Capture) -> None:
    names = ["layers.0/h", "layers.0/c", "layers.1/h", "layers.1/c"]
    every = [(name, unit) for name in names for unit in range(7)]
    r = np.corrcoef(np.stack([text.unit(*one) for one in every]).astype(float))[every.index(("layers.1/c", 2))]
    expected = sorted(((abs(r[k]), one) for k, one in enumerate(every) if one != ("layers.1/c", 2)), reverse=True)
    found = nearest_units(text, "c", 2, most=6)
    assert [one[:2] for one in found] == [one for _, one in expected[:6]]
    assert [abs(one[2]) for one in found] == pytest.approx([size for size, _ in expected[:6]], abs=1e-5)


def test_scores_of_one_unit_are_those_among_all(text: Capture) -> None:
    truths = truths_of(text)
    done: list[float] = []
    everything = scores(text, truths, progress=done.append)
    one = scores(text, truths, signals=["layers.1/h"], units=slice(3, 4))
    alone, among = (found.of_unit("layers.1/h", 3) for found in (one, everything))
    assert [(w.predicate, w.area, w.control) for w in alone] == [(w.predicate, w.area, w.control) for w in among]
    assert done == sorted(done)
    assert done[-1] == 1.0
    best = neurons(text, truths)
    predicate = best.best[0].predicate
    first, *others = everything.ranking(predicate, 28)
    assert (first.signal, first.unit, first.area) == (best.best[0].signal, best.best[0].unit, best.best[0].area)
    p = everything.predicates.index(predicate)
    strengths = [everything.strength[everything.places.index((w.signal, w.unit)), p] for w in (first, *others)]
    assert strengths == sorted(everything.strength[:, p], reverse=True)
    with pytest.raises(FrontalError, match="was not asked for"):
        everything.ranking("the weather", 5)


def test_a_snippet_of_a_text_is_the_text(text: Capture) -> None:
    found = snippet(text, 100, 10, 20)
    assert (found.first, found.stop) == (90, 121)
    assert "".join(found.symbols) == TEXT[90:121]
    edge = snippet(text, 1499, 10, 20)
    assert (edge.first, edge.stop, len(edge.data)) == (1489, 1500, 0)


def test_a_snippet_stays_within_its_sequence(sequences: Capture) -> None:
    found = snippet(sequences, 32, 10, 100)
    assert (found.first, found.stop, found.place) == (31, 76, "n2 · a")
    np.testing.assert_allclose(found.data, sequences.track("input")[31:76].mean(1), rtol=1e-5)
    alone = snippet(sequences, 30, 10, 10)
    assert (alone.first, alone.stop, alone.place) == (30, 31, "n1 · b")
