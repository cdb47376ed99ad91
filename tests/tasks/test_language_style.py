"""One language model for several styles: learned in balance, written, blended, moved, measured."""

from __future__ import annotations

from math import log
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import log_softmax

import frontal
from frontal.cells import named
from frontal.data.styled import END, Styled, in_parts
from frontal.data.styled_set import LONG
from frontal.data.tokenizer_characters import Characters
from frontal.errors import FrontalError
from frontal.layers.language_network import LanguageNetwork
from frontal.tasks.language_model import LanguageModel
from frontal.tasks.language_style import split_styles
from frontal.tasks.language_style_measure import measure_styles, nats_by_style
from frontal.tasks.language_style_pieces import StyleStreams, balanced, pieces_of
from frontal.tasks.language_style_train import surprise_of_pieces
from frontal.tasks.language_style_write import Writer, blended, shares_of

STYLES = ("x", "y", "z")
LETTERS = Characters.learned(["ab c", END])


@pytest.fixture
def writer() -> Writer:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = LanguageNetwork(LETTERS.size, named("gru"), hidden=6, embedding=4, styles=3, style_size=5)
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.7)
    return Writer(network.double().eval(), LETTERS, STYLES)


@pytest.fixture(scope="module")
def fitted() -> LanguageModel:
    """Words of a, words of b, words of both."""
    rng = np.random.default_rng(0)
    rows = [("".join(rng.choice(list(letters), rng.integers(3, 9))), style)
            for letters, style in (("ac", "x"), ("bc", "y")) for _ in range(80)]  # fmt: skip
    model = frontal.LanguageModel(hidden=24, embedding=8, epochs=14, window=8, validation=0.1, minutes=None)
    return model.fit([text for text, _ in rows], [style for _, style in rows])


@torch.no_grad()
def slow_log_p(writer: Writer, text: str, vector: Tensor) -> Tensor:
    """log p of what follows each symbol of END + text, one symbol after the other, (N + 1, K)."""
    states, said = None, []
    for i in LETTERS.encode(END + text).tolist():
        x = torch.cat([writer.network.embedding.weight[i], vector])[None, None]
        x, states = writer.network.layers[0](x, states)
        said.append(log_softmax(writer.network.answer(x)[0, 0], 0))
    return torch.stack(said)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.text("abc ", min_size=1, max_size=9).filter(str.strip), st.sampled_from("xyz")),
                min_size=2, max_size=7))  # fmt: skip
def test_surprise_in_each_style_is_that_of_a_slow_loop(rows: list[tuple[str, str]]):
    torch.manual_seed(0)
    network = LanguageNetwork(LETTERS.size, named("gru"), hidden=6, embedding=4, styles=3, style_size=5)
    writer = Writer(network.double().eval(), LETTERS, STYLES)
    data = Styled("t", [t for t, _ in rows], [s for _, s in rows], [""] * len(rows))
    nats, characters = nats_by_style(writer, data)
    assert characters.tolist() == [len(t) + 1 for t, _ in rows]
    assert writer.network.style is not None
    for place, (text, label) in enumerate(rows):
        following = torch.from_numpy(LETTERS.encode(text + END).astype(np.int64))[:, None]
        slow = [
            -slow_log_p(writer, text, writer.network.style.weight[style]).gather(1, following).sum().item()
            for style in range(3)
        ]
        assert nats[place] == pytest.approx(slow, rel=1e-5)
        own = surprise_of_pieces(writer.network, pieces_of(data, STYLES, LETTERS))[place].item()
        assert own == pytest.approx(slow[STYLES.index(label)], rel=1e-5)


def test_beginnings_of_unequal_length_are_continued_as_if_alone(writer: Writer):
    """At a temperature near 0 each text is the likeliest next symbol, again and again."""
    assert writer.network.style is not None
    vectors = writer.network.style.weight.detach()
    prompts = ["", "ab", "c abc", "a"]
    shares, before = np.eye(3)[[0, 1, 2, 1]], np.eye(3)[[0, 2, 2, 0]]
    shares[3] = [0.5, 0.25, 0.25]
    said = writer.write(shares, prompts=prompts, before=before, temperature=1e-6, longest=7)
    for text, prompt, after, first in zip(said, prompts, shares, before, strict=True):
        states, written = None, ""
        ids = LETTERS.encode(END + prompt).tolist()
        for t in range(len(ids) + 7):
            share = torch.from_numpy(first if t < len(prompt) + 1 else after)
            x = torch.cat([writer.network.embedding.weight[ids[t]], share @ vectors])[None, None]
            x, states = writer.network.layers[0](x, states)
            likeliest = int(writer.network.answer(x)[0, 0].argmax())
            if t + 1 == len(ids):
                if LETTERS.decode([likeliest]) == END or len(written) == 7:
                    break
                ids.append(likeliest)
                written += LETTERS.decode([likeliest])
        assert text == written


