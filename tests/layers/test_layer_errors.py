"""Every wrong argument is told: what was given, what was expected, where."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from torch import nn

import frontal
from frontal.errors import FrontalError

LSTM = frontal.LSTM(3, 5, num_layers=2)
GRU = frontal.GRU(3, 5)
X = torch.zeros(6, 4, 3)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: GRU([[1.0]]), r"GRU: input must be a tensor \(T, B, I\)"),
        (lambda: GRU(torch.zeros(3)), "1 dimensions"),
        (lambda: GRU(torch.zeros(6, 4, 7)), "I = 3 features in its last dimension.*got 7"),
        (lambda: GRU(X.double()), r"torch.float64, the parameters torch.float32; convert one: .to\(torch.float32\)"),
        (lambda: GRU(X.long()), "int64"),
        (lambda: GRU(X.to("meta")), "input is on meta, the parameters on cpu; move one"),
        (lambda: GRU(torch.zeros(0, 4, 3)), "no steps"),
        (lambda: GRU(X, (X, X)), r"hx must be one tensor \(h\), got a tuple of 2"),
        (lambda: LSTM(X, torch.zeros(2, 4, 5)), r"hx must be a tuple of 2 tensors \(h, c\)"),
        (lambda: GRU(X, torch.zeros(1, 3, 5)), re.escape("h in hx must be (layers · directions, B, size) = (1, 4, 5)")),
        (lambda: GRU(X, torch.zeros(1, 4, 5).double()), "h in hx is torch.float64"),
        (lambda: GRU(X, lengths=[0, 1, 2, 3]), r"lengths\[0\] is 0; a length must be within 1 .. T = 6"),
        (lambda: GRU(X, lengths=[6, 1, 7, 3]), r"lengths\[2\] is 7"),
        (lambda: GRU(X, lengths=[6, -1, 2, 3]), r"lengths\[1\] is -1"),
        (lambda: GRU(X, lengths=[6, 1]), r"one entry a sequence, \(4,\), got \(2,\)"),
        (lambda: GRU(X, lengths=[1.0, 2.0, 3.0, 4.0]), "lengths must be whole numbers, got torch.float32"),
        (lambda: GRU(X, lengths="abcd"), "lengths must be a tensor or a list"),
        (lambda: GRU(X, reset=torch.zeros(6, 4)), r"reset must be bool, got torch.float32; use .bool\(\)"),
        (lambda: GRU(X, reset=torch.zeros(4, 6, dtype=torch.bool)), re.escape("reset must be (T, B) = (6, 4)")),
        (lambda: frontal.LSTM(0, 5), "input_size must be a whole number >= 1, got 0"),
        (lambda: frontal.GRU(3, 5, num_layers=0), "num_layers must be a whole number >= 1, got 0"),
        (lambda: frontal.GRU(3, 5, dropout=1.5), "dropout must be within 0 .. 1"),
        (lambda: frontal.GRU(3, 5, bias="yes"), "bias must be True or False"),
        (lambda: frontal.LSTM(3, 5, proj_size=5), "proj_size must be within 0 .. hidden_size - 1, got 5"),
        (lambda: frontal.RNN(3, 5, nonlinearity="tan"), "did you mean 'tanh'"),
        (lambda: frontal.GRU(3, 5, backend="refrence"), "did you mean 'reference'"),
        (lambda: frontal.Recurrent(nn.GRUCell(3, 5), num_layers=2), r"pass the class: Recurrent\(GRUCell, 3, 5"),
        (lambda: frontal.Recurrent(nn.GRUCell(3, 5), 3), "is built already"),
        (lambda: frontal.Recurrent("lstm", 3, 5), "must be a class or a module"),
        (lambda: frontal.Recurrent(nn.Linear(3, 5)), "cannot be wrapped as a cell"),
        (lambda: frontal.Recurrent(nn.Linear, 3, 5), "cannot be wrapped as a cell"),
    ],
)
def test_wrong_arguments(call: Any, says: str) -> None:
    with pytest.raises(FrontalError, match=says):
        call()


@pytest.mark.parametrize("layer", [frontal.GRU, frontal.RNN])
def test_only_the_lstm_projects(layer: Any) -> None:
    with pytest.raises(TypeError, match="proj_size"):
        layer(3, 5, proj_size=2)


def test_a_packed_sequence_brings_its_lengths() -> None:
    packed = nn.utils.rnn.pack_sequence([torch.zeros(3, 3), torch.zeros(2, 3)])
    with pytest.raises(FrontalError, match="brings its lengths"):
        GRU(packed, lengths=[3, 2])


class Shrinking(frontal.Cell):
    def step(self, x: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
        return h[:, 1:]


def test_a_step_that_changes_its_state_is_named() -> None:
    with pytest.raises(FrontalError, match=r"Shrinking.step was given h \(4, 5\).*returned \(4, 4\)"):
        frontal.Recurrent(Shrinking(3, 5))(X)
