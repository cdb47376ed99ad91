"""Encoder and decoder beside loops written by hand: any cells, bridges, attention, teacher forcing, padding."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import linear
from torch.testing import assert_close

import frontal
from frontal.cells import catalogue, named
from frontal.layers import Decoder, Encoder, EncoderDecoder, FrameEncoder, ImageEncoder, Recurrent, Stacked
from frontal.layers.attention_names import ATTENTIONS
from frontal.layers.decoder import Decoded
from frontal.layers.encoder_decoder_ends import End, Symbols, Values

B, S, T = 3, 5, 4
LENGTHS, TARGET_LENGTHS = [5, 2, 3], [4, 1, 2]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def built(
    encoder: Any = "gru",
    decoder: Any = "gru",
    *,
    source: nn.Module | None = None,
    target: End | None = None,
    attention: str | None = None,
    input_feeding: bool = True,
    sides: dict[str, Any] | None = None,
    **options: Any,
) -> EncoderDecoder:
    reads = Encoder(source or Symbols(7, 3), encoder, 4, **(sides or {}))
    memory_size = reads.output_size if attention else None
    query = {"dot": reads.output_size}.get(attention or "", 6)
    feeding = {"attention": attention, "memory_size": memory_size, "input_feeding": input_feeding}
    writes = Decoder(target or Symbols(6, 2), decoder, query, **feeding, **options)
    return EncoderDecoder(reads, writes).double()


def symbols() -> tuple[Tensor, Tensor]:
    return torch.randint(7, (B, S)), torch.randint(6, (B, T))


def in_steps(model: EncoderDecoder, source: Tensor, targets: Tensor, lengths: Any = None) -> Decoded:
    """Full teacher forcing, step by step."""
    memory, states = model._read(source, lengths)
    decoder = model.decoder
    inputs = torch.cat([decoder.begin.expand(len(targets), 1, -1), decoder.target(targets)[:, :-1]], 1)
    prepared = decoder._prepared(memory, lengths if memory is not None else None, len(targets))
    said, weights = decoder._in_steps(inputs, prepared, states, 1.0)
    return Decoded(decoder.head(said), weights)


def gradients(model: nn.Module, loss: Tensor, *more: Tensor) -> list[Tensor | None]:
    return list(torch.autograd.grad(loss, [*model.parameters(), *more], allow_unused=True))


def test_input_feeding_by_hand():
    """GRU to LSTM over a linear bridge, general attention: torch.nn's own cells, one sequence and step at a time."""
    model = built("gru", "lstm", attention="general", sides={"bidirectional": True})
    p, (source, targets) = dict(model.named_parameters()), symbols()
    outputs, weights = model(source, targets, lengths=LENGTHS)
    cells = []
    for side in ("cells.0", "cells.1"):
        cell = nn.GRUCell(3, 4, dtype=torch.float64)
        cell.load_state_dict({n: p[f"encoder.recurrent.{side}.{n}"] for n, _ in cell.named_parameters()})
        cells.append(cell)
    lstm = nn.LSTMCell(2 + 6, 6, dtype=torch.float64)
    lstm.load_state_dict({n: p[f"decoder.recurrent.cells.0.{n}"] for n, _ in lstm.named_parameters()})
    for b, n in enumerate(LENGTHS):
        x = p["encoder.source.vectors.weight"][source[b, :n]]
        said: list[list[Tensor]] = [[], []]
        for k, order in enumerate((range(n), range(n - 1, -1, -1))):
            h = torch.zeros(4, dtype=torch.float64)
            for s in order:
                h = cells[k](x[s], h)
                said[k].append(h)
        memory = torch.cat([torch.stack(said[0]), torch.stack(said[1][::-1])], -1)
        last = torch.cat([said[0][-1], said[1][-1]])
        h, c = linear(last, p["bridge.linear.weight"], p["bridge.linear.bias"]).split(6)
        fed, read = torch.zeros(6, dtype=torch.float64), p["decoder.begin"]
        for t in range(T):
            h, c = lstm(torch.cat([read, fed]), (h, c))
            scores = torch.stack([h @ p["decoder.look.attention.of_memory.weight"] @ m for m in memory])
            alpha = scores.softmax(0)
            joint = torch.cat([alpha @ memory, h])
            fed = linear(joint, p["decoder.look.joint.weight"], p["decoder.look.joint.bias"]).tanh()
            assert_close(outputs[b, t], linear(fed, p["decoder.head.linear.weight"], p["decoder.head.linear.bias"]))
            assert_close(weights[b, t, :n], alpha)
            assert weights[b, t, n:].abs().sum() == 0
            read = p["decoder.target.vectors.weight"][targets[b, t]]


