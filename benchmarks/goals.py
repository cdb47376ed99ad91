"""What was aimed at, beside what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.report import Report


@dataclass(frozen=True)
class Goal:
    """A bound on one figure.

    Attributes:
        key: the figure's name among those measured.
        text: what it is.
        bound: in `unit`.
        at_most: whether less is better.
    """

    key: str
    text: str
    bound: float
    unit: str = "×"
    at_most: bool = False

    def met(self, measured: float) -> bool:
        """Whether the figure keeps to the bound, unrounded."""
        return measured <= self.bound if self.at_most else measured >= self.bound


def say_goals(goals: Sequence[Goal], measured: Mapping[str, float], report: Report) -> list[dict[str, Any]]:
    """One row a goal, also where nothing was measured; the same as records."""
    report.table("goal", "wanted", "measured", "met?")
    records: list[dict[str, Any]] = []
    for goal in goals:
        figure = measured.get(goal.key)
        met = None if figure is None else goal.met(figure)
        wanted = f"{'≤' if goal.at_most else '≥'} {goal.bound:g} {goal.unit}"
        shown = "not measured" if figure is None else f"{figure:.3g} {goal.unit}"
        report.row(goal.text, wanted, shown, {None: "", True: "met", False: "**missed**"}[met])
        records.append({"goal": goal.text, "wanted": wanted, "measured": figure, "met": met})
    return records
