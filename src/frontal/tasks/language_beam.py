"""The likeliest text, looked for along several beginnings at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError
from frontal.layers.language_stepper import Floats
from frontal.tasks.language_generate_settings import GenerateSettings
from frontal.tasks.language_match import unknown_symbols
from frontal.tasks.language_prompt import Prompt, Writer, stops_of
from frontal.tasks.language_stops import Stops
from frontal.tasks.language_write import fitting, repetition_of, speaking


@dataclass(frozen=True)
class Found:
    """A text.

    Attributes:
        text: without what stopped it.
        log_p: natural logarithm of its probability behind the prompt.
        score: log_p / symbols ** length_power.
        symbols: that spell it, what stopped it included.
    """

    text: str
    log_p: float
    score: float
    symbols: int


def likeliest(model: Writer, prompt: Prompt, settings: GenerateSettings) -> list[Found]:
    """Return the `samples` likeliest texts that a search along `beams` beginnings finds, the best first.

    A text is over when it is `length` symbols long, at a stop, or, with `match`, where it matches: its
    probability then counts that of a next symbol that no longer fits.
    """
    search = _Search(model, prompt, settings)
    while search.goes_on():
        search.step()
    if not search.finished:
        raise FrontalError("the model's probabilities are not finite; its weights are broken, train it anew")
    return search.finished


@final
class _Search:
    def __init__(self, model: Writer, prompt: Prompt, settings: GenerateSettings) -> None:
        self.settings, self.tokenizer, self.last = settings, model.tokenizer, prompt.last(model.tokenizer)
        self.stops = stops_of(model, settings.stop)
        self.match = fitting(prompt, model.tokenizer, settings)
        self.repetition = repetition_of(prompt, 1, settings)
        self.stepper, self.log_p = prompt.read(model, 1, settings.style, settings.prompt_style)
        self.states = np.full(1, 0 if self.match is None else self.match.start)
        self.silent = len(unknown_symbols(model.tokenizer))
        self.symbols = np.empty((0, 1), dtype=np.int64)  # (t, B)
        self.alive = np.zeros(1)  # log-probabilities, (B,)
        self.finished: list[Found] = []

    def goes_on(self) -> bool:
        """Whether some beginning may still beat what is finished."""
        if not len(self.alive):
            return False
        if len(self.finished) < self.settings.samples:
            return True
        return bool(self.alive.max() / self.settings.length**self.settings.length_power > self.finished[-1].score)

    def step(self) -> None:
        """Go one symbol on along every beginning."""
        room = self.settings.length - len(self.symbols)
        if room == 0:
            for row in range(len(self.alive)):
                self._finish(row, self.alive[row])
            self.alive = self.alive[:0]
            return
        log_p = self.log_p.astype(np.float64)
        log_p[:, : self.silent] = -np.inf
        if self.match is not None:
            allowed = self.match.allowed(self.states, room)
            self._end_where_it_matches(log_p, allowed)
            log_p[~allowed] = -np.inf
        if self.repetition is not None:
            log_p = self.repetition.applied(log_p)
        self._take(self.alive[:, None] + log_p)

    def _end_where_it_matches(self, log_p: Floats, allowed: NDArray[np.bool_]) -> None:
        assert self.match is not None
        goes_on = np.where(allowed, np.exp(log_p), 0).sum(1)
        for row in np.flatnonzero(self.match.accepts[self.states] & (goes_on < 1)).tolist():
            self._finish(row, self.alive[row] + np.log1p(-goes_on[row]))

    def _take(self, total: Floats) -> None:
        """Keep the likeliest of all beginnings that are one symbol longer, (B, K)."""
        scores = total.ravel()
        order = np.argpartition(-scores, min(self.settings.beams, len(scores)) - 1)[: self.settings.beams]
        order = order[np.argsort(-scores[order])]
        order = order[np.isfinite(scores[order])]
        parents, ids = np.divmod(order, total.shape[1])
        self.alive, self.symbols = scores[order], np.concatenate([self.symbols[:, parents], ids[None]])
        goes_on = np.array([not self._stopped(row) for row in range(len(order))], dtype=bool)
        parents, ids = parents[goes_on], ids[goes_on]
        self.alive, self.symbols = self.alive[goes_on], self.symbols[:, goes_on]
        if self.match is not None:
            self.states = self.match.after(self.states[parents], ids)
        if self.repetition is not None:
            self.repetition.select(parents)
            self.repetition.add(ids)
        if len(ids) and len(self.symbols) < self.settings.length:
            self.stepper.select(parents)
            self.log_p = self.stepper.step(ids)

    def _stopped(self, row: int) -> bool:
        """Whether a beginning has come to a stop; it is finished then."""
        if not self.stops:
            return False
        _, over = self._text(row)
        if over:
            self._finish(row, self.alive[row])
        return over

    def _text(self, row: int) -> tuple[str, bool]:
        """Return the text of a beginning, and whether a stop ended it."""
        spell, stops = speaking(self.tokenizer, self.last), Stops(self.stops)
        text = "".join(stops.read(spell(i)) for i in self.symbols[:, row].tolist())
        return text + stops.rest(), stops.over

    def _finish(self, row: int, log_p: float) -> None:
        symbols = len(self.symbols)
        score = float(log_p) / max(symbols, 1) ** self.settings.length_power
        self.finished.append(Found(self._text(row)[0], float(log_p), score, symbols))
        self.finished.sort(key=lambda found: -found.score)
        del self.finished[self.settings.samples :]
