"""Orders of units beside planted ones, a tree made by its definition, and numpy's own correlations."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.subject_text import Text
from frontal.diagnostics.unit_order import (
    METHODS,
    by_clusters,
    by_embedding,
    correlations,
    likeness,
    linkage,
    polarity,
    unit_order,
)
from frontal.errors import FrontalError
from frontal.layers.language_network import LanguageNetwork


class Held:
    """Stands for a capture of one state."""

    def __init__(self, state: Any) -> None:
        facts: dict[str, Any] = {"name": "a/h", "layer": "a", "units": len(state), "bounds": (None, None)}
        facts |= {"function": None, "keeping": 0.0, "lowest": float(state.min()), "highest": float(state.max())}
        self.signals, self.state = [SimpleNamespace(**facts)], state

    def __len__(self) -> int:
        return self.state.shape[1]

    def signal(self, _: str) -> Any:
        return self.signals[0]

    def values(self, _: str, units: slice = slice(None), steps: slice = slice(None)) -> Any:
        return self.state[units, steps]

    def track(self, _: str) -> Any:
        return np.arange(len(self)) == 0


def bumps(units: int, steps: int) -> Any:
    """Units that answer to places side by side on a line, along which a walk goes."""
    generator = np.random.default_rng(0)
    place = np.abs((np.cumsum(generator.normal(size=steps)) * 2) % (2 * units) - units)
    return np.exp(-(((place[None] - np.arange(units)[:, None]) / 3) ** 2)) + 0.01 * generator.normal(
        size=(units, steps)
    )


def test_correlations_are_those_of_numpy(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = LanguageNetwork(7, named("lstm"), hidden=12, embedding=5)
    ids = np.random.default_rng(1).integers(0, 7, 5000)  # two files
    found = capture(Text(network, ids, list("abcdefg"), "t"), tmp_path / "c")
    whole = found.values("h").astype(np.float64)
    np.testing.assert_allclose(correlations(found, "h"), np.corrcoef(whole), atol=2e-5)
    part = correlations(found, "h", slice(4000, 4500))
    np.testing.assert_allclose(part, np.corrcoef(whole[:, 4000:4500]), atol=2e-5)
    with pytest.raises(FrontalError, match="1 steps are too few"):
        correlations(found, "h", slice(10, 11))


def test_a_unit_that_never_changes_correlates_with_nothing_and_comes_last() -> None:
    state = np.random.default_rng(0).normal(size=(6, 200))
    state[2] = 0.3
    held: Any = Held(state)
    r = correlations(held, "h")
    assert (r[2] == 0).all() and (r.diagonal() == [1, 1, 0, 1, 1, 1]).all()
    for method in set(METHODS) - {"index"}:
        assert unit_order(held, "h", method).order[-1] == 2


def by_definition(distance: Any) -> list[tuple[frozenset[int], float]]:
    """Average linkage: merge the two clusters of the least mean distance, over and over."""
    clusters = [frozenset([unit]) for unit in range(len(distance))]
    found: list[tuple[frozenset[int], float]] = []
    while len(clusters) > 1:
        pairs = [
            (float(np.mean([distance[i, j] for i in a for j in b])), a, b) for a in clusters for b in clusters if a != b
        ]
        height, a, b = min(pairs, key=lambda pair: pair[0])
        clusters = [c for c in clusters if c not in (a, b)] + [a | b]
        found.append((a | b, height))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_the_tree_is_that_of_its_definition(seed: int) -> None:
    state = np.random.default_rng(seed).normal(size=(13, 40))
    distance = 1 - np.abs(np.corrcoef(state))
    members = {unit: frozenset([unit]) for unit in range(13)}
    heights: dict[frozenset[int], float] = {}
    for one, other, height in linkage(distance):
        members[one] = members[one] | members.pop(other)
        heights[members[one]] = height
    expected = dict(by_definition(distance))
    assert heights.keys() == expected.keys()
    for cluster, height in heights.items():
        assert height == pytest.approx(expected[cluster], abs=1e-12)


def test_every_branch_of_the_tree_stands_together() -> None:
    r = np.corrcoef(np.random.default_rng(3).normal(size=(13, 40)))
    order = by_clusters(r).tolist()
    assert sorted(order) == list(range(13))
    for cluster, _ in by_definition(1 - np.abs(r)):
        places = sorted(order.index(unit) for unit in cluster)
        assert places == list(range(places[0], places[-1] + 1))


def test_blocks_and_their_signs_are_found_again() -> None:
    generator = np.random.default_rng(0)
    block = generator.permutation(np.repeat(np.arange(4), 8))
    signs = generator.choice([-1, 1], 32)
    sources = generator.normal(size=(4, 500))
    state = signs[:, None] * (sources[block] + 0.3 * generator.normal(size=(32, 500)))
    held: Any = Held(state)
    for method in ("clusters", "embedding"):
        found = unit_order(held, "h", method)
        assert (np.diff(block[found.order]) != 0).sum() == 3, method
        for one in range(4):  # within a block all are turned the same way
            assert len(set((found.signs * signs)[block == one].tolist())) == 1, method
        assert found.likeness > 0.8, method
        assert found.plain < 0.5


def test_a_line_of_units_is_found_again() -> None:
    state = bumps(40, 6000)
    shuffle = np.random.default_rng(1).permutation(40)
    turned = np.random.default_rng(2).choice([-1, 1], 40)[:, None] * state[shuffle]
    order = shuffle[by_embedding(np.corrcoef(turned))]
    assert (order == np.arange(40)).all() or (order == np.arange(40)[::-1]).all()


def test_no_unit_falls_when_the_one_above_rises() -> None:
    r = np.corrcoef(np.random.default_rng(5).normal(size=(30, 60)))
    order = np.random.default_rng(6).permutation(30)
    signs = polarity(r, order)
    turned = signs[:, None] * r * signs
    assert (turned[order[:-1], order[1:]] >= 0).all()
    assert signs.sum() >= 0
    assert likeness(r, order) == pytest.approx(np.mean([abs(r[a, b]) for a, b in pairwise(order)]))


def test_most_units_keep_their_sign() -> None:
    r = np.array([[1, -0.9, -0.8], [-0.9, 1, 0.7], [-0.8, 0.7, 1]])
    assert polarity(r, np.array([0, 1, 2])).tolist() == [-1, 1, 1]
    assert polarity(r, np.array([1, 0, 2])).tolist() == [-1, 1, 1]


def test_memory_orders_by_the_time_a_unit_stays_like_itself() -> None:
    generator = np.random.default_rng(0)
    rates = np.array([0.5, 0.99, 0.9, 0.0])
    state = np.zeros((4, 20_000))
    for t in range(1, 20_000):
        state[:, t] = rates * state[:, t - 1] + generator.normal(size=4)
    held: Any = Held(state)
    assert unit_order(held, "h", "memory").order.tolist() == [3, 0, 2, 1]
    assert unit_order(held, "h", "index").order.tolist() == [0, 1, 2, 3]


def test_an_unknown_order_says_which_there_are() -> None:
    held: Any = Held(np.random.default_rng(0).normal(size=(3, 20)))
    with pytest.raises(FrontalError, match="did you mean 'clusters'"):
        unit_order(held, "h", "cluster")


@pytest.mark.parametrize("units", [1, 2])
def test_few_units_have_an_order(units: int) -> None:
    held: Any = Held(np.random.default_rng(0).normal(size=(units, 20)))
    for method in METHODS:
        assert sorted(unit_order(held, "h", method).order.tolist()) == list(range(units))
