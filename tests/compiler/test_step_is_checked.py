"""A step must return states like those that it was given."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from frontal.cell import Cell
from frontal.compiler import reference
from frontal.errors import FrontalError


class Wrong(Cell):
    def __init__(self, answer: Callable[[Tensor], Any]) -> None:
        super().__init__(2, 3)
        self.answer = answer

    def step(self, x: Tensor, h: Tensor) -> Any:
        return self.answer(h)


@pytest.mark.parametrize("lengths", [None, torch.tensor([1, 2])])
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda h: (h, h), r"Wrong.step must return 1 states \('h',\), it returned 2"),
        (lambda h: h[:, :2], r"given h .* of torch.float32 .* returned \(., 2\)"),
        (lambda h: h.double(), r"returned .* of torch.float64"),
    ],
)
def test_a_changed_state_is_refused(answer: Any, message: str, lengths: Tensor | None) -> None:
    with pytest.raises(FrontalError, match=message):
        reference.run(Wrong(answer), torch.zeros(2, 2, 2), (torch.zeros(2, 3),), lengths=lengths)
