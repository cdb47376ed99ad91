"""Two captures of the same data, laid side by side, beside numbers worked out one by one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from frontal import FrontalError
from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.compare import compared
from frontal.diagnostics.subject_text import Text
from frontal.diagnostics.variant import variant
from frontal.layers.language_network import LanguageNetwork

from .by_hand import by_hand, ids, text
from .test_experiment import sequences, series

LETTERS = "the cat sat on the mat"


def reading(folder: Path, symbols: Sequence[str], name: str, seed: int) -> Capture:
    """A network along a text in symbols of its own."""
    torch.manual_seed(seed)
    known = sorted(set(symbols))
    network = LanguageNetwork(len(known), named("gru"), hidden=4, embedding=3)
    return capture(Text(network, np.array([known.index(s) for s in symbols]), known, name), folder / name)


def test_the_same_symbols_are_compared_one_by_one(tmp_path: Path) -> None:
    a, b = (reading(tmp_path, LETTERS, name, seed) for seed, name in enumerate("ab"))
    found = compared(a, b)
    np.testing.assert_array_equal(found.a, np.arange(len(LETTERS)))
    np.testing.assert_allclose(found.loss_a[:-1], a.track("surprise")[:-1], rtol=1e-5)
    assert np.isnan(found.loss_a[-1])
    means = [float(np.nanmean(c.track("surprise"))) for c in (a, b)]
    assert found.means == pytest.approx(means, rel=1e-6)
    assert found.b_better == pytest.approx((b.track("surprise")[:-1] < a.track("surprise")[:-1]).mean())
    assert str(found) == (
        f"A {means[0]:.4g}, B {means[1]:.4g} nats a symbol; B is better at {found.b_better:.0%} of the symbols"
    )


def test_letters_and_words_are_compared_where_both_have_read_the_same(tmp_path: Path) -> None:
    words = ["the ", "cat ", "sat ", "on ", "the ", "mat"]
    a, b = reading(tmp_path, LETTERS, "letters", 0), reading(tmp_path, words, "words", 1)
    found = compared(a, b)
    assert (found.a + 1).tolist() == [4, 8, 12, 15, 19, 22]
    assert found.b.tolist() == list(range(6))
    surprise = a.track("surprise").astype(np.float64)
    expected = [surprise[3:7].sum(), surprise[7:11].sum(), surprise[11:14].sum(), surprise[14:18].sum()]
    np.testing.assert_allclose(found.loss_a[:4], expected, rtol=1e-6)  # a loss is that of the symbol after the step
    np.testing.assert_allclose(found.loss_b[:5], b.track("surprise")[:5], rtol=1e-6)
    assert found.unit == "character"
    assert found.means[1] == pytest.approx(float(b.track("surprise")[:5].sum()) / 18, rel=1e-6)


def test_other_texts_and_other_kinds_are_refused(tmp_path: Path) -> None:
    a, b = reading(tmp_path, LETTERS, "a", 0), reading(tmp_path, "the dog sat", "b", 1)
    with pytest.raises(FrontalError, match=r"character 4 A has 'the cat sat on' and B 'the dog sat'"):
        compared(a, b)
    windows, sounds = capture(series(), tmp_path / "s"), capture(sequences(), tmp_path / "q")
    with pytest.raises(FrontalError, match="A reads a text and B series"):
        compared(a, windows)
    with pytest.raises(FrontalError, match="A reads series and B a sound"):
        compared(windows, sounds)


def test_a_longer_text_is_compared_as_far_as_both_go_and_an_unknown_letter_is_none(tmp_path: Path) -> None:
    a, b = reading(tmp_path, LETTERS, "a", 0), reading(tmp_path, LETTERS[:9].replace("c", "�"), "b", 1)
    found = compared(a, b)
    np.testing.assert_array_equal(found.a, np.arange(9))
    assert found.unit == "symbol"


def test_series_are_compared_where_both_answer(tmp_path: Path) -> None:
    subject = series()
    a, b = capture(subject, tmp_path / "a"), capture(variant(subject, "bfloat16"), tmp_path / "b")
    found = compared(a, b)
    assert int(found.known.sum()) == len(subject.windows)
    answers = subject.model(subject.windows)[:, 0].detach()
    np.testing.assert_allclose(found.means[0], float((answers - subject.followed).square().mean()), rtol=1e-4)
    other = series()
    other.followed = other.followed * 2
    with pytest.raises(FrontalError, match="different units"):
        compared(a, capture(other, tmp_path / "c"))
    other.values = other.values + 1
    with pytest.raises(FrontalError, match="different series"):
        compared(a, capture(other, tmp_path / "d"))


def test_sequences_are_compared_step_by_step_or_at_their_ends(tmp_path: Path) -> None:
    subject = sequences()
    a = capture(subject, tmp_path / "a")
    assert len(compared(a, a).a) == 16
    other = sequences()
    longer: Any = type(other)(
        other.model, [torch.randn(2 * len(x), 3) for x in other.sequences], [torch.tensor(k) for k in (0, 3, -1)],
        kind="sound", name="more frames", facts=other.facts(),
    )  # fmt: skip
    found = compared(a, capture(longer, tmp_path / "b"))
    assert (found.a.tolist(), found.b.tolist()) == ([4, 12, 15], [9, 25, 31])
    assert found.known.tolist() == [True, True, False]
    other._facts = {**other.facts(), "classes": list("abce")}
    with pytest.raises(FrontalError, match="knows the classes a, b, c, d and B a, b, c, e"):
        compared(a, capture(other, tmp_path / "c"))


def test_the_same_model_in_another_arithmetic(tmp_path: Path) -> None:
    subject = text()
    usual = capture(subject, tmp_path / "a")
    loop = compared(usual, capture(variant(subject, "reference"), tmp_path / "b"))
    np.testing.assert_allclose(loop.loss_b[:-1], by_hand(ids())["losses"], rtol=1e-6)
    np.testing.assert_allclose(loop.loss_a, loop.loss_b, rtol=1e-6)
    rounded = variant(subject, "bfloat16")
    for before, after in zip(subject.model.parameters(), rounded.model.parameters(), strict=True):
        torch.testing.assert_close(before, after, rtol=2**-8, atol=0)
        assert torch.equal(after, after.to(torch.bfloat16).to(after.dtype))
    assert any(
        not torch.equal(p, q) for p, q in zip(subject.model.parameters(), rounded.model.parameters(), strict=True)
    )
    assert 1e-5 < np.nanmax(np.abs(compared(usual, capture(rounded, tmp_path / "c")).loss_b - loop.loss_a)) < 0.2
    model: Any = subject.model
    assert model.layers[0].backend == "auto"
    with pytest.raises(FrontalError, match="no arithmetic is called 'bfloat32'; did you mean 'bfloat16'"):
        variant(subject, "bfloat32")
