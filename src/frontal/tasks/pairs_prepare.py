"""What happens to pairs before a network sees them: parts, guesses, limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from frontal.data.pairs import Pairs
from frontal.data.ragged import Ragged
from frontal.errors import FrontalError
from frontal.tasks.pairs_settings import PairsSettings
from frontal.tasks.pairs_spelling import Spelling
from frontal.tasks.pairs_training import Spelled

LEAST = 10  # pairs to learn from
OWN, GIVEN = "The data have their own parts.", "The parts were given."
FEW, MANY = 400, 8000  # symbols of a guessed vocabulary


@dataclass(frozen=True)
class Parts:
    """Pairs to learn, to stop the training, and to test; and one sentence on who chose them."""

    train: Pairs
    valid: Pairs | None
    test: Pairs | None
    said: str


def split(pairs: Pairs, settings: PairsSettings, *, valid: Pairs | None = None, test: Pairs | None = None) -> Parts:
    """Take the parts given, else those that the data have, else draw them; equal sources are never in two parts."""
    train = pairs.part("train") or (pairs if pairs.split is None else None)
    if train is None:
        raise FrontalError(f"{pairs.name} has no training part")
    valid, test = valid or pairs.part("valid"), test or pairs.part("test")
    drawn: list[str] = []
    rng = np.random.default_rng(settings.seed)
    for name in ("test", "valid"):
        part = settings.test if name == "test" else settings.valid
        if (test if name == "test" else valid) is not None or not part:
            continue
        chosen = _drawn(train, part, rng)
        if not chosen.any() or (~chosen).sum() < LEAST:
            raise FrontalError(
                f"{pairs.name}: {len(train)} pairs are too few to keep {part:.0%} of them as the {name} part; "
                f"give more pairs, a {name} part of their own, or {name}=0"
            )
        kept, train = train.select(chosen), train.select(~chosen)
        drawn.append(f"{len(kept)} pairs were drawn for the {name} part")
        test, valid = (kept, valid) if name == "test" else (test, kept)
    said = "; ".join(drawn) + ", no source of which is learned." if drawn else OWN if pairs.split else GIVEN
    if len(train) < LEAST:
        raise FrontalError(f"{pairs.name}: {len(train)} pairs to learn from are too few; at least {LEAST} are needed")
    return Parts(train, valid, test, said)


def complete(settings: PairsSettings, train: Pairs) -> tuple[PairsSettings, list[str]]:
    """Fill in what was left to be guessed; say what that was."""
    guesses: dict[str, object] = {}
    if settings.vocabulary is None and settings.symbols in ("bpe", "words"):
        guesses["vocabulary"] = min(MANY, max(FEW, len(train) // 7))
    if settings.batch_size is None:
        guesses["batch_size"] = min(64, max(8, len(train) // 100))
    if settings.embedding is None:
        guesses["embedding"] = settings.hidden
    if settings.tied is None:
        guesses["tied"] = settings.embedding in (None, settings.hidden)
    named = ", ".join(f"{name}={str(value).casefold()}" for name, value in guesses.items())
    return settings.replace(**guesses), [f"Guessed: {named}."] if guesses else []


def spell(pairs: Pairs, spelling: Spelling, longest: int | None) -> tuple[Spelled, list[str]]:
    """Return pairs as symbols, without those of which a side is longer than `longest`; say how many those were."""
    sources = [spelling.source.encode(text) for text in pairs.sources]
    targets = [spelling.target.encode(text) for text in pairs.targets]
    long = [row for row, (s, t) in enumerate(zip(sources, targets, strict=True)) if _longer(s, t, longest)]
    if not long:
        return Spelled(Ragged(sources), Ragged(targets)), []
    if len(long) == len(sources):
        raise FrontalError(f"{pairs.name}: every pair has a side of more than {longest} symbols; set longest higher")
    out = set(long)
    note = (
        f"{pairs.name}: pairs with a side of more than {longest} symbols: {len(long)}; they are left out "
        f"(longest={longest}). The first begins: {pairs.sources[long[0]][:40]!r}"
    )
    sources, targets = ([text for row, text in enumerate(side) if row not in out] for side in (sources, targets))
    return Spelled(Ragged(sources), Ragged(targets)), [note]


def _longer(source: torch.Tensor, target: torch.Tensor, longest: int | None) -> bool:
    return longest is not None and max(len(source), len(target)) - 1 > longest


def _drawn(pairs: Pairs, part: float, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Draw about a part of the pairs, bool (N,), equal sources together."""
    kinds = list(dict.fromkeys(pairs.sources))
    count = max(1, round(part * len(kinds)))
    chosen = {kinds[place] for place in rng.permutation(len(kinds))[:count].tolist()}
    return np.array([text in chosen for text in pairs.sources])
