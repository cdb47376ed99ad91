"""The report of the traffic protocol."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from frontal.diagnostics.report import Report, ReportFigure, ReportTable
from frontal.diagnostics.training_plot import draw_losses
from frontal.tasks.forecast_traffic_settings import TrafficSettings

OPTIONS = ("cell", "hidden", "seed")
OVERLAP = "The sequences overlap and were drawn at random, as published: the test shares hours with the training part."


def traffic_report(
    source: str, settings: TrafficSettings, counts: Mapping[str, int], errors: Mapping[str, float], verdict: str,
    log: Sequence[Mapping[str, Any]], seconds: float,
) -> Report:  # fmt: skip
    """Tell a person who was not there what a run did."""
    rows = list(errors.items())
    rule = f"Adam at {settings.learning_rate:g}, batches of {settings.batch_size}"
    best = min(range(len(rows)), key=lambda place: rows[place][1])
    return Report(
        title="Traffic by the protocol of the liquid time-constant networks",
        asked=f"Tell the volume of every hour in {source} from weather, holidays and the time, one hour after another.",
        verdict=verdict,
        facts=[
            *((f"Sequences for {part}", f"{count}, of {settings.sequence} hours") for part, count in counts.items()),
            ("Model", f"{settings.hidden} units of {settings.cell}"),
            (
                "Training",
                f"{settings.epochs} epochs, {rule}",
            ),
            ("Time", f"{seconds:.1f} s"),
        ],
        tables=[ReportTable("Squared error of the standardised volume", ("answers", "squared error"), rows, best)],
        figures=[ReportFigure("The training", draw_losses(log), "Lower is better.")],
        notes=[OVERLAP],
        command=shlex.join(["frontal", "forecast", source, *settings.words(OPTIONS)]),
    )
