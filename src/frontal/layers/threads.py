"""How many threads torch's operators may use, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

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
