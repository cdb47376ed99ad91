"""Several ways to do the same, each with several seeds: which one is better, beyond chance?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from statistics import mean, stdev
from typing import TYPE_CHECKING

from frontal.diagnostics.figure import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


# 97.5 % quantiles of Student's t by degrees of freedom from 1: few seeds say little
T_QUANTILES = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23)
OURS, BEST, NAIVE = "#0072b2", "#009e73", "#8c8c8c"


@dataclass(frozen=True)
class Way:
    """One way and its error with each seed; an error that could not be measured is NaN."""

    name: str
    change: str
    errors: Mapping[int, float]
    seconds: float = float("nan")

    @property
    def values(self) -> list[float]:
        """Errors that were measured."""
        return [error for error in self.errors.values() if isfinite(error)]

    @property
    def mean(self) -> float:
        """Over the seeds; NaN without any."""
        return mean(self.values) if self.values else float("nan")

    @property
    def spread(self) -> float | None:
        """Standard deviation over the seeds; None for fewer than two."""
        return stdev(self.values) if len(self.values) > 1 else None


@dataclass(frozen=True)
class Improvement:
    """The ways that were tried, the first being the one to improve on.

    Attributes:
        ways: the one to improve on, then the others.
        naive: errors of the naive forecasts, by name.
        measure: what the errors are, such as "RMSE of Open".
    """

    ways: Sequence[Way]
    naive: Mapping[str, float]
    measure: str

    @property
    def best(self) -> int:
        """Index of the way with the lowest mean error; those without any are passed over."""
        means = {index: way.mean for index, way in enumerate(self.ways) if way.values}
        return min(means, key=lambda index: means[index])

    def gain(self, way: Way) -> tuple[float, float | None]:
        """By what part of the base's error a way errs less, and the half-width of its 95 % interval.

        Both are measured on the seeds that the two share, so that what a seed does to both cancels; NaN
        without any, and no width with less than two.
        """
        base = self.ways[0]
        known = {seed for seed, error in base.errors.items() if isfinite(error)}
        shared = [seed for seed, error in way.errors.items() if isfinite(error) and seed in known]
        if not shared:
            return float("nan"), None
        gains = [base.errors[seed] - way.errors[seed] for seed in shared]
        size, freedom = mean(base.errors[seed] for seed in shared), len(gains) - 1
        if not freedom:
            return mean(gains) / size, None
        quantile = T_QUANTILES[min(freedom, len(T_QUANTILES)) - 1]
        return mean(gains) / size, quantile * stdev(gains) / sqrt(len(gains)) / size

    def clear(self, way: Way) -> bool:
        """Whether the 95 % interval of the gain leaves out 0."""
        gain, width = self.gain(way)
        return width is not None and isfinite(gain) and abs(gain) > width

    def rows(self) -> list[dict[str, object]]:
        """One row a way, then one a naive forecast."""
        rows: list[dict[str, object]] = []
        for index, way in enumerate(self.ways):
            gain = self.gain(way)[0] if index else None
            said = "" if gain is None or not isfinite(gain) else f"{-gain:+.1%}" + (" *" if self.clear(way) else "")
            rows.append({
                "tried": way.name, "change": way.change, "rmse": way.mean, "sd": way.spread,
                "against the run": said, "seeds": len(way.values), "seconds": way.seconds,
            })  # fmt: skip
        for name, error in self.naive.items():
            rows.append({
                "tried": name, "change": "naive forecast", "rmse": error, "sd": None, "against the run": "",
                "seeds": None, "seconds": None,
            })  # fmt: skip
        return rows

    def verdict(self) -> str:
        """Plain sentences: what helps, what is best, and whether that beats the naive forecasts."""
        tried = [way for way in self.ways[1:] if way.values]
        clear = sorted((way for way in tried if self.clear(way)), key=lambda way: way.mean)
        better = [f"{way.name} ({-self.gain(way)[0]:+.1%})" for way in clear if self.gain(way)[0] > 0]
        worse = [f"{way.name} ({-self.gain(way)[0]:+.1%})" for way in clear if self.gain(way)[0] < 0]
        said: list[str] = []
        if not any(self.gain(way)[1] is not None for way in tried):
            said.append("With one seed a gain cannot be told from luck.")
        elif better:
            said.append(f"The error falls with {', '.join(better)}, by more than the seeds explain.")
        else:
            said.append("Nothing that was tried lowers the error by more than the seeds explain.")
        if worse:
            said.append(f"It grows with {', '.join(worse)}.")
        best = self.ways[self.best]
        naive = min(self.naive, key=lambda name: self.naive[name])
        said.append(f"The lowest mean is that of {best.name!r}, {best.mean:.4g}.")
        if best.mean < self.naive[naive]:
            said.append(f"The {naive} has {self.naive[naive]:.4g}.")
        else:
            said.append(f"The {naive} is still better, with {self.naive[naive]:.4g}: prefer it.")
        return " ".join(said)

    def plot(self) -> Figure:
        """A dot a seed, a bar over the mean ± one standard deviation, and the naive forecasts as lines."""
        ways = [way for way in self.ways if way.values]
        figure = new_figure(10, 1.6 + 0.45 * len(ways))
        axes = figure.subplots()
        best = self.ways[self.best]
        for place, way in enumerate(ways):
            colour = BEST if way is best else OURS
            around = [way.mean - (way.spread or 0.0), way.mean + (way.spread or 0.0)]
            axes.plot(around, [place, place], color=colour, lw=7, alpha=0.3, solid_capstyle="round")
            axes.plot(way.values, [place] * len(way.values), "o", color=colour, ms=4, alpha=0.8)
            axes.plot([way.mean], [place], "|", color=colour, ms=16, mew=2)
        axes.axvline(ways[0].mean, color=OURS, lw=0.8, ls=":")
        limits = _limits([error for way in ways for error in way.values], list(self.naive.values()))
        for error in sorted(set(self.naive.values())):
            names = ", ".join(name for name, other in self.naive.items() if other == error)
            where = "" if limits[0] <= error <= limits[1] else ", off the picture"
            axes.axvline(error, color=NAIVE, lw=1.2, ls="--", label=f"{names}: {error:.4g}{where}")
        axes.set_xlim(limits)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=9, frameon=False)
        axes.set_yticks(range(len(ways)), [way.name for way in ways])
        axes.invert_yaxis()
        axes.set_xlabel(f"{self.measure}; lower is better")
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        return figure


def _limits(errors: Sequence[float], naive: Sequence[float]) -> tuple[float, float]:
    """Around all errors, and around a naive one that is near enough to leave the differences visible."""
    low, high = min(errors), max(errors)
    span = max(high - low, 0.01 * abs(high)) or 1.0
    near = [error for error in naive if low - 2 * span <= error <= high + 2 * span]
    return min([low, *near]) - 0.2 * span, max([high, *near]) + 0.2 * span
