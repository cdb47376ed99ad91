"""Writing by drawing: symbol by symbol, several texts side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from secrets import randbelow
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from frontal.data.tokenizer import Tokenizer
from frontal.errors import FrontalError
from frontal.layers.language_stepper import Floats
from frontal.tasks.language_generate_settings import GenerateSettings
from frontal.tasks.language_match import Match, unknown_symbols
from frontal.tasks.language_prompt import Prompt, Writer, stops_of
from frontal.tasks.language_repetition import Repetition
from frontal.tasks.language_sampling import Draws, weights
from frontal.tasks.language_stops import Stops

TEMPERATURE = 0.8


@final
class Texts:
    """N texts being written behind a prompt; iterating gives the N new pieces of each step, "" where one is over.

    Args:
        model: a fitted language model.
        prompt: what stands before them.
        settings: how to draw.

    Attributes:
        settings: with seed and temperature filled in.
        symbols: that were written so far, of all texts.
    """

    def __init__(self, model: Writer, prompt: Prompt, settings: GenerateSettings) -> None:
        seed = randbelow(2**31) if settings.seed is None else settings.seed
        temperature = TEMPERATURE if settings.temperature is None else settings.temperature
        self.settings = settings.replace(seed=seed, temperature=temperature)
        self._tokenizer, self.symbols = model.tokenizer, 0
        self._match = fitting(prompt, model.tokenizer, settings)
        self._stops = stops_of(model, settings.stop)
        self._last = prompt.last(model.tokenizer)
        self._silent = len(unknown_symbols(model.tokenizer))  # they are the first
        N = settings.samples
        self._stepper, self._said = prompt.read(model, N, settings.style, settings.prompt_style)
        self._repetition = repetition_of(prompt, N, settings)
        self._draws = Draws(N, seed)

    def __iter__(self) -> Iterator[list[str]]:
        """Write on, to the end."""
        rows = range(self.settings.samples)
        spell = [speaking(self._tokenizer, self._last) for _ in rows]
        stops = [Stops(self._stops) for _ in rows]
        over = [False for _ in rows]
        for ids, fits in self._symbols():
            pieces: list[str] = []
            for row, (i, fit) in enumerate(zip(ids, fits, strict=True)):
                over[row] = over[row] or not fit
                pieces.append("" if over[row] else stops[row].read(spell[row](i)))
                self.symbols += not over[row]
                over[row] = over[row] or stops[row].over
            yield pieces
            if all(over):
                break
        yield [stop.rest() for stop in stops]

    def _symbols(self) -> Iterator[tuple[list[int], list[bool]]]:
        """Yield the next symbol of each text, and whether it belongs to it: else the text was over before."""
        s, repetition, said = self.settings, self._repetition, self._said
        choice: dict[str, Any] = {"temperature": s.temperature, "top_k": s.top_k, "top_p": s.top_p, "min_p": s.min_p}
        follow = None if self._match is None else _Follow(self._match, s.samples)
        fits = [True] * s.samples
        for room in range(s.length, 0, -1):
            said[:, : self._silent] = -np.inf
            if follow is not None:
                follow.restrict(said, room)
            if repetition is not None:
                said = repetition.applied(said)
            ids = self._draws.pick(weights(said, **choice))
            if follow is not None:
                fits = follow.read(ids)
            yield ids.tolist(), fits
            if room > 1:
                if repetition is not None:
                    repetition.add(ids)
                said = self._stepper.logits(ids.item() if s.samples == 1 else ids)


@final
class _Follow:
    """Where N texts are in an expression."""

    def __init__(self, match: Match, count: int) -> None:
        self.match, self.states, self.rows = match, np.full(count, match.start), np.arange(count)
        self.allowed = np.empty((0, 0), dtype=bool)

    def restrict(self, said: Floats, room: int) -> None:
        """Leave to each text the symbols that fit, or all where it matches already; in place."""
        self.allowed = self.match.allowed(self.states, room)
        said[~(self.allowed | self.match.accepts[self.states, None])] = -np.inf

    def read(self, ids: NDArray[np.int64]) -> list[bool]:
        """Take the symbol drawn for each text; return whether it fits."""
        fits = self.allowed[self.rows, ids]
        self.states = np.where(fits, self.match.after(self.states, ids), self.states)
        return fits.tolist()


def fitting(prompt: Prompt, tokenizer: Tokenizer, settings: GenerateSettings) -> Match | None:
    """Return what the text must match; one that cannot be that short raises `FrontalError`."""
    if settings.match is None:
        return None
    match = Match(settings.match, tokenizer, last=prompt.last(tokenizer))
    least = int(match.left[match.start])
    if least > settings.length:
        raise FrontalError(f"a text that matches {settings.match!r} has {least} symbols at least; raise length")
    return match


def repetition_of(prompt: Prompt, batch: int, settings: GenerateSettings) -> Repetition | None:
    """Return what keeps texts from repeating themselves and the prompt, if anything shall."""
    if settings.repetition == 1 and settings.no_repeat is None:
        return None
    written = np.repeat(prompt.ids[:, None], batch, 1)
    return Repetition(written, power=settings.repetition, window=settings.window, no_repeat=settings.no_repeat)


def speaking(tokenizer: Tokenizer, last: int | None) -> Callable[[int], str]:
    """Return a function from the next symbol to the text that it adds behind symbol `last`."""
    spell = tokenizer.streaming()
    if last is not None:
        spell(last)
    return spell
