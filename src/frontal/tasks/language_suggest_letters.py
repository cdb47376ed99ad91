"""How likely each next letter is, whatever the symbols of the model."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from frontal.tasks.language_suggest_spelling import Spelling
from frontal.tasks.language_suggest_tree import Engine, Node


def next_letters(engine: Engine, spelling: Spelling, root: Node, typed: str) -> dict[str, float]:
    """Return the probability, from `root`, of what was typed and one letter more, by that letter.

    Symbols of several letters are summed over all ways to spell what was typed.
    """
    mass: defaultdict[str, float] = defaultdict(float)
    open_nodes = [root]
    while open_nodes:
        engine.ask(open_nodes)
        node = open_nodes.pop()
        assert node.said is not None
        rest = typed[len(node.text) :]
        chances = np.exp(node.said + np.float32(node.logp))
        fits = spelling.fitting(rest) if rest else spelling.texts
        for symbol in fits.nonzero()[0].tolist():
            piece = spelling.pieces[symbol]
            if len(piece) > len(rest):
                mass[piece[len(rest)]] += float(chances[symbol])
            else:
                open_nodes.append(node.child(symbol, piece))
    return dict(mass)
