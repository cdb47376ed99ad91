"""Unlike layers in a stack, and cells in blocks, beside the same composed by hand."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import frontal
from frontal.cells import catalogue, named
from frontal.errors import FrontalError
from frontal.layers import BlockDiagonal, Recurrent, Stacked

T, B, I, H = 6, 3, 4, 8  # noqa: E741


def test_layers_read_one_another():
    theirs = [nn.LSTM(I, 5, bidirectional=True), nn.GRU(10, H), nn.RNN(H, H)]
    ours = [frontal.LSTM(I, 5, bidirectional=True), frontal.GRU(10, H), frontal.RNN(H, H)]
    for a, b in zip(ours, theirs, strict=True):
        a.load_state_dict(b.state_dict())
    x = torch.randn(T, B, I)
    y, states = x, []
    for layer in theirs:
        y, state = layer(y)
        states.append(state)
    outputs, finals = Stacked(ours)(x)
    torch.testing.assert_close(outputs, y)
    torch.testing.assert_close(finals, tuple(states))
    again, _ = Stacked(ours)(x, finals)
    expected = theirs[2](theirs[1](theirs[0](x, states[0])[0], states[1])[0], states[2])[0]
    torch.testing.assert_close(again, expected)


def test_residual_adds_where_sizes_are_equal():
    layers = [frontal.GRU(I, H), frontal.RNN(H, H), frontal.GRU(H, 3)]
    x = torch.randn(T, B, I)
    a = layers[0](x)[0]
    b = a + layers[1](a)[0]
    torch.testing.assert_close(Stacked(layers, residual=True)(x)[0], layers[2](b)[0])


def test_lengths_and_packed_sequences():
    rnn = Stacked([frontal.GRU(I, H), frontal.LSTM(H, H)], residual=True)
    lengths = torch.tensor([2, 6, 4])
    x = torch.randn(T, B, I).masked_fill((torch.arange(T)[:, None] >= lengths)[..., None], float("nan"))
    outputs, _ = rnn(x, lengths=lengths)
    packed, _ = rnn(pack_padded_sequence(x, lengths, enforce_sorted=False))
    assert torch.isfinite(outputs).all()
    torch.testing.assert_close(pad_packed_sequence(packed)[0], outputs)


def test_dropout_acts_between_layers_in_training_only():
    rnn, x = Stacked([frontal.GRU(I, H), frontal.GRU(H, H)], dropout=1.0), torch.randn(T, B, I)
    upper = rnn.layers[1]
    torch.testing.assert_close(rnn(x)[0], upper(torch.zeros(T, B, H))[0])
    assert not torch.allclose(rnn.eval()(x)[0], upper(torch.zeros(T, B, H))[0])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Stacked([]), "there are no layers"),
        (lambda: Stacked([frontal.GRU(4, 8), frontal.GRU(4, 8)]), "layer 1, GRU(4, 8), reads 4 features, but the one"),
        (lambda: Stacked([nn.GRU(4, 8)]), "layer 0 must be a recurrent layer of frontal"),
        (lambda: Stacked([frontal.GRU(4, 8), frontal.GRU(8, 8, batch_first=True)]), "batch_first=True"),
        (lambda: Stacked([frontal.GRU(4, 8)], dropout=2), "dropout must be within 0 .. 1, got 2"),
        (lambda: Stacked([frontal.GRU(4, 8)])(torch.zeros(2, 1, 4), [None, None]), "one entry for each of the 1"),
    ],
)
def test_wrong_stacks_are_told(make, says: str):
    with pytest.raises(FrontalError) as error:
        make()
    assert says in str(error.value)


@pytest.mark.parametrize("name", ["lstm", "gru_reset_before", "scrn"])
def test_blocks_do_not_see_one_another(name: str):
    cell = BlockDiagonal(I, 12, of=named(name), heads=3).double()
    layer = Recurrent(cell, backend="cpu")
    x = torch.randn(T, B, I, dtype=torch.float64, requires_grad=True)
    outputs, states = layer(x)
    alone = [Recurrent(head, backend="reference")(x) for head in cell.cells]
    torch.testing.assert_close(outputs, torch.cat([o for o, _ in alone], -1))
    finals = states if isinstance(states, tuple) else (states,)
    for k, final in enumerate(finals):
        parts = [s[k] if isinstance(s, tuple) else s for _, s in alone]
        torch.testing.assert_close(final, torch.cat(parts, -1))
    ours = torch.autograd.grad(outputs.square().sum(), [x, *cell.parameters()])
    theirs = torch.autograd.grad(sum(o.square().sum() for o, _ in alone), [x, *cell.parameters()])
    torch.testing.assert_close(ours, theirs)


def test_blocks_of_every_cell():
    for name, cell in catalogue().items():
        layer = Recurrent(BlockDiagonal(I, H, of=cell, heads=2))
        assert layer(torch.zeros(T, B, I))[0].shape == (T, B, layer.output_size), name


def test_cells_with_states_of_the_size_of_their_input_are_stacked():
    with pytest.raises(FrontalError, match=r"\(h 8 and 8, p 4 and 8\).*stack them"):
        Recurrent(named("t_gru"), I, H, num_layers=2)
    rnn = Stacked([Recurrent(named("t_gru"), I, H), Recurrent(named("t_gru"), H, H)])
    assert rnn(torch.zeros(T, B, I))[0].shape == (T, B, H)


def test_wrong_heads_are_told():
    with pytest.raises(FrontalError, match="hidden_size 8 does not fall into 3 heads of one size"):
        BlockDiagonal(I, H, of=named("gru"), heads=3)
    with pytest.raises(FrontalError, match="heads must be a whole number >= 1, got 0"):
        BlockDiagonal(I, H, of=named("gru"), heads=0)
