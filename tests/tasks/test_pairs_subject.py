"""A translator hands its halves along pairs to the microscope: values against its own forward pass and slow loops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import frontal
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
from frontal.diagnostics.subject_pairs import Half, moments
from frontal.diagnostics.unit_push import unit_push
from frontal.errors import FrontalError
from frontal.tasks.pairs_subject import PARTS
from frontal.tasks.pairs_translator import Translator

SOURCES = ["a cat", "two cats ran", "the dog sat", "a", "no cat or dog ran", "the end"]
TARGETS = ["un chat", "deux chats", "le chien", "un", "ni chat ni chien", "la fin de tout"]


def translator(**options: Any) -> Translator:
    """Hardly trained, in float64, with weights that are not small."""
    chosen = {
        "symbols": "characters",
        "shared": False,
        "hidden": 7,
        "embedding": 5,
        "epochs": 1,
        "valid": 0.0,
    } | options
    model = frontal.Translator(**chosen).fit(SOURCES * 4, TARGETS * 4)
    torch.manual_seed(1)
    model.network.double()
    with torch.no_grad():
        for weight in model.network.parameters():
            weight.normal_(0, 0.5)
    return model


def sides(model: Translator) -> list[tuple[Tensor, Tensor]]:
    """The symbols of each pair, (1, S) and (1, T)."""
    spelling = model.spelling
    pairs = zip(SOURCES, TARGETS, strict=True)
    return [(spelling.source.encode(s)[None], spelling.target.encode(t)[None]) for s, t in pairs]


@pytest.mark.parametrize(
    "options",
    [{}, {"attention": "none", "cell": "lstm"}, {"attention": "location", "layers": 2}, {"attention": "concat"}],
)
def test_what_is_said_at_each_step_is_what_the_translator_says(options: Any, tmp_path: Path) -> None:
    model = translator(**options)
    kept = capture(model.subject(SOURCES, TARGETS), tmp_path / "c")
    starts = [*kept.index.facts["starts"], len(kept)]
    text = "".join(kept.index.facts["symbols"][k] for k in kept.track("symbol"))
    assert text == "\n" + "\n".join(TARGETS)
    assert np.flatnonzero(kept.track("fresh")).tolist() == starts[:-1]
    for row, (source, target) in enumerate(sides(model)):
        steps = slice(starts[row], starts[row + 1])
        with torch.no_grad():
            logs = model.network(source, target).outputs[0].log_softmax(-1)
        chances, guesses = logs.exp().topk(5)
        np.testing.assert_array_equal(kept.track("guess", steps), guesses)
        np.testing.assert_allclose(kept.track("chance", steps), chances, rtol=1e-5)
        np.testing.assert_allclose(kept.track("surprise", steps), -logs[torch.arange(len(logs)), target[0]], rtol=1e-5)
    sums = np.add.reduceat(kept.track("surprise").astype(np.float64), starts[:-1])
    np.testing.assert_allclose(sums, model.surprise(SOURCES, TARGETS), rtol=1e-5)


def test_the_decoders_states_are_those_of_its_cell_step_by_step(tmp_path: Path) -> None:
    model = translator(cell="lstm")
    kept, decoder = capture(model.subject(SOURCES, TARGETS), tmp_path / "c"), model.network.decoder
    (cell,) = decoder.recurrent.bound_cells()
    for row, (source, target) in enumerate(sides(model)):
        with torch.no_grad():
            _, ends = model.network.encoder(source)
            h, c = (state[0] for state in model.network.bridge(ends))
            for t in range(target.shape[1]):
                h, c = cell(decoder.begin[None] if t == 0 else decoder.target.vectors(target[:, t - 1]), h, c)
                at = kept.index.facts["starts"][row] + t
                np.testing.assert_allclose(kept.values("decoder/h", steps=slice(at, at + 1))[:, 0], h[0], atol=2e-3)
                np.testing.assert_allclose(kept.values("decoder/c", steps=slice(at, at + 1))[:, 0], c[0], atol=2e-3)


def test_the_encoder_has_its_own_states_and_the_loss_of_the_target_at_the_end(tmp_path: Path) -> None:
    model = translator()
    kept = capture(model.subject(SOURCES, TARGETS, part="reading"), tmp_path / "c")
    starts = [*kept.index.facts["starts"], len(kept)]
    assert "".join(kept.index.facts["symbols"][k] for k in kept.track("symbol")) == "\n".join(SOURCES) + "\n"
    for row, (source, _) in enumerate(sides(model)):
        with torch.no_grad():
            memory = model.network.encoder(source)[0][0]  # (S, 2 H)
        for name, states in zip(("encoder/h", "encoder, backwards/h"), memory.split(7, -1), strict=True):
            found = kept.values(name, steps=slice(starts[row], starts[row + 1]))
            np.testing.assert_allclose(found, states.T, atol=2e-3)
    said = kept.track("surprise")
    assert np.flatnonzero(np.isfinite(said)).tolist() == [stop - 1 for stop in starts[1:]]
    nats = [nat / (len(t) + 1) for nat, t in zip(model.surprise(SOURCES, TARGETS), TARGETS, strict=True)]
    np.testing.assert_allclose(said[np.isfinite(said)], nats, rtol=1e-5)


@pytest.mark.parametrize("part", PARTS)
def test_any_batches_and_any_copies_give_the_same(part: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = translator().subject(SOURCES, TARGETS, part=part)
    whole = Piece(0, len(made), fresh=True)
    with evaluating(made.model), torch.no_grad():
        expected = made.losses(whole, made.run(whole, None)[0])
        monkeypatch.setattr(subject_whole, "PIECE", 25)
        pieces = list(made.pieces())
        assert len(pieces) > 2
        said = torch.cat([made.losses(piece, made.run(piece, None)[0]) for piece in pieces])
        torch.testing.assert_close(said, expected, rtol=1e-9, atol=1e-9, equal_nan=True)
        three = made.run(pieces[1], None, 3)[0]
        for of in (made.each_loss, made.each_score):
            one = of(pieces[1], made.run(pieces[1], None)[0])[0]
            for copy in of(pieces[1], three):
                torch.testing.assert_close(copy, one, rtol=1e-9, atol=1e-9, equal_nan=True)


def changed_losses(subject: Half, changes: Any) -> Tensor:
    """The losses of the third pair, by a run of its own."""
    piece = subject.around(*subject.starts[2:4].tolist())
    with evaluating(subject.model), torch.no_grad(), intervening(subject.model, changes):
        return subject.losses(piece, subject.run(piece, None)[0])


@pytest.mark.parametrize(
    ("part", "state"), [("writing", "decoder/h"), ("reading", "encoder/h"), ("reading", "encoder, backwards/h")]
)
def test_gradients_of_states_by_finite_differences(part: Any, state: str) -> None:
    subject = translator(attention="additive").subject(SOURCES, TARGETS, part=part)
    first, stop = subject.starts[2:4].tolist()
    found = window_gradients(Past(subject), first, stop, layer=state.rpartition("/")[0])
    assert len(found.steps) == (stop - first if part == "writing" else 1)
    for t in (0, (stop - first) // 2, stop - first - 1):
        columns = []
        for unit in range(7):
            up, down = (changed_losses(subject, [add(state, unit, s * 1e-5, steps=slice(t, t + 1))]) for s in (1, -1))
            columns.append((up - down) / 2e-5)
        norms = torch.stack(columns, 1)[torch.from_numpy(found.steps)].norm(dim=1)
        np.testing.assert_allclose(found.triangle[:, t], norms, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("part", PARTS)
def test_what_an_input_does_by_finite_differences_of_its_vector(part: Any) -> None:
    model = translator()
    subject = model.subject(SOURCES, TARGETS, part=part)
    first, stop = subject.starts[2:4].tolist()
    piece, ids = subject.around(first, stop), subject.sequences[2].tolist()
    found = connectivity(Past(subject), first, stop)
    t = next(t for t in range(1, len(ids) - 1) if ids.count(ids[t]) == 1)
    end: Any = model.network.decoder.target if part == "writing" else model.network.encoder.source

    def scores() -> Tensor:
        with evaluating(subject.model), torch.no_grad():
            return subject.each_score(piece, subject.run(piece, None)[0])[0]

    columns = []
    with torch.no_grad():
        for k in range(5):
            sides = []
            for move in (1e-6, -1e-6):
                end.vectors.weight[ids[t], k] += move
                sides.append(scores())
                end.vectors.weight[ids[t], k] -= move
            columns.append((sides[0] - sides[1]) / 2e-6)
    expected = torch.stack(columns, 1)[torch.from_numpy(found.steps)].norm(dim=1)
    np.testing.assert_allclose(found.values[:, t], expected, rtol=1e-4, atol=1e-9)


def test_an_experiment_with_a_decoder_is_a_loop_in_which_a_unit_is_held() -> None:
    model = translator(attention="none")
    subject, decoder = model.subject(SOURCES, TARGETS), model.network.decoder
    (cell,), (source, target) = decoder.recurrent.bound_cells(), sides(model)[1]
    first = int(subject.starts[1])
    found = experiment(subject, first, first + 4, [clamp("decoder/h", 3, 0.7, steps=slice(first + 1, first + 3))])
    with torch.no_grad():
        h, losses = model.network.bridge(model.network.encoder(source)[1])[0], []
        for t in range(target.shape[1]):
            (h,) = cell(decoder.begin[None] if t == 0 else decoder.target.vectors(target[:, t - 1]), h)
            if t in (1, 2):
                h[:, 3] = 0.7
            losses.append(-decoder.head(h).log_softmax(-1)[0, target[0, t]].item())
    np.testing.assert_allclose(found.changed.losses, losses, rtol=1e-9)
    np.testing.assert_allclose(found.usual.losses.sum(), model.surprise([SOURCES[1]], [TARGETS[1]]), rtol=1e-5)


@pytest.mark.parametrize("part", PARTS)
def test_an_edited_side_is_another_pair(part: Any) -> None:
    model = translator()
    subject = model.subject(SOURCES, TARGETS, part=part)
    first, stop = subject.starts[2:4].tolist()
    other = edited(subject, first + 1, first + 4, np.asarray(subject.spell("ran")))
    pair = ("the dog sat", "ranchien") if part == "writing" else ("trandog sat", "le chien")
    asked = model.subject([pair[0]], [pair[1]], part=part)
    with evaluating(subject.model), torch.no_grad():
        piece = other.around(first, stop)
        said = other.losses(piece, other.run(piece, None)[0])
        alone = next(asked.pieces())
        torch.testing.assert_close(said, asked.losses(alone, asked.run(alone, None)[0]), equal_nan=True)


def test_a_unit_pushes_as_far_as_its_weights_say() -> None:
    model = translator(attention="none")
    subject = model.subject(SOURCES, TARGETS)
    pushed = unit_push(subject, "decoder/h", 2, 0.3)
    weight, at = model.network.decoder.head.linear.weight[:, 2].detach(), moments(subject.lengths.tolist())
    expected = []
    for row, (source, target) in enumerate(sides(model)):
        with torch.no_grad():
            logits = model.network(source, target).outputs[0, at[row]]
        up, down = ((logits + sign * 0.03 * weight).log_softmax(-1) for sign in (1, -1))
        expected.append((up - down) / 0.2)
    np.testing.assert_allclose(pushed.effect, torch.stack(expected).mean(0), rtol=1e-6)
    assert (pushed.moments, pushed.direct, pushed.lag) == (len(SOURCES), True, 0)
    assert len(unit_push(model.subject(SOURCES, TARGETS, part="reading"), "encoder/h", 2, 0.3).effect) == len(weight)


def test_context_is_what_is_left_when_the_past_is_cleared() -> None:
    model = translator()
    writing, at = model.subject(SOURCES, TARGETS), moments([len(t) + 1 for t in TARGETS])
    found = context_length(writing, most=100)
    nats = []
    for row, (source, target) in enumerate(sides(model)):
        with torch.no_grad():
            logs = model.network(source, target).outputs[0].log_softmax(-1)
        nats.append(-float(logs[at[row], target[0, at[row]]]))
    np.testing.assert_allclose(found.loss[-1], np.mean(nats), rtol=1e-9)
    assert (found.steps[0], found.steps[-1]) == (1, at.max() + 1)
    decoder, alone = model.network.decoder, []
    (cell,) = decoder.recurrent.bound_cells()
    for t, (source, target) in zip(at.tolist(), sides(model), strict=True):
        with torch.no_grad():
            memory, ends = model.network.encoder(source)
            (h,) = (
                cell(decoder.target.vectors(target[:, t - 1]), torch.zeros(1, 7, dtype=torch.float64))
                if t
                else cell(decoder.begin[None], model.network.bridge(ends)[0])
            )
            assert decoder.look is not None
            said, _ = decoder.look(h[:, None], decoder.look.prepare(memory, None, 1))
            alone.append(-float(decoder.head(said).log_softmax(-1)[0, 0, target[0, t]]))
    np.testing.assert_allclose(found.loss[0], np.mean(alone), rtol=1e-9)
    reading = context_length(model.subject(SOURCES, TARGETS, part="reading"), most=3)
    last = [text[-2:] for text in SOURCES]  # and the end
    nats = [nat / (len(t) + 1) for nat, t in zip(model.surprise(last, TARGETS), TARGETS, strict=True)]
    np.testing.assert_allclose(reading.loss[-1], np.mean(nats), rtol=1e-5)


def test_what_can_be_looked_at(tmp_path: Path) -> None:
    model = translator()
    table = tmp_path / "pairs.tsv"
    table.write_text("".join(f"{s}\t{t}\n" for s, t in zip(SOURCES, TARGETS, strict=True)), encoding="utf-8")
    assert len(model.subject(table)) == len(model.subject(SOURCES, TARGETS)) == sum(map(len, TARGETS)) + 6
    assert len(model.subject(table, most=20, part="reading").sequences) == 2
    assert len(model.subject(table, most=1).sequences) == 1
    typed = model.subject(["a cat\tun chat\n\nthe dog sat"])
    assert typed.facts()["names"] == ("a cat", "the dog sat")
    written = "".join(typed.symbols[k] for k in typed.sequences[1].tolist())[1:]
    assert written == model.translate(["the dog sat"])[0]
    with pytest.raises(FrontalError, match=r"no part 'writings'.*writing"):
        model.subject(SOURCES, TARGETS, part="writings")  # pyright: ignore[reportArgumentType]
    with pytest.raises(FrontalError, match="no text to read"):
        model.subject([" \n"])
    fed = translator(input_feeding=True)
    with pytest.raises(FrontalError, match=r"one step at a time.*part='reading'"):
        fed.subject(SOURCES, TARGETS)
    assert fed.parts == ("reading",)
    assert len(fed.subject(SOURCES, TARGETS, part="reading")) == sum(map(len, SOURCES)) + 6
