"""Half-lives, correlations and saturation of units, beside loops and closed forms."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.subject_text import Text
from frontal.diagnostics.unit_memory import _of_many, _of_one, unit_memory
from frontal.layers.language_network import LanguageNetwork


class Held:
    """Stands for a capture: a layer with one state and one gate."""

    def __init__(self, state: Any, gate: Any, keeping: float, fresh: Any = None) -> None:
        facts: dict[str, Any] = {"layer": "a", "units": len(state), "bounds": (None, None), "function": None}
        facts |= {"lowest": float(state.min()), "highest": float(state.max()), "keeping": 0.0}
        self.signals = [
            SimpleNamespace(**facts | {"name": "a/h"}),
            SimpleNamespace(**facts | {"name": "a/z", "keeping": keeping, "bounds": (0.0, 1.0), "function": "sigmoid"}),
        ]
        self.all = {"a/h": state, "a/z": gate}
        self.fresh = np.arange(state.shape[1]) == 0 if fresh is None else fresh

    def signal(self, name: str) -> Any:
        return next(s for s in self.signals if s.name.endswith(name))

    def values(self, name: str, units: slice) -> Any:
        return self.all[name][units]

    def track(self, _: str) -> Any:
        return self.fresh


def test_half_life_is_that_of_the_gate() -> None:
    state = np.random.default_rng(0).normal(size=(3, 50)) * 0.1
    gate = np.stack([np.full(50, 0.5), np.full(50, 0.5 ** (1 / 20)), np.ones(50)])
    held: Any = Held(state, gate, 1.0)
    assert unit_memory(held, "h").half_life == pytest.approx([1, 20, np.inf])
    turned: Any = Held(state, 1 - gate, -1.0)
    assert unit_memory(turned, "h").half_life == pytest.approx([1, 20, np.inf])
    without: Any = Held(state, gate, 0.0)
    assert np.isnan(unit_memory(without, "h").half_life).all()


def test_a_gate_that_alternates_forgets_by_the_geometric_mean() -> None:
    gate = np.tile([1.0, 0.25], 25)[None]
    held: Any = Held(np.zeros((1, 50)), gate, 1.0)
    assert unit_memory(held, "h").half_life == pytest.approx([1.0])  # two steps keep a quarter


def test_correlation_of_a_leaky_unit_is_its_closed_form() -> None:
    generator, leak, n = np.random.default_rng(1), 0.93, 60_000
    state = np.zeros((2, n))
    for t in range(1, n):
        state[0, t] = leak * state[0, t - 1] + generator.normal()
    held: Any = Held(state, np.ones_like(state), 0.0)
    found = unit_memory(held, "h").correlation
    assert found[0] == pytest.approx(np.ceil(np.log(0.5) / np.log(leak)), abs=2)
    assert np.isnan(found[1])  # it never changes


def test_no_correlation_reaches_over_the_beginning_of_a_sequence() -> None:
    state = np.repeat(np.random.default_rng(2).normal(size=(1, 400)), 3, axis=1)
    fresh = np.arange(1200) % 3 == 0
    held: Any = Held(state, state, 0.0, fresh)
    assert np.isinf(unit_memory(held, "h").correlation).all()  # within three steps nothing changes
    whole: Any = Held(state, state, 0.0)
    assert unit_memory(whole, "h").correlation == pytest.approx([2])


def test_one_sequence_and_many_are_counted_alike() -> None:
    state = np.random.default_rng(4).normal(size=(5, 300)).cumsum(1)
    one, loop = (_of_one(state, 40), _of_many(state, np.array([0]), 40))
    np.testing.assert_allclose(one, loop, rtol=1e-9, atol=1e-9)


def test_saturation_is_counted_in_the_range_of_a_gate_and_of_a_bounded_state() -> None:
    gate = np.array([[0.05, 0.95, 0.5, 0.99], [0.2, 0.8, 0.09, 0.5]])
    state = np.array([[-0.9, 0.9, 0.0, 0.85], [0.1, 0.2, 0.3, 0.4]])
    held: Any = Held(state, gate, 1.0)
    gates, states = unit_memory(held, "z"), unit_memory(held, "h")
    assert gates.low.tolist() == [0.25, 0.25]
    assert gates.high.tolist() == [0.5, 0.0]
    assert states.low.tolist() == [0.25, 0.0]
    assert states.high.tolist() == [0.5, 0.0]
    unbounded: Any = Held(3 * state, gate, 1.0)
    assert np.isnan(unit_memory(unbounded, "h").low).all()


def test_of_a_real_capture(tmp_path: Path) -> None:
    torch.manual_seed(0)
    ids = np.random.default_rng(0).integers(0, 9, 700)
    kept = capture(
        Text(LanguageNetwork(9, named("lstm"), hidden=70, embedding=4), ids, [*"abcdefghi"], "x"), tmp_path / "c"
    )
    found = unit_memory(kept, "c")
    forget = kept.values("f").astype(np.float64)
    assert found.half_life == pytest.approx([np.log(0.5) / np.mean([np.log(f) for f in unit]) for unit in forget])
    assert found.low.shape == (70,)
    assert not np.isnan(unit_memory(kept, "f").high).any()
