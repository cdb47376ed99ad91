"""One of several trainings as one unit of a common progress."""

from __future__ import annotations

from frontal.training.progress import Figure, Progress


class Part:
    """Counts one training as one unit of `whole`, however it ends, and shows which one it is."""

    def __init__(self, whole: Progress, name: str) -> None:
        self._whole, self._name = whole, name
        self._total, self._left = 1.0, 1.0

    def start(self, total: float, description: str) -> None:
        """Begin; a training that begins anew shares the unit that is left."""
        self._total = total / self._left if self._left else float("inf")

    def update(self, advance: float, **figures: Figure) -> None:
        """Pass on what part of the unit was done."""
        done = min(advance / self._total, self._left)
        self._left -= done
        self._whole.update(done, training=self._name)

    def note(self, text: str) -> None:
        """Pass on."""
        self._whole.note(text)

    def stop(self) -> None:
        """The unit is counted by `finish`, since a training may have stages."""

    def finish(self) -> None:
        """Count what an early stop saved."""
        self._whole.update(self._left)
        self._left = 0.0
