"""The runs of a folder, as rows of a table; thousands of them at once."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, final

from frontal.scope.training_history import LOG
from frontal.training.manifest import MANIFEST

MEASURES = ("bits_per_character", "mase_test", "mse_test", "accuracy", "bleu", "right")  # the first that a run has
LIVE = ".live.jsonl"

Row = dict[str, Any]


@final
class Runs:
    """The runs that lie side by side in a folder; those that changed are read again.

    Args:
        folder: in which they lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, tuple[tuple[int, int], Row]] = {}

    def rows(self) -> list[Row]:
        """Return one row a run, the newest first; and one for each that is trained for the first time."""
        found: dict[str, tuple[tuple[int, int], Row]] = {}
        trained: set[str] = set()
        for entry in self.folder.iterdir():
            if entry.name.startswith(".") and entry.name.endswith(LIVE):
                trained.add(entry.name[1 : -len(LIVE)])
            elif not entry.name.startswith("."):
                with suppress(OSError, ValueError):  # no run, or one that is being replaced just now
                    status = (entry / MANIFEST).stat()
                    identity = (status.st_ino, status.st_mtime_ns)
                    known = self._known.get(entry.name)
                    row = known[1] if known and known[0] == identity else _row(entry, status.st_mtime)
                    found[entry.name] = identity, row
        self._known = found
        rows = [{**row, "training": row["run"] in trained} for _, row in found.values()]
        rows += [{"run": name, "task": None, "training": True} for name in sorted(trained - set(found))]
        return sorted(rows, key=lambda row: (not row["training"], -row.get("saved", 0)))


def _row(run: Path, saved: float) -> Row:
    """Read what a table shows of a run; nothing of it is checked against its manifest here."""
    manifest = json.loads((run / MANIFEST).read_bytes())
    metrics = json.loads((run / "metrics.json").read_bytes())
    log = [json.loads(line) for line in (run / LOG).read_bytes().splitlines()]
    losses = [line["validation_loss"] for line in log if line.get("validation_loss") is not None]
    measure = next((name for name in MEASURES if metrics.get(name) is not None), None)
    return {
        "run": run.name,
        "task": manifest["kind"],
        "saved": saved,
        "date": datetime.fromtimestamp(saved, UTC).isoformat(timespec="seconds"),
        "epochs": max((line["epoch"] for line in log), default=0),
        "best_loss": min(losses, default=None),
        "measure": measure,
        "score": None if measure is None else metrics[measure],
        "seconds": metrics.get("seconds_train"),
        "seed": metrics.get("seed"),
        "bytes": sum(entry["size"] for entry in manifest["files"].values()),
    }
