"""The network of a language model: equals torch.nn, carries states, ties weights, knows styles."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from frontal.cells import named
from frontal.diagnostics.watch import watch
from frontal.errors import FrontalError
from frontal.layers.language_network import LanguageNetwork

K = 11


def network(cell="lstm", **options):
    torch.manual_seed(0)
    return LanguageNetwork(K, named(cell), **{"hidden": 6, "embedding": 5, **options}).double()


def some(T=9, B=3, seed=0):
    return torch.randint(0, K, (T, B), generator=torch.Generator().manual_seed(seed))


def test_equals_torch():
    net, ids = network(num_layers=2), some()
    torch_net = nn.LSTM(5, 6, num_layers=2).double()
    for k in range(2):
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(torch_net, f"{name}_l{k}").data = net.get_parameter(f"layers.{k}.cells.0.{name}").data
    outputs, (h, c) = torch_net(net.embedding(ids))
    logits, states = net(ids)
    torch.testing.assert_close(logits, outputs @ net.get_parameter("weight").T + net.bias)
    for k, (layer_h, layer_c) in enumerate(states):
        torch.testing.assert_close(layer_h[0], h[k])
        torch.testing.assert_close(layer_c[0], c[k])


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 9), max_size=3), cell=st.sampled_from(["gru", "elman", "slstm", "layer_norm_lstm"]))
def test_any_pieces_give_the_whole(cuts, cell):
    net, ids = network(cell, num_layers=2), some()
    whole, _ = net(ids)
    states, parts = None, []
    for first, stop in zip([0, *sorted(cuts)], [*sorted(cuts), 9], strict=True):
        if stop > first:
            logits, states = net(ids[first:stop], states)
            parts.append(logits)
    torch.testing.assert_close(torch.cat(parts), whole)


@pytest.mark.parametrize("cell", ["rhn", "ind_rnn", "lru", "min_gru", "nas"])
def test_cells_of_all_kinds(cell):
    logits, _ = network(cell)(some(4))
    assert logits.shape == (4, 3, K)
    assert torch.isfinite(logits).all()


def test_tied_weights_are_one_and_the_last_layer_fits():
    net = network(num_layers=3, tied=True)
    assert [layer.output_size for layer in net.layers] == [6, 6, 5]
    logits, _ = net(some())
    assert net.weight is None
    outputs, _ = net.run(some())
    torch.testing.assert_close(logits, outputs @ net.embedding.weight.T + net.bias)
    with pytest.raises(FrontalError, match="hidden = 6 and embedding = 5 must be equal"):
        network(tied=True)


def test_a_style_stands_beside_each_symbol():
    net = network(styles=3, style_size=2)
    logits, _ = net(some(), style=torch.tensor([0, 1, 2]))
    other, _ = net(some(), style=torch.tensor([0, 1, 1]))
    torch.testing.assert_close(logits[:, :2], other[:, :2])
    assert not torch.allclose(logits[:, 2], other[:, 2])
    x = net.embedded(some(), torch.tensor([0, 1, 2]))
    torch.testing.assert_close(
        x[4, 1], torch.cat([net.embedding.weight[some()[4, 1]], net.get_parameter("style.weight")[1]])
    )
    with pytest.raises(FrontalError, match="style must be int64"):
        net(some())
    with pytest.raises(FrontalError, match="no styles"):
        network()(some(), style=torch.tensor([0, 1, 2]))


def test_dropout_holds_along_a_stream_and_only_in_training():
    net = network(dropout=0.5).train()
    masks = net.locked(torch.ones(20, 40, 8, dtype=torch.float64))
    assert (masks == masks[0]).all()
    assert set(masks.unique().tolist()) == {0, 2}
    assert 0.4 < (masks[0] == 0).double().mean() < 0.6
    assert not torch.equal(masks[:, 0], masks[:, 1])
    assert torch.equal(net.eval()(some())[0], net(some())[0])


def test_dropped_symbols_lose_their_whole_embedding():
    net = network(embedding_dropout=0.5).train()
    x = net.embedded(some(200, 1))
    gone = (x == 0).all(-1)
    assert (gone == (x == 0).any(-1)).all()
    assert len(set(some(200, 1)[gone].tolist()) & set(some(200, 1)[~gone].tolist())) == 0
    torch.testing.assert_close(x[~gone], 2 * net.embedding(some(200, 1))[~gone])


def test_weight_drop_and_zoneout_reach_the_layers():
    net = network(weight_drop=0.5, zoneout=0.1).train()
    assert not torch.equal(net(some())[0], net(some())[0])
    assert torch.equal(net.eval()(some())[0], net(some())[0])


def test_it_opens_in_watch():
    seen = watch(network(num_layers=2).float(), some())
    assert len(seen.cells) == 2
    assert seen.cells[1].states["c"].shape == (9, 3, 6)


def test_wrong_arguments_are_told():
    with pytest.raises(FrontalError, match=r"int64, \(T, B\), got \(9,\)"):
        network()(some()[:, 0])
    with pytest.raises(FrontalError, match="one entry for each of 1 layers, got 2"):
        network()(some(), (None, None))
