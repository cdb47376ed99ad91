"""Which steps of a series its own past did not let expect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from frontal.data.series import Series
from frontal.diagnostics.anomalies import Anomalies, checked_rate, rank_p_values
from frontal.tasks.forecast_model import ForecastModel
from frontal.tasks.forecast_windows import Indices

IN_A_ROW = 3  # anomalies one after the other that are not read; from then on the series is believed


def find_anomalies(model: ForecastModel, series: Series, false_alarms: float | None, shift: int) -> Anomalies:
    """Forecast every step from its past, and flag those that came too far from it.

    A flagged value is not read by later forecasts, which see what was expected in its place, so that
    one wrong value is one anomaly. After `IN_A_ROW` in a row the series is read again as it is, so that a
    new level is an anomaly no longer than the networks look back.

    Args:
        model: fitted.
        series: longer than what the model reads.
        false_alarms: share of ordinary steps to flag; None for 0.01, or the smallest there can be.
        shift: steps from the start of the fitted series to the start of this one.
    """
    ordinary = model.calibration.ordinary
    rate = checked_rate(max(0.01, 1 / (len(ordinary) + 1)) if false_alarms is None else false_alarms, len(ordinary))
    reach = model.windows.least_values
    origins = np.arange(reach - 1, len(series) - 1)
    origins = origins[series.observed[origins] & series.observed[origins + 1]]
    steps = origins + 1
    read, put = series, np.zeros(len(series), bool)
    while True:
        expected, scores = model.surprises(read, origins, series.values[steps], shift)
        p_values = rank_p_values(scores, ordinary)
        flagged = p_values <= rate
        found = _next(steps[flagged & ~put[steps]], put, reach)
        if not len(found):
            break
        put[found] = True
        values = read.values.copy()
        values[found] = expected[np.searchsorted(steps, found)]
        read = replace(read, values=values)
    return Anomalies(
        target=series.target, values=series.values, false_alarms=rate, times=series.times,
        expected=_spread(expected, steps, len(series)), p_values=_spread(p_values, steps, len(series)),
        scores=_spread(scores, steps, len(series)), flagged=_spread(flagged, steps, len(series)) > 0,
    )  # fmt: skip


def _next(flagged: Indices, put: NDArray[np.bool_], reach: int) -> Indices:
    """Flagged steps that no other one before them can have caused; none that look back on `IN_A_ROW` replaced."""
    runs = np.convolve(put, np.ones(IN_A_ROW))[: len(put)] == IN_A_ROW  # that end at each step
    fresh = np.array([step for step in flagged if not runs[max(step - reach, 0) : step].any()], np.intp)
    alone = np.diff(fresh, prepend=-reach - 1) > reach
    return fresh[alone]


def _spread(figures: NDArray[np.generic], steps: Indices, length: int) -> NDArray[np.float64]:
    """Figures of some steps (N,) as those of all, (T,), NaN elsewhere."""
    whole = np.full(length, np.nan)
    whole[steps] = figures
    return whole
