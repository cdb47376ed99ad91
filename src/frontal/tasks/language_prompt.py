"""What stands before the text: read once, for however many texts follow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from frontal.data.styled_set import END
from frontal.data.tokenizer import Tokenizer
from frontal.errors import FrontalError
from frontal.layers.language_stepper import Floats, LanguageStepper
from frontal.tasks.language_match import unknown_symbols

AT_ONCE = 1024  # symbols that are read in one go


class Writer(Protocol):
    """What generation asks of a model: `LanguageModel`, and whatever has these."""

    styles: tuple[str, ...]

    @property
    def tokenizer(self) -> Tokenizer:
        """Text to symbols and back."""
        ...

    @property
    def start(self) -> int:
        """The symbol that stands before every text."""
        ...

    def stepper(self, batch: int = 1, style: str | None = None) -> LanguageStepper:
        """Return B streams."""
        ...


@dataclass(frozen=True)
class Prompt:
    """A prompt in symbols.

    Attributes:
        text: as it was given.
        ids: without what the model cannot spell, (N,).
        unknown: what was left out, each once.
    """

    text: str
    ids: NDArray[np.int64]
    unknown: list[str]

    @classmethod
    def of(cls, text: str, tokenizer: Tokenizer) -> Prompt:
        """Spell a text; what the symbols cannot spell is left out."""
        if not isinstance(text, str):
            raise FrontalError(f"the prompt must be a text, got {type(text).__name__}")
        ids = tokenizer.encode(text).astype(np.int64)
        known = ~np.isin(ids, unknown_symbols(tokenizer))
        return cls(text, ids[known], tokenizer.unknown(text))

    @property
    def note(self) -> str | None:
        """What a person should know of it."""
        if not self.unknown:
            return None
        shown = ", ".join(map(repr, self.unknown[:10])) + (" …" if len(self.unknown) > 10 else "")
        return f"The model has never seen {shown}: left out of the prompt."

    def last(self, tokenizer: Tokenizer) -> int | None:
        """Return the symbol that decides about a space before the text; None for none."""
        joins = tokenizer.kind == "words" and len(self.ids) and not self.text[-1:].isspace()
        return int(self.ids[-1]) if joins else None

    def read(
        self, model: Writer, batch: int, style: str | None, before: str | None = None
    ) -> tuple[LanguageStepper, Floats]:
        """Return B streams behind the prompt, and log-probabilities of the next symbol, (B, K).

        Args:
            model: what reads.
            batch: B.
            style: in which the text goes on, of a model with styles.
            before: in which the prompt is read, if not in that one.
        """
        stepper = model.stepper(1, style=before or style)
        ids = np.concatenate([[model.start], self.ids])
        for first in range(0, len(ids), AT_ONCE):
            log_p = stepper.read(ids[first : first + AT_ONCE])[-1:]
        if before:
            states, stepper = stepper.states, model.stepper(1, style=style)
            stepper.states = states
        if batch > 1:
            stepper.select(np.zeros(batch, dtype=np.int64))
        return stepper, np.repeat(log_p, batch, 0)  # pyright: ignore[reportPossiblyUnboundVariable], there is a start


def stops_of(model: Writer, stops: tuple[str, ...]) -> tuple[str, ...]:
    """Return what ends a text: what was asked for and, of texts with styles, their own end."""
    return (*stops, END) if model.styles else stops
