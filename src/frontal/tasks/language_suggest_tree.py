"""What a language model says may come next, as a tree of its symbols that grows where it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import inf
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from frontal.layers.threads import threads_for
from frontal.tasks.language_suggest_trie import START

Floats = NDArray[np.float32]
BATCHES = (1, 4, 8, 16)  # streams that are stepped side by side
AT_ONCE = 64  # symbols from which on a text is read by the layer's own kernel
PIECE = 4096  # symbols of a text that are read in one go


class Stepper(Protocol):
    """B streams of symbols; `frontal.layers.language_stepper` has it."""

    states: Any

    def step(self, ids: Any) -> Floats:
        """Read a symbol in each stream; return the log-probabilities of the next one, (B, K)."""
        ...

    def read(self, ids: Any) -> Floats:
        """Read many symbols in one stream; return the log-probabilities behind each, (N, K)."""
        ...


class Node:
    """A text, as symbols from a root.

    Attributes:
        text: its letters from the root.
        logp: its log-probability from the root.
        said: log-probabilities of the next symbol, (K,); None until the model was asked.
        trie: the node of the known words; None until it was looked for.
        ways: the symbols that go on with a word, the best first, and their scores; None until they were ranked.
        end: log-probability that the word ends here, known with `ways`.
    """

    __slots__ = ("behind", "end", "logp", "parent", "said", "state", "symbol", "text", "trie", "ways")

    def __init__(self, parent: Node | None = None, symbol: int = -1, text: str = "", logp: float = 0.0) -> None:
        self.parent, self.symbol, self.text, self.logp = parent, symbol, text, logp
        self.state: Floats | None = None
        self.said: Floats | None = None
        self.behind: dict[int, Node] = {}
        self.trie: int | None = START if parent is None else None
        self.ways: tuple[list[int], list[float]] | None = None
        self.end = -inf

    def child(self, symbol: int, piece: str) -> Node:
        """Return the node behind a symbol; this one must have been asked."""
        found = self.behind.get(symbol)
        if found is None:
            assert self.said is not None
            found = Node(self, symbol, self.text + piece, self.logp + float(self.said[symbol]))
            self.behind[symbol] = found
        return found

    def as_root(self) -> Node:
        """Return the same place as the beginning of a tree of its own."""
        root = Node()
        root.state, root.said = self.state, self.said
        return root


class Engine:
    """Asks the model, for many nodes in one step.

    Args:
        stepper: makes B streams, such as `LanguageModel.stepper`.
    """

    def __init__(self, stepper: Callable[[int], Stepper]) -> None:
        with threads_for(0):  # steps are small, and a keyboard should leave the machine to others
            self._steppers = {size: stepper(size) for size in BATCHES}
        self._start = _flat(self._steppers[1].states)[0]
        self._form = self._steppers[1].states
        self.steps = 0
        """how often the model was asked, for whoever counts"""

    def begin(self, ids: Sequence[int], after: Node | None = None) -> Node:
        """Return a root behind symbols that were read, from the beginning or after another node."""
        state, said = (self._start, None) if after is None else (after.state, after.said)
        assert state is not None
        stepper = self._steppers[1]
        if len(ids):
            stepper.states = self._packed(state[None])
            if len(ids) < AT_ONCE:
                with threads_for(0):
                    for symbol in ids:
                        said = stepper.step(np.array([symbol]))[0].copy()
            else:
                for first in range(0, len(ids), PIECE):
                    said = stepper.read(np.asarray(ids[first : first + PIECE]))[-1].copy()
            state = _flat(stepper.states)[0]
        root = Node()
        root.state, root.said = state, said
        return root

    def spell(self, root: Node, words: Sequence[Sequence[int]], pieces: Sequence[str]) -> list[Node]:
        """Return the nodes behind words, each as its symbols; all were asked about.

        Args:
            root: what the words stand behind.
            words: N of them, of any lengths.
            pieces: the letters of every symbol.
        """
        nodes = [root] * len(words)
        for place in range(max(map(len, words), default=0)):
            for row, word in enumerate(words):
                if place < len(word):
                    nodes[row] = nodes[row].child(word[place], pieces[word[place]])
            self.ask({id(node): node for node in nodes}.values())
        return nodes

    def ask(self, nodes: Iterable[Node]) -> None:
        """Ask about nodes whose parents were asked; what was asked before is not asked again."""
        open_nodes = [node for node in nodes if node.said is None]
        for first in range(0, len(open_nodes), BATCHES[-1]):
            self._ask_batch(open_nodes[first : first + BATCHES[-1]])

    def _ask_batch(self, nodes: list[Node]) -> None:
        size = next(size for size in BATCHES if size >= len(nodes))
        padded = nodes + nodes[:1] * (size - len(nodes))
        stepper = self._steppers[size]
        stepper.states = self._packed(np.stack([node.parent.state for node in padded]))  # type: ignore[union-attr]
        with threads_for(0):
            said = np.array(stepper.step(np.array([node.symbol for node in padded])))
        states = _flat(stepper.states)
        for node, state, row in zip(nodes, states, said, strict=False):
            node.state, node.said = state, row
        self.steps += 1

    def _packed(self, rows: Floats) -> Any:
        """Return states in the model's form from rows, (B, S), that `_flat` made."""
        return _shaped(self._form, iter(np.split(rows, np.cumsum(_sizes(self._form))[:-1], axis=1)))


def _flat(states: Any) -> Floats:
    """(B, S): every state of a stream in one row."""
    return np.concatenate([_row(state) for state in _leaves(states)], axis=1)


def _leaves(states: Any) -> Iterator[Tensor]:
    """Yield the tensors, each (L, B, H), of states in tuples of tuples."""
    if isinstance(states, Tensor):
        yield states
        return
    for state in states:
        yield from _leaves(state)


def _sizes(states: Any) -> list[int]:
    return [state.shape[0] * state.shape[2] for state in _leaves(states)]


def _row(state: Tensor) -> Floats:
    """(L, B, H) as (B, L · H)."""
    return state.detach().numpy().transpose(1, 0, 2).reshape(state.shape[1], -1)


def _shaped(form: Any, parts: Iterator[Floats]) -> Any:
    """Return parts, each (B, L · H), as tensors (L, B, H) in tuples like `form`."""
    if isinstance(form, Tensor):
        part = next(parts)
        layers = part.reshape(len(part), form.shape[0], form.shape[2]).transpose(1, 0, 2)
        return torch.from_numpy(np.ascontiguousarray(layers))
    return tuple(_shaped(state, parts) for state in form)
