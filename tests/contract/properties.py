"""What holds for every cell, one function a property; each fails with an AssertionError.

`make` builds a cell with new parameters at each call. Everything is float64.
"""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis.strategies as st
import torch
from hypothesis import given, settings
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck
from torch.testing import assert_close

from frontal.cell import Cell
from frontal.layers import Recurrent

Make = Callable[[], Cell]
States = tuple[Tensor, ...]
some = settings(deadline=None, max_examples=25, database=None, derandomize=True)
exact = {"rtol": 1e-12, "atol": 1e-12}


def check_shapes(make: Make) -> None:
    """Outputs and states have the sizes that the cell declares."""
    for T, B in [(1, 1), (5, 3), (2, 1)]:
        cell = _double(make)
        assert len(cell.states) == len(set(cell.states)) == len(cell.state_sizes)
        outputs, finals = _run(cell, _inputs(cell, T, B))
        assert outputs.shape == (T, B, cell.output_size) == (T, B, cell.state_sizes[0])
        assert [tuple(state.shape) for state in finals] == [(1, B, size) for size in cell.state_sizes]
        assert_close(outputs[-1], finals[0][0], rtol=0, atol=0)


def check_gradients(make: Make) -> None:
    """Gradients of inputs, states and parameters agree with finite differences."""
    assert gradcheck(*_function(make))


def check_second_gradients(make: Make) -> None:
    """So do the gradients of the gradients."""
    function, arguments = _function(make)
    assert gradgradcheck(function, arguments, gen_non_contig_grad_outputs=False)


def check_lengths(make: Make) -> None:
    """A sequence in a batch gives what it gives alone: outputs, states and gradients."""

    @some
    @given(lengths=st.lists(st.integers(1, 5), min_size=1, max_size=4), reverse=st.booleans())
    def holds(lengths: list[int], reverse: bool) -> None:
        cell, B, T = _double(make), len(lengths), max(lengths)
        x, states = _inputs(cell, T, B), _states(cell, B)
        together = _Differentiated(cell, x, states, reverse=reverse, lengths=lengths)
        pieces = [
            _run(cell, _leaf(x[:n, b : b + 1]), tuple(s[:, b : b + 1] for s in states), reverse=reverse)
            for b, n in enumerate(lengths)
        ]
        for b, (n, (outputs, finals)) in enumerate(zip(lengths, pieces, strict=True)):
            assert_close(together.outputs[:n, b : b + 1], outputs, **exact)
            assert not together.outputs[n:, b].any(), "the output must be zero beyond the length"
            for joint, alone in zip(together.finals, finals, strict=True):
                assert_close(joint[:, b : b + 1], alone, **exact)
        alone = _parameter_gradients(cell, sum(_total(*piece) for piece in pieces))
        _assert_same(together.of_parameters, alone)

    holds()


def check_reset(make: Make) -> None:
    """A reset separates sequences as if each were run alone, from zero: values and gradients."""

    @some
    @given(T=st.integers(1, 7), reverse=st.booleans(), data=st.data())
    def holds(T: int, reverse: bool, data: st.DataObject) -> None:
        marks = data.draw(st.lists(st.booleans(), min_size=T, max_size=T))
        cell = _double(make)
        x, states = _inputs(cell, T, 1), _states(cell, 1)
        joint = _Differentiated(cell, x, states, reverse=reverse, reset=torch.tensor(marks)[:, None])

        starts = sorted({0, *(t for t in range(T) if marks[t])})
        spans = list(zip(starts, [*starts[1:], T], strict=True))
        x = _leaf(x)
        carried = T if reverse else 0  # the segment at this edge continues from the given states
        pieces = []
        for span in spans:
            continues = span[reverse] == carried and (reverse or not marks[0])
            zero = tuple(torch.zeros_like(s) for s in states)
            pieces.append(_run(cell, x[span[0] : span[1]], states if continues else zero, reverse=reverse))
        outputs, finals = torch.cat([piece[0] for piece in pieces]), pieces[0 if reverse else -1][1]
        assert_close(joint.outputs, outputs, **exact)
        for given_, expected in zip(joint.finals, finals, strict=True):
            assert_close(given_, expected, **exact)
        total = _total(outputs, finals)
        _assert_same(joint.of_parameters, _parameter_gradients(cell, total))
        assert_close(joint.of_x, torch.autograd.grad(total, x)[0], **exact)

    holds()


