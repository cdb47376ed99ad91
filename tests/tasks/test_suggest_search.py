"""The search through the model's tree, beside the list of all words; letters, beside all spellings."""

from __future__ import annotations

from functools import cache
from itertools import product
from math import exp, log

import numpy as np
import pytest
from suggest_stand_in import TEXT, StandIn

from frontal.data.tokenizer import Tokenizer
from frontal.data.tokenizer_bpe import BPE
from frontal.data.tokenizer_bytes import Bytes
from frontal.data.tokenizer_words import Words
from frontal.errors import FrontalError
from frontal.tasks.language_suggest_frequent import Frequent
from frontal.tasks.language_suggest_letters import next_letters
from frontal.tasks.language_suggest_near import Neighbours
from frontal.tasks.language_suggest_search import Ranking, likeliest
from frontal.tasks.language_suggest_spelling import Spelling
from frontal.tasks.language_suggest_tree import Engine, Node
from frontal.tasks.language_suggest_trie import Trie, count_words
from frontal.tasks.language_typos import Channel, Errors

SMALL = "ab ba cab. abba, bab ab ab\nca bac ba cab abc ab. " * 2
UNKNOWN = -1.5
MANY = 10_000  # steps


def trunk(model: StandIn, known: list[str]) -> tuple[Ranking, Node]:
    engine, spelling = Engine(model.stepper), Spelling(model.tokenizer)
    ranking = Ranking(engine, spelling, Trie(known), Frequent({}), UNKNOWN if known else 0.0)
    return ranking, engine.begin(model.tokenizer.encode("\nab ").tolist())


LONGEST = 6


@cache
def every_word(known: tuple[str, ...]) -> dict[str, float]:
    """Log-probability of every word of a, b, c behind "ab ", in double precision, the price of unknown ones paid."""
    model = StandIn(SMALL)
    ids = {letter: int(model.tokenizer.encode(letter)[0]) for letter in "abc"}
    ends = [i for i in range(model.tokenizer.size) if i not in ids.values() and i != 0]
    found: dict[str, float] = {}
    for size in range(1, LONGEST + 1):
        for letters in product("abc", repeat=size):
            context = model.tokenizer.encode("\nab ").tolist()
            total = 0.0
            for letter in letters:
                total += log(model.chances(tuple(context[-4:]))[ids[letter]])
                context.append(ids[letter])
            total += log(model.chances(tuple(context[-4:]))[ends].sum())
            word = "".join(letters)
            found[word] = total + (UNKNOWN if known and word not in known else 0.0)
    return found


@pytest.mark.parametrize("known", [[], ["ab", "abba", "cab", "bcc"]])
@pytest.mark.parametrize("typed", ["", "a", "ab", "bc"])
def test_the_search_finds_the_best_of_all_words(known: list[str], typed: str):
    model = StandIn(SMALL)
    ranking, root = trunk(model, known)
    every = {word: logp for word, logp in every_word(tuple(known)).items() if word.startswith(typed)}
    best = sorted(every, key=every.__getitem__, reverse=True)[:5]
    found = likeliest(ranking, root, typed, "", count=5, steps=MANY)
    assert [each.word for each in found[:5]] == best
    assert [each.logp for each in found[:5]] == pytest.approx([every[word] for word in best], abs=1e-4)


@pytest.mark.parametrize("lead", ["", " "])
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("typed", ["abc", "tgat", "teh", "catt", "sta"])
def test_near_words_are_all_words_within_the_errors(typed: str, whole: bool, lead: str):
    """Beside every known word, aligned on its own."""
    counts = count_words([TEXT])
    channel = Channel(sorted(set(TEXT)), Errors(near=-2, far=-4, case=-1, missing=-2, added=-2, swapped=-2))
    begun = channel.start(typed)
    expected: dict[str, float] = {}
    for word in counts:
        place = begun.read(begun.begin(1), np.array([[channel.index[letter] for letter in word]]))
        score = float(place.rows[0, -1] if whole else place.reached[0])
        if score >= -2:
            expected[word] = score
    found = Neighbours(counts, channel.index).find(
        channel.start(lead + typed), len(lead), whole=whole, above=-1000, count=100
    )
    assert {each.word: each.channel for each in found} == expected
    assert [each.prior for each in found] == pytest.approx(
        [log(counts[each.word] / sum(counts.values())) for each in found]
    )
    scores = [each.channel + each.prior for each in found]
    assert scores == sorted(scores, reverse=True)


def test_near_words_that_cannot_be_likely_enough_are_left_out():
    counts = {"the": 999_000, "teh": 1, "ten": 999}
    channel = Channel(sorted("tehn"), Errors())
    neighbours = Neighbours(counts, channel.index)
    typed = channel.start("teh")
    assert [each.word for each in neighbours.find(typed, 0, whole=True, above=-20, count=9)] == ["the", "ten", "teh"]
    assert [each.word for each in neighbours.find(typed, 0, whole=True, above=-6.5, count=9)] == ["the"]
    assert neighbours.find(typed, 0, whole=True, above=-5, count=9) == []


