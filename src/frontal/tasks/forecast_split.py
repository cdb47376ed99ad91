"""What is learned and what is tested: one series and its last part, or two files of which one goes on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from frontal.data.continuation import continued
from frontal.data.series import Series, read_series
from frontal.diagnostics.backtest import Backtest
from frontal.errors import FrontalError
from frontal.tasks.forecast_guesses import LEAST_VALUES
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.tasks.forecast_stages import learnable
from frontal.tasks.forecaster import Forecaster
from frontal.training.progress import Progress


@dataclass(frozen=True)
class Split:
    """A series, its training part and where its test part starts.

    Attributes:
        whole: the series, (T,).
        training: its first values.
        start: index of the first value that is tested; what lies between is filled in and neither.
    """

    whole: Series
    training: Series
    start: int

    def backtest(self, forecaster: Forecaster, progress: Progress | None = None) -> Backtest:
        """Fit on the training part and measure on the test part."""
        return forecaster.backtest_from(self.whole, self.training, self.start, progress=progress)

    def behind(self, older: Series) -> Split:
        """The same test part, with an older series before the training part."""
        whole, at = continued(older, self.whole)
        return Split(whole, whole.head(at + len(self.training)), at + self.start)

    def without(self, count: int) -> Split:
        """The same test part, without the first `count` values."""
        return Split(_tail(self.whole, count), _tail(self.training, count), self.start - count)

    def inside(self, part: float) -> Split:
        """The training part alone, with its last `part` as the test part; what is tested is not in it."""
        series = self.training
        start = round(len(series) * (1 - part))
        if min(start, len(series) - start) < LEAST_VALUES:
            raise FrontalError(f"{series.name}: {len(series)} values to learn from are too few to hold some out")
        return Split(series, learnable(series, start), start)


def read_split(source: Any, settings: ForecastSettings, test: Any = None) -> Split:
    """Read a series and split it.

    Args:
        source: what `read_series` takes.
        settings: name the columns, and the part to test where `test` is None.
        test: a second source that goes on where the first ends, and is the test part.
    """
    series = read_series(source, target=settings.target, time=settings.time, features=settings.features)
    if test is None:
        start = int(len(series) * (1 - settings.test))
        if start < LEAST_VALUES or start == len(series):
            raise FrontalError(
                f"{series.name}: {len(series)} values cannot be split into a training part of at least {LEAST_VALUES} "
                f"and a test part (test={settings.test:g}); give a longer series or another test"
            )
        return Split(series, learnable(series, start), start)
    following = read_series(test, target=series.target, time=series.time, features=series.feature_names)
    whole, start = continued(series, following)
    return Split(whole, replace(series, notes=whole.notes), start)


def _tail(series: Series, count: int) -> Series:
    """A series without its first `count` values."""
    return replace(
        series,
        values=series.values[count:],
        features=series.features[count:],
        times=None if series.times is None else series.times[count:],
        observed=series.observed[count:],
    )