def check_chunks(make: Make) -> None:
    """Runs over parts, by copies of the cell that share nothing but the state, equal one long run."""

    @some
    @given(parts=st.lists(st.integers(1, 3), min_size=1, max_size=4))
    def holds(parts: list[int]) -> None:
        cell = _double(make)
        x, states = _inputs(cell, sum(parts), 2), _states(cell, 2)
        copies = [deepcopy(cell) for _ in parts]
        outputs, finals = _run(cell, x, states)
        pieces = []
        for part, chunk in zip(copies, x.split(parts), strict=True):
            piece, states = _run(part, chunk, states)
            pieces.append(piece)
        assert_close(torch.cat(pieces), outputs, **exact)
        for carried, final in zip(states, finals, strict=True):
            assert_close(carried, final, **exact)

    holds()


def check_save_and_load(make: Make) -> None:
    """A safetensors file of the state_dict holds all that the cell has learned."""
    torch.manual_seed(0)
    saved, other = make().double(), make().double()
    x = _inputs(saved, 4, 2)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "cell.safetensors"
        save_file(saved.state_dict(), file)
        other.load_state_dict(load_file(file), strict=True)
    _assert_equal_runs(_run(saved, x), _run(other, x))


def check_float64(make: Make) -> None:
    """float64 stays float64, all the way: a change of 1e-12 in the input is not lost."""
    cell = _double(make)
    x = _inputs(cell, 3, 8)
    outputs, finals = _run(cell, x)
    assert {outputs.dtype, *(state.dtype for state in finals)} == {torch.float64}
    nudged, _ = _run(cell, x * (1 + 1e-12))
    assert not torch.equal(outputs, nudged), "digits beyond float32 are lost on the way"


def check_padding(make: Make) -> None:
    """NaN in the padding changes nothing, bit for bit; its gradient is zero."""
    lengths = [2, 5, 1, 5, 4]
    for reverse in (False, True):
        cell = _double(make)
        clean, states = _inputs(cell, 5, len(lengths)), _states(cell, len(lengths))
        dirty = clean.clone()
        for b, n in enumerate(lengths):
            dirty[n:, b] = torch.nan
        of_clean, of_dirty = (
            _Differentiated(cell, x, states, reverse=reverse, lengths=lengths) for x in (clean, dirty)
        )
        _assert_equal_runs((of_clean.outputs, of_clean.finals), (of_dirty.outputs, of_dirty.finals))
        _assert_same(of_clean.of_parameters, of_dirty.of_parameters, rtol=0, atol=0)
        assert_close(of_clean.of_x, of_dirty.of_x, rtol=0, atol=0)
        for b, n in enumerate(lengths):
            assert not of_dirty.of_x[n:, b].any(), "the gradient must be zero in the padding"


def check_rows(make: Make) -> None:
    """A sequence does not depend on the others in its batch."""
    cell = _double(make)
    x, states = _inputs(cell, 4, 3), _states(cell, 3)
    outputs, finals = _run(cell, x, states)
    others = torch.where(torch.tensor([False, True, True])[:, None], torch.randn_like(x), x)
    changed, changed_finals = _run(cell, others, states)
    assert not torch.equal(outputs[:, 1:], changed[:, 1:])
    assert_close(outputs[:, 0], changed[:, 0], **exact)
    for one, other in zip(finals, changed_finals, strict=True):
        assert_close(one[:, 0], other[:, 0], **exact)
    leaf = _leaf(x)
    (gradient,) = torch.autograd.grad(_run(cell, leaf, states)[0][:, 0].sum(), leaf)
    assert not gradient[:, 1:].any()


def check_deterministic(make: Make) -> None:
    """In eval mode the same input gives the same numbers, bit for bit, gradients too."""
    cell = _double(make).eval()
    x, states = _inputs(cell, 4, 2), _states(cell, 2)
    one, two = (_Differentiated(cell, x, states) for _ in range(2))
    _assert_equal_runs((one.outputs, one.finals), (two.outputs, two.finals))
    _assert_same(one.of_parameters, two.of_parameters, rtol=0, atol=0)
    assert_close(one.of_x, two.of_x, rtol=0, atol=0)


