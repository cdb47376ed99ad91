"""Pairs of texts: what is said, and how it is said in another way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from frontal.data.tokenizer import without_surrogates
from frontal.errors import FrontalError

PARTS = ("train", "valid", "test")


@dataclass(frozen=True)
class Pairs:
    """N pairs of texts.

    Attributes:
        name: where they come from, for messages.
        sources: N texts.
        targets: N texts.
        languages: what the two sides are called, such as ("en", "fr").
        split: one of `PARTS` a pair; None where the data have no split of their own.
        notes: what was guessed or left out.
    """

    name: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    languages: tuple[str, str] = ("source", "target")
    split: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.sources)

    def select(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Self:
        """Return some pairs, by a mask or by their places."""
        places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        sources, targets = (tuple(side[place] for place in places) for side in (self.sources, self.targets))
        split = None if self.split is None else tuple(self.split[place] for place in places)
        return replace(self, sources=sources, targets=targets, split=split)

    def part(self, name: str) -> Self | None:
        """Return the pairs of a part, without their split; None if there are none."""
        if self.split is None or name not in self.split:
            return None
        return replace(self.select(np.array(self.split) == name), split=None)

    def swapped(self) -> Self:
        """Return the pairs with source and target exchanged."""
        return replace(self, sources=self.targets, targets=self.sources, languages=self.languages[::-1])


def pairs_of(
    name: str, sources: Sequence[str], targets: Sequence[str], *, languages: tuple[str, str] = ("source", "target"),
    notes: Sequence[str] = (), place: Callable[[int], str] = lambda row: f"pair {row + 1}",
) -> Pairs:  # fmt: skip
    """Return the pairs of two lists as long as each other; those with an empty side are left out, which is noted.

    Args:
        name: of the data.
        sources: texts; spaces at their ends are cut off.
        targets: texts.
        languages: of the two sides.
        notes: what is known about them already.
        place: says where a row, counted from 0, stands.
    """
    cut = [(_clean(s), _clean(t)) for s, t in zip(sources, targets, strict=True)]
    empty = [row for row, (s, t) in enumerate(cut) if not s or not t]
    said = list(notes)
    if empty:
        said.append(f"{name}: pairs with an empty side: {len(empty)} ({place(empty[0])} first); they are left out.")
    kept = [pair for pair in cut if all(pair)]
    if not kept:
        raise FrontalError(f"{name} holds no pair of texts" + (": in every pair a side is empty" if empty else ""))
    return Pairs(name, *(tuple(side) for side in zip(*kept, strict=True)), languages=languages, notes=tuple(said))


def joined(parts: dict[str, Pairs]) -> Pairs:
    """Return the pairs of several parts, by the names of `PARTS`, as one with a split."""
    first = next(iter(parts.values()))
    return replace(
        first,
        sources=tuple(s for part in parts.values() for s in part.sources),
        targets=tuple(t for part in parts.values() for t in part.targets),
        split=tuple(name for name, part in parts.items() for _ in part.sources),
        notes=tuple(note for part in parts.values() for note in part.notes),
    )


def _clean(text: object) -> str:
    if not isinstance(text, str):
        raise FrontalError(f"a side of a pair must be a text, got {type(text).__name__}: {str(text)[:50]!r}")
    return without_surrogates(text).strip()
