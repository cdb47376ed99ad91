"""How far a long job is: a bar on a terminal, a line now and then in a file, or nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from time import monotonic
from typing import Any, Protocol, TextIO

Figure = float | int | str | None


class Progress(Protocol):
    """Told by a long job how far it is."""

    def start(self, total: float, description: str) -> None:
        """Begin a job of `total` units."""

    def update(self, advance: float, **figures: Figure) -> None:
        """Go on by `advance` units; `figures` are shown by name until they are replaced."""

    def note(self, text: str) -> None:
        """Say something in a line of its own."""

    def stop(self) -> None:
        """End the job; a second call does nothing."""


def progress_for(stream: TextIO | None = None, *, quiet: bool = False) -> Progress:
    """Choose for `stream` (None: standard error): a bar on a terminal, else plain lines, or silence."""
    stream = sys.stderr if stream is None else stream
    if quiet or stream is None:  # a program without a console has no standard error
        return SilentProgress()
    if stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown"):
        return BarProgress(stream)
    return PlainProgress(stream)


class SilentProgress:
    """Shows nothing."""

    def start(self, total: float, description: str) -> None:
        """Show nothing."""

    def update(self, advance: float, **figures: Figure) -> None:
        """Show nothing."""

    def note(self, text: str) -> None:
        """Show nothing."""

    def stop(self) -> None:
        """Show nothing."""


class PlainProgress:
    """A line every few seconds and one at the end, without any control codes.

    Args:
        stream: where the lines go.
        every_seconds: least time between two lines.
        clock: seconds, from any start.
    """

    def __init__(self, stream: TextIO, *, every_seconds: float = 5.0, clock: Callable[[], float] = monotonic) -> None:
        self._stream = stream
        self._every_seconds = every_seconds
        self._clock = clock
        self._running = False

    def start(self, total: float, description: str) -> None:
        """Begin a job of `total` units."""
        self._total, self._description = total, description
        self._done = 0.0
        self._figures: dict[str, Figure] = {}
        self._started = self._shown = self._clock()
        self._running = True

    def update(self, advance: float, **figures: Figure) -> None:
        """Go on by `advance` units; write a line if the last one is old enough."""
        self._done += advance
        self._figures |= figures
        if self._clock() - self._shown >= self._every_seconds:
            self._show()

    def note(self, text: str) -> None:
        """Write a line of its own."""
        self._write(text)

    def stop(self) -> None:
        """Write the last figures."""
        if self._running:
            self._running = False
            self._show()

    def _show(self) -> None:
        self._shown = self._clock()
        percent = 100 * self._done / self._total if self._total else 100.0
        parts = [f"{percent:.0f} %", *_shown(self._figures), f"{self._shown - self._started:.1f} s"]
        self._write(f"{self._description}: {', '.join(parts)}")

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


class BarProgress:
    """A bar that is redrawn in place, by rich."""

    def __init__(self, stream: TextIO, *, every_seconds: float = 0.1) -> None:
        self._stream = stream
        self._every_seconds = every_seconds
        self._bar: Any = None

    def start(self, total: float, description: str) -> None:
        """Draw an empty bar of `total` units."""
        from rich.console import Console  # noqa: PLC0415 - rich is slow to import and not always needed
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
        from rich.progress import Progress as Bar  # noqa: PLC0415

        self.stop()
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[figures]}", markup=False),
        )
        self._bar = Bar(*columns, console=Console(file=self._stream))
        self._task = self._bar.add_task(description, total=total, figures="")
        self._waiting = 0.0
        self._figures: dict[str, Figure] = {}
        self._drawn = monotonic()
        self._bar.start()

    def update(self, advance: float, **figures: Figure) -> None:
        """Go on by `advance` units; the bar follows within a tenth of a second."""
        self._waiting += advance
        self._figures |= figures
        if monotonic() - self._drawn >= self._every_seconds:
            self._draw()

    def note(self, text: str) -> None:
        """Write a line above the bar."""
        if self._bar is None:
            self._stream.write(text + "\n")
        else:
            self._bar.console.print(text, markup=False, highlight=False)

    def stop(self) -> None:
        """Leave the bar as it is and go to the next line."""
        if self._bar is not None:
            self._draw()
            bar, self._bar = self._bar, None
            bar.stop()

    def _draw(self) -> None:
        self._bar.update(self._task, advance=self._waiting, figures=", ".join(_shown(self._figures)))
        self._waiting = 0.0
        self._drawn = monotonic()


def _shown(figures: dict[str, Figure]) -> list[str]:
    return [
        f"{name.replace('_', ' ')} {f'{value:.4g}' if isinstance(value, float) else value}"
        for name, value in figures.items()
        if value is not None
    ]


class Share:
    """One member's share of a common progress: an early stop counts as all its epochs."""

    def __init__(self, whole: Progress, epochs: int) -> None:
        self.whole = whole
        self.left = float(epochs)

    def start(self, total: float, description: str) -> None:
        """The whole has started already."""

    def update(self, advance: float, **figures: Figure) -> None:
        """Pass on what this member advanced."""
        self.left -= advance
        self.whole.update(advance, **figures)

    def note(self, text: str) -> None:
        """Pass on."""
        self.whole.note(text)

    def stop(self) -> None:
        """Count the epochs that an early stop saved."""
        if self.left > 0:
            self.whole.update(self.left)