PROPERTIES = {name.removeprefix("check_"): check for name, check in list(vars().items()) if name.startswith("check_")}


class _Differentiated:
    """A run, and the gradients of the weighted sum of all that came out."""

    def __init__(self, cell: Cell, x: Tensor, states: States, **call: object) -> None:
        leaf = _leaf(x)
        self.outputs, self.finals = _run(cell, leaf, states, **call)
        total = _total(self.outputs, self.finals)
        self.of_parameters = _parameter_gradients(cell, total)
        (self.of_x,) = torch.autograd.grad(total, leaf, allow_unused=True, materialize_grads=True)


def _double(make: Make) -> Cell:
    torch.manual_seed(0)
    return make().double()


def _inputs(cell: Cell, T: int, B: int) -> Tensor:
    return torch.randn(T, B, cell.input_size, dtype=torch.float64)  # (T, B, I)


def _states(cell: Cell, B: int) -> States:
    return tuple(0.5 * torch.randn(1, B, size, dtype=torch.float64) for size in cell.state_sizes)


def _leaf(x: Tensor) -> Tensor:
    return x.detach().clone().requires_grad_()


def _run(
    cell: Cell, x: Tensor, states: States | None = None, *, reverse: bool = False, **call: object
) -> tuple[Tensor, States]:
    """Run one cell; backwards as the second direction of a layer whose first one is not looked at."""
    single = len(cell.states) == 1
    layer = Recurrent(cell)
    if reverse:
        layer.cells.append(cell)
        layer.bidirectional = True
        states = None if states is None else tuple(torch.cat([s, s]) for s in states)
    hx = states if states is None or not single else states[0]
    outputs, finals = layer(x, hx, **call)
    finals = (finals,) if single else finals
    if not reverse:
        return outputs, finals
    return outputs[..., cell.output_size :], tuple(state[1:] for state in finals)


def _total(outputs: Tensor, finals: States) -> Tensor:
    """A sum in which every output feature and state has its own weight."""
    total = (outputs * torch.linspace(0.5, 1.5, outputs.shape[-1], dtype=outputs.dtype)).sum()
    for state in finals:
        total = total + (state * torch.linspace(-1.0, 2.0, state.shape[-1], dtype=state.dtype)).sum()
    return total


def _parameter_gradients(cell: Cell, total: Tensor) -> dict[str, Tensor]:
    named = dict(cell.named_parameters())
    if not named:
        return {}
    gradients = torch.autograd.grad(
        total, list(named.values()), retain_graph=True, allow_unused=True, materialize_grads=True
    )
    return dict(zip(named, gradients, strict=True))


def _function(make: Make) -> tuple[Callable[..., States], States]:
    """The cell along unequal lengths with a reset, as a function of all that has a gradient."""
    cell = _double(make)
    x, states = _inputs(cell, 3, 2), _states(cell, 2)
    names = [name for name, _ in cell.named_parameters()]
    reset = torch.tensor([[False, False], [True, False], [False, False]])

    def function(x: Tensor, *rest: Tensor) -> States:
        initial, parameters = rest[: len(states)], rest[len(states) :]
        hx = initial[0] if len(initial) == 1 else initial
        under = {f"cells.0.{name}": value for name, value in zip(names, parameters, strict=True)}
        options = {"lengths": [3, 2], "reset": reset}
        outputs, finals = torch.func.functional_call(Recurrent(cell), under, (x, hx), options)
        return outputs, *((finals,) if isinstance(finals, Tensor) else finals)

    return function, tuple(_leaf(tensor) for tensor in (x, *states, *cell.parameters()))


def _assert_same(given_: dict[str, Tensor], expected: dict[str, Tensor], **tolerance: float) -> None:
    assert given_.keys() == expected.keys()
    for name, value in given_.items():
        assert_close(value, expected[name], msg=lambda text, name=name: f"{name}: {text}", **tolerance or exact)


def _assert_equal_runs(one: tuple[Tensor, States], two: tuple[Tensor, States]) -> None:
    assert_close(one[0], two[0], rtol=0, atol=0)
    for a, b in zip(one[1], two[1], strict=True):
        assert_close(a, b, rtol=0, atol=0)
