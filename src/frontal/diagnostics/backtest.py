"""What a forecaster would have said in the past, measured beside the naive forecasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics import accuracy as acc
from frontal.diagnostics.accuracy import Floats, Indices
from frontal.diagnostics.forecast_plot import draw
from frontal.diagnostics.probabilistic import Certainty, coverage, interval_score

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Forecast:
    """A forecast with its intervals; `numpy.asarray(forecast)` is the mean path.

    Attributes:
        mean: (horizon,) in the unit of the series.
        lower, upper: bounds by level in percent, each (horizon,); a level of 80 should cover
            80 of 100 coming values.
        times: time stamps, or None for a series without them.
    """

    target: str
    mean: Floats
    lower: dict[int, Floats]
    upper: dict[int, Floats]
    times: NDArray[np.datetime64] | None = None

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.mean, dtype=dtype, copy=copy)

    def __len__(self) -> int:
        return len(self.mean)

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a step, ready for any data frame: step, time, the target, lower_80, upper_80, …"""
        times = [None] * len(self) if self.times is None else time_texts(self.times)
        name = self.target if self.target not in ("step", "time") else f"forecast of {self.target}"
        rows = []
        for step, time in enumerate(times):
            row: dict[str, Any] = {"step": step + 1} if time is None else {"step": step + 1, "time": time}
            row[name] = float(self.mean[step])
            for level in self.lower:
                row[f"lower_{level}"] = float(self.lower[level][step])
                row[f"upper_{level}"] = float(self.upper[level][step])
            rows.append(row)
        return rows


