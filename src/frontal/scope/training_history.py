"""How a run was trained, or is being trained: read from its folder, or from what the training tells meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import time
from typing import Any, final

from frontal.errors import FrontalError
from frontal.training.live import KEPT, live_path, read_lines
from frontal.training.manifest import MANIFEST

LOG = "log.jsonl"
EPOCH = ("epoch", "train_loss", "validation_loss", "learning_rate", "gradient_norm", "seconds")

Line = dict[str, Any]


@dataclass
class Training:
    """One training of a run, which may have several members.

    Attributes:
        title: "member 2".
        start: what was planned; empty where that was not followed.
        steps: those that were measured.
        epochs: all that are complete.
        end: why it ended; None while it goes on, or where that was not followed.
    """

    title: str
    start: Line = field(default_factory=dict[str, Any])
    steps: list[Line] = field(default_factory=list[Line])
    epochs: list[Line] = field(default_factory=list[Line])
    end: Line | None = None

    @property
    def best(self) -> Line | None:
        """The epoch whose weights were kept; the best one so far while it goes on."""
        if not self.epochs:
            return None
        if self.end is not None and self.end["best_epoch"]:
            return next((line for line in self.epochs if line["epoch"] == self.end["best_epoch"]), None)
        measured = [line for line in self.epochs if line.get("validation_loss") is not None]
        return min(measured, key=lambda line: line["validation_loss"]) if measured else self.epochs[-1]

    def at(self, line: Line) -> float:
        """Return where a step stands: 2.5 in the middle of the third epoch."""
        steps = self.start.get("steps") or max((other["batch"] for other in self.steps), default=1)
        return line["epoch"] - 1 + line["batch"] / max(steps, line["batch"])


@final
class Followed:
    """A run that is read again and again; only what is new costs something.

    Args:
        run: its folder, which may not be there yet.

    Attributes:
        trainings: in their order.
        events: what leapt, or broke; of all trainings.
        version: another one whenever something is new.
        lock: hold it while it is read.
    """

    def __init__(self, run: Path) -> None:
        self.run, self.live = run, live_path(run)
        self.version = 0
        self.lock = Lock()
        self._was: tuple[str, int] | None = None
        self._clear()

    def read(self) -> str:
        """Read what is new; return "training", "failed" or "saved".

        Raises:
            FrontalError: there is neither a run nor a training.
        """
        try:
            identity = ("live", self.live.stat().st_ino)
        except FileNotFoundError:
            return self._read_saved()
        if identity != self._was:
            self._clear()
            self._was = identity
        lines, self._offset = read_lines(self.live, self._offset)
        if lines:
            self.version += 1
            self._take(lines)
        ended = self.trainings[-1].end if self.trainings else None
        return "failed" if ended is not None and ended["stopped"] == "diverged" else "training"

    def heard(self) -> float | None:
        """Return how long ago the training told something, in seconds; None where it is over."""
        return max(time() - self._last, 0.0) if self._was is not None and self._was[0] == "live" else None

    def latest(self) -> int:
        """Return the number of the last training of which something was measured."""
        measured = [number for number, one in enumerate(self.trainings) if one.steps or one.epochs]
        return measured[-1] if measured else max(len(self.trainings) - 1, 0)

    def _read_saved(self) -> str:
        manifest = self.run / MANIFEST
        if not manifest.is_file():
            raise FrontalError(f"no such run directory: {self.run}, and nothing is trained there")
        identity = ("saved", manifest.stat().st_ino)
        if identity != self._was:
            self._clear()
            self._was = identity
            self.version += 1
            told = self.run / KEPT
            self._take(read_lines(told)[0] if told.is_file() else [])
            log = self.run / LOG
            logged = map(json.loads, log.read_bytes().splitlines() if log.is_file() else [])
            self.trainings = with_epochs(self.trainings, of_log(logged))
        return "saved"

    def _clear(self) -> None:
        self.trainings: list[Training] = []
        self.events: list[Line] = []
        self._offset, self._last = 0, time()

    def _take(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self._last = line["time"]
            if line["kind"] == "start":
                self.trainings.append(Training(f"training {line['training']}", start=line))
            elif not self.trainings:
                continue  # its beginning is not there
            elif line["kind"] == "event":
                self.events.append({**line, "title": self.trainings[-1].title})
            elif line["kind"] == "end":
                self.trainings[-1].end = line
            else:
                getattr(self.trainings[-1], f"{line['kind']}s").append(line)


def of_log(lines: Iterable[Line]) -> list[Training]:
    """Return the trainings in the log of a run: "member 2" for lines that name one, else "training"."""
    found: dict[str, Training] = {}
    for line in lines:
        title = ", ".join(f"{name} {value}" for name, value in line.items() if name not in EPOCH) or "training"
        found.setdefault(title, Training(title)).epochs.append(line)
    return list(found.values())


def with_epochs(told: list[Training], logged: list[Training]) -> list[Training]:
    """Return the trainings of a log, each with what it told.

    A recipe may train others first, to measure itself; those in the log are the last ones that had as
    many epochs. Where they cannot be told apart, the log stands alone.
    """
    last = told[len(told) - len(logged) :]
    counts = [0 if training.end is None else training.end.get("epochs") for training in last]
    if len(last) != len(logged) or counts != [len(training.epochs) for training in logged]:
        return logged
    return [
        Training(own.title, other.start, other.steps, own.epochs, other.end)
        for own, other in zip(logged, last, strict=True)
    ]
