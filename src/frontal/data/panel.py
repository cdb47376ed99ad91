"""A panel: many series on one grid of steps, unequal in start and length, missing values marked and never made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from frontal.data.frequency import Frequency, time_label
from frontal.errors import FrontalError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
PanelLayout = Literal["long", "columns", "rows"]
ID_NAMES = frozenset({"unique_id", "series_id", "item_id", "series_name", "uid"})
"""names of a column that mean the series, in any case"""


@dataclass(frozen=True)
class PanelRoles:
    """Which column of a table is what; None means: found by its name and content, and said so.

    Attributes:
        layout: "long" has one row a series and step, "columns" one column a series, "rows" one row a series.
        unique_id: the column that names the series.
        time: the column of times or step numbers.
        target: the column to forecast.
        known: features known ahead, such as prices and holidays (neuralforecast: futr_exog).
        past: features known up to the present, such as the weather (hist_exog).
        static: features of a series that do not change (stat_exog).
    """

    layout: PanelLayout | None = None
    unique_id: str | None = None
    time: str | None = None
    target: str | None = None
    known: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    static: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Panel:
    """S series, one behind the other in N rows; the first `lengths[s]` rows of a series are its past.

    The rows behind them hold what is known ahead: times and known features, no values.

    Attributes:
        ids: (S,) names.
        starts: (S + 1,) the rows of series s are starts[s] to starts[s + 1] - 1.
        lengths: (S,) steps from the first to the last known value.
        values: (N,) NaN where unknown.
        known: (N, K) features known ahead, NaN where unknown.
        past: (N, P) features known up to the present, NaN where unknown.
        static: (S, C) features of a series.
        steps: (N,) number of each row on the grid of its series.
        times: (N,) datetime64[s], or None for numbered steps.
        frequency: the step, None without times.
        roles: the columns that were read.
        known_names, past_names, static_names: (K,), (P,) and (C,); a text column became one
            column of 0 and 1 a category, called "column=category".
        categories: of each text column.
        numbered: whether the series are named by whole numbers.
        notes: everything that was guessed or repaired.
        name: of the source.
    """

    ids: tuple[str, ...]
    starts: Integers
    lengths: Integers
    values: Floats
    known: Floats
    past: Floats
    static: Floats
    steps: Integers
    times: NDArray[np.datetime64] | None
    frequency: Frequency | None
    roles: PanelRoles
    known_names: tuple[str, ...] = ()
    past_names: tuple[str, ...] = ()
    static_names: tuple[str, ...] = ()
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    numbered: bool = False
    notes: list[str] = field(default_factory=list[str])
    name: str = "the panel"

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def ends(self) -> Integers:
        """Row of the last known value of each series, (S,)."""
        return self.starts[:-1] + self.lengths - 1

    def series(self, index: int) -> Floats:
        """The past of one series, (T,)."""
        return self.values[self.starts[index] : self.starts[index] + self.lengths[index]]

    def rows_of(self) -> Integers:
        """The series that each row belongs to, (N,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def until(self, lengths: Integers) -> Self:
        """The panel as it was when series s had `lengths[s]` steps, (S,): later values and past features unknown."""
        behind = np.arange(len(self.values)) >= np.repeat(self.starts[:-1] + lengths, np.diff(self.starts))
        return replace(
            self, lengths=np.asarray(lengths, np.int64), values=np.where(behind, np.nan, self.values),
            past=np.where(behind[:, None], np.nan, self.past),
        )  # fmt: skip

    def take(self, chosen: Sequence[int]) -> Self:
        """Some of the series, in the order given."""
        rows = np.concatenate([np.arange(self.starts[s], self.starts[s + 1]) for s in chosen])
        counts = np.diff(self.starts)[list(chosen)]
        return replace(
            self, ids=tuple(self.ids[s] for s in chosen), starts=np.concatenate([[0], np.cumsum(counts)]),
            lengths=self.lengths[list(chosen)], values=self.values[rows], known=self.known[rows],
            past=self.past[rows], static=self.static[list(chosen)], steps=self.steps[rows],
            times=None if self.times is None else self.times[rows],
        )  # fmt: skip

    def ahead(self, steps: int) -> Self:
        """The panel with at least `steps` rows behind the last value of each series, their features unknown."""
        counts = np.diff(self.starts)
        wanted = np.maximum(counts, self.lengths + steps)
        if (wanted == counts).all():
            return self
        starts = np.concatenate([[0], np.cumsum(wanted)])
        old = np.arange(len(self.values)) + np.repeat(starts[:-1] - self.starts[:-1], counts)  # (N,) their new rows
        size = int(starts[-1])

        def spread(data: Floats) -> Floats:
            wide = np.full((size, *data.shape[1:]), np.nan)
            wide[old] = data
            return wide

        at = np.arange(size) - np.repeat(starts[:-1], wanted)
        return replace(
            self, starts=starts, values=spread(self.values), known=spread(self.known), past=spread(self.past),
            steps=np.repeat(self.steps[self.starts[:-1]], wanted) + at, times=self._times_ahead(starts, old),
        )  # fmt: skip

    def _times_ahead(self, starts: Integers, old: Integers) -> NDArray[np.datetime64] | None:
        if self.times is None or self.frequency is None:
            return None
        times = np.empty(int(starts[-1]), self.times.dtype)
        times[old] = self.times
        for s, (first, last) in enumerate(zip(self.starts[:-1], self.starts[1:], strict=True)):
            missing = starts[s + 1] - starts[s] - (last - first)
            times[starts[s + 1] - missing : starts[s + 1]] = self.frequency.after(
                self.times[int(last) - 1], int(missing)
            )
        return times

    def label(self, row: int) -> str:
        """Name the time of a row, or its step."""
        return f"step {self.steps[row]}" if self.times is None else time_label(self.times[row], self.frequency)

    def features(self) -> str:
        """Name the features by kind, for a note; empty without any."""
        kinds = {"known ahead": self.known_names, "of the past": self.past_names, "of the series": self.static_names}
        return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in kinds.items() if names)


def named_few(names: Sequence[str], most: int = 5) -> str:
    """Quote the first few of many names."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(repr(name) for name in names[:most]) + more


def refuse_short(panel: Panel, least: int, why: str) -> None:
    """Raise `FrontalError` that names the series of fewer than `least` steps."""
    short = np.flatnonzero(panel.lengths < least)
    if len(short):
        shown = [f"{panel.ids[s]!r} has {panel.lengths[s]}" for s in short[:5]]
        more = f" and {len(short) - 5} more" if len(short) > 5 else ""
        raise FrontalError(
            f"{panel.name}: {len(short)} of {len(panel)} series are too short, {least} steps are needed ({why}): "
            f"{', '.join(shown)}{more}; leave them out, or set a smaller context, horizon or period"
        )


def roles_as_dict(roles: PanelRoles) -> dict[str, Any]:
    """Roles as JSON can hold them; `PanelRoles(**…)` with tuples is the inverse."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(roles).items()}
