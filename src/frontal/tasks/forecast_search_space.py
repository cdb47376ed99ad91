"""What a search may change, and within which bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from frontal.tasks.forecast_settings import ForecastSettings


@dataclass(frozen=True)
class Space:
    """The settings around those of a run.

    Attributes:
        base: settings of the run, every guess filled in.
        others: columns of numbers that are not inputs yet.
        length: values of the training part.
    """

    base: ForecastSettings
    others: tuple[str, ...]
    length: int

    def ranges(self) -> dict[str, tuple[float, float]]:
        """Smallest and largest value of what is searched on a logarithmic scale, the run's own included."""
        base = self.base
        context, horizon = base.context or 1, base.horizon or 1
        longest = max(context, min(4 * context, int(0.8 * self.length) // 3 - horizon))
        return {
            "context": (max(1, context // 4), longest),
            "hidden": (max(2, base.hidden // 4), 4 * base.hidden),
            "layers": (1, max(3, base.layers + 2)),
            "learning_rate": (base.learning_rate / 10, base.learning_rate * 10),
        }

    def as_it_is(self) -> dict[str, Any]:
        """The run itself as a point of the space."""
        point: dict[str, Any] = {name: getattr(self.base, name) for name in self.ranges()}
        point |= {"dropout": self.base.dropout, "part": 1.0}
        return point | ({"indicators": False} if self.others else {})

    def chosen(self, values: Mapping[str, Any]) -> tuple[ForecastSettings, float]:
        """Return settings, and the part of the training part to learn, from a point of the space."""
        given = {name: value for name, value in values.items() if name not in ("indicators", "part")}
        inputs = (*self.base.features, *(self.others if values.get("indicators") else ()))
        return self.base.replace(features=inputs, **given), float(values.get("part", 1.0))

    def rows(self, trials: Sequence[Any]) -> list[dict[str, object]]:
        """One row a finished trial, the best first."""
        return [
            {"trial": trial.number, "error": float(trial.value), **trial.params}
            for trial in sorted(trials, key=lambda trial: trial.value)
        ]


def suggest(trial: Any, space: Space) -> tuple[ForecastSettings, float]:
    """Let an Optuna trial choose."""
    ranges = space.ranges()
    values: dict[str, Any] = {}
    for name in ("context", "hidden"):
        low, high = ranges[name]
        values[name] = trial.suggest_int(name, int(low), int(high), log=True)
    values["layers"] = trial.suggest_int("layers", *(int(end) for end in ranges["layers"]))
    values["learning_rate"] = trial.suggest_float("learning_rate", *ranges["learning_rate"], log=True)
    values["dropout"] = trial.suggest_float("dropout", 0.0, max(0.5, space.base.dropout))
    values["part"] = trial.suggest_categorical("part", [0.5, 1.0])
    if space.others:
        values["indicators"] = trial.suggest_categorical("indicators", [False, True])
    return space.chosen(values)