@dataclass(frozen=True)
class Backtest:
    """One-step and rolling forecasts over a series whose first part the model was trained on.

    Attributes:
        values: the series, (T,).
        start: length of the training part; what follows is the test part.
        period: seasonal period of the naive forecast, 1 for none.
        scale: seasonal-naive error of the training part, the unit of MASE.
        fitted: one-step forecasts, (T,), NaN where there was not enough past.
        origins: index of the last value that each rolling forecast has seen, (N,).
        paths: rolling forecasts, (N, horizon).
        lower, upper: their bounds by level in percent, each (N, horizon).
        times: time stamps of the series, or None.
        observed: (T,) bool, False where a value was filled in, which is then not measured; None for all True.
        certainty: what the distributions of the rolling forecasts said of what came; None without a likelihood.
    """

    target: str
    values: Floats
    start: int
    period: int
    scale: float
    fitted: Floats
    origins: Indices
    paths: Floats
    lower: dict[int, Floats] = field(default_factory=dict)
    upper: dict[int, Floats] = field(default_factory=dict)
    times: NDArray[np.datetime64] | None = None
    observed: NDArray[np.bool_] | None = None
    certainty: Certainty | None = None

    @property
    def horizon(self) -> int:
        """Steps of the rolling forecasts."""
        return self.paths.shape[1]

    def one_step(self) -> dict[str, dict[str, float]]:
        """RMSE, MAE, sMAPE and MASE of one-step forecasts: train and test part, and the naive ones on the test."""
        measured = ~np.isnan(self.fitted) & self._known()
        train, test = np.flatnonzero(measured[: self.start]), np.flatnonzero(measured[self.start :]) + self.start
        table = {"train": self._measures(train, self.fitted[train])} if len(train) else {}
        table["test"] = self._measures(test, self.fitted[test])
        table["last value"] = self._measures(test, acc.last_value(self.values, test - 1, 1)[:, 0])
        naive = acc.seasonal_naive(self.values, test - 1, 1, self.period)[:, 0]
        table["seasonal naive"] = self._measures(test, naive)
        return table

    def rolling(self) -> dict[str, float]:
        """MASE over all rolling forecasts, and of the naive ones; empty when the test part is too short."""
        known = ~np.isnan(actual := self.actual())
        if not known.any():
            return {}
        last = acc.last_value(self.values, self.origins, self.horizon)
        naive = acc.seasonal_naive(self.values, self.origins, self.horizon, self.period)
        paths = {"test": self.paths, "last value": last, "seasonal naive": naive}
        return {name: acc.mase(actual[known], path[known], self.scale) for name, path in paths.items()}

    def actual(self) -> Floats:
        """What came after each origin, (N, horizon), NaN where it was filled in."""
        return acc.futures(np.where(self._known(), self.values, np.nan), self.origins, self.horizon)

    def coverage(self) -> dict[int, float]:
        """Share of the values that came to lie within the bounds of each level."""
        if np.isnan(actual := self.actual()).all():
            return {}
        return {level: coverage(actual, self.lower[level], self.upper[level]) for level in self.lower}

    def by_step(self) -> list[dict[str, float]]:
        """One row a step ahead: MAE, and of each level the coverage, mean width and interval score of its bounds.

        With a likelihood also the log score, -log of the density at what came, in nats, and the CRPS.
        The interval score (Winkler 1972) is the width, and for each value outside 2 / (1 - level) times
        its distance; in the unit of the series, lower is better.
        """
        actual = self.actual()
        rows: list[dict[str, float]] = []
        for step in range(self.horizon):
            known = ~np.isnan(actual[:, step])
            if not known.any():
                continue
            came = actual[known, step]
            row: dict[str, float] = {"step": step + 1, "mae": acc.mae(came, self.paths[known, step])}
            if self.certainty is not None:
                row["log_score"] = float(-self.certainty.log_density[known, step].mean())
                row["crps"] = float(self.certainty.crps[known, step].mean())
            for level in self.lower:
                low, high = self.lower[level][known, step], self.upper[level][known, step]
                row[f"coverage_{level}"] = coverage(came, low, high)
                row[f"width_{level}"] = float(np.mean(high - low))
                row[f"interval_score_{level}"] = float(np.mean(interval_score(came, low, high, level / 100)))
            rows.append(row)
        return rows

    def metrics(self) -> dict[str, float]:
        """The figures under the names of `metrics.json`; NaN where one cannot be measured."""
        nan = float("nan")
        one, rolling, covered = self.one_step(), self.rolling(), self.coverage()
        figures: dict[str, float] = {}
        for part in ("train", "test"):
            for measure in ("rmse", "mae", "smape", "mase"):
                figures[f"{measure}_{part}"] = one.get(part, {}).get(measure, nan)
        for naive in ("last value", "seasonal naive"):
            for measure in ("rmse", "mae", "smape", "mase"):
                figures[f"{measure}_test_{naive.replace(' ', '_')}"] = one[naive][measure]
        figures["mase_backtest"] = rolling.get("test", nan)
        figures["mase_backtest_last_value"] = rolling.get("last value", nan)
        figures["mase_backtest_seasonal_naive"] = rolling.get("seasonal naive", nan)
        steps = self.by_step()
        for measure in () if self.certainty is None or not steps else ("log_score", "crps"):
            figures[measure] = float(np.mean([row[measure] for row in steps]))
        for level in (80, 95):
            figures[f"coverage_{level}"] = covered.get(level, nan)
            for measure in ("width", "interval_score"):
                name = f"{measure}_{level}"
                figures[name] = float(np.mean([row[name] for row in steps])) if steps and level in covered else nan
        return figures

    def verdict(self) -> str:
        """One plain sentence: does the network beat the naive forecasts on the test part?"""
        figures = self.metrics()
        beaten: list[str] = []
        lost: list[str] = []
        for what, key in (("one step ahead", "rmse_test"), (f"{self.horizon} steps ahead", "mase_backtest")):
            naive = {name: figures[f"{key}_{name.replace(' ', '_')}"] for name in ("last value", "seasonal naive")}
            best = min(naive, key=lambda name: naive[name])
            if np.isnan([figures[key], naive[best]]).any() or (what != "one step ahead" and self.horizon == 1):
                continue
            if figures[key] < naive[best]:
                beaten.append(f"{what} its error is {1 - figures[key] / naive[best]:.0%} below that of the {best}")
            else:
                lost.append(f"{what} (the {best} has {naive[best]:.4g} against {figures[key]:.4g})")
        if lost:
            return f"The network does not beat the naive forecast {' nor '.join(lost)}: prefer the naive one there."
        return f"The network beats both naive forecasts: {'; '.join(beaten)}."

    def plot(self, forecast: Forecast | None = None) -> Figure:
        """The series, the one-step fits of both parts, and the forecast with its intervals."""
        return draw(self, forecast)

    def _known(self) -> NDArray[np.bool_]:
        return np.ones(len(self.values), bool) if self.observed is None else self.observed

    def _measures(self, at: Indices, forecast: Floats) -> dict[str, float]:
        actual = self.values[at]
        if not len(at):
            return dict.fromkeys(("rmse", "mae", "smape", "mase"), float("nan"))
        return {
            "rmse": acc.rmse(actual, forecast),
            "mae": acc.mae(actual, forecast),
            "smape": acc.smape(actual, forecast),
            "mase": acc.mase(actual, forecast, self.scale),
        }


def time_texts(times: NDArray[np.datetime64]) -> list[str]:
    """ISO texts, as short as the time stamps allow: a day where every stamp is at midnight."""
    days = times.astype("datetime64[D]")
    return [str(t) for t in (days if (days == times).all() else times)]