@pytest.mark.parametrize("attention", [None, *ATTENTIONS])
def test_all_at_once_is_step_by_step(attention: str | None):
    """Values and every gradient; on the kernel and in a loop of plain torch."""
    options = {"attention": attention, "input_feeding": False, "num_layers": 2, "residual": True}
    model = built("lstm", "gru", **options).eval()
    source, targets = symbols()
    whole, stepped = model(source, targets, lengths=LENGTHS), in_steps(model, source, targets, LENGTHS)
    assert_close(whole, stepped)
    losses = [model.loss(said.outputs, targets, TARGET_LENGTHS) for said in (whole, stepped)]
    assert_close(*[gradients(model, loss) for loss in losses])


@pytest.mark.parametrize(
    "option", [{"recurrent_dropout": 0.5}, {"weight_drop": 0.5}, {"zoneout": 0.3}, {"dropout": 0.4}]
)
def test_what_a_layer_does_to_its_cells_is_done_step_by_step_too(option: dict[str, Any]):
    """Masks are held for the whole sequence; zoneout, drawn at every step, is compared after training."""
    model = built(decoder="lstm", num_layers=2, **option)
    if option.keys() & {"zoneout", "dropout"}:
        model.eval()
    source, targets = symbols()
    torch.manual_seed(1)
    whole = model(source, targets)
    torch.manual_seed(1)
    assert_close(whole, in_steps(model, source, targets))
    if model.training:
        assert not torch.equal(whole.outputs, model(source, targets).outputs)


def test_dropout_between_layers_is_drawn_at_every_step():
    model = built(decoder="elman", num_layers=2, dropout=0.5)
    source, targets = symbols()
    assert not torch.equal(in_steps(model, source, targets).outputs, in_steps(model, source, targets).outputs)
    model.eval()
    assert_close(in_steps(model, source, targets), model(source, targets))


@pytest.mark.parametrize("side", ["encoder", "decoder"])
def test_both_sides_run_on_the_kernel(side: str):
    """backend="cpu" refuses anything else; both backends agree in values and gradients."""
    source, targets = symbols()
    found = []
    for backend in ("cpu", "reference"):
        torch.manual_seed(0)
        option: dict[str, Any] = {"backend": backend}
        model = built(sides=option) if side == "encoder" else built(attention="additive", input_feeding=False, **option)
        outputs, _ = model(source, targets, lengths=LENGTHS)
        found.append([outputs, *gradients(model, model.loss(outputs, targets, TARGET_LENGTHS))])
    assert_close(*found)


@pytest.mark.parametrize("name", sorted(catalogue()))
@pytest.mark.parametrize("side", ["encoder", "decoder"])
def test_any_cell_on_either_side(side: str, name: str):
    source, targets = symbols()
    loops: dict[str, Any] = {"backend": "reference"}
    model = (
        built(name, "gru", attention="dot", sides=loops, **loops)
        if side == "encoder"
        else built("gru", name, attention="additive", sides=loops, **loops)
    )
    outputs, weights = model(source, targets, lengths=LENGTHS)
    found = gradients(model, model.loss(outputs, targets))
    assert all(g is None or bool(g.isfinite().all()) for g in found)
    assert weights.sum(-1).allclose(torch.ones(B, T, dtype=torch.float64))
    written = model.generate(source, lengths=LENGTHS, max_length=2, beams=2)
    assert written.outputs.shape == (B, 2)


def test_classes_layers_stacks_and_modules():
    """A class of torch.nn, a built layer with time first, a stack; real values in, real values out."""
    source, targets = torch.randn(B, S, 3), torch.randn(B, T, 2)
    stack = Stacked([frontal.LSTM(3, 4), Recurrent(named("elman"), 4, 5)])
    for encoder in (
        Encoder(Values(3), nn.GRUCell, 4),
        Encoder(Values(3), frontal.GRU(3, 4)),
        Encoder(Values(3), stack),
    ):
        for decoder in (Decoder(Values(2), nn.LSTMCell, 4), Decoder(Values(2), frontal.LSTM(2, 4, 2))):
            model = EncoderDecoder(encoder, decoder)
            outputs, weights = model(source, targets, lengths=LENGTHS)
            assert outputs.shape == (B, T, 2)
            assert weights is None
            assert_close(in_steps(model, source, targets, LENGTHS).outputs, outputs)
            model.loss(outputs, targets, TARGET_LENGTHS).backward()
            assert all(q.grad is not None for q in model.bridge.parameters())


