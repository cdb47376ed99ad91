"""Any cell along a sequence: stacks and wrapped modules against torch.nn and loops by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import frontal
from frontal.cells import catalogue, named
from frontal.errors import FrontalError

X = torch.randn(6, 4, 3)


@pytest.mark.parametrize(("cell", "whole"), [(nn.LSTMCell, nn.LSTM), (nn.GRUCell, nn.GRU), (nn.RNNCell, nn.RNN)])
def test_wrapped_torch_cells_equal_the_torch_layer(cell: type[nn.Module], whole: type[nn.Module]) -> None:
    ours = frontal.Recurrent(cell, 3, 5, num_layers=2, bidirectional=True)
    theirs = whole(3, 5, num_layers=2, bidirectional=True)
    names = list(theirs.state_dict())
    theirs.load_state_dict(dict(zip(names, ours.state_dict().values(), strict=True)))
    for found, expected in zip(ours(X), theirs(X), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_a_cell_is_used_and_registered_as_it_is() -> None:
    cell = named("gru")(3, 5)
    rnn = frontal.Recurrent(cell)
    assert rnn.cells[0] is cell and "cells.0.weight_ih" in rnn.state_dict()
    h = torch.zeros(4, 5)
    for t, output in enumerate(rnn(X)[0]):
        h = cell.step(X[t], h)
        torch.testing.assert_close(output, h)


def test_layers_and_directions_by_hand() -> None:
    rnn = frontal.Recurrent(named("elman"), 3, 5, num_layers=2, bidirectional=True)
    x = X
    finals = []
    for layer in range(2):
        sides = []
        for direction in range(2):
            cell, h, outputs = rnn.cells[2 * layer + direction], torch.zeros(4, 5), []
            for step in x.flip(0) if direction else x:
                h = cell.step(step, h)
                outputs.append(h)
            finals.append(h)
            sides.append(torch.stack(outputs[::-1] if direction else outputs))
        x = torch.cat(sides, -1)
    outputs, states = rnn(X)
    torch.testing.assert_close(outputs, x)
    torch.testing.assert_close(states, torch.stack(finals))
    assert rnn.output_size == 10


def test_keyword_arguments_reach_every_cell() -> None:
    rnn = frontal.Recurrent(named("lstm"), 3, 5, num_layers=2, proj_size=2, batch_first=True)
    outputs, (h, c) = rnn(X.transpose(0, 1))
    assert outputs.shape == (4, 6, 2) and h.shape == (2, 4, 2) and c.shape == (2, 4, 5)


def test_reset_parameters_draws_anew() -> None:
    rnn = frontal.Recurrent(nn.GRUCell, 3, 5)
    before = [p.clone() for p in rnn.parameters()]
    rnn.reset_parameters()
    assert all(not torch.equal(a, b) for a, b in zip(before, rnn.parameters(), strict=True))


class TwoInputs(nn.Module):
    input_size, hidden_size = 3, 5

    def forward(self, x: Tensor, h: Tensor, extra: Tensor) -> Tensor:
        return h


def test_a_module_of_another_form_is_refused_with_what_it_did() -> None:
    with pytest.raises(FrontalError, match=r"TwoInputs is not a cell.*raised TypeError"):
        frontal.Recurrent(TwoInputs())


def test_explain_names_backend_reason_and_sizes() -> None:
    text = str(frontal.LSTM(3, 5, num_layers=2, bidirectional=True).explain(X, lengths=[6, 1, 2, 3]))
    for part in ("layer 1 backwards: LSTM, input 10, states h 5, c 5", "backend: cpu", "reason:", "12 of 24"):
        assert part in text
    asked = frontal.GRU(3, 5, backend="reference").explain()
    assert asked.cells[0].reason == "asked for by name"
    assert asked.parameters == sum(p.numel() for p in nn.GRU(3, 5).parameters())


def test_keras_starting_weights() -> None:
    from frontal.layers import initialise

    rnn = frontal.Recurrent(named("lstm"), 3, 50)
    initialise.keras(rnn)
    cell = rnn.cells[0]
    bias = cell.bias_ih + cell.bias_hh
    torch.testing.assert_close(bias, torch.tensor([0.0, 1.0, 0.0, 0.0]).repeat_interleave(50))
    torch.testing.assert_close(cell.weight_hh.T @ cell.weight_hh, torch.eye(50), atol=1e-5, rtol=0)
    assert cell.weight_ih.abs().max() <= (6 / 203) ** 0.5 and cell.weight_ih.std() > 0.05


def test_gates_name_the_rows_of_every_cell() -> None:
    for cell_class in catalogue().values():
        cell = cell_class(3, 5)
        if cell.gates:
            assert cell.weight_ih.shape == (len(cell.gates) * 5, 3)
