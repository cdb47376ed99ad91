"""The likeliest words at a place: best-first search through the model's tree, the known words and a channel.

A path's score is an upper bound of the score of every word behind it: log p(letters so far | text before),
plus the best that the channel can still give, less a price once no known word begins so. The paths with the
best scores are followed first, many in one step of the model; the search ends when as many words as were
asked for are better than every path that is left, and is then exact, or when its steps are used up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush, nlargest
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from frontal.tasks.language_suggest_spelling import Spelling
from frontal.tasks.language_suggest_tree import Engine, Floats, Node
from frontal.tasks.language_suggest_trie import NOWHERE, START, Trie
from frontal.tasks.language_typos import NEVER, Alignment, Typed

WIDTH = 96  # symbols that are followed behind a path
UNASKED = 16  # paths in one step of the model
TOGETHER = 64  # paths looked at together, those that the model was asked about before included
HOPELESS = NEVER / 2


@dataclass(frozen=True)
class Query:
    """What is searched for.

    Attributes:
        root: behind the word before, and before the space where that belongs to the word's symbol.
        typed: what was typed behind the root, through the channel.
        text: the same, as letters.
        lead: the space, or "".
        whole: whether what was typed is a whole word, or only its beginning.
        count: words that are wanted.
        exact: whether the channel makes no mistakes.
    """

    root: Node
    typed: Typed
    text: str
    lead: str = ""
    whole: bool = False
    count: int = 3
    exact: bool = True


@dataclass(frozen=True)
class Found:
    """A word that the model and the channel allow.

    Attributes:
        word: in the letters of the symbols.
        logp: log-probability that it stands here, given the text before.
        channel: log-probability of what was typed, given the word.
        known: whether it is among the known words.
    """

    word: str
    logp: float
    channel: float
    known: bool


class _Path(NamedTuple):
    node: Node
    trie: int
    place: Alignment
    """of one word"""


class _Behind(NamedTuple):
    """What stands behind one path: symbols in the order of their scores."""

    path: _Path
    symbols: NDArray[np.int64]  # (W,)
    scores: Floats  # (W,), falling
    tries: NDArray[np.int64]  # (W,)
    places: Alignment  # of W words


class Search:
    """Finds words.

    Args:
        engine: asks the model.
        spelling: of its symbols.
        trie: the known words, in the letters of the symbols.
        unknown: log-probability that a word is none of them; 0 if none are known.
        steps: of the model, at most, for one search.
    """

    def __init__(self, engine: Engine, spelling: Spelling, trie: Trie, *, unknown: float, steps: int) -> None:
        self.engine, self.spelling, self.trie = engine, spelling, trie
        self.unknown, self.steps = np.float32(unknown), steps

    def words(self, query: Query) -> list[Found]:
        """Return at least `query.count` words if there are so many, the best first."""
        found: dict[str, tuple[float, Found]] = {}
        heap: list[tuple[float, int, _Behind, int]] = []
        steps = tie = 0
        paths = [_Path(query.root, START, query.typed.begin(1))]
        while paths:
            fresh = [path.node for path in paths if path.node.said is None]
            if fresh:
                if steps == self.steps:
                    break
                self.engine.ask(fresh)
                steps += 1
            for score, word in self._ended(paths, query):
                if word.word not in found or found[word.word][0] < score:
                    found[word.word] = score, word
            for behind in self._expand(paths, query):
                heappush(heap, (-float(behind.scores[0]), tie, behind, 0))
                tie += 1
            paths = self._next(heap, self._bar(found, query.count))
        return [word for _, word in sorted(found.values(), key=lambda each: -each[0])]

    @staticmethod
    def _bar(found: dict[str, tuple[float, Found]], count: int) -> float:
        """Return the score below which a path cannot matter any more."""
        if len(found) < count:
            return HOPELESS
        return nlargest(count, (score for score, _ in found.values()))[-1]

    def _next(self, heap: list[tuple[float, int, _Behind, int]], bar: float) -> list[_Path]:
        """Take the best paths off the heap."""
        paths: list[_Path] = []
        fresh = 0
        while heap and fresh < UNASKED and len(paths) < TOGETHER and -heap[0][0] > bar:
            _, tie, behind, rank = heappop(heap)
            if rank + 1 < len(behind.scores):
                heappush(heap, (-float(behind.scores[rank + 1]), tie, behind, rank + 1))
            symbol = int(behind.symbols[rank])
            node = behind.path.node.child(symbol, self.spelling.pieces[symbol])
            fresh += node.said is None
            paths.append(_Path(node, int(behind.tries[rank]), _pick(behind.places, slice(rank, rank + 1))))
        return paths

    def _ended(self, paths: list[_Path], query: Query) -> Iterator[tuple[float, Found]]:
        """Yield the words that end at paths the model was asked about, with their scores."""
        for path in paths:
            word, said = path.node.text[len(query.lead) :], path.node.said
            channel = float(path.place.rows[0, -1] if query.whole else path.place.reached[0])
            if not word or channel < HOPELESS or said is None:
                continue
            ends = float(np.exp(said[self.spelling.ending]).sum())
            if not ends:
                continue
            logp = path.node.logp + float(np.log(ends))
            known = path.trie != NOWHERE and self.trie.ends[path.trie]
            yield logp + channel + (0.0 if known else float(self.unknown)), Found(word, logp, channel, known)

    def _expand(self, paths: list[_Path], query: Query) -> Iterator[_Behind]:
        """Yield what stands behind paths that the model was asked about."""
        said = np.stack([self._allowed(path.node, query) for path in paths])  # (N, K)
        width = min(WIDTH, said.shape[1])
        symbols = np.argpartition(-said, width - 1, axis=1)[:, :width]  # (N, W)
        places = self._places(paths, symbols, query.typed)  # of N · W words
        best = places.rows.max(-1) if query.whole else np.maximum(places.rows.max(-1), places.reached)
        logp = np.array([[path.node.logp] for path in paths], dtype=np.float32)
        scores = np.take_along_axis(said, symbols, 1) + best.reshape(-1, width) + logp
        for row, path in enumerate(paths):
            tries = self.spelling.follow(self.trie, path.trie, symbols[row])
            each = scores[row] + np.where(tries == NOWHERE, self.unknown, np.float32(0))
            order = np.argsort(-each)[: int((each > HOPELESS).sum())]
            if len(order):
                place = _pick(places, row * width + order)
                yield _Behind(path, symbols[row][order], each[order], tries[order], place)

    def _places(self, paths: list[_Path], symbols: NDArray[np.int64], typed: Typed) -> Alignment:
        """Return the alignments, N · W of them, behind each symbol, (N, W), of each path."""
        parts = zip(*(path.place for path in paths), strict=True)
        words = Alignment(*(np.repeat(np.concatenate(part), symbols.shape[1], axis=0) for part in parts))
        return typed.read(words, self.spelling.codes[symbols.reshape(-1)])

    def _allowed(self, node: Node, query: Query) -> Floats:
        """(K,): log-probabilities of the symbols that may stand here in a word, all others ruled out."""
        spelling, text = self.spelling, node.text
        assert node.said is not None
        allowed = spelling.leading if query.lead and not text else spelling.within
        if query.exact and len(text) < len(query.text):
            allowed = allowed & spelling.fitting(query.text[len(text) :])
        return np.where(allowed, node.said, np.float32(2 * NEVER))


def _pick(words: Alignment, which: Any) -> Alignment:
    """Return the alignment of some of the words."""
    return Alignment(words.rows[which], words.before[which], words.last[which], words.reached[which])
