"""A long computation in a thread of its own, asked for again and again until it is done."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar, final

T = TypeVar("T")
Progress = Callable[[float], None]


@final
class Background(Generic[T]):
    """Begins at once.

    Args:
        make: computes the result; calls what it is given with the share that is done.

    Attributes:
        share: that is done, 0 .. 1.
    """

    def __init__(self, make: Callable[[Progress], T]) -> None:
        self.share = 0.0
        self._make, self._results, self._errors = make, list[T](), list[Exception]()
        self._thread = Thread(target=self._run, name="frontal-scope", daemon=True)
        self._thread.start()

    def result(self, patience: float = 0.0) -> T | None:
        """Return the result, None while there is none; what was raised on the way is raised here.

        Args:
            patience: seconds to wait for it.
        """
        self._thread.join(patience)
        if self._errors:
            raise self._errors[0]
        return self._results[0] if self._results else None

    def _run(self) -> None:
        try:
            self._results.append(self._make(self._progress))
        except Exception as error:
            self._errors.append(error)

    def _progress(self, share: float) -> None:
        self.share = share
