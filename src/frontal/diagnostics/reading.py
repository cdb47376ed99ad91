"""A text as one unit of a network reads it: its value at every symbol, and what was expected there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_read import Capture
from frontal.errors import FrontalError

OPINION = 0.3  # the chance from which a first guess counts as an opinion
RIGHT, WRONG, NONE = "right", "wrong", "no opinion"
BARS = "▁▂▃▄▅▆▇█"
VISIBLE = {"\n": "⏎", "\t": "⇥", " ": "␣", "\r": "␍", "": "∅"}


@dataclass(frozen=True)
class ReadSymbol:
    """One symbol of a text.

    Attributes:
        text: of the symbol.
        value: of the unit after the symbol was read, as a share of the greatest in the text, -1 .. 1.
        guesses: what the network expected here before it read the symbol, the likeliest first, and how likely.
        verdict: "right" or "wrong" as the first guess was, "no opinion" where its chance was below 0.3.
    """

    text: str
    value: float
    guesses: tuple[tuple[str, float], ...]
    verdict: str

    @property
    def bar(self) -> str:
        """The value as a bar of eight heights."""
        return BARS[min(int((self.value + 1) / 2 * len(BARS)), len(BARS) - 1)]


@dataclass(frozen=True)
class Reading:
    """A text, coloured by one unit.

    Attributes:
        signal: layer and state or gate.
        unit: its number.
        limit: the greatest absolute value in the text, which ±1 stands for.
        symbols: the text.
    """

    signal: str
    unit: int
    limit: float
    symbols: tuple[ReadSymbol, ...]

    @property
    def right(self) -> float:
        """Share of the symbols that the network's first guess had right."""
        return sum(bool(s.guesses) and s.guesses[0][0] == s.text for s in self.symbols) / len(self.symbols)

    def lines(self, columns: int) -> Iterator[tuple[ReadSymbol, ...]]:
        """Break the text behind its line ends, and where so many columns are full."""
        line: list[ReadSymbol] = []
        used = 0
        for symbol in self.symbols:
            if line and used + width(symbol) > columns:
                yield tuple(line)
                line, used = [], 0
            line.append(symbol)
            used += width(symbol)
            if symbol.text.endswith("\n"):
                yield tuple(line)
                line, used = [], 0
        if line:
            yield tuple(line)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        return {**asdict(self), "symbols": [asdict(symbol) for symbol in self.symbols], "right": self.right}

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Reading:
        """The inverse of `to_dict`; other keys are left alone."""
        symbols = tuple(
            ReadSymbol(s["text"], s["value"], tuple((g, c) for g, c in s["guesses"]), s["verdict"])
            for s in saved["symbols"]
        )
        return cls(saved["signal"], saved["unit"], saved["limit"], symbols)


def read_unit(capture: Capture, signal: str, unit: int, steps: slice = slice(None)) -> Reading:
    """Return some steps of a captured text as a unit reads them.

    Raises:
        FrontalError: the capture is of no text, or there is no such signal or unit.
    """
    if capture.index.kind != "text":
        raise FrontalError(f"{capture.folder} is a capture of {capture.index.kind}, not of a text")
    values = capture.unit(signal, unit, steps)
    first, stop, _ = steps.indices(len(capture))
    names: Sequence[str] = capture.index.facts["symbols"]
    ids = capture.track("symbol", steps)
    guesses, chances = _expected(capture, first, stop)
    limit = float(np.abs(values).max(initial=0)) or 1.0
    found = (
        _symbol(names, int(i), float(value) / limit, guess, chance)
        for i, value, guess, chance in zip(ids, values, guesses, chances, strict=True)
    )
    return Reading(capture.signal(signal).name, unit, limit, tuple(found))


def _expected(capture: Capture, first: int, stop: int) -> tuple[list[list[int]], list[list[float]]]:
    """Return what was expected at some steps, as the one before each said; nothing where no symbols are said."""
    if "guess" not in capture.index.tracks:
        return [[] for _ in range(first, stop)], [[] for _ in range(first, stop)]
    before = slice(max(first - 1, 0), stop - 1)
    guesses, chances = capture.track("guess", before), capture.track("chance", before)
    if first == 0:
        guesses, chances = (np.concatenate([part[:0], [_nothing(part)], part]) for part in (guesses, chances))
    return guesses.tolist(), chances.tolist()


def _nothing(part: NDArray[Any]) -> NDArray[Any]:
    """Return the guesses at the first symbol, of which there are none."""
    return np.full(part.shape[1], -1, dtype=part.dtype)


def _symbol(names: Sequence[str], i: int, value: float, guess: list[int], chance: list[float]) -> ReadSymbol:
    guesses = tuple((names[g], c) for g, c in zip(guess, chance, strict=True) if g >= 0)
    opinion = guesses and guesses[0][1] >= OPINION
    verdict = NONE if not opinion else RIGHT if guesses[0][0] == names[i] else WRONG
    return ReadSymbol(names[i], value, guesses, verdict)


def visible(text: str) -> str:
    """Return a symbol with white space that can be seen."""
    return "".join(VISIBLE.get(c, c if c.isprintable() else "�") for c in text) or VISIBLE[""]


def width(symbol: ReadSymbol) -> int:
    """Return the columns that a symbol needs with its guesses below it."""
    return max(len(visible(text)) for text in (symbol.text, *(guess for guess, _ in symbol.guesses)))
