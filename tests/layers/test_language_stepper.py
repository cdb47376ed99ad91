"""Stepping through a language model gives the numbers of its network, however the text is cut up."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.cells import named
from frontal.errors import FrontalError
from frontal.layers.language_network import LanguageNetwork
from frontal.layers.language_stepper import LanguageStepper

K = 9


def network(cell="lstm", dtype=torch.float64, **options):
    torch.manual_seed(0)
    return LanguageNetwork(K, named(cell), **{"hidden": 6, "embedding": 5, **options}).to(dtype)


def text(T=11, B=1, seed=0):
    return torch.randint(0, K, (T, B), generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def answers(net, ids, style=None):
    """(T, B, K) log-probabilities by the network itself, in eval mode."""
    return torch.log_softmax(net.eval()(ids, style=style)[0], 2).numpy()


KINDS = {  # networks whose sizes, cells and options differ
    "lstm, 2 layers": {"num_layers": 2},
    "gru, styles": {"cell": "gru", "styles": 3, "style_size": 2},
    "gru, tied, 2 layers": {"cell": "gru", "tied": True, "num_layers": 2},
    "elman, float32": {"cell": "elman", "dtype": torch.float32},
    "lstm, tied, styles, float32": {"tied": True, "hidden": 5, "styles": 2, "dtype": torch.float32},
    **{cell: {"cell": cell} for cell in ("layer_norm_lstm", "rhn", "slstm", "lru")},
}


@functools.cache
def made(kind):
    return network(**KINDS[kind])


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(list(KINDS)),
    B=st.integers(1, 3),
    cuts=st.lists(st.integers(0, 11), max_size=4),
    data=st.data(),
)
def test_any_way_to_cut_a_text_gives_the_networks_numbers(kind, B, cuts, data):
    net = made(kind)
    styles, double = net.styles, net.bias.dtype == torch.float64
    style = data.draw(st.lists(st.integers(0, styles - 1), min_size=B, max_size=B)) if styles else None
    ids = text(B=B)
    stepper = LanguageStepper(net, B, style=style)
    said = []
    for first, stop in zip([0, *sorted(cuts)], [*sorted(cuts), 11], strict=True):
        piece = ids[first:stop].numpy()
        if data.draw(st.booleans()) and stop > first:
            said += list(stepper.read(piece[:, 0] if B == 1 else piece).reshape(stop - first, B, K))
        else:
            said += [stepper.step(row if B > 1 else int(row[0])) for row in piece]
    truth = answers(net, ids, None if style is None else torch.tensor(style))
    assert said[0].dtype == truth.dtype
    tolerance = 1e-12 if double else 2e-6
    np.testing.assert_allclose(np.stack(said), truth, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("styles", [0, 3])
@pytest.mark.parametrize("rows", [[0, 0, 0, 0], [1, 0], [2, 2, 1], [1]])
def test_beams_fork(rows, styles):
    """The chosen rows go on as if their text had been read alone."""
    net, ids, more = network("gru", styles=styles), text(6, 3), text(4, len(rows), seed=1)
    style = [2, 0, 1] if styles else None
    stepper = LanguageStepper(net, 3, style=style)
    stepper.read(ids.numpy())
    stepper.select(rows)
    said = np.stack([stepper.step(row) for row in more.numpy()])
    kept = None if style is None else torch.tensor(style)[rows]
    np.testing.assert_allclose(said, answers(net, torch.cat([ids[:, rows], more]), kept)[6:], rtol=1e-12)


def test_states_are_the_networks_and_can_be_put_back():
    net, ids = network("lstm", num_layers=2), text(5, 2)
    stepper = LanguageStepper(net, 2)
    stepper.read(ids.numpy())
    _, states = net(ids)
    for kept, true in zip(stepper.states, states, strict=True):
        for a, b in zip(kept, true, strict=True):
            torch.testing.assert_close(a, b)
    saved, first = stepper.states, stepper.step([1, 2])
    stepper.step([3, 4])
    stepper.states = saved
    np.testing.assert_array_equal(stepper.step([1, 2]), first)
    other = LanguageStepper(net, 2, states=states)
    np.testing.assert_allclose(other.step([1, 2]), first, rtol=1e-12)


def test_dropout_stays_out_and_the_networks_mode_is_kept():
    net = network("lstm", dropout=0.5, embedding_dropout=0.5, weight_drop=0.5).train()
    stepper = LanguageStepper(net)
    said = np.stack([stepper.step(i) for i in (1, 2, 3)])
    again = LanguageStepper(net).read([1, 2, 3])
    assert net.training
    truth = answers(net, torch.tensor([[1], [2], [3]]))[:, 0]
    np.testing.assert_allclose(said[:, 0], truth, rtol=1e-12)
    np.testing.assert_allclose(again, truth, rtol=1e-12)


@torch.no_grad()
def test_changed_weights_are_seen_after_refresh():
    net = network("gru", tied=True, hidden=5)
    stepper = LanguageStepper(net)
    for parameter in net.parameters():
        parameter.mul_(1.5)
    stepper.refresh()
    np.testing.assert_allclose(stepper.step(4), answers(net, torch.tensor([[4]]))[0], rtol=1e-12)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda net: LanguageStepper(net, 0), "batch must be"),
        (lambda net: LanguageStepper(net, style=1), "no styles"),
        (lambda _: LanguageStepper(network(styles=2)), "has 2 styles"),
        (lambda _: LanguageStepper(network(styles=2), style=2), "0 to 1"),
        (lambda net: LanguageStepper(net).step(K), "no symbol"),
        (lambda net: LanguageStepper(net).step(-1), "no symbol"),
        (lambda net: LanguageStepper(net, 2).step([1]), "each of 2 texts"),
        (lambda net: LanguageStepper(net, 2).step([1, -1]), "0 to 8"),
        (lambda net: LanguageStepper(net, 2).read([1, 2]), "(N, B)"),
        (lambda net: LanguageStepper(net).select([1]), "numbers of texts"),
        (lambda net: LanguageStepper(net, states=()), "one entry for each"),
    ],
)
def test_what_cannot_be_is_said(wrong, said):
    with pytest.raises(FrontalError) as error:
        wrong(network())
    assert said in str(error.value)
