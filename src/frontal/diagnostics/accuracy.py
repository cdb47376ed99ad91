"""Measures of a forecast and the naive forecasts that any other must beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


def rmse(actual: Floats, forecast: Floats) -> float:
    """Root of the mean squared error, in the unit of the series."""
    return float(np.sqrt(np.mean((actual - forecast) ** 2)))


def mae(actual: Floats, forecast: Floats) -> float:
    """Mean absolute error, in the unit of the series."""
    return float(np.mean(np.abs(actual - forecast)))


def smape(actual: Floats, forecast: Floats) -> float:
    """Symmetric mean absolute percentage error, 0 to 200; two zeros count as no error."""
    size = np.abs(actual) + np.abs(forecast)
    share = np.divide(np.abs(actual - forecast), size, out=np.zeros_like(size), where=size > 0)
    return float(200 * np.mean(share))


def naive_scale(training: Floats, period: int) -> float:
    """Mean absolute error of the seasonal naive forecast inside the training part (Hyndman & Koehler 2006)."""
    return float(np.mean(np.abs(training[period:] - training[:-period])))


def naive_scale_known(training: Floats, period: int) -> float:
    """The same over the known pairs of values where some are missing; NaN without any."""
    changes = np.abs(training[period:] - training[:-period]) if len(training) > period else np.empty(0)
    known = changes[~np.isnan(changes)]
    return float(known.mean()) if len(known) else float("nan")


def mase(actual: Floats, forecast: Floats, scale: float) -> float:
    """Mean absolute error in units of `naive_scale`; NaN where that scale is 0."""
    return mae(actual, forecast) / scale if scale > 0 else float("nan")


def last_value(values: Floats, origins: Indices, horizon: int) -> Floats:
    """The value at each origin, repeated: (N, horizon)."""
    return np.repeat(values[origins][:, None], horizon, axis=1)


def seasonal_naive(values: Floats, origins: Indices, horizon: int, period: int) -> Floats:
    """The value one period earlier, again and again: (N, horizon); every origin needs a full period behind it."""
    steps = np.arange(horizon) % period
    return values[origins[:, None] - period + 1 + steps]


def futures(values: Floats, origins: Indices, horizon: int) -> Floats:
    """What really came after each origin: (N, horizon)."""
    return values[origins[:, None] + np.arange(1, horizon + 1)]
