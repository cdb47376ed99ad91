"""What a forecaster of many series would have said in the past, measured beside the naive forecasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.backtest import time_texts
from frontal.diagnostics.panel_plot import draw

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PanelForecast:
    """Forecasts of S series with their intervals.

    Attributes:
        ids: (S,) names.
        when: (S, horizon) times, datetime64, or step numbers.
        mean: (S, horizon) in the unit of the series.
        lower, upper: bounds by level in percent, each (S, horizon).
        id_name, time_name: of the columns.
    """

    ids: tuple[str, ...]
    when: NDArray[Any]
    mean: Floats
    lower: dict[int, Floats]
    upper: dict[int, Floats]
    id_name: str = "unique_id"
    time_name: str = "ds"
    numbered: bool = False

    def __len__(self) -> int:
        return self.mean.shape[1]

    def to_columns(self) -> dict[str, NDArray[Any] | list[Any]]:
        """One row a series and step: id, time, frontal, lower_80, upper_80, …"""
        names = [int(name) for name in self.ids] if self.numbered else list(self.ids)
        when = self.when.ravel()
        columns: dict[str, NDArray[Any] | list[Any]] = {
            self.id_name: [name for name in names for _ in range(len(self))],
            self.time_name: when.astype("datetime64[us]") if when.dtype.kind == "M" else when,
            "frontal": self.mean.ravel(),
        }
        for level in self.lower:
            columns[f"lower_{level}"] = self.lower[level].ravel()
            columns[f"upper_{level}"] = self.upper[level].ravel()
        return columns

    def to_rows(self) -> list[dict[str, Any]]:
        """The same as plain Python values, times as ISO texts."""
        columns = self.to_columns()
        when = columns[self.time_name]
        assert isinstance(when, np.ndarray)
        columns[self.time_name] = (
            time_texts(self.when.ravel()) if when.dtype.kind == "M" else [int(step) for step in when]
        )
        plain = [values.tolist() if isinstance(values, np.ndarray) else values for values in columns.values()]
        return [dict(zip(columns, row, strict=True)) for row in zip(*plain, strict=True)]


@dataclass(frozen=True)
class PanelBacktest:
    """W forecasts over S series, and what really came.

    Attributes:
        ids: (S,) names of the series.
        series: (W,) the series of each forecast.
        ends: (W,) the last step that each has seen, counted from 0 in its series.
        actual: (W, horizon), NaN where unknown.
        paths: (W, horizon) forecasts.
        naive: (W, horizon) by name: last value, seasonal naive …
        scale: (S,) error of the seasonal naive forecast in the training part of each series, the unit of MASE.
        variance: (S,) of each series where it was learned, the unit of NMSE.
        lower, upper: bounds by level in percent, each (W, horizon).
        past: (W, shown) the last values before each forecast, for the plot.
        refits: how often the model was trained.
    """

    ids: tuple[str, ...]
    series: NDArray[np.int64]
    ends: NDArray[np.int64]
    actual: Floats
    paths: Floats
    naive: dict[str, Floats]
    scale: Floats
    variance: Floats
    past: Floats
    lower: dict[int, Floats] = field(default_factory=dict[int, Floats])
    upper: dict[int, Floats] = field(default_factory=dict[int, Floats])
    refits: int = 1

    @property
    def horizon(self) -> int:
        """Steps of a forecast."""
        return self.paths.shape[1]

    def measures(self, paths: Floats) -> dict[str, float]:
        """sMAPE (0 to 200) and MASE, means over the forecasts; RMSE, MSE and NMSE over all steps.

        NMSE is the MSE of series that are standardised by what was learned. Unknown steps are left out.
        """
        errors, actual = np.abs(self.actual - paths), np.abs(self.actual)
        size = actual + np.abs(paths)
        share = np.divide(errors, size, out=np.zeros_like(errors), where=size > 0)
        share[np.isnan(errors)] = np.nan
        scale = self.scale[self.series]
        variance = self.variance[self.series]
        usable, varies = scale > 0, variance > 0
        mse = float(np.nanmean(errors**2))
        return {
            "smape": float(200 * np.nanmean(_row_means(share))),
            "mase": float(np.nanmean(_row_means(errors)[usable] / scale[usable])) if usable.any() else float("nan"),
            "rmse": float(np.sqrt(mse)),
            "mse": mse,
            "nmse": float(np.nanmean(errors[varies] ** 2 / variance[varies, None])) if varies.any() else float("nan"),
        }

    def table(self) -> dict[str, dict[str, float]]:
        """The measures of frontal and of each naive forecast."""
        return {"test": self.measures(self.paths)} | {name: self.measures(path) for name, path in self.naive.items()}

    def coverage(self) -> dict[int, float]:
        """Share of the values that came to lie within the bounds of each level."""
        known = ~np.isnan(self.actual) & ~np.isnan(self.paths)
        inside = {
            level: (self.lower[level] <= self.actual) & (self.actual <= self.upper[level]) for level in self.lower
        }
        return {level: float(held[known].mean()) for level, held in inside.items()}

    def metrics(self) -> dict[str, float]:
        """The figures under the names of `metrics.json`."""
        figures: dict[str, float] = {}
        for name, measures in self.table().items():
            tail = "" if name == "test" else "_" + name.replace(" ", "_")
            figures |= {f"{measure}_test{tail}": value for measure, value in measures.items()}
        figures |= {f"coverage_{level}": share for level, share in self.coverage().items()}
        return figures | {"windows_test": float(len(self.series)), "series": float(len(self.ids))}

    def by_series(self) -> list[dict[str, Any]]:
        """MASE of each series and of the best naive forecast, the worst first; without series that never change."""
        usable = self.scale[self.series] > 0
        scale = np.where(usable, self.scale[self.series], np.nan)

        def scaled(path: Floats) -> Floats:
            return _row_means(np.abs(self.actual - path)) / scale

        errors, naive = scaled(self.paths), [scaled(path) for path in self.naive.values()]
        rows: list[dict[str, Any]] = []
        for s, name in enumerate(self.ids):
            mine = (self.series == s) & usable
            if mine.any():
                best = min(float(np.mean(error[mine])) for error in naive)
                rows.append({"series": name, "mase": float(np.mean(errors[mine])), "best naive": best})
        return sorted(rows, key=lambda row: -row["mase"])

    def verdict(self) -> str:
        """One plain sentence: does the network beat the naive forecasts on the test windows?"""
        table = self.table()
        said: list[str] = []
        worse: list[str] = []
        for measure, label in (("mase", "MASE"), ("smape", "sMAPE")):
            naive = {name: figures[measure] for name, figures in table.items() if name != "test"}
            naive = {name: value for name, value in naive.items() if not np.isnan(value)}
            if not naive:
                continue
            best = min(naive, key=lambda name: naive[name])
            ours = table["test"][measure]
            if ours < naive[best]:
                said.append(f"its {label} is {1 - ours / naive[best]:.0%} below that of the {best}")
            else:
                worse.append(f"in {label} (the {best} has {naive[best]:.4g} against {ours:.4g})")
        if worse:
            return f"The network does not beat the naive forecast {' nor '.join(worse)}: prefer the naive one there."
        rows = self.by_series()
        won = sum(row["mase"] < row["best naive"] for row in rows)
        return f"The network beats the naive forecasts: {'; '.join(said)}; it is better on {won} of {len(rows)} series."

    def plot(self) -> Figure:
        """Forecasts of a good, a typical and a bad series, beside what came and the naive forecast."""
        return draw(self)


def _row_means(values: Floats) -> Floats:
    """Mean of each row, (W,), missing values left out; NaN for a row without any."""
    known = ~np.isnan(values)
    count = known.sum(1)
    total = np.where(known, values, 0.0).sum(1)
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
