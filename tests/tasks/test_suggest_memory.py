"""The user's words: shares worked by hand, kept in a file that is whole or not there."""

from __future__ import annotations

import json
from math import exp
from pathlib import Path

import pytest

from frontal.errors import FrontalError
from frontal.tasks import language_suggest_memory as module
from frontal.tasks.language_suggest_memory import FADING, PAIRS, Memory
from frontal.tasks.language_suggest_trie import (
    Trie,
    common_words,
    count_words,
    is_letter,
    words_from_text,
    words_to_text,
)


def told(words: list[str]) -> Memory:
    memory, before = Memory(), ""
    for word in words:
        memory.add(word, before)
        before = word
    return memory


def test_shares_are_those_of_the_formula():
    words = ["my", "lord", "my", "lady", "my", "lord", "so"]
    memory = told(words)
    weights = {
        word: sum(exp((place - len(words)) / FADING) for place, each in enumerate(words, 1) if each == word)
        for word in words
    }
    every = sum(weights.values())
    after_my = {"lord": 2, "lady": 1}
    expected = {
        word: (after_my.get(word, 0) + PAIRS * weight / every) / (3 + PAIRS) for word, weight in weights.items()
    }
    assert memory.likely("my") == pytest.approx(expected)
    assert sum(memory.likely("my").values()) == pytest.approx(1)
    assert memory.likely("my", "l") == pytest.approx({word: expected[word] for word in ("lord", "lady")})
    assert memory.likely("never", "lo") == pytest.approx({"lord": weights["lord"] / every})


def test_weights_are_written_anew_before_they_grow_too_large(monkeypatch: pytest.MonkeyPatch):
    words = [f"w{place % 7}" for place in range(300)]
    expected = told(words).likely("w1")
    monkeypatch.setattr(module, "LARGEST", 1.01)
    assert told(words).likely("w1") == pytest.approx(expected)


def test_an_empty_memory_has_nothing_to_say():
    assert Memory().likely("the") == {}
    assert Memory().say(0.2) == 0
    assert told(["a"] * 100).say(0.2) == pytest.approx(0.1)


def test_a_file_brings_it_all_back(tmp_path: Path):
    memory = told(["naïve", "你好", "naïve"])
    path = memory.save(tmp_path / "mine.json")
    again = Memory.load(path)
    assert again.likely("naïve") == pytest.approx(memory.likely("naïve"))
    assert (again.now, again.uses) == (memory.now, memory.uses)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_there_is_an_empty_memory(tmp_path: Path):
    assert Memory.load(tmp_path / "new.json").uses == {}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "now": 1, "words": {"a": 3}, "pairs": {}}', "\x00"]
)
def test_another_file_is_refused_and_left_alone(tmp_path: Path, text: str):
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(FrontalError, match="is not a file of learned words"):
        Memory.load(path)
    assert path.read_text() == text


def test_bytes_that_are_no_text_are_refused(tmp_path: Path):
    path = tmp_path / "other.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FrontalError, match="no UTF-8"):
        Memory.load(path)


def test_a_full_memory_keeps_the_words_used_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "KEPT", 2)
    saved = json.loads(told(["a", "b", "c", "a", "b", "a"]).save(tmp_path / "m.json").read_text())
    assert set(saved["words"]) == {"a", "b"}
    assert set(saved["pairs"]) <= {"a", "b"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("O'er the sea.", ["O'er", "the", "sea"]), ("'Tis -- ' -- th' end", ["'Tis", "th'", "end"]),
        ("cafe\u0301 naïve हिन्दी", ["cafe\u0301", "naïve", "हिन्दी"]), ("snake_case 3rd", ["snake", "case", "3rd"]),
        ("", []),
    ],
)  # fmt: skip
def test_words_of_a_text(text: str, words: list[str]):
    assert list(count_words([text])) == words
    runs = "".join(letter if is_letter(letter) else " " for letter in text).split()
    assert [run for run in runs if run.strip("'")] == words


def test_words_are_kept_as_text():
    counts = common_words(["the cat the", " the rat"])
    assert counts == {"the": 3, "cat": 1, "rat": 1}
    assert words_from_text(words_to_text(counts)) == counts
    assert words_from_text("") == {}


def test_a_trie_has_its_words_and_no_others():
    words = {"a", "an", "and", "ant", "bee"}
    trie = Trie(words)
    assert {word for word in ("", "a", "an", "and", "ant", "ants", "b", "bee") if word in trie} == words
