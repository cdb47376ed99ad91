"""Texts that end a text, never shown by halves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final


@final
class Stops:
    """Hands a text on, piece by piece, up to the stop that is whole first; what may begin one is held back.

    Args:
        stops: texts of at least one character.

    Attributes:
        over: whether a stop has come.

    Example:
        >>> stops = Stops(["THE END"])
        >>> [stops.read(piece) for piece in ("Alas. TH", "E", "ME. THE EN", "D of it")], stops.over
        (['Alas. ', '', 'THEME. ', ''], True)
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops, self._held, self.over = tuple(stops), "", False

    def read(self, piece: str) -> str:
        """Take the next piece and return what is certain to be no part of a stop."""
        if not self._stops or self.over:
            return "" if self.over else piece
        text = self._held + piece
        found = [(place + len(stop), place) for stop in self._stops if (place := text.find(stop)) >= 0]
        if found:
            self.over, self._held = True, ""
            return text[: min(found)[1]]
        keep = max(self._begun(text, stop) for stop in self._stops)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def rest(self) -> str:
        """Return what was held back, once the text is over without a stop."""
        held, self._held = self._held, ""
        return held

    @staticmethod
    def _begun(text: str, stop: str) -> int:
        """Return how long an end of the text is that begins a stop."""
        return next((n for n in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:n])), 0)
