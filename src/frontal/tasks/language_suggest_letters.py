"""How likely each next letter is, whatever the symbols of the model."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from frontal.tasks.language_suggest_search import crossings
from frontal.tasks.language_suggest_spelling import Spelling
from frontal.tasks.language_suggest_tree import Engine, Node


def next_letters(engine: Engine, spelling: Spelling, root: Node, typed: str) -> dict[str, float]:
    """Return the probability, from `root`, of what was typed and one letter more, by that letter.

    Symbols of several letters are summed over all ways to spell what was typed.
    """
    mass: defaultdict[str, float] = defaultdict(float)
    for node, symbols in crossings(engine, spelling, root, typed):
        assert node.said is not None
        place = len(typed) - len(node.text)
        for symbol, chance in zip(symbols.tolist(), np.exp(node.said[symbols] + node.logp).tolist(), strict=True):
            mass[spelling.pieces[symbol][place]] += chance
    return dict(mass)
