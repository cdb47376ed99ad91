"""Every cell with every option of a layer, on the kernels and on the loop: same numbers, same gradients."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from frontal.cells import catalogue, named
from frontal.errors import FrontalError
from frontal.layers import BlockDiagonal, Recurrent, Stacked

T, B, I, H = 5, 3, 4, 6  # noqa: E741
CELLS = [*catalogue()]
SINGLE = {"t_gru", "t_lstm"}  # states of the size of the input: no stack of equal ones


def options_for(name: str, *, train: bool) -> dict[str, Any]:
    """Everything that the cell can have, all at once; zoneout draws in another order on the loop than before it."""
    found: dict[str, Any] = {"bidirectional": True, "zoneout": 0.0 if train else 0.2}
    if name not in SINGLE:
        found |= {"num_layers": 2, "dropout": 0.2, "residual": True}
    for option in ("weight_drop", "recurrent_dropout"):
        try:
            Recurrent(named(name), I, H, **{option: 0.2})(torch.zeros(1, 1, I))
        except FrontalError:
            continue
        found[option] = 0.2
    return found


def results(layer: nn.Module, x: Tensor, **call: Any) -> list[Tensor]:
    """Outputs, states and gradients of everything, with the same draws each time."""
    torch.manual_seed(7)
    outputs, states = layer(x, **call)
    states = states if isinstance(states, tuple) else (states,)
    weights = torch.linspace(-1, 1, outputs.numel(), dtype=x.dtype).view_as(outputs)
    total = (outputs * weights).sum() + sum(s.sum() for s in states)
    found = torch.autograd.grad(total, [x, *layer.parameters()], allow_unused=True, materialize_grads=True)
    return [outputs.detach(), *(s.detach() for s in states), *found]


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("name", CELLS)
def test_all_options_on_both_backends(name: str, train: bool):
    layer = Recurrent(named(name), I, H, **options_for(name, train=train)).double().train(train)
    x = torch.randn(T, B, I, dtype=torch.float64, requires_grad=True)
    call = {"lengths": torch.tensor([5, 2, 4]), "reset": torch.rand(T, B) < 0.2}
    found = {}
    for backend in ("cpu", "reference"):
        layer.backend = backend
        found[backend] = results(layer, x, **call)
    for ours, judge in zip(found["cpu"], found["reference"], strict=True):
        torch.testing.assert_close(ours, judge, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", CELLS)
def test_blocks_in_an_unlike_stack(name: str):
    """Heads of every cell below a layer of it, batch first, by parts and as a whole."""
    blocks = Recurrent(BlockDiagonal, I, H, of=named(name), heads=2, batch_first=True)
    stack = Stacked([blocks, Recurrent(named(name), blocks.output_size, H, batch_first=True)]).double()
    x = torch.randn(B, T, I, dtype=torch.float64)
    whole, finals = stack(x)
    first, states = stack(x[:, :2])
    second, ends = stack(x[:, 2:], states)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)
    torch.testing.assert_close(ends, finals)
