"""Steps of a series that its own past did not let expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.accuracy import Floats
from frontal.diagnostics.backtest import time_texts
from frontal.diagnostics.figure import new_figure
from frontal.diagnostics.forecast_plot import DRAWABLE, SERIES, TEST
from frontal.diagnostics.frame import frame_of
from frontal.errors import FrontalError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Anomalies:
    """The one-step surprise of every value of a series.

    Attributes:
        target: name of the series.
        values: (T,).
        expected: what the past of each step let expect, (T,), NaN where there was not enough past.
        p_values: share of ordinary steps that are at least as far from what was expected, (T,): the rank
            among the surprises of values that the networks had not learned; NaN where unknown.
        scores: the same without bounds, for ranking what lies beyond all of them: the error in typical
            errors, or -log p of the likelihood, (T,).
        flagged: p_values <= false_alarms, bool (T,).
        false_alarms: share of ordinary steps that are flagged.
        times: time stamps, or None.
    """

    target: str
    values: Floats
    expected: Floats
    p_values: Floats
    scores: Floats
    flagged: NDArray[np.bool_]
    false_alarms: float
    times: NDArray[np.datetime64] | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def measured(self) -> int:
        """Steps with a p-value."""
        return int((~np.isnan(self.p_values)).sum())

    def columns(self) -> dict[str, Any]:
        """Columns of all steps: step, time, the target, expected, p_value, score, anomaly."""
        times: dict[str, Any] = {} if self.times is None else {"time": time_texts(self.times)}
        name = self.target if self.target not in {"step", "time", *_COLUMNS} else f"value of {self.target}"
        figures = (self.expected, self.p_values, self.scores, self.flagged)
        return {
            "step": np.arange(1, len(self) + 1).tolist(),
            **times,
            name: self.values.tolist(),
            **{name: _plain(figure) for name, figure in zip(_COLUMNS, figures, strict=True)},
        }

    def to_rows(self, *, flagged_only: bool = False) -> list[dict[str, Any]]:
        """One row a step, or a flagged one."""
        columns = self.columns()
        chosen = np.flatnonzero(self.flagged) if flagged_only else range(len(self))
        return [{name: column[step] for name, column in columns.items()} for step in chosen]

    def to_frame(self) -> Any:
        """The columns as a polars or pandas data frame."""
        return frame_of(self.columns())

    def __str__(self) -> str:
        found = int(self.flagged.sum())
        return (
            f"{found} of {self.measured} steps of {self.target!r} are anomalies; if all were ordinary, "
            f"about {self.false_alarms * self.measured:.3g} would be flagged."
        )

    def plot(self) -> Figure:
        """The series, what was expected and the flagged steps; below, the surprise of each step."""
        figure = new_figure(10, 5.5)
        above, below = figure.subplots(2, height_ratios=[2, 1], sharex=True)
        dated = self.times is not None and DRAWABLE[0] < self.times[0] and self.times[-1] < DRAWABLE[1]
        x: Any = self.times if dated else np.arange(len(self))
        above.plot(x, self.values, color=SERIES, lw=1.2, label=self.target)
        above.plot(x, self.expected, color="#0072b2", lw=0.9, label="expected")
        above.plot(x[self.flagged], self.values[self.flagged], "o", color=TEST, ms=6, label="anomaly")
        above.set_title(str(self), loc="left", fontsize=11)
        above.set_ylabel(self.target)
        above.legend(loc="upper left", fontsize=9, framealpha=0.8, edgecolor="none")
        below.vlines(x, 0, self.scores, color=np.where(self.flagged, TEST, SERIES), lw=1)
        below.set_ylabel("surprise")
        below.set_ylim(bottom=0)
        if not dated:
            below.set_xlabel("step")
        for axis in (above, below):
            axis.spines[["top", "right"]].set_visible(False)
            axis.margins(x=0.01)
        return figure


_COLUMNS = ("expected", "p_value", "score", "anomaly")


def rank_p_values(scores: Floats, ordinary: Floats) -> Floats:
    """Return the share of ordinary scores (n,) that are at least as large as each score (T,), itself counted.

        p = (1 + #{ordinary >= score}) / (n + 1)

    If a score is exchangeable with the ordinary ones, p <= a with probability a at most, for every a
    (Vovk et al. 2005). NaN stays NaN.
    """
    known = np.sort(ordinary[~np.isnan(ordinary)])
    above = len(known) - np.searchsorted(known, scores, side="left")
    return np.where(np.isnan(scores), np.nan, (1 + above) / (len(known) + 1))


def checked_rate(false_alarms: float, ordinary: int) -> float:
    """Return a false-alarm rate; raise `FrontalError` unless `ordinary` scores are enough to tell so rare a step."""
    if isinstance(false_alarms, bool) or not isinstance(false_alarms, float | int) or not 0 < false_alarms < 1:
        raise FrontalError(f"false_alarms is a share of steps, such as 0.01; got {false_alarms!r}")
    if false_alarms * (ordinary + 1) < 1 - 1e-9:
        raise FrontalError(
            f"false_alarms={false_alarms:g} cannot be told from {ordinary} values that were not learned; "
            f"the smallest rate is {1 / (ordinary + 1):.2g}"
        )
    return float(false_alarms)


def _plain(figure: NDArray[Any]) -> list[Any]:
    return [None if missing else value for value, missing in zip(figure.tolist(), np.isnan(figure), strict=True)]
