"""The recipe behind `frontal evaluate RUN DATA --anomalies FILE`."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from frontal.atomic import write_atomic
from frontal.diagnostics.anomalies import Anomalies
from frontal.errors import FrontalError
from frontal.tasks.forecaster import Forecaster


def anomalies_run(
    run: Path, source: str, out: Path, *, false_alarms: float | None, say: Callable[[str], None]
) -> dict[str, Any]:
    """Score every step of `source` by a saved run; write all steps as CSV, and a picture beside it.

    Args:
        run: folder of the run.
        source: a file, "-" or a built-in name.
        out: the CSV file; the picture has its name with .png.
        false_alarms: share of ordinary steps to flag; None for what `Forecaster.anomalies` takes.
        say: called with every sentence a person should read.

    Returns:
        What was found, as JSON can hold it: summary, the flagged steps, the share of steps flagged, files.
    """
    picture = out.with_suffix(".png")
    if picture == out:
        raise FrontalError(f"{out}: the steps are written as CSV and the picture beside them; name a .csv file")
    forecaster = Forecaster.load(run)
    found = forecaster.anomalies(source, false_alarms=false_alarms)
    write_atomic(out, _csv(found))
    write_atomic(picture, _png(found))
    say(f"Written to {out} and {picture}.")
    return {
        "summary": str(found), "false_alarms": found.false_alarms, "steps": found.measured,
        "flagged": found.to_rows(flagged_only=True), "files": [str(out), str(picture)],
    }  # fmt: skip


def _csv(found: Anomalies) -> bytes:
    text = StringIO(newline="")
    columns = found.columns()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    columns["anomaly"] = [str(flag).lower() for flag in columns["anomaly"]]
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue().encode()


def _png(found: Anomalies) -> bytes:
    image = BytesIO()
    found.plot().savefig(image, format="png", dpi=130)
    return image.getvalue()
