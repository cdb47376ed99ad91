"""One step of each cell equals torch.nn's cell; bad sizes are refused."""

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from frontal.cell import Cell
from frontal.cells.elman import Elman
from frontal.cells.gru import GRU
from frontal.cells.lstm import LSTM
from frontal.errors import FrontalError

PAIRS = [
    (Elman, nn.RNNCell, {}),
    (Elman, nn.RNNCell, {"nonlinearity": "relu"}),
    (LSTM, nn.LSTMCell, {}),
    (GRU, nn.GRUCell, {}),
]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("ours", "theirs", "kwargs"), PAIRS)
def test_a_step_is_torchs(ours: type[Cell], theirs: type[nn.Module], kwargs: dict[str, str], bias: bool):
    torch.manual_seed(0)
    expected = theirs(3, 4, bias=bias, dtype=torch.float64, **kwargs)
    torch.manual_seed(0)
    cell = ours(3, 4, bias=bias, dtype=torch.float64, **kwargs)
    assert list(cell.state_dict()) == list(expected.state_dict())
    for name, parameter in expected.named_parameters():
        assert torch.equal(cell.get_parameter(name), parameter), "the same seed draws the same weights"
    x = torch.randn(5, 3, dtype=torch.float64)
    states = tuple(torch.randn(5, 4, dtype=torch.float64) for _ in cell.states)
    wanted = expected(x, states if len(states) > 1 else states[0])
    wanted = (wanted,) if isinstance(wanted, Tensor) else wanted
    for got, want in zip(cell(x, *states), wanted, strict=True):
        assert_close(got, want, rtol=1e-12, atol=1e-12)


def test_a_projection_multiplies_h_alone():
    cell = LSTM(3, 4, proj_size=2, dtype=torch.float64)
    plain = LSTM(3, 4, dtype=torch.float64)
    assert cell.state_sizes == (2, 4)
    assert cell.output_size == 2
    assert cell.weight_hh.shape == (16, 2)
    x, h, c = (torch.randn(5, size, dtype=torch.float64) for size in (3, 2, 4))
    plain.load_state_dict(
        {
            "weight_ih": cell.weight_ih,
            "weight_hh": torch.cat([cell.weight_hh, torch.zeros(16, 2)], 1),
            "bias_ih": cell.bias_ih,
            "bias_hh": cell.bias_hh,
        }
    )
    wide_h, wide_c = plain(x, torch.cat([h, torch.zeros(5, 2)], 1), c)
    got_h, got_c = cell(x, h, c)
    assert_close(got_h, wide_h @ cell.weight_hr.T)
    assert_close(got_c, wide_c)


def test_gru_by_hand():
    """One unit, numbers from the formula with the reset gate after the product."""
    cell = GRU(1, 1, dtype=torch.float64)
    with torch.no_grad():
        cell.weight_ih.copy_(torch.tensor([[0.5], [-1.0], [2.0]]))
        cell.weight_hh.copy_(torch.tensor([[1.0], [0.25], [-0.5]]))
        cell.bias_ih.copy_(torch.tensor([0.1, 0.2, 0.3]))
        cell.bias_hh.copy_(torch.tensor([0.0, -0.1, 0.4]))
    x, h = torch.tensor(0.8, dtype=torch.float64), torch.tensor(-0.6, dtype=torch.float64)
    r = torch.sigmoid(0.5 * x + 0.1 + 1.0 * h)
    z = torch.sigmoid(-1.0 * x + 0.2 + 0.25 * h - 0.1)
    n = torch.tanh(2.0 * x + 0.3 + r * (-0.5 * h + 0.4))
    (got,) = cell(x.reshape(1, 1), h.reshape(1, 1))
    assert_close(got, ((1 - z) * n + z * h).reshape(1, 1), rtol=1e-7, atol=1e-7)


def test_reset_parameters_draws_anew_within_the_bound():
    cell = LSTM(50, 16, proj_size=4)
    before = {name: value.clone() for name, value in cell.state_dict().items()}
    cell.reset_parameters()
    for name, value in cell.state_dict().items():
        assert not torch.equal(value, before[name])
        assert value.abs().max() <= 1 / 4
        assert value.abs().max() > 0.2


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: LSTM(0, 4), "LSTM: input_size must be a whole number >= 1, got 0"),
        (lambda: GRU(3, -1), "GRU: hidden_size must be a whole number >= 1, got -1"),
        (lambda: GRU(3, 2.5), "hidden_size must be a whole number"),
        (lambda: LSTM(3, 4, proj_size=4), "proj_size must be within 0 .. hidden_size - 1, got 4"),
        (lambda: LSTM(3, 4, proj_size=-1), "proj_size"),
        (lambda: Elman(3, 4, nonlinearity="tahn"), "unknown nonlinearity 'tahn'; did you mean 'tanh'"),
    ],
)
def test_bad_sizes_are_refused(build, message: str):
    with pytest.raises(FrontalError, match=message):
        build()


def test_a_cell_without_a_step_cannot_be_built():
    with pytest.raises(TypeError, match="step"):
        Cell(3, 4)
