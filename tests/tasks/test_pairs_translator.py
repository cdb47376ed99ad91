"""Translator: learns, copies what it does not know, says what it left out, survives saving."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy
from torch.testing import assert_close

import frontal
from frontal.data.pairs import Pairs
from frontal.data.ragged import Ragged
from frontal.diagnostics.watch import watch
from frontal.errors import FrontalError
from frontal.tasks.pairs_prepare import complete, split
from frontal.tasks.pairs_scores import scores, signatures
from frontal.tasks.pairs_settings import PairsSettings
from frontal.tasks.pairs_spelling import Side, written
from frontal.tasks.pairs_training import IGNORED, Spelled, loss_of, mean_surprise
from frontal.tasks.pairs_translator import Translator

NOUNS = {"cat": "chat", "dog": "chien", "house": "maison", "car": "voiture", "bird": "oiseau", "tree": "arbre"}
VERBS = {"sees": "voit", "likes": "aime", "has": "a", "wants": "veut"}


def phrases() -> tuple[list[str], list[str]]:
    """Subject, verb, object: word for word, 144 of them."""
    grid = [(a, v, b) for a in NOUNS for v in VERBS for b in NOUNS]
    source = [f"the {a} {v} the {b}" for a, v, b in grid]
    return source, [f"le {NOUNS[a]} {VERBS[v]} le {NOUNS[b]}" for a, v, b in grid]


@pytest.fixture(scope="module")
def fitted() -> Translator:
    torch.set_num_threads(1)
    options = {"symbols": "words", "shared": False, "hidden": 32, "dropout": 0.1, "batch_size": 16, "epochs": 15}
    return frontal.Translator(learning_rate=0.01, valid=0.15, **options).fit(*phrases())


def test_it_translates_what_it_never_read(fitted: Translator):
    """The validation part was not learned; no source of it is in the training part."""
    source, target = phrases()
    assert fitted.measure(source, target).exact > 0.9
    assert fitted.score(source, target) > 90
    assert fitted.predict(["the bird likes the tree"]) == ["le oiseau aime le arbre"]
    assert "22 pairs were drawn for the valid part" in " ".join(fitted.notes)
    assert fitted.languages == ("source", "target")


def test_texts_are_translated_as_one_by_one(fitted: Translator):
    texts = ["the cat sees the dog", "", "dog", "  the tree has the car ", "the bird"]
    together = fitted.translate(texts)
    assert together == [fitted.translate([text])[0] for text in texts]
    assert together[1] == ""
    assert together[3] == fitted.translate(["the tree has the car"])[0]
    assert fitted.translate([]) == []


@torch.no_grad()
def test_its_surprise_is_that_of_the_outputs_one_symbol_after_another(fitted: Translator):
    source, target = "the cat sees the dog", "le chat voit le chien"
    s, t = fitted.spelling.source.encode(source), fitted.spelling.target.encode(target)
    outputs, _ = fitted.network(s[None], t[None])
    wanted = sum(-float(outputs[0, k].log_softmax(-1)[symbol]) for k, symbol in enumerate(t.tolist()))
    longer = ("the cat", "le chat " * 5)
    assert fitted.surprise([source, longer[0]], [target, longer[1]])[0] == pytest.approx(wanted, rel=1e-4)
    (best,) = fitted.write([source], beams=1)
    assert best[0].nats == pytest.approx(fitted.surprise([source], [best[0].text])[0], rel=1e-4)


def test_it_tells_where_it_looked(fitted: Translator):
    looked = fitted.look("the cat sees the dog")
    assert looked.read == ("the", "cat", "sees", "the", "dog", "(end)")
    assert np.allclose(looked.weights.sum(1), 1)
    assert looked.written == tuple(fitted.translate(["the cat sees the dog"])[0].split())
    with pytest.raises(FrontalError, match="nothing to look at"):
        fitted.look(" ")


def test_its_cells_can_be_watched(fitted: Translator):
    source, target = fitted.spelling.source.encode("the cat sees"), fitted.spelling.target.encode("le chat")
    seen = watch(fitted.network, source[None], target[None])
    assert [tuple(cell.outputs.shape) for cell in seen.cells] == [(4, 1, 32), (4, 1, 32), (3, 1, 32)]


def test_groups_give_different_texts_ranked(fitted: Translator):
    (row,) = fitted.write(["the cat sees the dog"], beams=4, groups=2, diversity=9.0, keep=2)
    assert len(row) == 4 and {w.group for w in row} == {0, 1}
    assert [w.score for w in row] == sorted((w.score for w in row), reverse=True)
    assert len({w.text for w in row}) > 1


def test_saved_and_loaded(fitted: Translator, tmp_path):
    fitted.save(tmp_path / "run")
    loaded = frontal.load(tmp_path / "run")
    source, _ = phrases()
    assert loaded.translate(source[:9]) == fitted.translate(source[:9])
    assert loaded.notes == fitted.notes and loaded.longest_written == fitted.longest_written
    assert_close(loaded.surprise(source[:3], source[:3]), fitted.surprise(source[:3], source[:3]))


def test_an_unknown_word_is_copied_from_where_the_attention_looks():
    side = Side(frontal_words(["le", "chat", "voit"]))
    weights = torch.tensor([[0.9, 0.1, 0.0, 0.0], [0.1, 0.1, 0.7, 0.1], [0.2, 0.6, 0.1, 0.1], [0.0, 0.1, 0.2, 0.7]])
    read = ["the", "saw", "Zoe", "!"]
    assert written(side, [1, 0, 3, 0], read, weights) == "le Zoe voit!"
    assert written(side, [1, 0], ["le", "a", "chat"], weights[:2, :3]) == "le chat"
    assert written(side, [1, 0], read, None) == "le <unk>"
    assert written(side, [0], ["<unk>"], weights[:1, :1]) == "<unk>"


def frontal_words(vocabulary):
    from frontal.data.tokenizer_words import Words

    return Words(vocabulary)


def test_a_trained_network_copies_names(monkeypatch):
    """Names seen once are unknown on both sides, and the attention learns where they stand."""
    rng = np.random.default_rng(0)
    letters = list("abcdefghijklmnopqrstuvwxyz")
    names = ["".join(rng.choice(letters, 7)) for _ in range(500)]
    source = [f"{('now ', 'today ', '')[k % 3]}call {name} please" for k, name in enumerate(names)]
    target = [f"appelez {name} {('maintenant', 'ce jour', 'vite')[k % 3]}" for k, name in enumerate(names)]
    model = frontal.Translator(
        symbols="words", shared=False, hidden=24, epochs=6, batch_size=16, learning_rate=0.01, dropout=0.0
    ).fit(source, target)
    asked = ["call Wilhelmina please", "today call Xerxes please"]
    assert model.translate(asked) == ["appelez Wilhelmina vite", "appelez Xerxes ce jour"]


@pytest.mark.parametrize("symbols", ["bpe", "characters", "bytes", "words"])
@pytest.mark.parametrize("attention", ["general", "none"])
def test_every_kind_of_symbols_with_and_without_attention(symbols: str, attention: str, tmp_path):
    source, target = phrases()
    model = frontal.Translator(
        symbols=symbols, attention=attention, hidden=8, epochs=1, batch_size=32, layers=2, cell="lstm", shared=False
    ).fit(source, target)
    (row,) = model.write(["the cat é 猫"])
    if attention == "none":
        assert row[0].weights is None
    else:
        assert row[0].weights is not None and row[0].weights.shape == (len(row[0].pieces), len(row[0].read) + 1)
    model.save(tmp_path / "run")
    assert frontal.load(tmp_path / "run").translate(source[:2]) == model.translate(source[:2])


def test_input_feeding_learns_too():
    """What the attention found is fed to the next step."""
    source, target = phrases()
    model = frontal.Translator(
        symbols="words", attention="additive", input_feeding=True, shared=False, hidden=24, epochs=3, batch_size=16,
        learning_rate=0.02, dropout=0.0,
    ).fit(source, target)  # fmt: skip
    assert model.network.decoder.feeds
    assert model.log[-1]["validation_loss"] < 0.7 * model.log[0]["validation_loss"]
    assert model.translate(source[:3]) == [model.translate([text])[0] for text in source[:3]]


def test_sides_that_share_their_symbols_share_their_vectors():
    model = frontal.Translator(hidden=8, epochs=1).fit(*phrases())
    network = model.network
    weights = [
        network.encoder.source.vectors.weight, network.decoder.target.vectors.weight, network.decoder.head.linear.weight
    ]  # fmt: skip
    assert weights[0] is weights[1] is weights[2]
    assert model.spelling.shared and model.chosen.tied
    other = frontal.Translator(hidden=8, embedding=5, epochs=1, shared=False).fit(*phrases())
    assert other.chosen.tied is False
    assert other.network.decoder.head.linear.weight.shape[1] == 8


@torch.no_grad()
def test_the_loss_counts_valid_symbols_only():
    torch.manual_seed(0)
    sources, targets = (Ragged([torch.randint(0, 9, (n,)) for n in rng]) for rng in ((3, 1, 5), (2, 6, 1)))
    pairs = Spelled(sources, targets)
    model = frontal.Translator(hidden=8, epochs=1, dropout=0.0).fit(*phrases())
    network = model.network.double()
    (x, lengths), y = pairs.draw(torch.tensor([0, 1, 2]))
    assert x.shape == (3, 5) and y.shape == (3, 6) and (y == IGNORED).sum() == 18 - 9
    total = 0.0
    for row in range(3):
        outputs, _ = network(sources[row][None], targets[row][None])
        total += float(cross_entropy(outputs[0], targets[row], reduction="sum", label_smoothing=0.2))
    assert float(loss_of(network, x, lengths, y, 0.2)) == pytest.approx(total / 9, rel=1e-9)
    plain = sum(float(cross_entropy(network(sources[r][None], targets[r][None])[0][0], targets[r], reduction="sum"))
                for r in range(3))  # fmt: skip
    assert mean_surprise(network, pairs) == pytest.approx(plain / 9, rel=1e-5)
    order = torch.cat(pairs.batches()).tolist()
    assert order == sorted(range(3), key=lambda r: (len(sources[r]), len(targets[r])))


def test_long_pairs_are_left_out_and_counted_and_long_texts_are_cut():
    source, target = phrases()
    model = frontal.Translator(hidden=8, epochs=1, longest=40, symbols="words").fit(
        [*source, "dog " * 41, "a " * 40], [*target, "chien", "un"]
    )
    assert any("pairs with a side of more than 40 symbols: 1;" in note for note in model.notes)
    assert model.too_long(["dog " * 41, "dog " * 40]) == [0]
    assert model.translate(["dog " * 41]) == model.translate(["dog " * 40])


def test_stopping_on_bleu_and_averaging_are_said():
    source, target = phrases()
    model = frontal.Translator(
        symbols="words", hidden=24, epochs=4, batch_size=16, learning_rate=0.01, stop_on="bleu", average=2
    ).fit(source, target)
    assert all(-100 <= line["validation_loss"] <= 0 for line in model.log)
    assert any("the weights" in note.casefold() and "of epochs" in note for note in model.notes)


def test_the_same_seed_gives_the_same_network():
    one, two = (frontal.Translator(hidden=8, epochs=1, seed=3).fit(*phrases()) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one.network.parameters(), two.network.parameters(), strict=True))


def test_parts_never_share_a_source():
    sources = tuple(f"s{k % 40}" for k in range(200))
    pairs = Pairs("p", sources, tuple(f"t{k}" for k in range(200)))
    parts = split(pairs, PairsSettings(valid=0.1, test=0.2))
    assert parts.valid is not None and parts.test is not None
    found = [set(part.sources) for part in (parts.train, parts.valid, parts.test)]
    assert [len(part) for part in found] == [28, 4, 8] or [len(part) for part in found] == [29, 3, 8]
    assert not found[0] & found[1] and not found[0] & found[2] and not found[1] & found[2]
    assert len(parts.train) + len(parts.valid) + len(parts.test) == 200


def test_guesses():
    pairs = Pairs("p", ("a",) * 14_000, ("b",) * 14_000)
    chosen, said = complete(PairsSettings(hidden=64), pairs)
    assert (chosen.vocabulary, chosen.batch_size, chosen.embedding, chosen.tied) == (2000, 64, 64, True)
    assert said == ["Guessed: vocabulary=2000, batch_size=64, embedding=64, tied=true."]


def test_scores_by_hand():
    """BLEU of one text: 1- to 4-grams 4/5, 3/4, 2/3, 1/2, no brevity; its signature says how."""
    found = scores(["a b c d x"], ["a b c d e"])
    assert found.bleu == pytest.approx(100 * (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25)
    assert found.exact == 0 and scores(["a"], ["a"]).exact == 1
    assert "tok:13a" in signatures(["a"])[0] and "nc:6" in signatures(["a"])[1]


ERRORS = {
    "one text": (lambda m: m.translate("a text"), "give a list of texts"),
    "too few": (lambda _: frontal.Translator().fit(["a"] * 4, ["b"] * 4), "too few"),
    "no room": (lambda _: frontal.Translator(longest=1).fit(*phrases()), "set longest higher"),
    "tied": (lambda _: frontal.Translator(tied=True, embedding=4, hidden=8), "tied=True needs embedding = hidden"),
    "coverage": (lambda _: frontal.Translator(coverage=1.0, attention="none"), "coverage is about what the attention"),
    "cell": (lambda _: frontal.Translator(cell="gruu"), "no cell is named 'gruu'"),
    "setting": (lambda _: frontal.Translator(hiden=3), "did you mean 'hidden'"),
    "pieces": (lambda _: frontal.Translator(vocabulary=9).fit(*phrases()), "begins with 256 symbols"),
    "unfitted": (lambda _: frontal.Translator().translate(["a"]), "this Translator is not fitted yet"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_what_cannot_be_is_said(case: str, fitted: Translator):
    run, message = ERRORS[case]
    with pytest.raises(FrontalError, match=message):
        run(fitted)
