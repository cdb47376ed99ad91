"""Results of the forecast verbs as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from frontal.cli.console import Console

LONGEST = 24  # rows of a forecast on the screen; the file has all of them


def show_metrics(metrics: Mapping[str, object], console: Console) -> None:
    """Print one row a figure."""
    console.table([{"figure": name, "value": value} for name, value in metrics.items()])


def show_forecast(rows: Sequence[Mapping[str, object]], console: Console) -> None:
    """Print the first rows of a forecast, and how many follow in the file."""
    console.table(rows[:LONGEST], title="forecast")
    if len(rows) > LONGEST:
        console.say(f"… and {len(rows) - LONGEST} more rows in the file")
