"""A cell's wiring, its equations and its picture, beside what the step really depends on."""

from io import BytesIO

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from frontal.cells import catalogue, named
from frontal.compiler.recorder import UntraceableError
from frontal.diagnostics.diagram import HIGH, draw, lay_out
from frontal.diagnostics.equations import equations
from frontal.diagnostics.wiring import Wiring, wiring
from frontal.layers import Recurrent
from frontal.layers.zoneout import Zoneout

from .cosine import Cosine

CELLS = [*catalogue()]


EQUATIONS = {
    "lstm": """
        f = σ(W_f x + U_f h + b_f)
        i = σ(W_i x + U_i h + b_i)
        g = tanh(W_g x + U_g h + b_g)
        c' = f c + i g
        o = σ(W_o x + U_o h + b_o)
        h' = o tanh(c')""",
    "peephole": """
        i = σ(W_i x + U_i h + peep_i c + b_i)
        f = σ(W_f x + U_f h + peep_f c + b_f)
        g = tanh(W_g x + U_g h + b_g)
        c' = f c + i g
        o = σ(W_o x + U_o h + peep_o c' + b_o)
        h' = o tanh(c')""",
    "gru_reset_before": """
        r = σ(W_r x + U_r h + b_r)
        z = σ(W_z x + U_z h + b_z)
        n = tanh(W_n x + U_n (r h) + b_n)
        h' = (1 − z) n + z h""",
    "elman": "h' = tanh(W_h x + U_h h + b_h)",
    "min_lstm": """
        f = σ(W_f x + b_f)
        i = σ(W_i x + b_i)
        n = W_n x + b_n
        h' = (f h + i n) ÷ (f + i)""",
    "layer_norm_lstm": """
        a = LN(W x) + LN(U h)
        c' = σ(a[2]) c + σ(a[1]) tanh(a[3])
        h' = σ(a[4]) tanh(LN(c'))""",
    "leaky": """
        n = tanh(W_n x + U_n h + b_n)
        h' = 0.7 h + 0.3 n""",
}


@pytest.mark.parametrize("name", EQUATIONS)
def test_equations_are_those_of_the_papers(name: str):
    expected = [line.strip() for line in EQUATIONS[name].strip().splitlines()]
    assert equations(wiring(named(name)(3, 4))) == expected


def test_gates_without_names_are_numbered():
    lines = equations(wiring(Cosine(3, 4)))
    assert lines[1] == "g1 = cos(W_g1 x + U_g1 h + b_g1)"
    assert lines[3] == "c' = g2 c + g1 g3"


def test_zoneout_after_training():
    lines = equations(wiring(Zoneout(named("elman")(3, 4), 0.25, sampling=False)))
    assert lines == ["h' = 0.25 h + 0.75 tanh(W_h x + U_h h + b_h)"]


@pytest.mark.parametrize("name", CELLS)
def test_a_wire_leads_from_an_input_to_an_output_where_one_moves_the_other(name: str):
    cell = named(name)(5, 5).double()
    for parameter in cell.parameters():
        nn.init.uniform_(parameter, 0.1, 0.9)
    network = wiring(cell)
    inputs = [torch.rand(1, size, dtype=torch.float64) for size in (5, *cell.state_sizes)]
    jacobian = torch.autograd.functional.jacobian(cell, tuple(inputs))
    for row, output in zip(jacobian, network.of_kind("output"), strict=True):
        moved = {n for n, part in zip(("x", *cell.states), row, strict=True) if part.abs().max() > 0}
        wired = {network.nodes[k].name for k in _above(network, output)}
        assert moved <= wired
        assert moved == wired or name == "slstm"  # n only decides, and of a maximum one side moves


def _above(network: Wiring, output: int) -> set[int]:
    """The inputs that an output is wired to."""
    todo, found = [output], set()
    while todo:
        k = todo.pop()
        found |= {k} if network.nodes[k].kind == "input" else set()
        todo += network.nodes[k].reads
    return found


@pytest.mark.parametrize("name", CELLS)
def test_boxes_and_wires_keep_apart(name: str):
    network = wiring(named(name)(3, 4))
    layout = lay_out(network)
    taken = [*layout.places.values(), *(p for points in layout.wires.values() for p in points[1:-1])]
    for k, (x, y) in enumerate(taken):
        for other_x, other_y in taken[:k]:
            assert x != other_x or abs(y - other_y) > 0.999 * HIGH
    for (start, end), points in layout.wires.items():
        assert points[0] == layout.places[start] and points[-1] == layout.places[end]
        assert np.all(np.diff([x for x, _ in points]) > 0)


def test_the_picture_names_gates_and_states():
    figure = draw(wiring(named("lstm")(3, 4)), "LSTM")
    said = {text.get_text() for text in figure.axes[0].texts}
    assert {"x", "h", "c", "h'", "c'", "f", "i", "g", "o", "σ", "tanh", "×", "+"} <= said
    assert len(figure.axes[0].patches) == 14 + 19  # boxes and wires
    figure.savefig(BytesIO())


def test_what_cannot_be_traced_says_its_line():
    class Branches(Cosine):
        def step(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
            return (h, c) if h.sum() > 0 else (c, h)

    with pytest.raises(UntraceableError, match=r"test_wiring.py:\d+: the step turns"):
        wiring(Branches(3, 4))


def test_looking_changes_nothing():
    cell = named("lstm")(3, 4)
    before = {name: p.clone() for name, p in cell.named_parameters()}
    wiring(cell)
    assert all(torch.equal(p, before[name]) for name, p in cell.named_parameters())
    assert Recurrent(cell)(torch.zeros(2, 1, 3))[0].requires_grad
