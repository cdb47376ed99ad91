"""The recipe of the language model: costs beside counted symbols, n-grams and compressors; the report; the way back."""

from __future__ import annotations

import gzip
import lzma
from math import log
from pathlib import Path

import numpy as np
import pytest

from frontal.data.corpus import Corpus
from frontal.data.tokenizer_characters import Characters
from frontal.data.tokenizer_words import Words
from frontal.diagnostics.language_plot import WIDTH, _cells, draw_costs, draw_surprise
from frontal.errors import FrontalError
from frontal.tasks.language import language_evaluate_run, language_run
from frontal.tasks.language_baselines import Cost, baselines
from frontal.tasks.language_measure import Surprise
from frontal.tasks.language_report import verdict
from frontal.tasks.language_settings import LanguageSettings
from frontal.training.progress import SilentProgress

SONG = "".join(f"{n} green bottles hanging on the wall,\nand if {n} green bottles fall,\n" for n in range(120, 0, -1))
SMALL = LanguageSettings(hidden=12, window=16, epochs=2)


def test_counting_and_packing_by_hand():
    learned, test = Corpus.of_text("abab" * 50), Corpus.of_text("ab" * 20)
    letters = Characters.learned("ab")
    costs = {cost.name: cost for cost in baselines(letters, 1, learned, test)}
    assert costs["frequency of each symbol"].nats_per_character == pytest.approx(log(2), abs=0.01)
    assert costs["frequency of each symbol"].perplexity == pytest.approx(2, abs=0.02)
    assert costs["5-gram, Kneser-Ney"].bits_per_character == pytest.approx(0.056, abs=0.001)
    before, both = b"abab" * 50, b"abab" * 50 + b"ab" * 20
    grown = len(gzip.compress(both, 9)) - len(gzip.compress(before, 9))
    assert costs["gzip -9"].bits_per_character == pytest.approx(8 * grown / 40)
    xz = [len(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME)) for text in (before, both)]
    assert costs["xz -9e"].bits_per_character == pytest.approx(8 * (xz[1] - xz[0]) / 40)
    assert costs["xz -9e"].perplexity is None


def test_words_that_do_not_spell_the_text_have_a_perplexity_only():
    words = Words.learned(SONG)
    costs = baselines(words, 0, Corpus.of_text(SONG), Corpus.of_text(SONG[:200]))
    assert [cost.nats_per_character for cost in costs] == [None, None]
    frequency, ngram = (cost.perplexity or 0 for cost in costs)
    assert 1 < ngram < frequency


def test_nothing_is_counted_where_nothing_is_known():
    costs = baselines(Characters.learned("ab"), 1, Corpus("nothing", ()), Corpus.of_text("ab" * 20))
    assert [cost.name for cost in costs] == ["gzip -9", "xz -9e"]


def test_the_verdict_names_the_best_of_the_others():
    said = Surprise(nats=200.0, symbols=100, characters=100, bytes=100, unknown=3)
    ours, worse, better = Cost("frontal", 2.0, 7.4), Cost("counting", 2.5, 12.0), Cost("guessing", 1.0, 2.7)
    assert "20.0% less than counting (2.500 nats, 3.607 bits)" in verdict([ours, worse], said, "characters")
    assert "100.0% more than guessing" in verdict([ours, worse, better], said, "characters")
    assert "3 of 100 characters of it were unknown" in verdict([ours, worse], said, "characters")
    by_words = [Cost("frontal", None, 7.4), Cost("counting", None, 12.0)]
    assert "a perplexity of 7.4 a word, 38.3% less than counting (12.0)" in verdict(by_words, said, "words")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("language")
    (folder / "song.txt").write_text(SONG)
    said = []
    out = folder / "run"
    return language_run([str(folder / "song.txt")], SMALL, out, progress=SilentProgress(), say=said.append), said


def test_a_run_says_what_it_did(told):
    result, said = told
    names = [row["prediction"] for row in result["costs"]]
    assert names == ["frontal", "frequency of each symbol", "5-gram, Kneser-Ney", "7-gram, Kneser-Ney", "gzip -9",
                     "xz -9e"]  # fmt: skip
    assert said[0] == f"Test part: the last {round(0.05 * len(SONG))} of {len(SONG)} characters."
    assert result["metrics"]["nats_per_character"] == result["costs"][0]["nats/char"]
    assert result["metrics"]["nats_per_character_5_gram_kneser_ney"] == result["costs"][2]["nats/char"]
    page = (Path(result["run"]) / "report.html").read_text()
    for part in ("frontal language", "--hidden 12 --set window=16 --epochs 2", "7-gram", "Where it is surprised"):
        assert part in page
    assert len(result["sample"]) > 100


def test_a_saved_run_measures_other_texts(told, tmp_path):
    result, _ = told
    (tmp_path / "same.txt").write_text(SONG[-round(0.05 * len(SONG)) :])
    found = language_evaluate_run(result["run"], str(tmp_path / "same.txt"), say=print)
    assert found["metrics"]["nats_per_character"] == pytest.approx(result["metrics"]["nats_per_character"], abs=1e-6)
    assert found["verdict"].startswith("The text costs")


def test_too_little_text_is_told_before_training(tmp_path):
    (tmp_path / "short.txt").write_text("To be, or not to be.\n" * 30)
    with pytest.raises(FrontalError, match=r"630 characters leave 32 for testing.*give 2000 characters"):
        language_run([str(tmp_path / "short.txt")], LanguageSettings(), tmp_path / "run", progress=SilentProgress(),
                     say=print)  # fmt: skip


def test_the_coloured_text_is_set_line_by_line():
    cells = _cells(["ab", "\n", "c\n\n", "\t", "x" * (WIDTH - 2), "yyy"], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert cells[:4] == [(0, 0, "ab", 0.1), (0, 2, "↵", 0.2), (1, 0, "c↵", 0.3), (3, 0, "→   ", 0.4)]
    assert [(line, column) for line, column, *_ in cells[4:]] == [(4, 0), (5, 0)]
    assert draw_surprise(["$", "$"], [0.0, 99.0]).axes[0].patches[1].get_facecolor()[:3] == pytest.approx(
        np.array([0xEF, 0x65, 0x48]) / 255, abs=0.01
    )
    bars = draw_costs(["a", "b"], [1.0, 2.0], "nats").axes[0].patches
    assert [bar.get_extents().width > 0 for bar in bars] == [True, True]
