"""torch.compile takes a model with a layer whole: one operation a cell, whatever the number of steps."""

from collections.abc import Callable
from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

import frontal
from frontal.cells import named


class Dropping(frontal.Cell):
    """A cell with a module, a buffer and dropout of its own."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.mix = nn.Sequential(nn.Linear(input_size + hidden_size, hidden_size), nn.Tanh())
        self.register_buffer("keep", torch.full((hidden_size,), 0.5))
        self.drop = nn.Dropout(0.4)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return self.keep * h + self.drop(self.mix(torch.cat([x, h], -1)))


LAYERS: dict[str, Callable[[], nn.Module]] = {
    "lstm": lambda: frontal.LSTM(3, 4, 2, bidirectional=True),
    "gru": lambda: frontal.GRU(3, 4),
    "projected": lambda: frontal.LSTM(3, 4, proj_size=2),
    "a cell": lambda: frontal.Recurrent(Dropping(3, 4)).eval(),
    "with work before the loop": lambda: frontal.Recurrent(named("minimal_rnn")(3, 4)),
    "on the reference": lambda: frontal.Recurrent(named("mgu")(3, 4), backend="reference"),
}


@pytest.fixture(autouse=True)
def fresh():
    torch.manual_seed(0)
    torch._dynamo.reset()


class Counting:
    """A backend of torch.compile that counts operations and leaves the rest to another one."""

    def __init__(self) -> None:
        self.operations: list[str] = []

    def __call__(self, graph: torch.fx.GraphModule, inputs: list[Tensor]) -> Callable[..., object]:
        self.operations += [str(node.target) for node in graph.graph.nodes if node.op == "call_function"]
        return torch._dynamo.lookup_backend("aot_eager")(graph, inputs)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_one_operation_a_cell_and_gives_the_same(name: str):
    layer, count = LAYERS[name](), Counting()
    whole = torch.compile(layer, fullgraph=True, backend=count)
    x, lengths = torch.randn(6, 3, 3, requires_grad=True), torch.tensor([6, 1, 4])
    reset = torch.rand(6, 3) < 0.3
    parameters = [x, *layer.parameters()]
    outputs, wanted = whole(x, lengths=lengths, reset=reset)[0], layer(x, lengths=lengths, reset=reset)[0]
    assert_close(outputs, wanted, rtol=0, atol=0)
    weights = torch.randn_like(outputs)
    gradients = torch.autograd.grad((outputs * weights).sum(), parameters)
    for got, want in zip(gradients, torch.autograd.grad((wanted * weights).sum(), parameters), strict=True):
        assert_close(got, want, rtol=1e-5, atol=1e-6)
    cells = 4 if name == "lstm" else 1
    assert sum("frontal.run" in operation for operation in count.operations) == cells


def test_any_number_of_steps_and_rows_without_a_new_graph():
    layer, count = frontal.GRU(3, 4), Counting()
    layer(torch.randn(1, 1, 3))
    whole = torch.compile(layer, fullgraph=True, backend=count, dynamic=True)
    for T, B in ((5, 2), (9, 7), (31, 6)):
        x = torch.randn(T, B, 3)
        assert_close(whole(x)[0], layer(x)[0], rtol=0, atol=0)
    assert sum("frontal.run" in operation for operation in count.operations) == 1


def test_states_go_in_and_come_out():
    layer = frontal.LSTM(3, 4)
    whole = torch.compile(layer, fullgraph=True, backend="aot_eager")
    x, hx = torch.randn(6, 2, 3), (torch.randn(1, 2, 4, requires_grad=True), torch.randn(1, 2, 4, requires_grad=True))
    (outputs, finals), (wanted, wanted_finals) = whole(x, hx), layer(x, hx)
    assert_close(finals, wanted_finals, rtol=0, atol=0)
    loss, other = outputs.sum() + finals[1].square().sum(), wanted.sum() + wanted_finals[1].square().sum()
    for got, want in zip(torch.autograd.grad(loss, hx), torch.autograd.grad(other, hx), strict=True):
        assert_close(got, want, rtol=1e-5, atol=1e-6)


def test_a_whole_model_trains_as_without():
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.recurrent, self.out = frontal.LSTM(3, 8), nn.Linear(8, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(self.recurrent(x)[0][-1])

    plain = Model()
    model = deepcopy(plain)
    whole = torch.compile(model, fullgraph=True, backend="aot_eager")
    x, y = torch.randn(5, 16, 3), torch.randn(16, 1)
    for net, module in ((whole, model), (plain, plain)):
        optimizer = torch.optim.SGD(module.parameters(), 0.1)
        for _ in range(5):
            optimizer.zero_grad()
            (net(x) - y).square().mean().backward()
            optimizer.step()
    for (name, got), want in zip(model.named_parameters(), plain.parameters(), strict=True):
        assert_close(got, want, rtol=1e-4, atol=1e-6, msg=lambda text, name=name: f"{name}: {text}")


def test_what_is_dropped_forwards_is_dropped_backwards():
    layer = frontal.Recurrent(Dropping(3, 400))
    whole = torch.compile(layer, fullgraph=True, backend="aot_eager")
    x = torch.randn(1, 1, 3)
    h = torch.zeros(1, 1, 400, requires_grad=True)
    outputs, _ = whole(x, h)
    kept = (outputs != 0).flatten()
    assert 0.4 < kept.float().mean() < 0.8
    bias = layer.cells[0].mix[0].bias
    assert torch.equal(torch.autograd.grad(outputs.sum(), bias)[0] != 0, kept)
    assert not torch.equal(whole(x, h)[0], outputs)


def test_wrong_lengths_are_refused_when_the_code_runs():
    whole = torch.compile(frontal.GRU(3, 4), backend="aot_eager")
    with pytest.raises(frontal.FrontalError, match=r"lengths\[1\] is 9; a length must be within 1 .. T = 5"):
        whole(torch.randn(5, 2, 3), lengths=torch.tensor([5, 9]))
