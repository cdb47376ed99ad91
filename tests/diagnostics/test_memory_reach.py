"""How far back an input moves the output, for memories of known length."""

from io import BytesIO

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import frontal
from frontal.cell import Cell
from frontal.cells import named
from frontal.diagnostics.memory_reach import memory_reach
from frontal.errors import FrontalError
from frontal.layers import Recurrent

T, B, I, H = 8, 3, 2, 4  # noqa: E741


class Delay(Cell):
    """Hands out what it read three steps before."""

    def __init__(self) -> None:
        super().__init__(1, 4)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return torch.cat([h[:, 1:], x], -1)


def test_reach_of_a_delay_line_is_its_length():
    layer = Recurrent(Delay())
    reach = memory_reach(lambda x: layer(x)[0][..., :1], torch.randn(20, 2, 1))
    assert reach.steps == 3
    np.testing.assert_allclose(reach.influence, [0, 0, 0, 1] + [0] * 16)
    np.testing.assert_allclose(memory_reach(layer, torch.randn(20, 2, 1)).influence, [1] * 4 + [0] * 16)


def test_reach_of_a_leaky_memory():
    layer = Recurrent(named("elman"), 1, 1, nonlinearity="relu", bias=False)
    with torch.no_grad():
        layer.cells[0].weight_hh.fill_(0.5)
        layer.cells[0].weight_ih.fill_(1.0)
    reach = memory_reach(layer, torch.ones(30, 2, 1))
    np.testing.assert_allclose(reach.influence, 0.5 ** np.arange(30), rtol=1e-5)
    assert reach.steps == 6  # 2⁻⁶ is the last above 1 %
    reach.plot().savefig(BytesIO())
    assert "6 steps back" in str(reach) and len(reach.to_frame()) == 30


def test_reach_of_batch_first_models_and_of_models_with_one_answer():
    torch.manual_seed(0)
    rnn = frontal.GRU(I, H, batch_first=True)
    x = torch.randn(B, T, I)
    same = memory_reach(frontal_like(rnn), x.transpose(0, 1))
    assert memory_reach(rnn, x).influence.shape == (T,)
    np.testing.assert_allclose(memory_reach(rnn, x).influence, same.influence, rtol=1e-5)
    last = nn.Sequential(rnn)
    assert memory_reach(lambda v: last(v)[0][:, -1], x, batch_first=True).influence.argmax() == 0


def frontal_like(rnn: nn.Module) -> nn.Module:
    layer = frontal.GRU(I, H)
    layer.load_state_dict(rnn.state_dict())
    return layer


def test_wrong_input_is_told():
    layer = frontal.GRU(I, H)
    with pytest.raises(FrontalError, match="x must be floating-point numbers"):
        memory_reach(layer, torch.zeros(3, 2))
    with pytest.raises(FrontalError, match="does not depend on the input"):
        memory_reach(lambda x: torch.zeros(3, 2, 1), torch.zeros(3, 2, 1))
    for shape, says in (((3, 2), "may be one number a step"), ((5, 4), "laid out as x")):
        outputs = torch.zeros(shape)
        with pytest.raises(FrontalError, match=says):
            memory_reach(lambda x, outputs=outputs: x.sum() * outputs, torch.zeros(3, 2, 1))
    with pytest.raises(FrontalError, match="have no steps"):
        memory_reach(lambda x: x[:1], torch.zeros(3, 2, 1), every_step=True)
    with pytest.raises(FrontalError, match="not finite"):
        memory_reach(lambda x: x.exp() * 1e38 * 1e38, torch.zeros(3, 2, 1))


@given(width=st.integers(1, 6), steps=st.integers(6, 12), first=st.booleans())
@settings(max_examples=20, deadline=None)
def test_reach_of_a_time_delay_net_is_its_window(width: int, steps: int, first: bool):
    net = nn.Conv1d(I, 3, width)  # reads `width` steps
    with torch.no_grad():
        net.weight.fill_(0.5)

    def model(x: Tensor) -> Tensor:
        padded = nn.functional.pad(x.permute(0, 2, 1) if first else x.permute(1, 2, 0), (width - 1, 0))
        y = net(padded)  # (B, 3, T)
        return y.permute(0, 2, 1) if first else y.permute(2, 0, 1)

    x = torch.randn(B, steps, I) if first else torch.randn(steps, B, I)
    reach = memory_reach(model, x, batch_first=first)
    assert reach.steps == width - 1
    np.testing.assert_allclose(reach.influence, [1] * width + [0] * (steps - width), atol=1e-12)


def test_influence_is_the_norm_of_the_jacobian():
    layer = frontal.GRU(I, H, dtype=torch.float64)
    x = torch.randn(T, B, I, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda v: layer(v)[0][-1].sum(0), x)  # (H, T, B, I)
    expected = jacobian.square().mean((0, 2, 3)).sqrt().flip(0)
    np.testing.assert_allclose(memory_reach(layer, x).influence, expected / expected.max(), rtol=1e-9)


@pytest.mark.parametrize("first", [False, True])
def test_padding_is_never_read(first: bool):
    layer = frontal.LSTM(I, H, bidirectional=True, batch_first=first, dtype=torch.float64)
    x, lengths = torch.randn(T, B, I, dtype=torch.float64), torch.tensor([8, 2, 5])
    x[torch.arange(T)[:, None] >= lengths] = float("nan")
    reach = memory_reach(layer, x.transpose(0, 1) if first else x, lengths=lengths)
    squares = torch.zeros(T, B, dtype=torch.float64)
    for row, length in enumerate(lengths.tolist()):
        alone = x[:length, row : row + 1]
        jacobian = torch.autograd.functional.jacobian(
            lambda v: layer(v.transpose(0, 1) if first else v)[0].reshape(-1, 2 * H)[-1], alone
        )  # (2 H, T, 1, I)
        squares[:length, row] = jacobian.square().mean((0, 2, 3)).flip(0)
    there = torch.arange(T)[:, None] < lengths
    expected = (squares.sum(1) / there.sum(1)).sqrt()
    np.testing.assert_allclose(reach.influence, expected / expected.max(), rtol=1e-9)


def test_an_answer_that_looks_like_steps_must_be_declared():
    net = nn.Linear(I, 1)
    x = torch.randn(T, B, I)
    each = memory_reach(lambda v: net(v).squeeze(-1), x, every_step=True)  # (T, B)
    assert each.steps == 0
    whole = memory_reach(lambda v: net(v).squeeze(-1).T.cumsum(1), x.transpose(0, 1)[:, :B], every_step=False)
    assert whole.influence.shape == (B,)


def test_nothing_is_changed():
    model = nn.Sequential(nn.Linear(I, I), frontal.LSTM(I, H, 2, dropout=0.5))
    x = torch.randn(T, B, I)
    modes, random = [m.training for m in model.modules()], torch.get_rng_state()
    one, two = memory_reach(model, x), memory_reach(model, x)
    np.testing.assert_array_equal(one.influence, two.influence)
    assert torch.equal(torch.get_rng_state(), random) and [m.training for m in model.modules()] == modes
    assert x.grad is None and not x.requires_grad and all(p.grad is None for p in model.parameters())