def test_a_film_is_told_in_symbols():
    films, targets = torch.randn(B, S, 1, 8, 8), torch.randint(6, (B, T))
    encoder = Encoder(FrameEncoder(ImageEncoder(1, 3)), "gru", 4)
    decoder = Decoder(Symbols(6, 2), "gru", 4, attention="location", memory_size=4)
    outputs, weights = EncoderDecoder(encoder, decoder)(films, targets, lengths=LENGTHS)
    assert (outputs.shape, weights.shape) == ((B, T, 6), (B, T, S))


@pytest.mark.parametrize("attention", [None, "additive", "location", "monotonic"])
def test_padding_changes_neither_values_nor_gradients(attention: str | None):
    """NaN beyond the lengths of source and targets, and a target without any valid step."""
    model = built(source=Values(3), target=Values(2), attention=attention).eval()
    source, targets = torch.randn(B, S, 3).double(), torch.randn(B, T, 2).double()
    target_lengths = [4, 0, 2]
    found = []
    for fill in (0.0, math.nan):
        x, y = source.clone(), targets.clone()
        for b in range(B):
            x[b, LENGTHS[b] :], y[b, target_lengths[b] :] = fill, fill
        x.requires_grad_()
        outputs, _ = model(x, y, lengths=LENGTHS, target_lengths=target_lengths)
        loss = model.loss(outputs, y, target_lengths)
        found.append([loss, *gradients(model, loss, x)])
    assert_close(*found, rtol=0, atol=0)
    assert all(g is None or bool(g.isfinite().all()) for g in found[1])


def test_symbols_beyond_the_lengths_may_be_anything():
    model, (source, targets) = built(attention="additive"), symbols()
    clean, _ = model(source, targets, lengths=LENGTHS, target_lengths=TARGET_LENGTHS)
    loss = model.loss(clean, targets, TARGET_LENGTHS)
    for b in range(B):
        source[b, LENGTHS[b] :], targets[b, TARGET_LENGTHS[b] :] = -100, 10**6
    outputs, _ = model(source, targets, lengths=LENGTHS, target_lengths=TARGET_LENGTHS)
    assert_close(model.loss(outputs, targets, TARGET_LENGTHS), loss, rtol=0, atol=0)


def test_the_future_of_the_targets_is_unknown():
    for feeding in (True, False):
        model, (source, targets) = built(attention="additive", input_feeding=feeding), symbols()
        before = model(source, targets).outputs
        targets[:, 2] = (targets[:, 2] + 1) % 6
        after = model(source, targets).outputs
        assert_close(before[:, :3], after[:, :3], rtol=0, atol=0)
        assert not torch.allclose(before[:, 3], after[:, 3])


@pytest.mark.parametrize("attention", [None, "additive"])
@pytest.mark.parametrize("ratio", [0.0, 0.5])
def test_scheduled_sampling_reads_its_own_guesses(ratio: float, attention: str | None):
    """The same as the truth being what was read: coins of the same seed say which."""
    model, (source, targets) = built(attention=attention), symbols()
    torch.manual_seed(5)
    outputs, weights = model(source, targets, teacher_forcing=ratio)
    own = outputs.argmax(-1)
    torch.manual_seed(5)
    coins = torch.cat([torch.rand(B, 1) < ratio for _ in range(T - 1)], 1)
    read = torch.cat([torch.where(coins, targets[:, :-1], own[:, :-1]), targets[:, -1:]], 1)
    if ratio:
        assert coins.any() and not coins.all()
    expected = model(source, read)
    assert_close(outputs, expected.outputs)
    assert_close(weights, expected.weights)
    assert_close(
        gradients(model, model.loss(outputs, targets)), gradients(model, model.loss(expected.outputs, targets))
    )


def test_free_running_values_are_generated_values():
    model = built(source=Values(3), target=Values(2), attention="general")
    source, targets = torch.randn(B, S, 3).double(), torch.randn(B, T, 2).double()
    free, weights = model(source, targets, teacher_forcing=0.0)
    written = model.generate(source, max_length=T)
    assert_close(written.outputs, free)
    assert_close(written.weights, weights)
    assert written.lengths.tolist() == [T] * B
    assert written.scores is None


def test_gradients_of_the_whole():
    model = built("elman", "elman", source=Values(2), target=Values(1), attention="additive")
    source, targets = torch.randn(2, 3, 2).double().requires_grad_(), torch.randn(2, 2, 1).double()

    def run(source: Tensor, *_: Tensor) -> Tensor:
        return model(source, targets, lengths=[3, 2]).outputs

    assert torch.autograd.gradcheck(run, (source, model.decoder.begin, *model.bridge.parameters()))
