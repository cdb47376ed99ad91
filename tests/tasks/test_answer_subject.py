"""An answerer hands its halves along stories to the microscope: values against its own answers and slow loops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import frontal
from frontal.data.stories import Question
from frontal.data.stories_tasks import TASKS
from frontal.diagnostics import subject_whole
from frontal.diagnostics.capture import capture
from frontal.diagnostics.context_length import context_length
from frontal.diagnostics.edit import edited
from frontal.diagnostics.experiment import experiment
from frontal.diagnostics.gradients_of import connectivity, window_gradients
from frontal.diagnostics.intervene import add, clamp, intervening
from frontal.diagnostics.past import Past
from frontal.diagnostics.recording import evaluating
from frontal.diagnostics.subject import Piece
from frontal.errors import FrontalError
from frontal.tasks.answer_encode import spelled
from frontal.tasks.answer_estimator import Answerer

STORIES = [
    Question(("Anna ran to the attic.", "Ben went to the garden.", "Anna took the key."), "Where is Anna?", "attic"),
    Question(("Ben went to the attic.",), "Where is Ben?", "attic"),
    Question(("Anna went to the garden.", "Ben ran to the attic."), "Where is the key?", "garden"),
]
H = 6


def answerer(**options: Any) -> Answerer:
    """Hardly trained, in float64, with weights that are not small."""
    model = frontal.Answerer(**{"hidden": H, "epochs": 1, "validation": 0.0, **options}).fit(STORIES * 4)
    torch.manual_seed(1)
    model.network.double()
    with torch.no_grad():
        for weight in model.network.parameters():
            weight.normal_(0, 0.5)
    return model


@pytest.mark.parametrize("part", Answerer.parts)
@pytest.mark.parametrize("options", [{}, {"hops": 0}, {"cell": "lstm", "hops": 1}])
def test_answers_are_the_answerers_own(part: Any, options: Any, tmp_path: Path) -> None:
    model = answerer(**options)
    kept = capture(model.subject(STORIES, part=part), tmp_path / "c")
    ends = [*kept.index.facts["starts"][1:], len(kept)]
    said = model.measure(STORIES).classification.probabilities
    for row, end in enumerate(ends):
        np.testing.assert_allclose(kept.track("answer")[end - 1], said[row], rtol=1e-5)
        right = model.classes_.index(STORIES[row].answer)
        np.testing.assert_allclose(kept.track("surprise")[end - 1], -np.log(said[row, right]), rtol=1e-5)
    assert np.isfinite(kept.track("surprise")).sum() == len(STORIES)


def test_words_are_shown_a_sentence_a_line_and_facts_whole(tmp_path: Path) -> None:
    model = answerer()
    shown = {}
    for part in Answerer.parts:
        kept = capture(model.subject(STORIES, part=part), tmp_path / part)
        shown[part] = "".join(kept.index.facts["symbols"][k] for k in kept.track("symbol"))
    told = [[*one.facts, one.question] for one in STORIES]
    assert shown["words"] == "".join(" ".join(spelled(text)) + "\n" for texts in told for text in texts)
    assert shown["facts"] == "".join(f"{fact}\n" for one in STORIES for fact in one.facts)


def test_states_are_those_of_each_sentence_alone_and_of_each_reading(tmp_path: Path) -> None:
    model = answerer()
    network, spell = model.network, model.vocabulary
    kept, step = capture(model.subject(STORIES), tmp_path / "words"), 0
    sentences: dict[str, Tensor] = {}
    (cell,) = network.sentences.bound_cells()
    with torch.no_grad():
        for text in (text for one in STORIES for text in (*one.facts, one.question)):
            h = torch.zeros(1, H, dtype=torch.float64)
            for word in spell.encode(np.array(spelled(text), dtype=object)):
                (h,) = cell(network.embedding(word)[None], h)
                found = kept.values("sentences/h", steps=slice(step, step + 1))[:, 0]
                np.testing.assert_allclose(found, h[0], atol=2e-3)
                step += 1
            sentences[text] = h[0]
    assert step == len(kept)
    kept = capture(model.subject(STORIES, part="facts"), tmp_path / "facts")
    for row, one in enumerate(STORIES):
        steps = slice(kept.index.facts["starts"][row], kept.index.facts["starts"][row] + len(one.facts))
        facts, question = torch.stack([sentences[f] for f in one.facts])[:, None], sentences[one.question][None]
        memory = question
        for hop, episode in enumerate(network.episodes):
            with torch.no_grad():
                beside = torch.cat(
                    [facts, *(v.expand_as(facts) for v in (question, memory)), facts * question, facts * memory], -1
                )
                read = episode.reader(beside)[0][:, 0]
                memory, _ = episode(facts, [len(facts)], question, memory)
            for name, states in zip(
                (f"hops.{hop}.reader/h", f"hops.{hop}.reader, backwards/h"), read.split(H, -1), strict=True
            ):
                np.testing.assert_allclose(kept.values(name, steps=steps), states.T, atol=2e-3)


@pytest.mark.parametrize("part", Answerer.parts)
def test_any_batches_and_any_copies_give_the_same(part: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = answerer().subject(STORIES, part=part)
    whole = Piece(0, len(made), fresh=True)
    with evaluating(made.model), torch.no_grad():
        expected = made.losses(whole, made.run(whole, None)[0])
        three = made.run(whole, None, 3)[0]
        monkeypatch.setattr(subject_whole, "PIECE", 1)
        pieces = list(made.pieces())
        assert len(pieces) == 3
        said = torch.cat([made.losses(piece, made.run(piece, None)[0]) for piece in pieces])
        for other in (said, *made.each_loss(whole, three)):
            torch.testing.assert_close(other, expected, rtol=1e-9, atol=1e-9, equal_nan=True)


@pytest.mark.parametrize(
    ("part", "layer"), [("words", "sentences"), ("facts", "hops.0.keep"), ("facts", "hops.1.reader")]
)
def test_gradients_of_states_by_finite_differences(part: Any, layer: str) -> None:
    """Through the words of every sentence of a story, each of which the model begins anew with."""
    subject = answerer().subject(STORIES, part=part)
    stop = int(subject.starts[1])
    piece, found = subject.around(0, stop), window_gradients(Past(subject), 0, stop, layer=layer)
    assert found.steps.tolist() == [stop - 1]

    def loss(unit: int, step: int, move: float) -> float:
        changes = [add(f"{layer}/h", unit, move, steps=slice(step, step + 1))]
        with evaluating(subject.model), torch.no_grad(), intervening(subject.model, changes):
            return float(subject.losses(piece, subject.run(piece, None)[0])[-1])

    for step in range(0, stop, 1 if part == "facts" else 4):
        slopes = [(loss(unit, step, 1e-5) - loss(unit, step, -1e-5)) / 2e-5 for unit in range(H)]
        np.testing.assert_allclose(found.triangle[0, step], np.linalg.norm(slopes), rtol=1e-5, atol=1e-9)
    assert (found.triangle[0] > 0).sum() > stop / 2


def test_what_a_word_does_by_finite_differences_of_its_vector() -> None:
    model = answerer()
    subject = model.subject(STORIES)
    stop, weight = int(subject.starts[1]), model.network.embedding.weight
    piece, ids = subject.around(0, stop), (subject.sequences[0] % len(weight)).tolist()
    found = connectivity(Past(subject), 0, stop)
    for step in (step for step in range(stop) if ids.count(ids[step]) == 1):
        slopes = []
        with evaluating(subject.model), torch.no_grad():
            for k in range(weight.shape[1]):
                said = []
                for move in (1e-6, -1e-6):
                    weight[ids[step], k] += move
                    said.append(float(subject.each_score(piece, subject.run(piece, None)[0])[0, -1]))
                    weight[ids[step], k] -= move
                slopes.append((said[0] - said[1]) / 2e-6)
        np.testing.assert_allclose(found.values[0, step], np.linalg.norm(slopes), rtol=1e-4, atol=1e-8)


def test_an_edited_story_and_a_unit_that_is_held() -> None:
    model = answerer()
    subject = model.subject(STORIES)
    words = {symbol: k for k, symbol in enumerate(subject.facts()["symbols"])}
    other = edited(subject, 0, 5, np.array([words[w] for w in ("ben ", "took ", "the ", "key ", "garden\n")]))
    asked = model.subject([Question(("Ben took the key garden.", *STORIES[0].facts[1:]), STORIES[0].question, "attic")])
    with evaluating(subject.model), torch.no_grad():
        piece, alone = other.around(0, 5), next(asked.pieces())
        said = [one.losses(p, one.run(p, None)[0]) for one, p in ((other, piece), (asked, alone))]
    torch.testing.assert_close(*said, equal_nan=True)
    stop = int(subject.starts[1])
    found = experiment(subject, 0, stop, [clamp("sentences/h", 2, 0.5, steps=slice(4, 5))])
    assert found.usual.states["sentences/h"][4, 2] != found.changed.states["sentences/h"][4, 2] == 0.5
    np.testing.assert_array_equal(found.usual.states["sentences/h"][5:], found.changed.states["sentences/h"][5:])
    assert abs(found.delta) > 1e-6


def test_context_by_words() -> None:
    model = answerer()
    found = context_length(model.subject(STORIES), most=100)
    said = model.measure(STORIES).classification.probabilities
    nats = [-np.log(said[k, model.classes_.index(one.answer)]) for k, one in enumerate(STORIES)]
    np.testing.assert_allclose(found.loss[-1], np.mean(nats), rtol=1e-6)
    assert np.isfinite(found.loss).all()


def test_what_can_be_looked_at(tmp_path: Path) -> None:
    model = answerer()
    typed = model.subject(["Anna ran to the attic. Ben went home!\nAnna took the key\nWhere is Anna? Where is Ben?"])
    assert typed.facts()["names"] == ["Where is Anna?", "Where is Ben?"]
    assert typed.facts()["labels"] is None
    assert "".join(typed.facts()["symbols"][k] for k in typed.sequences[0]).count("\n") == 4
    plain, numbered = tmp_path / "plain.txt", tmp_path / "numbered.txt"
    plain.write_text("Anna ran to the attic.\nWhere is Anna?\n", encoding="utf-8")
    numbered.write_text("1 Anna ran to the attic.\n2 Where is Anna?\tattic\n", encoding="utf-8")
    assert len(model.subject(plain)) == len(model.subject(str(numbered))) == 8
    assert model.subject(numbered).facts()["labels"] == ["attic"]
    assert len(model.subject(STORIES, most=9).sequences) == 1
    assert next(iter(TASKS)) in model.subject(next(iter(TASKS)), most=20).name
    for given, message in ((["Anna ran."], "holds no question"), (["Where is Anna?"], "has no story")):
        with pytest.raises(FrontalError, match=message):
            model.subject(given)
    with pytest.raises(FrontalError, match=r"no part 'fact'.*facts"):
        model.subject(STORIES, part="fact")  # pyright: ignore[reportArgumentType]
