"""The judge, judged: against loops over single sequences, with a cell whose sums can be done by hand."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from frontal.cell import Cell
from frontal.compiler import reference


class Sum(Cell):
    """h' = h + x: the output is the sum since the sequence began."""

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return h + x


CELL = Sum(1, 1)


def expected(x: list[float], start: float, begins: list[bool], reverse: bool) -> list[float]:
    """Sums by hand: segments begin where told, the initial state belongs to the first one met."""
    order = range(len(x))[::-1] if reverse else range(len(x))
    outputs, h = [0.0] * len(x), start
    for t in order:
        crossed = begins[t + 1] if reverse and t + 1 < len(x) else begins[t] if not reverse else False
        h = (0.0 if crossed else h) + x[t]
        outputs[t] = h
    return outputs


@settings(deadline=None, max_examples=80)
@given(data=st.data(), T=st.integers(1, 7), B=st.integers(1, 4), reverse=st.booleans())
def test_lengths_and_resets_by_hand(data: st.DataObject, T: int, B: int, reverse: bool) -> None:
    whole = st.integers(-5, 5).map(float)
    x = data.draw(st.lists(st.lists(whole, min_size=T, max_size=T), min_size=B, max_size=B))
    begins = data.draw(st.lists(st.lists(st.booleans(), min_size=T, max_size=T), min_size=B, max_size=B))
    lengths = data.draw(st.lists(st.integers(1, T), min_size=B, max_size=B))
    start = data.draw(st.lists(whole, min_size=B, max_size=B))
    outputs, (final,) = reference.run(
        CELL, torch.tensor(x).T[..., None], (torch.tensor(start)[:, None],),
        lengths=torch.tensor(lengths), reset=torch.tensor(begins).T, reverse=reverse,
    )  # fmt: skip
    for b, n in enumerate(lengths):
        sums = expected(x[b][:n], start[b], begins[b][:n], reverse)
        assert outputs[:, b, 0].tolist() == sums + [0.0] * (T - n)
        assert final[b, 0].item() == (sums[0] if reverse else sums[-1])
