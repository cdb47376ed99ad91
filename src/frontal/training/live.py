"""What a training does, while it does it: lines of JSON beside the run to come, for whoever looks.

    with following("runs/airline"):
        model.fit(data)
        model.save("runs/airline")

The lines stand in `runs/.airline.live.jsonl`, a hidden file. It is gone when the block ends well: the
run's own `log.jsonl` has the epochs then, and its `training.jsonl` the rest. It stays where the training
failed, and tells why, until the next one. Each line has a `kind`: start, step, epoch, event, end.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from io import FileIO
from pathlib import Path
from time import monotonic, time
from typing import Any, final
from warnings import warn

from frontal.errors import FrontalError
from frontal.training.plain_json import dump, plain

KEPT = "training.jsonl"  # of a run: all lines but the epochs
EVERY = 0.5  # seconds between two writes, at least

_followed: ContextVar[LiveLog | None] = ContextVar("followed", default=None)


@contextmanager
def following(run: str | os.PathLike[str]) -> Iterator[None]:
    """Let every training within the block tell how it goes, for the run that will be saved at `run`.

    Raises:
        FrontalError: nothing can be written beside the run.
    """
    log = LiveLog(Path(os.path.realpath(run)))
    token = _followed.set(log)
    try:
        yield
        log.remove()
    finally:
        log.close()
        _followed.reset(token)


def followed() -> LiveLog | None:
    """Return where a training is to tell how it goes; None where nobody asked."""
    return _followed.get()


def live_path(run: str | os.PathLike[str]) -> Path:
    """Return the file with what the training of a run tells."""
    target = Path(os.path.realpath(run))
    return target.with_name(f".{target.name}.live.jsonl")


def kept_lines(target: Path) -> dict[str, bytes]:
    """Return the file of a run that keeps what its training told; empty where it was not followed."""
    log = _followed.get()
    return {} if log is None or log.run != target or not log.trainings else {KEPT: log.kept()}


@final
class LiveLog:
    """The lines of all trainings of a run.

    Args:
        run: its folder.

    Attributes:
        trainings: how many have begun.
    """

    def __init__(self, run: Path) -> None:
        self.run, self.path = run, live_path(run)
        self.trainings = 0
        self.began = monotonic()
        self._file: FileIO | None = None
        self._waiting: list[bytes] = []
        self._written = 0.0

    def begin(self) -> int:
        """Count a further training; the first one opens the file."""
        if not self.trainings:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("wb", buffering=0)
            except OSError as error:
                raise FrontalError(f"cannot write {self.path}: {error.strerror or error}") from error
        self.trainings += 1
        return self.trainings

    def tell(self, kind: str, training: int, **facts: Any) -> None:
        """Add a line; it is written at once, or with those of the next half second."""
        line = {"kind": kind, "training": training, "time": round(time(), 3), **facts}
        self._waiting.append(dump(plain(line, kind, nan_as_null=True), indent=None))
        if monotonic() - self._written >= EVERY or kind in ("start", "event", "end"):
            self._write()

    def kept(self) -> bytes:
        """Return all lines so far but the epochs, which the run has in its log."""
        self._write()
        lines = self.path.read_bytes().splitlines(keepends=True)
        return b"".join(line for line in lines if not line.startswith(b'{"kind": "epoch"'))

    def remove(self) -> None:
        """Remove the file."""
        self._waiting.clear()
        self.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Write what waits."""
        self._write()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self) -> None:
        """Write what waits; a training goes on where that is refused, such as on a full disk."""
        if self._file is None or not self._waiting:
            return
        try:
            self._file.write(b"".join(self._waiting))
        except OSError as error:
            self._file.close()
            self._file = None
            warn(f"{self.path} is not written any more: {error.strerror or error}", stacklevel=2)
        self._waiting.clear()
        self._written = monotonic()


def read_lines(path: Path, after: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Return the whole lines of a file from byte `after` on, and where the next ones will begin.

    What is no line of a live log is left out; where the file is now shorter than `after`, it is read anew.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(after if after <= size else 0)
        start = file.tell()
        data = file.read()
    whole = data[: data.rfind(b"\n") + 1]
    return [line for raw in whole.splitlines() if (line := _line(raw)) is not None], start + len(whole)


def _line(raw: bytes) -> dict[str, Any] | None:
    try:
        line: Any = json.loads(raw)
    except ValueError:
        return None
    return line if isinstance(line, Mapping) and isinstance(line.get("kind"), str) else None  # pyright: ignore