def test_with_few_steps_it_says_what_it_found():
    ranking, root = trunk(StandIn(SMALL), [])
    before = ranking.engine.steps
    found = likeliest(ranking, root, "", "", count=3, steps=1)
    assert ranking.engine.steps - before == 1
    assert {each.word for each in found} <= {"a", "b", "c"}
    again = likeliest(ranking, root, "", "", count=3, steps=0)
    assert again == found, "what was asked before costs no step"


def test_what_is_not_worth_it_is_not_followed():
    ranking, root = trunk(StandIn(SMALL), [])
    every = likeliest(ranking, root, "", "", count=100, steps=MANY)
    few = likeliest(ranking, root, "", "", count=100, steps=MANY, worth=0.2)
    assert 0 < len(few) < len(every)
    assert {each.word for each in every if exp(each.logp) > 0.2} <= {each.word for each in few}


@pytest.mark.parametrize("tokenizer", [None, Bytes(), BPE.learned(TEXT, size=290)])
@pytest.mark.parametrize("typed", ["", "t", "th", "ca", "x"])
def test_letters_sum_over_all_spellings(tokenizer: Tokenizer | None, typed: str):
    """Beside every sequence of symbols that spells what was typed and more."""
    model = StandIn(tokenizer=tokenizer)
    spelling, engine = Spelling(model.tokenizer), Engine(model.stepper)
    start = model.tokenizer.encode("\nthe cat ").tolist()
    mass: dict[str, float] = {}
    open_ways = [("", 1.0, start)]
    while open_ways:
        text, chance, context = open_ways.pop()
        for symbol, p in enumerate(model.chances(tuple(context[-4:]))):
            longer = text + spelling.pieces[symbol]
            if spelling.pieces[symbol] and len(longer) > len(typed) and longer.startswith(typed):
                letter = longer[len(typed)]
                mass[letter] = mass.get(letter, 0.0) + chance * p
            elif spelling.pieces[symbol] and typed.startswith(longer):
                open_ways.append((longer, chance * p, [*context, symbol]))
    found = next_letters(engine, spelling, engine.begin(start), typed)
    assert found == pytest.approx(mass, rel=1e-4)


def test_pieces_of_words_find_the_same_words_as_their_letters():
    """The words that byte pairs suggest stand in the text; the space belongs to the first piece."""
    model = StandIn(tokenizer=BPE.learned(TEXT * 20, size=300))
    engine, spelling = Engine(model.stepper), Spelling(model.tokenizer)
    assert spelling.spaced
    ranking = Ranking(engine, spelling, Trie(count_words([TEXT])), Frequent({}), -5.0)
    root = engine.begin(model.tokenizer.encode("\nthe").tolist())
    for typed, words in ((" ", {"cat", "mat", "rat", "hat"}), (" c", {"cat"}), (" the", {"the", "there", "then"})):
        found = likeliest(ranking, root, typed, " ", count=3, steps=MANY)
        assert {each.word for each in found[:2]} & words
        assert all((" " + each.word).startswith(typed) for each in found)


def test_a_model_of_words_does_not_spell():
    with pytest.raises(FrontalError, match="needs a model that spells"):
        Spelling(Words.learned(TEXT))


def test_words_are_spelled_together_as_alone():
    model = StandIn()
    engine, spelling = Engine(model.stepper), Spelling(model.tokenizer)
    root = engine.begin(model.tokenizer.encode("\nthe ").tolist())
    words = [model.tokenizer.encode(word).tolist() for word in ("cat", "rat", "ca", "there", "cat", "mat" * 3)]
    nodes = engine.spell(root, words, spelling.pieces)
    for word, node in zip(words, nodes, strict=True):
        context = model.tokenizer.encode("\nthe ").tolist()
        total = 0.0
        for symbol in word:
            total += log(model.chances(tuple(context[-4:]))[symbol])
            context.append(symbol)
        assert node.logp == pytest.approx(total, abs=1e-4)
        assert node.said == pytest.approx(np.log(model.chances(tuple(context[-4:]))), abs=1e-5)


def test_states_go_into_rows_and_back():
    """A step of many nodes gives what each gives alone."""
    model = StandIn()
    engine, spelling = Engine(model.stepper), Spelling(model.tokenizer)
    root = engine.begin(model.tokenizer.encode("\nthe ").tolist())
    nodes = [root.child(symbol, spelling.pieces[symbol]) for symbol in range(model.tokenizer.size)]
    engine.ask(nodes)
    for node in nodes:
        context = (*model.tokenizer.encode("\nthe ").tolist(), node.symbol)[-4:]
        assert node.said == pytest.approx(np.log(model.chances(context)), abs=1e-5)
        assert exp(node.logp) == pytest.approx(model.chances((*model.tokenizer.encode("the "),)[-4:])[node.symbol])
