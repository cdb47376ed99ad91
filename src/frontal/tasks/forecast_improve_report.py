"""The report of `frontal improve`."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from pathlib import Path

from frontal.diagnostics.improvement import Improvement
from frontal.diagnostics.report import Report, ReportFigure, ReportTable
from frontal.tasks.forecast_request import Request
from frontal.tasks.forecast_split import Split

HONEST = (
    "The best of several ways on one test part looks a little better than it is, because it was chosen there. "
    "`frontal improve RUN --trials N` chooses inside the training part."
)


def improve_report(
    run: Path, request: Request, split: Split, found: Improvement, notes: Sequence[str], command: str
) -> Report:
    """Tell a person who was not there what was tried and what helped."""
    rows = found.rows()
    seeds = max(len(way.values) for way in found.ways)
    series = split.whole
    means = [float(str(row["rmse"])) for row in rows]
    known = [place for place, error in enumerate(means) if isfinite(error)]
    tested = "test file" if request.test else "end of the data"
    return Report(
        title=f"Improving the forecast of {series.target}",
        asked=f"Try five ways to improve the run {run}, each alone and all together, with {seeds} seeds.",
        verdict=found.verdict(),
        facts=[
            ("Data", f"{Path(series.name).name}: {len(series)} values"),
            ("Training part", f"{len(split.training)} values"),
            ("Test part", f"{len(series) - split.start} values, the {tested}; the same for all"),
            ("The run", request.command()),
        ],
        tables=[
            ReportTable(
                f"{found.measure}, mean of the seeds", list(rows[0]), [list(row.values()) for row in rows],
                best=min(known, key=lambda place: means[place]),
                note="sd: standard deviation over the seeds. * the 95 % interval of the difference to the "
                "run, seed by seed, leaves out 0. seconds: of one training.",
            )
        ],
        figures=[ReportFigure("A dot a seed, the mean and one standard deviation", found.plot())],
        notes=[HONEST, *notes],
        command=command,
    )  # fmt: skip
