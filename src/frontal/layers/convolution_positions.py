"""Places in a grid as vectors."""

from __future__ import annotations

from math import log

import torch
from torch import Tensor

from frontal.errors import FrontalError


def sine_positions(rows: int, columns: int, size: int) -> Tensor:
    """Return one vector a place, (rows · columns, F), row by row, in float64.

    The first half of the features tells the row, the second half the column, each as in Vaswani et al.
    2017: sines, then cosines, of the place times 10000^(-4k / F), k = 0 .. F / 4 - 1.

    Args:
        rows: of the grid.
        columns: of the grid.
        size: F, a multiple of 4.
    """
    if size % 4:
        raise FrontalError(f"positions in two dimensions need a size that is a multiple of 4, got {size}")
    rates = torch.exp(torch.arange(size // 4, dtype=torch.float64) * (-4 * log(10_000) / size))

    def along(count: int) -> Tensor:
        angles = torch.arange(count, dtype=torch.float64)[:, None] * rates
        return torch.cat([angles.sin(), angles.cos()], -1)  # (count, F / 2)

    row, column = along(rows)[:, None], along(columns)[None]
    return torch.cat([row.expand(-1, columns, -1), column.expand(rows, -1, -1)], -1).flatten(0, 1)
