"""One answer, how sure it is, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from frontal.diagnostics.attention_facts import FactAttention

SHOWN = 3  # likeliest answers


@dataclass(frozen=True)
class Reply:
    """What an answerer replies.

    Attributes:
        ranking: every answer there is with its probability, the likeliest first.
        looked: where the network looked.
        unknown: words that were never learned; what they say was not understood.
        needed: those of them that stand in the question or in a fact that was looked at.
        sure_from: probability from which the answer counts as sure.
    """

    ranking: list[tuple[str, float]]
    looked: FactAttention
    unknown: list[str]
    needed: list[str]
    sure_from: float

    @property
    def answer(self) -> str:
        """The likeliest answer."""
        return self.ranking[0][0]

    @property
    def probability(self) -> float:
        """Of that answer."""
        return self.ranking[0][1]

    @property
    def sure(self) -> bool:
        """Whether the answer can be relied on: likely enough, and no word missing that it rests on."""
        return self.probability >= self.sure_from and not self.needed

    def lines(self) -> list[str]:
        """Return what to tell a person: the answer, any doubt, and the facts beside the attention of each hop."""
        said = f"{self.answer}  ({self.probability:.0%})"
        if not self.sure:
            others = ", ".join(f"{name} {share:.0%}" for name, share in self.ranking[1:SHOWN])
            said += f"  I am not sure; next would be {others}."
        lines = [said]
        for words, means in ((self.needed, "so this is a guess"), (self._not_needed, "which did not matter here")):
            if words:
                lines.append(f"I never learned {', '.join(map(repr, words))}, {means}.")
        return lines + (self.looked.bars() if len(self.looked.weights) else [])

    @property
    def _not_needed(self) -> list[str]:
        return [word for word in self.unknown if word not in self.needed]

    def to_dict(self) -> dict[str, Any]:
        """Names and values as JSON can hold them."""
        return {
            "question": self.looked.question, "answer": self.answer, "probability": self.probability,
            "sure": self.sure, "unknown_words": self.unknown,
            "ranking": [{"answer": name, "probability": share} for name, share in self.ranking[:SHOWN]],
            "facts": list(self.looked.facts), "attention": self.looked.weights.tolist(),
        }  # fmt: skip
