"""Texts with their styles: what one language model learns to tell apart and to write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from frontal.data.labelled_clean import label_text, listed
from frontal.errors import FrontalError

END = "\x03"  # ASCII's own "end of text": behind every text, and before the first character of one
LEAST = 5  # texts of a style, or parts of its long ones, that are needed to learn some and hold some out
LONG = 2000  # characters of a text, or of a part of one


@dataclass(frozen=True)
class Styled:
    """N texts, each in one of S styles.

    Attributes:
        name: the source, for messages.
        texts: (N,) of at least one character, with plain line ends.
        labels: (N,) the style of each.
        ids: (N,) where each stands in the source.
        split: (N,) "train" or "test" where the source says so, else None.
        notes: what was guessed or left out.
    """

    name: str
    texts: list[str]
    labels: list[str]
    ids: list[str]
    split: list[str] | None = None
    notes: list[str] = field(default_factory=list[str])

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def styles(self) -> tuple[str, ...]:
        """(S,) names, in the order of the alphabet."""
        return tuple(sorted(set(self.labels)))

    @property
    def numbers(self) -> NDArray[np.int64]:
        """(N,) the place of each text's style among `styles`."""
        place = {style: number for number, style in enumerate(self.styles)}
        return np.array([place[label] for label in self.labels], dtype=np.int64)

    def select(self, indices: Sequence[int] | NDArray[Any]) -> Self:
        """Some of the texts, in the order of `indices`: (M,) integers, or (N,) booleans."""
        places = np.asarray(indices)
        chosen = [int(place) for place in (np.flatnonzero(places) if places.dtype == np.bool_ else places)]
        return replace(
            self,
            texts=[self.texts[place] for place in chosen],
            labels=[self.labels[place] for place in chosen],
            ids=[self.ids[place] for place in chosen],
            split=None if self.split is None else [self.split[place] for place in chosen],
        )

    @classmethod
    def from_lists(cls, texts: Iterable[str], labels: Iterable[Any], name: str = "the data") -> Styled:
        """Take texts and labels that are in memory; see `assemble_styled` for what is refused.

        >>> Styled.from_lists(["Oslo", "Bergen", "Roma", "Pisa"], ["no", "no", "it", "it"]).styles
        ('it', 'no')
        """
        texts, names = list(texts), [label_text(label) for label in labels]
        if len(texts) != len(names):
            raise FrontalError(f"{name}: {len(texts)} texts, but {len(names)} labels; each text needs one")
        wrong = next((place for place, text in enumerate(texts) if not isinstance(text, str)), None)
        if wrong is not None:
            raise FrontalError(f"{name}: text {wrong} is {type(texts[wrong]).__name__}, where a text is expected")
        return assemble_styled(cls(name, texts, names, [str(place) for place in range(len(texts))]))


def assemble_styled(data: Styled, *, most: int | None = None) -> Styled:
    """What every reader of styled texts ends with: line ends made plain, what is empty left out and noted.

    Args:
        data: as read.
        most: styles that are kept, those with the most characters.

    Raises:
        FrontalError: nothing is left, there is one style only, or a text cannot be written as UTF-8.
    """
    notes = data.notes
    texts = [text.replace("\r\n", "\n").replace("\r", "\n").strip("\n") for text in data.texts]
    data = replace(data, texts=texts)
    for what, cells in (("text", data.texts), ("label", data.labels)):
        empty = [data.ids[place] for place, cell in enumerate(cells) if not cell.strip()]
        if empty and len(empty) < len(data):
            notes.append(f"Without a {what}: {len(empty)} ({listed(empty)}); left out.")
    data = data.select([place for place in range(len(data)) if data.texts[place].strip() and data.labels[place]])
    if not len(data):
        raise FrontalError(f"{data.name} holds no text with a label")
    for text, place in zip(data.texts, data.ids, strict=True):
        _refuse_unwritable(text, f"{data.name}, {place}")
    if most is not None:
        data = _largest(data, most)
    if len(styles := list(data.styles)) < 2:
        raise FrontalError(
            f"{data.name}: all {len(data)} texts have the style {styles[0]!r}; two styles are needed at least "
            "(one alone is an ordinary language model: leave --style out)"
        )
    return data


def in_parts(data: Styled) -> Styled:
    """Return texts of at most `LONG` characters: longer ones are cut, at line ends where there are any; noted."""
    rows: list[tuple[str, str, str, int]] = []
    for place, text in enumerate(data.texts):
        parts = list(_parts(text))
        names = (
            [data.ids[place]] if len(parts) == 1 else [f"{data.ids[place]}, part {k + 1}" for k in range(len(parts))]
        )
        rows += [(part, data.labels[place], name, place) for part, name in zip(parts, names, strict=True)]
    if len(rows) == len(data):
        return data
    long = sum(len(text) > LONG for text in data.texts)
    note = f"Texts of more than {LONG} characters: {long}; cut into parts, each of which begins anew."
    split = None if data.split is None else [data.split[place] for *_, place in rows]
    return Styled(
        data.name, [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], split,
        [*data.notes, note],
    )  # fmt: skip


def _parts(text: str) -> Iterator[str]:
    while len(text) > LONG:
        stop = text.rfind("\n", LONG // 2, LONG)
        stop = LONG if stop < 0 else stop
        yield text[:stop]
        text = text[stop:].lstrip("\n")
    if text.strip():
        yield text


def _refuse_unwritable(text: str, where: str) -> None:
    lone = next((place for place, letter in enumerate(text) if "\ud800" <= letter <= "\udfff"), None)
    if lone is not None:
        raise FrontalError(f"{where}: character {lone} is half of a surrogate pair ({text[lone]!r}); it is no text")
    if END in text:
        raise FrontalError(f"{where}: the control character {END!r} marks the end of a text and cannot stand within")


def _largest(data: Styled, most: int) -> Styled:
    sizes: Counter[str] = Counter()
    for text, label in zip(data.texts, data.labels, strict=True):
        sizes[label] += len(text)
    kept = {label for label, _ in sizes.most_common(most)}
    if len(kept) < len(sizes):
        left = sum(label not in kept for label in data.labels)
        data.notes.append(f"The {most} largest of {len(sizes)} styles are kept; {left} texts of others are left out.")
    return data.select([place for place, label in enumerate(data.labels) if label in kept])
