"""How alike two layers are, whatever the order and the rotation of their units: linear CKA."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError

Floats = NDArray[np.float64]
SHUFFLES = 4


def cka(x: NDArray[Any], y: NDArray[Any]) -> float:
    """Return the centred kernel alignment of two sets of features with linear kernels, 0 .. 1.

        CKA(X, Y) = ‖Yᵀ X‖² / (‖Xᵀ X‖ ‖Yᵀ Y‖),  columns of X and Y centred, Frobenius norms

    Kornblith, Norouzi, Lee & Hinton, Similarity of neural network representations revisited, 2019
    (arXiv 1905.00414). 1 for features that are a rotation and a multiple of the others.

    Args:
        x, y: (n, p) and (n, q), row by row of the same steps.

    Raises:
        FrontalError: they have not the same number of rows, two or more; NaN where one of them never varies.
    """
    if len(x) != len(y) or len(x) < 2:
        raise FrontalError(f"CKA compares two sets of features at the same steps, got {len(x)} and {len(y)} of them")
    x, y = _centred(x), _centred(y)
    scale = np.linalg.norm(_products(x, x)) * np.linalg.norm(_products(y, y))
    return float(np.linalg.norm(_products(x, y)) ** 2 / scale) if scale > 0 else float("nan")


@dataclass(frozen=True)
class Alikeness:
    """Linear CKA of the layers of two models.

    Attributes:
        rows, columns: names of the layers.
        values: (rows, columns).
        control: the same with the steps of one model shuffled: what is left for chance.
        steps: that were compared.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Floats
    control: Floats
    steps: int


def alikeness(a: Mapping[str, NDArray[Any]], b: Mapping[str, NDArray[Any]], *, seed: int = 0) -> Alikeness:
    """Compare all layers of one model with all of another.

    Args:
        a, b: values by layer, (n, U) each, at the same steps.
        seed: of the shuffled control, a mean over 4 orders.
    """
    steps = len(next(iter(a.values())))
    orders = [np.random.default_rng([seed, k]).permutation(steps) for k in range(SHUFFLES)]
    values = np.array([[cka(x, y) for y in b.values()] for x in a.values()])
    chance = [[sum(cka(x[order], y) for order in orders) / SHUFFLES for y in b.values()] for x in a.values()]
    return Alikeness(tuple(a), tuple(b), values, np.array(chance), steps)


def _centred(x: NDArray[Any]) -> Floats:
    wide = x.astype(np.float64)
    return wide - wide.mean(0)


def _products(x: Floats, y: Floats) -> Floats:
    """Return Xᵀ Y."""
    return x.T @ y
