"""The same test with other random numbers: how much of a figure is luck."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from frontal.tasks.forecast_settings import ForecastSettings
from frontal.tasks.forecast_split import Split
from frontal.tasks.forecaster import Forecaster
from frontal.training.progress import Progress

FIGURES = (
    "rmse_test", "mae_test", "mase_test", "mase_backtest", "coverage_80", "width_80", "coverage_95", "width_95",
    "interval_score_80", "interval_score_95", "log_score", "crps",
)  # fmt: skip


def over_seeds(
    split: Split, settings: ForecastSettings, first: Mapping[str, float], count: int, progress: Progress
) -> list[dict[str, Any]]:
    """Train and test `count` - 1 times more, with the seeds after that of the settings; Ctrl-C ends it early.

    Args:
        split: what is learned and tested.
        settings: of the first test.
        first: metrics of the first test.
        count: seeds, 2 or more.
        progress: told about every batch.

    Returns:
        One row a figure: figure, mean, sd (of a sample, n - 1), least, most, seeds.
    """
    measured = [first]
    for seed in range(settings.seed + 1, settings.seed + count):
        forecaster = Forecaster(settings.replace(seed=seed))
        figures = split.backtest(forecaster, progress).metrics()
        if forecaster.interrupted:
            break
        measured.append(figures)
    rows: list[dict[str, Any]] = []
    for name in (name for name in FIGURES if name in first):
        values = np.array([figures[name] for figures in measured])
        sd = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
        rows.append({
            "figure": name, "mean": float(values.mean()), "sd": sd, "least": float(values.min()),
            "most": float(values.max()), "seeds": len(values),
        })  # fmt: skip
    return rows
