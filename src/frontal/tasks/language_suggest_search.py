"""The likeliest words that begin as was typed: best-first search through the model's tree and the known words.

A path's score bounds the score of every word behind it: log p(its letters | text before), less a price once no
known word begins so. The paths with the best scores are followed first, many in one step of the model. The search
ends when as many words as were asked for are better than every path that is left, and is exact then. When its
steps are used up before, the best paths that are left are completed by the most frequent words behind them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush, nlargest
from math import exp, inf, log

import numpy as np
from numpy.typing import NDArray

from frontal.tasks.language_suggest_frequent import Frequent
from frontal.tasks.language_suggest_spelling import KnownSymbols, Spelling
from frontal.tasks.language_suggest_tree import Engine, Node
from frontal.tasks.language_suggest_trie import NOWHERE, Trie

WIDTH = 32  # symbols that are followed behind a path
UNASKED = 16  # paths in one step of the model
TOGETHER = 64  # paths looked at together, those that the model was asked about before included
RULED_OUT = np.float32(-1e9)
TINY = 1e-30  # has a logarithm


@dataclass(frozen=True)
class Found:
    """A word that may stand at a place.

    Attributes:
        word: in the letters of the symbols.
        logp: log-probability that it stands here, given the text before, less the price of an unknown word.
    """

    word: str
    logp: float


class Ranking:
    """Ranks what may stand behind a node of the tree.

    Args:
        engine: asks the model.
        spelling: of its symbols.
        trie: the known words, in the letters of the symbols.
        frequent: those of them that have been counted.
        unknown: log-probability that a word is none of them.
    """

    def __init__(self, engine: Engine, spelling: Spelling, trie: Trie, frequent: Frequent, unknown: float) -> None:
        self.engine, self.spelling, self.trie, self.unknown = engine, spelling, trie, unknown
        self.frequent = frequent
        self.known = KnownSymbols(spelling, trie)
        self._penalty = np.float32(unknown)

    def child(self, node: Node, symbol: int) -> Node:
        """Return the node behind a symbol; it knows where it is among the known words."""
        piece = self.spelling.pieces[symbol]
        child = node.child(symbol, piece)
        if child.trie is None:
            assert node.trie is not None
            child.trie = self.trie.walk(node.trie, piece.lstrip(" "))
        return child

    def price(self, node: Node, *, ended: bool = False) -> float:
        """Return what a beginning costs, or a word, that is not known."""
        assert node.trie is not None
        known = node.trie != NOWHERE and (not ended or self.trie.ends[node.trie])
        return 0.0 if known else self.unknown

    def said(self, nodes: list[Node], lead: str) -> NDArray[np.float32]:
        """Return log-probabilities of the symbols behind nodes, (N, K): what cannot stand in a word is ruled out,
        what leaves the known words has paid for it.
        """
        spelling = self.spelling
        said = np.stack([node.said for node in nodes])  # type: ignore[arg-type]
        for row, node in zip(said, nodes, strict=True):
            row[~(spelling.leading if lead and not node.text else spelling.within)] = RULED_OUT
            assert node.trie is not None
            if node.trie != NOWHERE and self.unknown:
                known = self.known.behind(node.trie)
                kept = row[known]
                np.add(row, self._penalty, out=row)
                row[known] = kept
        return said

    def rank(self, nodes: list[Node], lead: str) -> None:
        """Put the symbols behind nodes that the model was asked about in order."""
        nodes = [node for node in nodes if node.ways is None]
        if not nodes:
            return
        said = self.said(nodes, lead)
        width = min(WIDTH, said.shape[1])
        symbols = np.argpartition(-said, width - 1, axis=1)[:, :width]
        scores = np.take_along_axis(said, symbols, 1)
        order = np.argsort(-scores, axis=1)
        symbols, scores = np.take_along_axis(symbols, order, 1), np.take_along_axis(scores, order, 1)
        ends = np.log(np.exp(np.stack([node.said for node in nodes])[:, self.spelling.ending]).sum(1) + TINY)  # type: ignore[arg-type]
        for node, ways, steps, end in zip(nodes, symbols.tolist(), scores.tolist(), ends.tolist(), strict=True):
            node.ways, node.end = (ways, steps), end


def crossings(engine: Engine, spelling: Spelling, root: Node, typed: str) -> Iterator[tuple[Node, NDArray[np.int64]]]:
    """Yield every node from which one more symbol goes beyond what was typed, with those symbols."""
    open_nodes = [root]
    while open_nodes:
        node = open_nodes.pop()
        engine.ask([node])
        rest = typed[len(node.text) :]
        if not rest:
            yield node, spelling.texts
            continue
        fitting = spelling.fitting(rest)
        longer = spelling.lengths[fitting] > len(rest)
        if longer.any():
            yield node, fitting[longer]
        open_nodes += [node.child(symbol, spelling.pieces[symbol]) for symbol in fitting[~longer].tolist()]


def likeliest(
    ranking: Ranking, root: Node, typed: str, lead: str, *, count: int, steps: int, worth: float = 0.0
) -> list[Found]:
    """Return at least `count` words that begin as was typed if there are so many, the best first.

    Args:
        ranking: of what may stand behind a node.
        root: behind the word before, and before the space where that belongs to the word's symbol.
        typed: behind the root.
        lead: the space, or "".
        count: words that are wanted.
        steps: of the model, at most.
        worth: the share of all words that begin so below which a path is not followed.
    """
    heap: list[tuple[float, int, Node, int]] = []
    found: dict[str, Found] = {}
    nodes: list[Node] = []
    for node, symbols in crossings(ranking.engine, ranking.spelling, root, typed):
        _locate(ranking, node, root)
        if len(node.text) == len(typed):
            nodes.append(node)
        else:
            nodes += [ranking.child(node, symbol) for symbol in symbols.tolist()]
    nodes = nlargest(UNASKED, nodes, key=lambda node: node.logp)
    least = log(worth * sum(exp(node.logp) for node in nodes) + TINY)
    while nodes:
        fresh = any(node.said is None for node in nodes)
        if fresh and steps == 0:
            _guess(found, [*nodes, *_next(heap, ranking, least, TOGETHER)], ranking, lead)
            break
        ranking.engine.ask(nodes)
        steps -= fresh
        ranking.rank(nodes, lead)
        for node in nodes:
            word = node.text[len(lead) :]
            logp = node.logp + node.end + ranking.price(node, ended=True)
            if word and (word not in found or found[word].logp < logp):
                found[word] = Found(word, logp)
            _push(heap, ranking, node, 0)
        best = nlargest(count, (each.logp for each in found.values()))
        nodes = _next(heap, ranking, max(best[-1], least) if len(best) == count else least)
    return sorted(found.values(), key=lambda each: -each.logp)


def _locate(ranking: Ranking, node: Node, root: Node) -> None:
    """Let a node know where it is among the known words, from the root on."""
    if node.trie is None:
        assert node.parent is not None
        _locate(ranking, node.parent, root)
        ranking.child(node.parent, node.symbol)


def _push(heap: list[tuple[float, int, Node, int]], ranking: Ranking, node: Node, rank: int) -> None:
    """Put the way of this rank behind a node on the heap."""
    assert node.ways is not None
    symbols, scores = node.ways
    if rank < len(symbols):
        score = node.logp + scores[rank] + (ranking.unknown if node.trie == NOWHERE else 0.0)
        if score > RULED_OUT / 2:
            heappush(heap, (-score, id(node), node, rank))


def _guess(found: dict[str, Found], nodes: list[Node], ranking: Ranking, lead: str) -> None:
    """Add the most frequent words behind paths that the model was not asked about."""
    guessed: dict[str, float] = {}
    for node in nodes:
        for word, share in ranking.frequent.behind(node.text[len(lead) :]):
            guessed[word] = max(node.logp + share, guessed.get(word, -inf))
    for word, logp in guessed.items():
        found.setdefault(word, Found(word, logp))


def _next(heap: list[tuple[float, int, Node, int]], ranking: Ranking, bar: float, most: int = UNASKED) -> list[Node]:
    """Take the best paths off the heap, of those that the model was not asked about at most so many."""
    nodes: list[Node] = []
    fresh = 0
    while heap and fresh < most and len(nodes) < TOGETHER and -heap[0][0] > bar:
        _, _, node, rank = heappop(heap)
        _push(heap, ranking, node, rank + 1)
        assert node.ways is not None
        nodes.append(ranking.child(node, node.ways[0][rank]))
        fresh += nodes[-1].said is None
    return nodes
