"""The words that may have been meant by what was typed: the same search with a channel of typing errors.

A path's score is log p(its letters | text before) plus the best that the channel can still give, less the price
of an unknown word.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush, nlargest
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from frontal.tasks.language_suggest_search import TOGETHER, UNASKED, WIDTH, Found, Ranking
from frontal.tasks.language_suggest_tree import Node
from frontal.tasks.language_suggest_trie import NOWHERE
from frontal.tasks.language_typos import NEVER, Alignment, Typed

HOPELESS = NEVER / 2


@dataclass(frozen=True)
class Question:
    """What is searched for.

    Attributes:
        root: behind the word before, and before the space where that belongs to the word's symbol.
        typed: what was typed behind the root.
        lead: the space, or "".
        whole: whether what was typed is a whole word, or only its beginning.
        count: words that are wanted.
        steps: of the model, at most.
    """

    root: Node
    typed: Typed
    lead: str
    whole: bool
    count: int
    steps: int


class _Path(NamedTuple):
    node: Node
    places: Alignment
    row: int
    """of `places`"""


class _Ways(NamedTuple):
    """The symbols behind a path, in the order of their scores."""

    node: Node
    symbols: list[int]  # (W,)
    scores: list[float]  # (W,), falling
    places: Alignment
    rows: NDArray[np.int64]  # (W,), of `places`


Heap = list[tuple[float, int, _Ways, int]]


def may_have_been_meant(ranking: Ranking, question: Question) -> list[Found]:
    """Return at least `count` words if there are so many, the best first."""
    steps, heap, tie = question.steps, Heap(), 0
    found: dict[str, tuple[float, Found]] = {}
    paths = [_Path(question.root, question.typed.begin(1), 0)]
    while paths:
        nodes = [path.node for path in paths]
        fresh = any(node.said is None for node in nodes)
        if fresh and steps == 0:
            break
        ranking.engine.ask(nodes)
        steps -= fresh
        ranking.rank(nodes, question.lead)
        for path in paths:
            ended = _ended(ranking, path, question)
            if ended is not None and found.get(ended[1].word, (-inf,))[0] < ended[0]:
                found[ended[1].word] = ended
        for ways in _behind(ranking, paths, question):
            heappush(heap, (-ways.scores[0], tie, ways, 0))
            tie += 1
        best = nlargest(question.count, (score for score, _ in found.values()))
        paths = _next(heap, ranking, best[-1] if len(best) == question.count else HOPELESS)
    return [word for _, word in sorted(found.values(), key=lambda each: -each[0])]


def _ended(ranking: Ranking, path: _Path, question: Question) -> tuple[float, Found] | None:
    """Return the word that ends here, with its score."""
    node, places = path.node, path.places
    word = node.text[len(question.lead) :]
    channel = float(places.rows[path.row, -1] if question.whole else places.reached[path.row])
    if not word or channel < HOPELESS:
        return None
    logp = node.logp + node.end + ranking.price(node, ended=True)
    return logp + channel, Found(word, logp, channel)


def _behind(ranking: Ranking, paths: list[_Path], question: Question) -> list[_Ways]:
    """Return what stands behind paths that the model was asked about."""
    nodes = [path.node for path in paths]
    said = ranking.said(nodes, question.lead)  # (N, K)
    width = min(2 * WIDTH, said.shape[1])
    symbols = np.argpartition(-said, width - 1, axis=1)[:, :width]  # (N, W)
    parts = zip(*([part[path.row] for part in path.places] for path in paths), strict=True)
    begun = Alignment(*(np.repeat(np.stack(part), width, axis=0) for part in parts))
    places = question.typed.read(begun, ranking.spelling.codes[symbols.reshape(-1)])
    best = places.rows.max(-1) if question.whole else np.maximum(places.rows.max(-1), places.reached)
    begins = [node.logp + (ranking.unknown if node.trie == NOWHERE else 0.0) for node in nodes]
    scores = np.take_along_axis(said, symbols, 1) + best.reshape(-1, width) + np.array(begins)[:, None]
    order = np.argsort(-scores, axis=1)
    symbols, scores = np.take_along_axis(symbols, order, 1), np.take_along_axis(scores, order, 1)
    rows = order + np.arange(len(paths))[:, None] * width
    alike = zip(nodes, symbols.tolist(), scores.tolist(), rows, strict=True)
    return [_Ways(node, each, score, places, row) for node, each, score, row in alike if score[0] > HOPELESS]


def _next(heap: Heap, ranking: Ranking, bar: float) -> list[_Path]:
    """Take the best paths off the heap."""
    paths: list[_Path] = []
    fresh = 0
    while heap and fresh < UNASKED and len(paths) < TOGETHER and -heap[0][0] > bar:
        _, tie, ways, rank = heappop(heap)
        if rank + 1 < len(ways.scores) and ways.scores[rank + 1] > HOPELESS:
            heappush(heap, (-ways.scores[rank + 1], tie, ways, rank + 1))
        node = ranking.child(ways.node, ways.symbols[rank])
        fresh += node.said is None
        paths.append(_Path(node, ways.places, int(ways.rows[rank])))
    return paths
