"""Linear CKA: its definition, what it does not see, and chance."""

from __future__ import annotations

import numpy as np
import pytest

from frontal import FrontalError
from frontal.diagnostics.cka import alikeness, cka

RNG = np.random.default_rng(0)


def by_kernels(x: np.ndarray, y: np.ndarray) -> float:
    """HSIC(K, L) / √(HSIC(K, K) HSIC(L, L)) with linear kernels: the definition, through n × n matrices."""
    n = len(x)
    centre = np.eye(n) - 1 / n
    k, m = x @ x.T, y @ y.T

    def hsic(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.trace(a @ centre @ b @ centre))

    return hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m))


def test_it_is_the_ratio_of_kernels() -> None:
    x, y = RNG.normal(3, 1, (40, 6)), RNG.normal(size=(40, 9))
    y[:, :3] += x[:, :3]
    assert cka(x, y) == pytest.approx(by_kernels(x, y), rel=1e-10)


def test_a_small_one_by_hand() -> None:
    x, y = np.array([[1.0], [-1.0], [0.0]]), np.array([[1.0], [0.0], [-1.0]])
    assert cka(x, y) == pytest.approx(0.25)  # the square of the correlation, 1 / 2


def test_a_rotation_a_scale_and_a_shift_are_not_seen_and_a_stretch_is() -> None:
    x = RNG.normal(size=(200, 5))
    turn = np.linalg.qr(RNG.normal(size=(5, 5)))[0]
    assert cka(x, 7 * x @ turn + 3) == pytest.approx(1)
    assert cka(x, x * [1, 1, 1, 1, 30]) < 0.5


def test_layers_against_layers_and_chance() -> None:
    a = {"one": RNG.normal(size=(500, 8)).astype(np.float16), "two": RNG.normal(size=(500, 4))}
    found = alikeness(a, {"two": a["two"], "noise": RNG.normal(size=(500, 4))})
    assert found.values.shape == found.control.shape == (2, 2)
    assert found.values[1, 0] == pytest.approx(1)
    assert found.values[0, 1] < 0.05
    assert (found.control < 0.05).all()
    assert (found.control > 0).all()
    assert (found.rows, found.columns, found.steps) == (("one", "two"), ("two", "noise"), 500)


def test_what_cannot_be_compared() -> None:
    with pytest.raises(FrontalError, match="got 3 and 4"):
        cka(np.zeros((3, 2)), np.zeros((4, 2)))
    assert np.isnan(cka(np.ones((5, 2)), RNG.normal(size=(5, 2))))
