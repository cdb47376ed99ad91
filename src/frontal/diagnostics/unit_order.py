"""Orders in which like units stand side by side, and which way up each is shown, from a capture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_index import SHARD
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.unit_memory import unit_memory
from frontal.errors import FrontalError, did_you_mean

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

METHODS = {
    "index": "by number",
    "clusters": "leaves of an average-linkage tree on 1 − |r|",
    "embedding": "along the Fiedler vector of the graph with weights r⁶",
    "memory": "by the steps after which a unit's correlation with itself has fallen below one half",
}


@dataclass(frozen=True)
class UnitOrder:
    """The units of a signal in an order.

    Attributes:
        signal: its name.
        method: one of `METHODS`.
        order: units from top to bottom, (U,).
        signs: 1 or -1 by which each unit's values are multiplied so that it rises with the one above it, by
            unit, (U,). Most units keep theirs.
        likeness: mean |r| of two units that stand side by side; `plain` is the same in the order of their numbers.
        plain: see `likeness`.
    """

    signal: str
    method: str
    order: Whole
    signs: NDArray[np.int8]
    likeness: float
    plain: float


def unit_order(
    capture: Capture, signal: str, method: str = "clusters", *, correlated: Floats | None = None
) -> UnitOrder:
    """Order the units of a signal.

    Units that never change come last. The tree is that of Sokal & Michener (1958), each branch turned so that
    its ends are most alike; the Fiedler vector is the order that keeps correlated units close (Atkins, Boman &
    Hendrickson, SIAM J. Comput. 28, 1998).

    Args:
        capture: of a model along data.
        signal: name of a state or gate.
        method: "index", "clusters", "embedding" or "memory".
        correlated: what `correlations` returned, if it is known already.

    Raises:
        FrontalError: an unknown signal or method.
    """
    if method not in METHODS:
        raise FrontalError(f"units cannot be ordered by {method!r}; {did_you_mean(method, METHODS)}")
    name = capture.signal(signal).name
    r = correlations(capture, name) if correlated is None else correlated
    moving = np.flatnonzero(r.diagonal() > 0)
    still = np.flatnonzero(r.diagonal() == 0)
    part = r[np.ix_(moving, moving)]
    if method == "index":
        order = np.arange(len(r))
    elif method == "memory":
        order = np.concatenate(
            [moving[np.argsort(unit_memory(capture, name).correlation[moving], kind="stable")], still]
        )
    else:
        order = np.concatenate([moving[(by_clusters if method == "clusters" else by_embedding)(part)], still])
    return UnitOrder(name, method, order, polarity(r, order), likeness(r, order), likeness(r, np.arange(len(r))))


def correlations(capture: Capture, signal: str, steps: slice = slice(None)) -> Floats:
    """Return Pearson's r of every two units over some steps, (U, U); all 0 for a unit that never changes."""
    units, (first, stop, _) = capture.signal(signal).units, steps.indices(len(capture))
    if stop - first < 2:
        raise FrontalError(f"{stop - first} steps are too few to correlate; give 2 or more")
    shift = capture.values(signal, steps=slice(first, first + 1))  # so that constants become 0
    total, products = np.zeros(units), np.zeros((units, units))
    for at in range(first, stop, SHARD):
        values = capture.values(signal, steps=slice(at, min(at + SHARD, stop))) - shift  # (U, n)
        total += values.sum(1, dtype=np.float64)
        products += values @ values.T
    mean = total / (stop - first)
    covariances = products / (stop - first) - np.outer(mean, mean)
    scale = np.sqrt(np.maximum(covariances.diagonal(), 0))
    scale[products.diagonal() == 0] = np.inf
    r = np.clip(covariances / np.outer(scale, scale), -1, 1)
    np.fill_diagonal(r, np.isfinite(scale))
    return r


def by_clusters(r: Floats) -> Whole:
    """Return the leaves of the average-linkage tree on 1 − |r|, (U,)."""
    distance = 1 - np.abs(r)
    branches = {unit: [unit] for unit in range(len(r))}
    for one, other, _ in linkage(distance):
        branches[one] = _joined(branches[one], branches.pop(other), distance)
    return np.array([unit for branch in branches.values() for unit in branch], dtype=np.int64)


def linkage(distance: Floats) -> list[tuple[int, int, float]]:
    """Return the merges of average linkage: two clusters, each by one of its members, and their mean distance.

    The merged cluster keeps the first name. Chains of nearest neighbours find the merges in O(U²) (Murtagh, The
    Computer Journal 26, 1983), not in the order of their heights.
    """
    n = len(distance)
    between = distance.astype(np.float64)
    np.fill_diagonal(between, np.inf)
    sizes, alive = np.ones(n), np.ones(n, dtype=bool)
    merges: list[tuple[int, int, float]] = []
    chain: list[int] = []
    while len(merges) < n - 1:
        if not chain:
            chain.append(int(alive.argmax()))
        here = chain[-1]
        there = int(between[here].argmin())
        if len(chain) > 1 and between[here, chain[-2]] <= between[here, there]:
            there = chain[-2]
        if len(chain) == 1 or there != chain[-2]:
            chain.append(there)
            continue
        del chain[-2:]
        one, other = min(here, there), max(here, there)
        merges.append((one, other, float(between[one, other])))
        mean = (sizes[one] * between[one] + sizes[other] * between[other]) / (sizes[one] + sizes[other])
        mean[one] = np.inf
        between[one], between[:, one] = mean, mean
        between[other], between[:, other] = np.inf, np.inf
        sizes[one] += sizes[other]
        alive[other] = False
    return merges


def by_embedding(r: Floats) -> Whole:
    """Return the units along the second eigenvector of the normalised Laplacian of the graph with weights r⁶, (U,).

    The power keeps the many weak correlations from outweighing the few strong ones (Zhang & Horvath, Statistical
    Applications in Genetics and Molecular Biology 4, 2005).
    """
    if len(r) < 3:
        return np.arange(len(r))
    weights = r**6
    np.fill_diagonal(weights, 0)
    root = np.sqrt(np.maximum(weights.sum(1), np.finfo(np.float64).tiny))
    _, vectors = np.linalg.eigh(weights / np.outer(root, root))
    place = vectors[:, -2] / root
    return np.argsort(place if place[0] <= place[-1] else -place, kind="stable")


def polarity(r: Floats, order: NDArray[Any]) -> NDArray[np.int8]:
    """Return signs with which every unit correlates with the one above it by no less than 0, by unit, (U,)."""
    beside = r[order[:-1], order[1:]]
    along = np.concatenate([[1], np.cumprod(np.where(beside < 0, -1, 1))])[: len(order)]
    signs = np.empty(len(order), dtype=np.int8)
    signs[order] = along if along.sum() >= 0 else -along
    return signs


def likeness(r: Floats, order: NDArray[Any]) -> float:
    """Return the mean |r| of two units that stand side by side; NaN for one unit."""
    return float(np.abs(r[order[:-1], order[1:]]).mean()) if len(order) > 1 else float("nan")


def _joined(one: list[int], other: list[int], distance: Floats) -> list[int]:
    """Return two branches side by side, each turned so that the ends which meet are most alike."""
    turns = [(left, right) for left in (one, one[::-1]) for right in (other, other[::-1])]
    left, right = min(turns, key=lambda pair: distance[pair[0][-1], pair[1][0]])
    return left + right