def test_a_blend_of_one_is_that_style(writer: Writer):
    ids, style = torch.randint(LETTERS.size, (9, 2)), torch.tensor([2, 0])
    one = blended(writer.network, np.eye(3)[[2, 0]])
    torch.testing.assert_close(one(ids, style=torch.tensor([0, 1]))[0], writer.network(ids, style=style)[0])
    assert writer.network.styles == 3
    assert one.styles == 2
    assert one.embedding is writer.network.embedding


def test_shares():
    assert shares_of("y", STYLES).tolist() == [0, 1, 0]
    assert shares_of("x=1,z=3", STYLES).tolist() == [0.25, 0, 0.75]
    assert shares_of("x, y", STYLES).tolist() == [0.5, 0.5, 0]
    assert shares_of("a=b", ("a=b", "c")).tolist() == [1, 0]
    for asked, said in (("w", "no style is called 'w'"), ("x=much", "x=0.5"), ("x=0", "above 0"), ("x=-1,y=2", ">= 0"),
                        (None, "say in which style"), ("x=nan", ">= 0")):  # fmt: skip
        with pytest.raises(FrontalError, match=said):
            shares_of(asked, STYLES)
    with pytest.raises(FrontalError, match="learned no styles"):
        shares_of("x", ())


@given(st.lists(st.integers(0, 2), min_size=3, max_size=40))
def test_every_style_is_drawn_equally_often(numbers: list[int]):
    styles = torch.tensor([0, 1, 2, *numbers])
    rows = balanced(styles, 3)
    counts = torch.bincount(styles[rows], minlength=3).tolist()
    assert counts == [-(-len(styles) // 3)] * 3
    for style in range(3):
        own = torch.bincount(rows[styles[rows] == style], minlength=len(styles))[styles == style]
        assert own.max() - own.min() <= 1  # none comes again before all have come


def test_streams_show_every_symbol_once_a_pass():
    data = Styled("t", ["abc" * 5, "b", "ca", "cab", "a b c a b", "c"], list("xxyyzz"), [""] * 6)
    pieces = pieces_of(data, STYLES, LETTERS)
    streams = StyleStreams(pieces, 3, streams=2, window=4)
    seen = 0
    for window, targets in streams:
        assert window.of.lengths is not None
        left = (window.of.lengths - window.counted).clamp(0, len(targets))
        seen += int(left.sum())
        assert window.counted == 0 or len(window.of.inputs) > 4
        streams.through._next = streams.through._final = None  # nothing is learned here
    assert abs(seen - int(pieces.lengths.sum())) <= int(pieces.lengths.max()) * 2
    assert len(streams) == 1 + 1 + 4  # lengths 2, 2 | 3, 4 | 10, 16


def test_long_texts_are_cut_at_line_ends():
    lines = "".join(f"line number {k}\n" for k in range(400)).strip()
    data = in_parts(Styled("t", [lines, "short", "w" * (LONG + 5)], ["x", "y", "y"], ["a", "b", "c"]))
    first = [text for text, label in zip(data.texts, data.labels, strict=True) if label == "x"]
    assert "\n".join(first) == lines
    assert len(first) > 1
    assert max(map(len, data.texts)) <= LONG
    assert [len(text) for text in data.texts[-3:]] == [5, LONG, 5]
    assert data.ids[0] == "a, part 1"
    assert "Texts of more than 2000 characters: 2" in data.notes[-1]


def test_equal_texts_are_never_on_both_sides():
    texts = [f"word {k % 12}" for k in range(60)]
    data = Styled.from_lists([*texts, *texts], ["x"] * 60 + ["y"] * 60)
    learned, held = split_styles(data, 0.2, 0, "test")
    for style in "xy":
        sides = [{t for t, s in zip(p.texts, p.labels, strict=True) if s == style} for p in (learned, held)]
        assert not sides[0] & sides[1]
        assert len(sides[1]) == 2
    few = Styled.from_lists(["a", "b", "c", "d", "e", "f"], ["x"] * 5 + ["y"])
    with pytest.raises(FrontalError, match="style 'y' has 1 different texts, and 5 are needed"):
        split_styles(few, 0.2, 0, "test")
    official = Styled("t", ["a", "b", "c"], ["x", "y", "y"], [""] * 3, ["train", "test", "train"])
    assert split_styles(official, 0.2, 0, "test").held.texts == ["b"]


def test_it_writes_what_was_asked_for(fitted: LanguageModel):
    for style, foreign in (("x", "b"), ("y", "a")):
        texts = fitted.generate(style=style, samples=40, seed=1, temperature=1.0)
        assert sum(foreign in text for text in texts) <= 6
        assert all(END not in text for text in texts)
    blend = fitted.generate(style="x=1,y=1", samples=60, seed=1, temperature=1.0)
    assert any("a" in text for text in blend)
    assert any("b" in text for text in blend)


def test_a_prompt_goes_on_in_another_style(fitted: LanguageModel):
    """As two networks would that hand over the state: one reads in the first style, one writes in the second."""
    writer, one = Writer(fitted.network, fitted.tokenizer, fitted.styles), np.eye(2)
    prompts = ["a", "c", "ca", "ac", "aac", "cca"]
    said = writer.write(one[[1] * 6], prompts=prompts, before=one[[0] * 6], temperature=1e-9, longest=5)
    assert max(map(len, said)) > 2
    for prompt, text in zip(prompts, said, strict=True):
        assert fitted.generate(prompt, prompt_style="x", style="y", temperature=0, length=5) == [text]
    first = fitted.stepper(style="x").read(fitted.tokenizer.encode(f"{END}aaca"))[-1]
    second = fitted.stepper(style="y").read(fitted.tokenizer.encode(f"{END}aaca"))[-1]
    letter = fitted.tokenizer.encode("b")[0]
    assert second[letter] > first[letter]


def test_it_is_measured_by_one_who_never_saw_it(fitted: LanguageModel):
    rows = [("aacaca", 0), ("cacac", 0), ("acca", 0), ("bccbcb", 1)]
    data = Styled.from_lists([text for text, _ in rows], ["xy"[style] for _, style in rows])
    learned = Styled.from_lists(["acac", "caac", "aacc", "bccb", "bcbb", "cbbc"], list("xxxyyy"))
    score = measure_styles(Writer(fitted.network, fitted.tokenizer, fitted.styles), learned, data, count=100)
    assert score.bayes.accuracy == score.judged.accuracy == 1
    assert score.written.accuracy > 0.9
    assert score.neutral.sum() == pytest.approx(1)
    for moved in (score.moved, score.carried):  # three beginnings of x go on as y, one of y as x
        assert (moved.truth == 1).sum() > (moved.truth == 0).sum()
    own, other = score.bits
    nats = [fitted.measure(text + END, style=style).nats for text, style in rows]
    assert own == pytest.approx(sum(nats) / 25 / log(2), rel=1e-4)
    assert own < other
    assert score.metrics()["recognised_chance"] == 0.5


def test_saved_and_loaded_it_knows_its_styles(fitted: LanguageModel, tmp_path: Path):
    fitted.save(tmp_path / "run")
    again = frontal.load(tmp_path / "run")
    assert again.styles == ("x", "y")
    options = {"style": "y", "samples": 5, "seed": 3}
    assert again.generate(**options) == fitted.generate(**options)
    assert again.surprise("abc", style=1).tolist() == fitted.surprise("abc", style=1).tolist()


def test_what_styles_cannot_be(fitted: LanguageModel):
    with pytest.raises(FrontalError, match="say in which style"):
        fitted.generate("a")
    with pytest.raises(FrontalError, match="no style is called 'w'"):
        fitted.generate("a", style="w")
    with pytest.raises(FrontalError, match="set style=true"):
        frontal.LanguageModel(label="author")
    with pytest.raises(FrontalError, match="are for texts without styles"):
        frontal.LanguageModel(style=True, glob="*.py")
    with pytest.raises(FrontalError, match="two styles are needed"):
        frontal.LanguageModel().fit(["a", "b"], ["x", "x"])
