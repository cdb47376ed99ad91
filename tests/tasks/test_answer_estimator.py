"""The answerer: learns stories, answers alone as among others, comes back from a run, says what it cannot use."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy

import frontal
from frontal.data.stories import Question
from frontal.data.stories_make import make_stories
from frontal.data.stories_world import Cast
from frontal.diagnostics.watch import watch
from frontal.errors import FrontalError
from frontal.tasks.answer_encode import encode_stories, learn_words, spelled, unknown_words
from frontal.tasks.answer_train import _attention_error

SMALL = {"questions": 400, "facts": 3, "people": 3, "places": 3, "hidden": 32, "hops": 1, "batch_size": 8, "support": 1}
SMALL |= {"learning_rate": 0.01, "epochs": 4}


@pytest.fixture(scope="module")
def fitted():
    torch.set_num_threads(1)
    return frontal.Answerer(**SMALL).fit("single-fact")


def test_it_answers_stories_that_it_never_read(fitted):
    said = fitted.measure("single-fact")
    assert said.accuracy > 0.95
    assert said.on_support > 0.95
    (row,) = said.by_task()
    assert row["task"] == "single-fact"
    assert row["questions"] == 40
    assert row["accuracy"] == said.accuracy == fitted.score("single-fact")


def test_nothing_that_is_measured_was_learned():
    model = frontal.Answerer(**SMALL | {"epochs": 1})
    from frontal.tasks.answer_read import read_questions

    train, test = (read_questions(model.settings, "yes-no", held_out=held).questions for held in (False, True))
    assert not {one.facts for one in train} & {one.facts for one in test}


def test_one_question_is_answered_as_among_others(fitted):
    questions = make_stories("single-fact", 20, facts=3, cast=Cast(3, 3, 3), seed=9)
    together = fitted.measure(questions)
    assert together.given == fitted.predict(questions)
    for place, one in enumerate(questions):
        reply = fitted.answer(one.facts, one.question)
        assert reply.answer == together.given[place]
        assert reply.probability == pytest.approx(together.classification.probabilities[place].max(), abs=1e-5)
        assert np.allclose(reply.looked.weights, together.looked[place].weights, atol=1e-5)
        assert sum(share for _, share in reply.ranking) == pytest.approx(1)


def test_an_unknown_word_is_named_and_not_sure(fitted):
    reply = fitted.answer(["Anna ran to the attic."], "Where is Anna?")
    assert reply.sure
    assert reply.answer == "attic"
    assert reply.looked.most == 0
    aside = fitted.answer(["Anna ran to the attic.", "Wanda ran to the zoo."], "Where is Anna?")
    assert aside.unknown == ["wanda", "zoo"]
    assert aside.answer == "attic"
    guess = fitted.answer(["Anna ran to the attic."], "Where is Wanda?")
    assert guess.unknown == guess.needed == ["wanda"]
    assert not guess.sure
    assert "never learned 'wanda', so this is a guess" in "\n".join(guess.lines())


def test_saved_and_loaded(fitted, tmp_path):
    fitted.save(tmp_path / "run")
    again = frontal.load(tmp_path / "run")
    first, second = (model.measure("single-fact").classification.probabilities for model in (fitted, again))
    assert np.array_equal(first, second)
    assert again.answer(["Anna ran to the attic."], "Where is Anna?").answer == "attic"
    assert again.example == Question(fitted.example.facts, fitted.example.question, fitted.example.answer)


def test_every_recurrent_layer_can_be_watched(fitted):
    encoded = encode_stories(fitted.measure("single-fact").looked and [fitted.example], fitted.vocabulary)
    seen = watch(fitted.network, encoded.batch(torch.tensor([0])))
    assert {cell.kind for cell in seen.cells} == {"GRU", "AttentionGRU"}
    assert len(seen.cells) == 4  # sentences, two directions of the reader, what is kept


@pytest.mark.parametrize("hops", [0, 1, 3])
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_any_number_of_hops_and_any_cell(hops, cell):
    model = frontal.Answerer(**SMALL | {"hops": hops, "cell": cell, "epochs": 1, "hidden": 6}).fit("yes-no,negation")
    said = model.measure("yes-no,negation")
    assert said.looked[0].weights.shape == (hops, len(said.looked[0].facts))
    assert [row["task"] for row in said.by_task()] == ["yes-no", "negation"]
    assert model.answer(["Anna ran to the attic."], "Is Anna in the attic?").answer in ("yes", "no", "maybe")


def test_the_same_seed_gives_the_same_network():
    questions = make_stories("yes-no", 60)
    one, two = (frontal.Answerer(hidden=6, epochs=1).fit(questions) for _ in range(2))
    first, second = (model.measure(questions).classification.probabilities for model in (one, two))
    assert np.array_equal(first, second)


def test_each_sentence_is_encoded_once():
    facts = ("Anna ran.", "Ben ran.", "Anna ran.")
    stories = [Question(facts, "Who ran?", "Anna", (2,)), Question(facts[:1], "Who ran?", "Ben")]
    encoded = encode_stories(stories, learn_words(stories), ["Anna"])
    assert len(encoded.sentences) == 3
    batch = encoded.batch(torch.tensor([0, 1]))
    assert batch.words.shape == (2, 3)
    assert batch.fact_counts.tolist() == [3, 1]
    assert batch.facts[0, 0] == batch.facts[2, 0] == batch.facts[0, 1] != batch.facts[1, 0]
    answers, support = encoded.goals(torch.tensor([0, 1]))
    assert answers.tolist() == [0, -1]
    assert support.int().tolist() == [[0, 0], [0, 0], [1, 0]]


def test_the_attention_loss_is_that_of_any_hop_looking():
    attention = torch.tensor([[[0.5, 0.2], [0.1, 0.9]], [[0.5, 0.3], [0.2, 0.9]]])  # (hops, F, B)
    support = torch.tensor([[True, False], [False, True]])
    loss = _attention_error(attention, support, torch.tensor([2, 1]))
    by_hand = torch.tensor([0.75, 0.28, 0.44])  # the second story has one fact
    assert loss == pytest.approx(float(binary_cross_entropy(by_hand, torch.tensor([1.0, 0.0, 0.0]))), abs=1e-6)


def test_words():
    assert spelled("Is Zoë's dog, Rex, away?") == ["is", "zoë's", "dog", "rex", "away"]
    vocabulary = learn_words([Question(("Anna ran.",), "Who ran?", "Anna")])
    assert unknown_words(["Zoe ran.", "Who is Zoe?"], vocabulary) == ["zoe", "is"]


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        ([Question(("A b.",), "C?", "yes")] * 12, "every answer is 'yes'; there must be two"),
        ([Question(("A b.",), "C?", "yes")] * 3, "3 questions are too few; 10"),
        ([], "must be a list of"),
        (7, "must be a list of"),
        ("singel-fact", "'singel-fact' is neither a task nor a file nor a run; did you mean 'single-fact'"),
        ("single-fact,yes", "neither a task"),
    ],
)
def test_what_cannot_be_learned_is_said(questions, said):
    with pytest.raises(FrontalError, match=said):
        frontal.Answerer().fit(questions)


def test_wrong_use_is_said(fitted):
    with pytest.raises(FrontalError, match="not fitted yet"):
        frontal.Answerer().measure("yes-no")
    with pytest.raises(FrontalError, match="The story is empty"):
        fitted.answer([" "], "Where is Anna?")
    with pytest.raises(FrontalError, match=r"No word of the question 'Wie spät ist es\?' is known"):
        fitted.answer(["Anna ran to the attic."], "Wie spät ist es?")
    with pytest.raises(FrontalError, match="no cell is named 'gruu'"):
        frontal.Answerer(cell="gruu")


def test_a_question_without_a_learned_answer_counts_as_wrong(fitted):
    said = fitted.measure([Question(("Anna ran to the attic.",), "Where is Anna?", "moon")])
    assert said.accuracy == 0


def test_scikit_learn_clones_it():
    from sklearn.base import clone

    model = frontal.Answerer(hidden=6, hops=1)
    assert clone(model).get_params() == model.get_params()
