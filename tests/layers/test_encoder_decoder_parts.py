"""The bridge between encoder and decoder, the schedules of scheduled sampling, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.testing import assert_close

import frontal
from frontal.errors import FrontalError
from frontal.layers import Decoder, Encoder, EncoderDecoder, Stacked
from frontal.layers.attention_additive import Additive
from frontal.layers.encoder_decoder_bridge import Bridge, StateShape
from frontal.layers.encoder_decoder_ends import Symbols, Values
from frontal.layers.encoder_decoder_schedule import exponential_decay, inverse_sigmoid_decay, linear_decay

B = 3


def test_alike_states_cross_the_bridge_as_they_are():
    like = [StateShape("h", 2, 1, 3), StateShape("c", 2, 1, 3)]
    bridge, states = Bridge(like, like, mapped=False), [torch.randn(2, B, 3), torch.randn(2, B, 3)]
    assert not list(bridge.parameters())
    assert_close(bridge(states), tuple(states))
    one = bridge([states[0]])
    assert one is states[0]


def test_unlike_states_are_mapped_all_from_all():
    given, wanted = [StateShape("h", 1, 2, 3)], [StateShape("h", 2, 1, 2), StateShape("c", 2, 1, 4)]
    bridge, state = Bridge(given, wanted), torch.randn(2, B, 3)
    assert bridge.linear is not None
    h, c = bridge([state])
    for b in range(B):
        flat = bridge.linear(torch.cat([state[0, b], state[1, b]]))
        assert_close(torch.cat([h[0, b], h[1, b], c[0, b], c[1, b]]), flat)


def test_two_directions_are_not_two_layers():
    """Both give (2, B, H), but the second of an encoder runs backwards."""
    encoder, decoder = (
        Encoder(Symbols(7, 3), "gru", 4, bidirectional=True),
        Decoder(Symbols(6, 2), "gru", 4, num_layers=2),
    )
    assert EncoderDecoder(encoder, decoder).bridge.linear is not None


def test_schedules():
    assert [linear_decay(i, slope=0.25, floor=0.3) for i in range(5)] == [1, 0.75, 0.5, 0.3, 0.3]
    assert linear_decay(2, slope=0.25, start=0.9) == pytest.approx(0.4)
    assert [exponential_decay(i, base=0.5) for i in range(3)] == [1, 0.5, 0.25]
    for i in (0, 3, 10, 40):
        assert inverse_sigmoid_decay(i, k=5.0) == pytest.approx(5 / (5 + math.exp(i / 5)), rel=1e-9)
    assert inverse_sigmoid_decay(10**9, k=2.0) == 0


def small() -> EncoderDecoder:
    return EncoderDecoder(Encoder(Symbols(7, 3), "gru", 4), Decoder(Symbols(6, 2), "gru", 4))


X, Y = torch.zeros(2, 3, dtype=torch.long), torch.zeros(2, 4, dtype=torch.long)
M = torch.zeros(2, 3, 4)
ERRORS: dict[str, tuple[Callable[[], Any], str]] = {
    "sizes with the bridge off": (
        lambda: EncoderDecoder(Encoder(Symbols(7, 3), "lstm", 4), Decoder(Symbols(6, 2), "gru", 5), bridge=False),
        "ends with the states h 4, c 4, but the decoder begins with h 5, and the bridge is off",
    ),
    "layers with the bridge off": (
        lambda: EncoderDecoder(
            Encoder(Symbols(7, 3), "gru", 4, bidirectional=True), Decoder(Symbols(6, 2), "gru", 4), bridge=False
        ),
        "ends with the states h 2 · 4, but the decoder begins with h 4",
    ),
    "memory of another size": (
        lambda: EncoderDecoder(
            Encoder(Symbols(7, 3), "gru", 5), Decoder(Symbols(6, 2), "gru", 4, attention="dot", memory_size=4)
        ),
        "looks at a memory of 4 features, but the encoder gives 5; use memory_size=5",
    ),
    "attention of another size": (
        lambda: Decoder(Symbols(6, 2), "gru", 4, attention=Additive(5, 4)),
        "queries of 5 features .* here they have 4 and 4",
    ),
    "attention": (
        lambda: Decoder(Symbols(6, 2), "gru", 4, attention="additiv", memory_size=4),
        "no attention is named 'additiv'; did you mean 'additive'",
    ),
    "no memory size": (lambda: Decoder(Symbols(6, 2), "gru", 4, attention="dot"), "by name needs memory_size"),
    "encoder": (lambda: EncoderDecoder(frontal.GRU(2, 3), small().decoder), "must be a Encoder, got GRU"),  # pyright: ignore
    "bridge": (lambda: EncoderDecoder(small().encoder, small().decoder, bridge=1), "bridge must be True"),  # pyright: ignore
    "source": (lambda: Encoder(nn.Linear(2, 3), "gru", 4), "a module with `output_size`, got Linear"),
    "target": (lambda: Decoder(nn.Linear(2, 3), "gru", 4), "must be Symbols or Values, got Linear"),  # pyright: ignore
    "cell": (lambda: Encoder(Symbols(7, 3), "gruu", 4), "no cell is named 'gruu'; did you mean 'gru'"),
    "no hidden size": (lambda: Encoder(Symbols(7, 3), "gru"), "hidden_size is missing"),
    "a size too many": (lambda: Encoder(Symbols(7, 3), frontal.GRU(3, 4), 5), "so hidden_size cannot be used"),
    "options too many": (
        lambda: Decoder(Symbols(7, 3), frontal.GRU(3, 4), num_layers=2),
        "built already, so num_layers cannot be used",
    ),
    "layer": (lambda: Encoder(Symbols(7, 3), frontal.GRU(5, 4)), "the layer reads 5 features, but it is given 3"),
    "stack": (lambda: Encoder(Symbols(7, 3), Stacked([frontal.GRU(5, 4)])), "reads 5 features, but it is given 3"),
    "fed layer": (
        lambda: Decoder(Symbols(7, 3), frontal.GRU(3, 4), attention="dot", memory_size=4),
        "the layer reads 3 features, but it is given 7",
    ),
    "batch first": (lambda: Encoder(Symbols(7, 3), "gru", 4, batch_first=True), "leave out batch_first"),
    "backwards": (lambda: Decoder(Symbols(7, 3), "gru", 4, bidirectional=True), "not written yet; bidirectional=False"),
    "feeding": (lambda: Decoder(Symbols(7, 3), "gru", 4, input_feeding=0), "input_feeding must be"),  # pyright: ignore
    "symbol": (lambda: small()(X + 7, Y), "Symbols: targets must be within 0 .. 6, got 7"),
    "symbol of a target": (lambda: small()(X, Y - 1), "within 0 .. 5, got -1"),
    "symbols as values": (lambda: small()(M, Y), r"Symbols: sequences must be \(B, T\), got \(2, 3, 4\)"),
    "fractions": (lambda: small()(X.float(), Y), "whole numbers, got torch.float32"),
    "values": (lambda: Encoder(Values(3), "gru", 4)(M), r"must have 3 values, \(B, T, 3\); got \(2, 3, 4\)"),
    "no targets": (lambda: small()(X, Y[:, :0]), r"no steps \(T = 0\)"),
    "no source": (lambda: small()(X[:, :0], Y), r"no steps \(T = 0\)"),
    "batches": (lambda: small()(X[:1], Y), "1 sources, but 2 targets"),
    "lengths": (lambda: small()(X, Y, lengths=[4, 1]), r"lengths\[0\] is 4"),
    "no valid step": (lambda: small()(X, Y, lengths=[0, 1]), r"lengths\[0\] is 0; a length must be within 1"),
    "target lengths": (lambda: small()(X, Y, target_lengths=[5, 1]), r"lengths\[0\] is 5"),
    "empty targets": (lambda: small().loss(torch.zeros(2, 4, 6), Y, [0, 0]), "there are no targets"),
    "forcing": (lambda: small()(X, Y, teacher_forcing=1.5), "teacher_forcing must be within 0 .. 1, got 1.5"),
    "no memory": (
        lambda: Decoder(Symbols(6, 2), "gru", 4, attention="dot", memory_size=4)(Y),
        "its attention needs a memory",
    ),
    "a memory for nobody": (lambda: small().decoder(Y, M), "no attention that could look at it"),
    "memories": (
        lambda: Decoder(Symbols(6, 2), "gru", 4, attention="dot", memory_size=4)(Y, M[:1]),
        "there are 2 targets, but 1 memories",
    ),
    "states": (
        lambda: Decoder(Symbols(6, 2), "gru", 4)(Y, None, torch.zeros(1, 2, 9), teacher_forcing=0.5),
        r"h in hx must be .* \(1, 2, 4\)",
    ),
    "steps of a schedule": (lambda: exponential_decay(-1, base=0.5), "counted from 0, got -1"),
    "slope": (lambda: linear_decay(1, slope=-1.0), "slope >= 0 and 0 <= floor <= start <= 1, got slope=-1.0"),
    "base": (lambda: exponential_decay(1, base=1.5), "base within 0 .. 1, got 1.5"),
    "k": (lambda: inverse_sigmoid_decay(1, k=0.5), "k >= 1, got 0.5"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_what_cannot_be_used_is_refused(case: str):
    run, message = ERRORS[case]
    with pytest.raises(FrontalError, match=message):
        run()
