"""Windows are the obvious slices, without copies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.data import windows
from frontal.errors import FrontalError


@settings(deadline=None, max_examples=40)
@given(T=st.integers(2, 30), C=st.integers(0, 3), context=st.integers(1, 12), horizon=st.integers(1, 12))
def test_windows_are_slices(T, C, context, horizon):
    values = np.random.default_rng(0).normal(size=(T, C) if C else T)
    if context + horizon > T:
        with pytest.raises(FrontalError, match=f"does not fit into {T} values"):
            windows(values, context, horizon)
        return
    inputs, targets = windows(values, context, horizon)
    columns = values.reshape(T, -1)
    N = T - context - horizon + 1
    assert inputs.shape == (N, context, columns.shape[1])
    assert targets.shape == (N, horizon)
    for n in range(N):
        assert np.array_equal(inputs[n], columns[n : n + context])
        assert np.array_equal(targets[n], columns[n + context : n + context + horizon, 0])
    assert np.shares_memory(inputs, values)
    assert np.shares_memory(targets, values)


@pytest.mark.parametrize(
    ("shape", "context", "horizon", "message"),
    [
        (10, 0, 1, "context must be a whole number of steps >= 1, got 0"),
        (10, 3, 0, "horizon must be"),
        (10, 2.0, 1, "context must be"),
        (10, True, 1, "context must be"),
        (10, 8, 3, "context up to 7 with horizon 3, or horizon up to 2 with context 8"),
        (10, 8, 30, "possible: horizon up to 2 with context 8"),
        (10, 80, 30, r"context \+ horizon may be 10 at most"),
        (0, 1, 1, "at least 2 values"),
        ((2, 2, 2), 1, 1, r"\(T,\) or \(T, C\), got \(2, 2, 2\)"),
        ((), 1, 1, r"got \(\)"),
    ],
)
def test_bad_windows(shape, context, horizon, message):
    with pytest.raises(FrontalError, match=message):
        windows(np.zeros(shape), context, horizon)
