"""A backtest in stages: trained again every few steps, as it would have been used."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from frontal.data.series import Series
from frontal.diagnostics.backtest import Backtest
from frontal.diagnostics.probabilistic import Certainty
from frontal.errors import FrontalError


def checked_refit(refit: int | bool | None) -> int | None:
    """Steps after which to train again, None for never; raise `FrontalError` for what is no number of steps."""
    if refit is None or refit is False:
        return None
    if refit is True or not isinstance(refit, int) or refit < 1:
        raise FrontalError(f"refit must be a whole number of steps >= 1, or False; got {refit!r}")
    return refit


def learnable(series: Series, count: int) -> Series:
    """The first `count` values, without those at their end that were filled in with what came later."""
    return series.head(int(np.flatnonzero(series.observed[:count])[-1]) + 1)


def stretch(series: Series, start: int, every: int, horizon: int) -> Series:
    """What one stage needs of a series to forecast `every` steps from `start` on, each over the horizon."""
    return series.head(min(start - 1 + every + horizon, len(series)))


def joined(whole: Series, stages: list[Backtest], every: int) -> Backtest:
    """One backtest of stages, each measured on its own `every` steps.

    Args:
        whole: the series.
        stages: the first trained up to its `start`, each further one `every` steps later.
        every: steps of a stage.
    """
    first = stages[0]
    fitted = np.full(len(whole), np.nan)
    fitted[: first.start] = first.fitted[: first.start]
    for stage in stages:
        stop = min(stage.start + every, len(stage.values))
        fitted[stage.start : stop] = stage.fitted[stage.start : stop]
    return replace(
        first,
        values=whole.values,
        times=whole.times,
        observed=whole.observed,
        fitted=fitted,
        origins=np.concatenate([stage.origins for stage in stages]),
        paths=np.concatenate([stage.paths for stage in stages]),
        lower={level: np.concatenate([stage.lower[level] for stage in stages]) for level in first.lower},
        upper={level: np.concatenate([stage.upper[level] for stage in stages]) for level in first.upper},
        certainty=_certainty([stage.certainty for stage in stages if stage.certainty is not None]),
    )


def _certainty(parts: list[Certainty]) -> Certainty | None:
    if not parts:
        return None
    return Certainty(**{name: np.concatenate([vars(part)[name] for part in parts]) for name in vars(parts[0])})
