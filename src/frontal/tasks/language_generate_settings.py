"""Every setting of text generation: one home, one type, one default, one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from frontal.errors import FrontalError
from frontal.tasks.language_match_expression import Expressions
from frontal.tasks.language_match_parse import parse
from frontal.training.task_settings import TaskSettings


@dataclass(frozen=True)
class GenerateSettings(TaskSettings):
    """How a language model writes.

    Symbols are the model's: characters, bytes, pieces of words, or words. What restricts the choice
    of the next one works in this order: match, repetition, temperature, top_k, top_p, min_p.
    """

    length: int = 500
    """symbols to write, at most"""
    temperature: float | None = None
    """0 takes the likeliest symbol, 1 draws as the model believes, above is wilder; default: 0.8"""
    top_k: int | None = None
    """draw among so many symbols, the likeliest"""
    top_p: float | None = None
    """draw among the fewest symbols, the likeliest first, whose probabilities reach this sum [above 0, to 1]"""
    min_p: float | None = None
    """draw among the symbols that are at least this part as likely as the likeliest [0 to 1]"""
    repetition: float = 1.0
    """raise the probability of symbols used lately to this power; 1 does nothing"""
    window: int = 64
    """how many of the last symbols count as lately"""
    no_repeat: int | None = None
    """no run of so many symbols comes twice, unless nothing else is left"""
    beams: int = 1
    """above 1: look for the likeliest text along so many at once, in place of drawing"""
    length_power: float = 0.0
    """beams compete by log-probability / symbols ** this; 0 favours short texts, where match or stop end them"""
    match: str | None = None
    """regular expression that the whole text must match; where it does, the text ends as soon as the next symbol,
    drawn freely, no longer fits"""
    stop: tuple[str, ...] = ()
    """texts that end the text; they are left out"""
    samples: int = 1
    """texts to write, side by side"""
    style: str | None = None
    """of a model that has learned several; irish=1,russian=3 is a blend, whose vector is the mean of theirs"""
    prompt_style: str | None = None
    """style in which the prompt is read, where the text goes on in another; default: the same"""
    seed: int | None = None
    """of the draws; default: another one each time"""

    least: ClassVar = {"length": 1, "temperature": 0, "top_k": 1, "min_p": 0, "repetition": 1, "window": 1,
                       "no_repeat": 1, "beams": 1, "length_power": 0, "samples": 1, "seed": 0}  # fmt: skip
    positive: ClassVar = ("top_p",)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("top_p", "min_p"):
            if (getattr(self, name) or 0) > 1:
                raise FrontalError(f"{name} must be at most 1, got {getattr(self, name)}")
        if "" in self.stop:
            raise FrontalError("stop must be texts of at least one character")
        if self.match is not None:
            parse(self.match, Expressions())
        if self.match is not None and self.stop:
            raise FrontalError("match says where the text ends; leave stop out, or write it into the expression")
        if self.beams > 1:
            self._check_beams()

    def _check_beams(self) -> None:
        for name in ("temperature", "top_k", "top_p", "min_p"):
            if getattr(self, name) is not None:
                raise FrontalError(f"beams={self.beams} draws nothing, so {name} has no meaning; leave one of them out")
        if self.samples > self.beams:
            raise FrontalError(f"samples={self.samples} texts need at least as many beams, got beams={self.beams}")

    @classmethod
    def given(cls, options: dict[str, Any]) -> Self:
        """Build settings from options by name, where `stop` may be one text."""
        if isinstance(options.get("stop"), str):
            options = options | {"stop": (options["stop"],)}
        return cls.from_options(None, **options)
