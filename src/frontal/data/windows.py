"""Sliding windows: what a network sees, and what follows."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from frontal.errors import FrontalError


def windows(values: ArrayLike, context: int, horizon: int) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Cut a series into overlapping windows, one a step.

    Args:
        values: (T,) or (T, C); the first of the C columns is the one to forecast.
        context: steps that are seen, >= 1.
        horizon: steps that follow, >= 1.

    Returns:
        Inputs (N, context, C) and targets (N, horizon), N = T - context - horizon + 1; both
        are read-only views into `values`, nothing is copied. Input n is `values[n : n + context]`,
        target n is `values[n + context : n + context + horizon, 0]`.

    Raises:
        FrontalError: context or horizon below 1, a wrong shape, or too short a series.
    """
    for name, size in (("context", context), ("horizon", horizon)):
        if not isinstance(size, (int, np.integer)) or isinstance(size, bool) or size < 1:
            raise FrontalError(f"{name} must be a whole number of steps >= 1, got {size!r}")
    series = np.asarray(values)
    if series.ndim not in (1, 2):
        raise FrontalError(f"windows needs values of shape (T,) or (T, C), got {series.shape}")
    series = series[:, None] if series.ndim == 1 else series  # (T, C)
    T = len(series)
    if context + horizon > T:
        raise FrontalError(
            f"a window of context {context} + horizon {horizon} = {context + horizon} steps does not fit "
            f"into {T} values; {_longest(T, context, horizon)}"
        )
    inputs = sliding_window_view(series[: T - horizon], context, axis=0).transpose(0, 2, 1)  # (N, context, C)
    targets = sliding_window_view(series[context:, 0], horizon)  # (N, horizon)
    return inputs, targets


def _longest(T: int, context: int, horizon: int) -> str:
    ways = [f"context up to {T - horizon} with horizon {horizon}"] if horizon < T else []
    ways += [f"horizon up to {T - context} with context {context}"] if context < T else []
    if ways:
        return "possible: " + ", or ".join(ways)
    return f"context + horizon may be {T} at most" if T >= 2 else "at least 2 values are needed"
