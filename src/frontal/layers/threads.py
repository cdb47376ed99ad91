"""How many threads torch's operators may use, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from frontal.compiler.cpu.team import available, granted

WORTH_SHARING = 32768  # elements from which torch itself splits an elementwise operator


@contextmanager
def threads_for(elements: int) -> Iterator[None]:
    """Use one thread inside the block where tensors are too small to share; restore the number afterwards.

    Handing a small operator to a second thread costs more than the operator, and many times more on
    a busy machine.

    Args:
        elements: of a typical tensor inside the block.
    """
    before = torch.get_num_threads()
    if elements < WORTH_SHARING:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def threads_to_train(elements: int) -> Iterator[None]:
    """Use `threads_for` torch's operators inside the block; a kernel goes by its own work, which is a whole sequence's.

    Args:
        elements: of a typical tensor of one step inside the block.
    """
    with granted(available()), threads_for(elements):
        yield
