"""Texts to learn from: one or many, in memory or on disk, read piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random

from frontal.data.textfile import open_text
from frontal.data.tokenizer import REPLACEMENT, without_surrogates

PIECE = 1 << 20  # characters that are read at a time, and on to the end of the line


@dataclass(frozen=True)
class Document:
    """One text.

    Attributes:
        name: for people.
        characters: how many it has.
        source: the file, or the text itself.
    """

    name: str
    characters: int
    source: Path | str

    def pieces(self) -> Iterator[str]:
        """Yield the text, with all line ends as one \\n."""
        if isinstance(self.source, str):
            yield self.source
            return
        with open_text(self.source, []) as file:
            while piece := file.read(PIECE):
                yield one_line_end(piece + file.readline(PIECE))


@dataclass(frozen=True)
class Span:
    """Characters `first` .. `stop` of a document."""

    document: Document
    first: int
    stop: int

    def pieces(self) -> Iterator[str]:
        """Yield these characters."""
        before = 0
        for piece in self.document.pieces():
            inside = piece[max(0, self.first - before) : max(0, self.stop - before)]
            if inside:
                yield inside
            before += len(piece)
            if before >= self.stop:
                return


@dataclass(frozen=True)
class Corpus:
    """Texts one after the other.

    Attributes:
        name: for people.
        spans: parts of documents, in the order in which they are read.
        notes: what was guessed or repaired.
    """

    name: str
    spans: tuple[Span, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, documents: list[Document], notes: list[str]) -> Corpus:
        """Return whole documents as a corpus."""
        return cls(name, tuple(Span(d, 0, d.characters) for d in documents if d.characters), tuple(notes))

    @classmethod
    def of_text(cls, text: str) -> Corpus:
        """Return a text in memory; line ends become \\n, and half surrogate pairs U+FFFD."""
        whole = one_line_end(without_surrogates(text))
        notes = ["Line ends were made \\n."] if "\r" in text else []
        if whole.count(REPLACEMENT) > text.count(REPLACEMENT):
            notes.append("Halves of surrogate pairs, which are no characters, were made U+FFFD.")
        return cls.of("text", [Document("text", len(whole), whole)], notes)

    def __len__(self) -> int:
        return sum(span.stop - span.first for span in self.spans)

    def pieces(self) -> Iterator[str]:
        """Yield the text, a few million characters at a time at most."""
        for span in self.spans:
            yield from span.pieces()

    def split(self, share: float, *, most: int, seed: int) -> tuple[Corpus, Corpus, str]:
        """Keep a part for testing.

        Many documents are kept whole: those for testing are drawn by chance, with `seed`. A single
        one, or a few that are too long for it, is cut: its end is for testing.

        Args:
            share: part of the characters, 0 to 1.
            most: characters of the part, at most.
            seed: of the draw.

        Returns:
            What is left, the part, and a sentence's end that says how it was chosen.
        """
        wanted = min(round(share * len(self)), most)
        drawn = self._drawn(wanted, seed)
        if drawn:
            left = tuple(span for span in self.spans if span not in drawn)
            how = f"{len(drawn)} of {len(self.spans)} files, drawn by chance"
            return self._with(left), self._with(tuple(drawn)), how
        left, part = self._cut(len(self) - wanted)
        return left, part, f"the last {wanted} of {len(self)} characters"

    def end(self, most: int) -> Corpus:
        """Return the last characters, so many at most."""
        return self._cut(max(0, len(self) - most))[1]

    def _cut(self, at: int) -> tuple[Corpus, Corpus]:
        """Return the first `at` characters, and the others."""
        ends = list(accumulate(span.stop - span.first for span in self.spans))
        left, part = list[Span](), list[Span]()
        for span, end in zip(self.spans, ends, strict=True):
            middle = min(max(span.stop - (end - at), span.first), span.stop)
            left += [Span(span.document, span.first, middle)] if middle > span.first else []
            part += [Span(span.document, middle, span.stop)] if middle < span.stop else []
        return self._with(tuple(left)), self._with(tuple(part))

    def _drawn(self, wanted: int, seed: int) -> list[Span]:
        """Draw documents that have so many characters together, or nearly; none where that cannot be."""
        order = list(self.spans)
        Random(seed).shuffle(order)
        drawn, room = list[Span](), wanted
        for span in order:
            if span.stop - span.first <= room:
                drawn.append(span)
                room -= span.stop - span.first
        return drawn if room <= wanted // 4 and wanted else []

    def _with(self, spans: tuple[Span, ...]) -> Corpus:
        return Corpus(self.name, spans, self.notes)


def one_line_end(text: str) -> str:
    """Return text in which every line end, of Windows or of old Macs, is \\n."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
