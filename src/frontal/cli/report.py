"""Results of the forecast verbs as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import Any

from frontal.cli.console import Console

NAMES = {"train": "frontal, train part", "test": "frontal, test part"}
FEW = 6  # steps ahead that are shown of many; --json has all of them
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
        console.table(_chosen(result["by_step"]), title="intervals by step ahead: share held, and mean width")
    console.say("")
    for sentence in filter(None, (_coverage(result["metrics"]), result["verdict"])):
        console.say(sentence)


def show_run(result: Mapping[str, Any], console: Console) -> None:
    """Say how long the training took, and where the run and its report lie."""
    run = str(result["run"])
    console.say(f"\nTrained in {result['metrics']['seconds_train']:.1f} s; saved in {run}")
    report = Path(run) / "report.html"
    if report.is_file():
        console.say(f"To read and to pass on: {report}")


def show_forecast(rows: Sequence[Mapping[str, object]], console: Console) -> None:
    """Print the first rows of a forecast, and how many follow."""
    console.say("")
    console.table(rows[:LONGEST], title="forecast")
    if len(rows) > LONGEST:
        console.say(f"… and {len(rows) - LONGEST} more rows")


def _chosen(steps: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """Of many steps ahead a few, the first and the last among them; without the scores."""
    count = min(len(steps), FEW)
    places = [round(k * (len(steps) - 1) / (count - 1)) for k in range(count)] if count > 1 else [0]
    return [{name: value for name, value in steps[k].items() if "score" not in name} for k in places]


def _coverage(metrics: Mapping[str, float]) -> str:
    inside, wide = metrics["coverage_80"], metrics["coverage_95"]
    if isnan(inside) or isnan(wide):  # the test part is too short to tell
        return ""
    widths = f"{metrics['width_80']:.4g} and {metrics['width_95']:.4g}"
    held = f"The 80 % interval held {inside:.0%} of the test values, the 95 % interval {wide:.0%}"
    return f"{held}; they are {widths} wide on average."
