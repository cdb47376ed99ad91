"""Recurrent over classes, cells and modules: what it builds, what it shares, what it leaves alone."""

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

import frontal
from frontal.cells import catalogue, named
from frontal.errors import FrontalError
from frontal.layers.wrapped import wrap


@pytest.mark.parametrize(("cell", "layer"), [("elman", "RNN"), ("lstm", "LSTM"), ("gru", "GRU")])
def test_a_stack_of_cells_is_the_drop_in(cell: str, layer: str) -> None:
    stack = frontal.Recurrent(named(cell), 3, 4, num_layers=2, bidirectional=True, bias=False)
    drop_in = getattr(frontal, layer)(3, 4, num_layers=2, bidirectional=True, bias=False)
    weights = ("weight_ih", "weight_hh")
    ours = [f"cells.{k}.{name}" for k in range(4) for name in weights]
    theirs = [f"{name}_l{k}{side}" for k in range(2) for side in ("", "_reverse") for name in weights]
    assert list(stack.state_dict()) == ours
    stack.load_state_dict({a: drop_in.state_dict()[b] for a, b in zip(ours, theirs, strict=True)})
    x = torch.randn(5, 2, 3)
    assert_close(stack(x, lengths=[2, 5]), drop_in(x, lengths=[2, 5]), rtol=0, atol=0)


@pytest.mark.parametrize("name", sorted(catalogue().keys() - {"t_gru", "t_lstm"}))  # their states hold an input
def test_sizes_by_position_or_by_name(name: str) -> None:
    by_name = frontal.Recurrent(named(name), num_layers=2, input_size=3, hidden_size=4, bidirectional=True)
    by_position = frontal.Recurrent(named(name), 3, 4, num_layers=2, bidirectional=True)
    assert [c.input_size for c in by_name.cells] == [c.input_size for c in by_position.cells] == [3, 3, 8, 8]


def test_an_instance_serves_one_layer_in_one_direction() -> None:
    cell = named("gru")(3, 4)
    with pytest.raises(FrontalError, match=r"one GRU serves one layer .*class: Recurrent\(GRU, 3, 4"):
        frontal.Recurrent(cell, bidirectional=True)
    with pytest.raises(FrontalError, match="GRU is built already, so 3, 4, bias cannot be used"):
        frontal.Recurrent(cell, 3, 4, bias=False)


@pytest.mark.parametrize("layer", [nn.LSTM, nn.GRU, nn.RNN])
def test_a_whole_layer_is_not_a_cell(layer: type[nn.Module]) -> None:
    with pytest.raises(FrontalError, match=f"{layer.__name__} is not a cell: it must take"):
        frontal.Recurrent(layer, 3, 4)


class SizesSwapped(frontal.Cell):
    def __init__(self, hidden_size: int, input_size: int) -> None:
        super().__init__(input_size, hidden_size)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return h


def test_a_class_whose_first_argument_is_not_its_input_size_cannot_be_stacked() -> None:
    with pytest.raises(FrontalError, match="its first argument must be its input size"):
        frontal.Recurrent(SizesSwapped, 4, 3, num_layers=2)


class Observed(nn.Module):
    """Counts its calls, draws random numbers and updates statistics while it trains."""

    def __init__(self) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.calls = 3, 4, 0
        self.norm = nn.BatchNorm1d(4)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        self.calls += 1
        return self.norm(nn.functional.dropout(h, 0.5, self.training))


def test_wrapping_leaves_the_module_alone() -> None:
    module, before = Observed().train(), torch.get_rng_state()
    cell = wrap(module)
    assert cell.states == ("h",)
    assert torch.equal(torch.get_rng_state(), before)
    assert module.calls == 0
    assert module.norm.num_batches_tracked == 0
    assert module.training
    assert wrap(cell) is cell


def test_dropout_leaves_the_padding_zero() -> None:
    layer = frontal.GRU(3, 4, 3, dropout=0.5, bidirectional=True)
    outputs, _ = layer(torch.randn(5, 2, 3), lengths=[2, 5])
    assert not outputs[2:, 0].any()
    assert outputs[:2, 0].any()


def test_explain_checks_the_input_and_names_the_wrapped_module() -> None:
    with pytest.raises(FrontalError, match="LSTM: input must have I = 3 features"):
        frontal.LSTM(3, 4).explain(torch.zeros(5, 2, 7))
    explanation = frontal.Recurrent(nn.LSTMCell, 3, 4, num_layers=2).explain(torch.zeros(5, 3))
    assert [facts.cell for facts in explanation.cells] == ["LSTMCell (wrapped)"] * 2
    assert "T = 5 steps, B = 1 sequences, I = 3 features" in str(explanation)
