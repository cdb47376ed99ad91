"""How features move: their slope over time, by regression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError


def deltas(features: NDArray[np.float32], width: int = 2) -> NDArray[np.float32]:
    """Return the slope of each feature at each frame: the line of least squares over 2 · width + 1 frames.

    d_t = Σ_n n (c_{t+n} − c_{t−n}) / (2 Σ_n n²), n from 1 to `width`; before the first and after the
    last frame, these are repeated (Furui 1986; the HTK Book). A frame's slope is known `width` frames later.

    Args:
        features: (T, F), or (B, T, F).
        width: frames to each side.

    Returns:
        The same shape, in units of the feature a frame; float32.

    Raises:
        FrontalError: width below 1, or another shape.
    """
    if width < 1:
        raise FrontalError(f"width={width}: 1 frame to each side at least")
    if features.ndim not in (2, 3):
        raise FrontalError(f"features have the shape {features.shape}; (T, F) or (B, T, F) is expected")
    T = features.shape[-2]
    if T == 0:
        return features.astype(np.float32)
    sides = [(0, 0)] * (features.ndim - 2)
    padded = np.pad(features.astype(np.float64), [*sides, (width, width), (0, 0)], mode="edge")
    slope = np.zeros(features.shape)
    for n in range(1, width + 1):
        slope += n * (padded[..., width + n : width + n + T, :] - padded[..., width - n : width - n + T, :])
    return (slope / (2 * sum(n * n for n in range(1, width + 1)))).astype(np.float32)


def with_deltas(features: NDArray[np.float32], orders: int = 2, width: int = 2) -> NDArray[np.float32]:
    """Return (…, T, F · (orders + 1)): features, their slopes, the slopes' slopes, and so on."""
    parts = [features.astype(np.float32)]
    for _ in range(orders):
        parts.append(deltas(parts[-1], width))
    return np.concatenate(parts, axis=-1)
