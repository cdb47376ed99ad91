"""What a user hands to an echo state network, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from frontal.errors import FrontalError


def checked_values(
    name: str, values: Tensor, features: int | None, dtype: torch.dtype, lengths: Tensor | None = None
) -> Tensor:
    """Return sequences as (T, B, features) of a dtype, with zeros in the padding.

    Args:
        name: of the argument, for messages.
        values: (T, features) or (T, B, features).
        features: expected; None for any number.
        dtype: to return.
        lengths: valid steps, (B,).

    Raises:
        FrontalError: another shape, no steps, or a valid value that is not finite.
    """
    grid = values[:, None] if values.dim() == 2 else values
    if grid.dim() != 3 or not grid.shape[-1] or (features is not None and grid.shape[-1] != features):
        width = "features" if features is None else f"{features} features"
        raise FrontalError(f"{name} must be (T, {width}) or (T, B, {width}), got {tuple(values.shape)}")
    if not grid.numel():
        raise FrontalError(f"{name} is empty: {tuple(values.shape)}")
    grid = grid.to(dtype)
    if lengths is not None:
        grid = torch.where((torch.arange(len(grid))[:, None] < lengths)[..., None], grid, 0)
    wrong = ~torch.isfinite(grid)
    if wrong.any():
        step, sequence, feature = wrong.nonzero()[0].tolist()
        value = grid[step, sequence, feature].item()
        raise FrontalError(
            f"{name} is {value} at step {step}, sequence {sequence}, feature {feature}; fill what is missing first"
        )
    return grid


def checked_lengths(lengths: Sequence[int] | Tensor | None, x: Tensor) -> Tensor | None:
    """Return the valid steps of x, (T, B, I), as (B,)."""
    if lengths is None:
        return None
    if x.dim() != 3:
        raise FrontalError(f"lengths go with several sequences, x (T, B, I); got {tuple(x.shape)}")
    ends = torch.as_tensor(lengths)
    T, B, _ = x.shape
    if ends.shape != (B,) or ends.is_floating_point() or ends.min() < 1 or ends.max() > T:
        raise FrontalError(f"lengths must be {B} whole numbers within 1 .. T = {T}, got {_shown(lengths)}")
    return ends.long()


def checked_steps(name: str, value: Any, least: int) -> int:
    """Return a number of steps or the like; raise `FrontalError` unless it is a whole number >= least."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise FrontalError(f"{name} must be a whole number >= {least}, got {value!r}")
    return value


def _shown(lengths: Any) -> str:
    return str(lengths.tolist() if isinstance(lengths, Tensor) else lengths)
