"""Results of the forecast verbs as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from frontal.cli.console import Console

NAMES = {"train": "frontal, train part", "test": "frontal, test part"}
LONGEST = 24  # rows of a forecast on the screen; the file has all of them


def show_accuracy(result: Mapping[str, Any], console: Console) -> None:
    """Print the errors beside those of the naive forecasts, the coverage, and what follows from them."""
    console.say("")
    rows = [{"forecast": NAMES.get(name, name), **measures} for name, measures in result["one_step"].items()]
    console.table(rows, title="one step ahead")
    if result["rolling"] and result["horizon"] > 1:
        rows = [{"forecast": NAMES.get(name, name), "mase": value} for name, value in result["rolling"].items()]
        console.say("")
        console.table(rows, title=f"{result['horizon']} steps ahead, from every point tested")
    console.say("")
    for sentence in filter(None, (_coverage(result["metrics"]), result["verdict"])):
        console.say(sentence)


def show_forecast(rows: Sequence[Mapping[str, object]], console: Console) -> None:
    """Print the first rows of a forecast, and how many follow."""
    console.say("")
    console.table(rows[:LONGEST], title="forecast")
    if len(rows) > LONGEST:
        console.say(f"… and {len(rows) - LONGEST} more rows")


def _coverage(metrics: Mapping[str, float]) -> str:
    inside, wide = metrics["coverage_80"], metrics["coverage_95"]
    if isnan(inside) or isnan(wide):  # the test part is too short to tell
        return ""
    return f"The 80 % interval held {inside:.0%} of the test values, the 95 % interval {wide:.0%}."
