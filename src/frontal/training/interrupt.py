"""Ctrl-C that never tears a step or a restored model."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """While entered, the first Ctrl-C only asks (`asked`); a second one raises inside `urgent()`.

    Whoever is inside calls `check` at its own safe points and catches KeyboardInterrupt around
    `urgent()`; what comes after that, such as tidying up, is not disturbed. Outside the main
    thread, or where the program handles SIGINT itself, nothing is changed and a KeyboardInterrupt
    may come at any time.
    """

    def __init__(self) -> None:
        self.asked = False
        self._urgent = False
        self._installed = False

    def __enter__(self) -> Interrupts:
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._pressed)
            self._installed = True
        return self

    def __exit__(self, *_: object) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _pressed(self, _signal: int, _frame: FrameType | None) -> None:
        if self.asked and self._urgent:
            self._urgent = False  # whoever catches it tidies up undisturbed
            raise KeyboardInterrupt
        self.asked = True

    @contextmanager
    def urgent(self) -> Iterator[None]:
        """Let a second Ctrl-C raise KeyboardInterrupt at once."""
        self._urgent = True
        try:
            yield
        finally:
            self._urgent = False

    def check(self) -> None:
        """Raise KeyboardInterrupt if one was asked for."""
        if self.asked:
            self._urgent = False
            raise KeyboardInterrupt
