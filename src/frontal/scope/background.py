"""A long computation in a thread of its own: asked for again and again until it is done, stopped when nobody asks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread
from time import monotonic
from typing import Any, Generic, TypeVar, final

from frontal.scope.given import Given

T = TypeVar("T")
Progress = Callable[[float], None]
NEGLECT = 10.0  # seconds without a question after which it stops: the page was left, or closed


class Stopped(BaseException):
    """Raised within a computation that nobody waits for any more; no error of its own."""


@final
class Background(Generic[T]):
    """Begins when it is first asked for, and again after it was stopped.

    Args:
        make: computes the result; calls what it is given with the share that is done, and is stopped there.
    """

    def __init__(self, make: Callable[[Progress], T]) -> None:
        self._make, self._lock = make, Lock()
        self._attempt: _Attempt[T] | None = None

    def asked(self, given: Given, patience: float = 0.5) -> T | None:
        """Return the result as a page asks for it, None while there is none.

        Parameters: `stop`, to stop it; `going`, not to begin it anew where it was stopped.
        """
        if given.flag("stop"):
            self.stop()
        elif self._goes() or not given.flag("going"):
            return self.result(patience)
        return None

    def result(self, patience: float = 0.0) -> T | None:
        """Return the result, None while there is none; what was raised on the way is raised here.

        Args:
            patience: seconds to wait for it.
        """
        with self._lock:
            if self._attempt is None or self._attempt.stopped:
                self._attempt = _Attempt(self._make)
            attempt = self._attempt
        return attempt.result(patience)

    def stop(self) -> None:
        """Stop it when it next tells how far it is; what is done stays done."""
        with self._lock:
            if self._attempt is not None:
                self._attempt.stopped = not self._attempt.done

    @property
    def progress(self) -> dict[str, Any]:
        """What a page is answered while there is no result: `done`, below 1, and whether it was stopped."""
        going = self._goes()
        return {"done": min(self._attempt.share, 0.99) if self._attempt and going else 0.0, "stopped": not going}

    def _goes(self) -> bool:
        return self._attempt is not None and not self._attempt.stopped


@final
class _Attempt(Generic[T]):
    """One thread, from its beginning to its end."""

    def __init__(self, make: Callable[[Progress], T]) -> None:
        self.share, self.stopped, self.done = 0.0, False, False
        self._asked = monotonic()
        self._results, self._errors = list[T](), list[Exception]()
        self._thread = Thread(target=self._run, args=(make,), name="frontal-scope", daemon=True)
        self._thread.start()

    def result(self, patience: float) -> T | None:
        self._asked = monotonic()
        self._thread.join(patience)
        if self._errors:
            raise self._errors[0]
        return self._results[0] if self._results else None

    def _run(self, make: Callable[[Progress], T]) -> None:
        try:
            with suppress(Stopped):
                self._results.append(make(self._progress))
        except Exception as error:
            self._errors.append(error)
        self.done = not self.stopped

    def _progress(self, share: float) -> None:
        self.stopped = self.stopped or monotonic() - self._asked > NEGLECT
        if self.stopped:
            raise Stopped
        self.share = share
