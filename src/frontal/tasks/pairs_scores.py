"""How good translations are: BLEU and chrF by sacrebleu, and how many are exactly right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from frontal.errors import FrontalError


@dataclass(frozen=True)
class Scores:
    """Of all translations together.

    Attributes:
        bleu: Papineni et al. 2002, 0 .. 100.
        chrf: Popović 2015, 0 .. 100.
        exact: share of the texts that are right to the last character.
    """

    bleu: float
    chrf: float
    exact: float

    def row(self, name: str) -> dict[str, Any]:
        """Return a row of a table."""
        return {"translations": name, "BLEU": self.bleu, "chrF": self.chrf, "exactly right": self.exact}


def scores(answers: Sequence[str], wanted: Sequence[str]) -> Scores:
    """Compare answers with what is right, each (N,), N >= 1."""
    metrics = _metrics()
    bleu, chrf = (metric.corpus_score(list(answers), [list(wanted)]).score for metric in metrics)
    return Scores(bleu, chrf, sum(a == w for a, w in zip(answers, wanted, strict=True)) / len(wanted))


def signatures(wanted: Sequence[str]) -> tuple[str, str]:
    """Return how sacrebleu names what it measures, of BLEU and of chrF, so that others can measure the same."""
    found: list[str] = []
    for metric in _metrics():
        metric.corpus_score(list(wanted), [list(wanted)])
        found.append(str(metric.get_signature()))
    return found[0], found[1]


def _metrics() -> tuple[Any, Any]:
    try:
        from sacrebleu.metrics.bleu import BLEU  # noqa: PLC0415 - an extra
        from sacrebleu.metrics.chrf import CHRF  # noqa: PLC0415
    except ImportError:
        raise FrontalError("BLEU and chrF need the package sacrebleu: pip install 'frontal[text]'") from None
    return BLEU(), CHRF()
