"""The words that a keyboard knows, letter by letter."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from unicodedata import category

TEST_FILE = "test.txt"  # of a run: the beginning of the part that was kept for testing
KEPT = 50_000  # words of a corpus, the most frequent ones
COUNTED = 50_000_000  # characters of a corpus in which words are counted
START, NOWHERE = 0, -1


@cache
def is_letter(character: str) -> bool:
    """Tell whether a character belongs to a word: letters, digits, marks on letters, apostrophes."""
    return category(character)[0] in "LMN" or character in "'’"


def count_words(texts: Iterable[str]) -> Counter[str]:
    """Count the words of texts, large and small letters apart.

    >>> count_words(["'Tis o'er the sea, the sea!"]).most_common(3)
    [('the', 2), ('sea', 2), ("'Tis", 1)]
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(match[0] for match in find_words(text))
    return counts


def common_words(pieces: Iterable[str]) -> dict[str, int]:
    """Return the most frequent words of the beginning of a corpus, and how often they stand there."""
    counts: Counter[str] = Counter()
    seen = 0
    for piece in pieces:
        counts.update(count_words([piece]))
        seen += len(piece)
        if seen > COUNTED:
            break
    return dict(counts.most_common(KEPT))


def find_words(text: str, start: int = 0, end: int | None = None) -> Iterator[re.Match[str]]:
    """Yield the words of a part of a text."""
    return _pattern(ascii_only=text.isascii()).finditer(text, start, len(text) if end is None else end)


@cache
def _pattern(*, ascii_only: bool) -> re.Pattern[str]:
    """Return what a run of letters is, as `is_letter` says, with more than apostrophes in it."""
    marks = "" if ascii_only else "".join(map(chr, (c for c in range(0x300, 0x20000) if category(chr(c))[0] == "M")))
    letter = rf"(?:[^\W_]{f'|[{re.escape(marks)}]' if marks else ''})"
    return re.compile(rf"['’]*{letter}(?:{letter}|['’])*")


def words_to_text(counts: Mapping[str, int]) -> str:
    """Write words and how often they stand, a word a line, as a run keeps them."""
    return "\n".join(f"{word} {count}" for word, count in counts.items())


def words_from_text(text: str) -> dict[str, int]:
    """The inverse of `words_to_text`."""
    return {word: int(count) for word, count in (line.split(" ") for line in text.splitlines())}


class Trie:
    """Words as paths of letters from node `START`.

    Example:
        >>> trie = Trie(["the", "then"])
        >>> trie.walk(START, "the") == trie.walk(trie.walk(START, "th"), "e"), trie.walk(START, "tx")
        (True, -1)
        >>> "the" in trie, "th" in trie
        (True, False)
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self.after: list[dict[str, int]] = [{}]
        """the nodes behind each node, by letter"""
        self.ends = [False]
        """whether a word ends at each node"""
        for word in words:
            self.add(word)

    def add(self, word: str) -> None:
        """Take in one more word."""
        node = START
        for letter in word:
            behind = self.after[node].get(letter)
            if behind is None:
                behind = self.after[node][letter] = len(self.after)
                self.after.append({})
                self.ends.append(False)
            node = behind
        self.ends[node] = True

    def walk(self, node: int, letters: str) -> int:
        """Return the node that letters lead to, or `NOWHERE`."""
        for letter in letters:
            if node == NOWHERE:
                return NOWHERE
            node = self.after[node].get(letter, NOWHERE)
        return node

    def __contains__(self, word: str) -> bool:
        node = self.walk(START, word)
        return node != NOWHERE and self.ends[node]

    def __iter__(self) -> Iterator[str]:
        """Yield the words in order of their letters."""
        open_nodes = [("", START)]
        while open_nodes:
            text, node = open_nodes.pop()
            if self.ends[node]:
                yield text
            open_nodes += [(text + letter, behind) for letter, behind in sorted(self.after[node].items(), reverse=True)]
