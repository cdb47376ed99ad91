"""A forecast after every value of a series that goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from frontal.diagnostics.backtest import Forecast
from frontal.errors import FrontalError

if TYPE_CHECKING:
    from frontal.tasks.forecaster import Forecaster


class ForecastStream:
    """The series that a forecaster knows, and what is added to it; `Forecaster.stream()` makes one.

    Attributes:
        series: everything known by now.
        forecast: of what follows it.

    Example:
        >>> import frontal
        >>> stream = frontal.Forecaster(horizon=2, members=1, epochs=2).fit("airline").stream()
        >>> len(stream.step(450.0)), len(stream.step(420.0)), len(stream.series)
        (2, 2, 146)
    """

    def __init__(self, forecaster: Forecaster, horizon: int | None = None) -> None:
        self._forecaster, self._horizon = forecaster, horizon
        self.forecast = forecaster.predict(horizon)
        self.series = forecaster.series

    def step(self, value: float | None, features: Sequence[float] = ()) -> Forecast:
        """Add the next value and forecast what follows it.

        Args:
            value: None or NaN if it is missing; the forecast then stands for it.
            features: the other inputs at the same step, as many as the forecaster learned.

        Returns:
            The same as `Forecaster.predict` gives for the series so far.
        """
        series = self.series
        if len(features) != len(series.feature_names):
            names = ", ".join(series.feature_names) or "none"
            raise FrontalError(f"{len(features)} features are given, but the forecaster reads: {names}")
        missing = value is None or isnan(value)
        added = [float(self.forecast.mean[0]) if value is None or isnan(value) else float(value), *features]
        if not np.all(np.isfinite(added)):
            raise FrontalError(f"the step must be finite numbers, got {added}; None stands for a missing value")
        times = series.times
        if times is not None:
            if series.frequency is None:
                raise FrontalError(f"{series.name} has irregular times, so the time of a new value is unknown")
            times = np.append(times, series.frequency.after(times[-1], 1))
        self.series = replace(
            series,
            values=np.append(series.values, added[0]),
            features=np.vstack([series.features, added[1:]]),
            observed=np.append(series.observed, not missing),
            times=times,
        )
        self.forecast = self._forecaster.predict(self._horizon, self.series)
        return self.forecast
