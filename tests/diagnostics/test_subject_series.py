"""A forecasting network along a series, and what its units may watch there."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal import FrontalError
from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.predicate import truths
from frontal.diagnostics.predicates_series import DAYS, SERIES, Steps
from frontal.diagnostics.subject_series import Series
from frontal.layers.window_forecast import WindowForecast

T, C, H = 7, 2, 4


def subject(count: int, T: int = T) -> tuple[Series, Any]:
    torch.manual_seed(0)
    model = WindowForecast(named("gru"), C, T, 3, hidden=H).eval()
    for p in model.parameters():
        torch.nn.init.normal_(p, std=0.5)
    values = np.random.default_rng(0).normal(size=count + T)
    places = np.arange(T - 1, T - 1 + count)
    windows = torch.from_numpy(values[places[:, None] + np.arange(1 - T, 1)]).float()[..., None].repeat(1, 1, C)
    followed = torch.from_numpy(values[places + 1]).float()
    return Series(
        model, windows, followed=followed, places=places, values=values, times=None, channels=["x", "y"], name="noise"
    ), values


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 60), st.integers(2, 9))
def test_windows_stand_one_behind_another_up_to_the_last(count: int, T: int) -> None:
    made, _ = subject(count, T)
    nothing = torch.zeros(count, 3)
    said = [made.tracks(p, nothing[: (p.stop - p.first) // T])["place"] for p in made.pieces()]
    places = np.concatenate(said)
    assert np.array_equal(places, np.arange(places[0], places[-1] + 1))
    assert places[-1] == T - 1 + count - 1
    assert places[0] < T
    assert len(places) == len(made)


def test_states_are_those_of_each_window_alone(tmp_path: Path) -> None:
    made, values = subject(2000)
    kept = capture(made, tmp_path / "c")
    model: Any = made.model
    for k in (0, 3, len(made.windows) - 1):
        with torch.no_grad():
            states, _ = model.recurrent(made.windows[k : k + 1])
            answer = model(made.windows[k : k + 1])
        steps = slice(k * T, (k + 1) * T)
        np.testing.assert_allclose(kept.values("h", steps=steps), states[0].T, atol=1e-3)
        assert kept.track("answer", steps)[-1] == pytest.approx(float(answer[0, 0]), abs=1e-5)
        assert np.isnan(kept.track("answer", steps)[:-1]).all()
        place = int(kept.track("place", steps)[-1])
        assert kept.track("value", steps)[-1] == pytest.approx(values[place])
        assert kept.track("followed", steps)[-1] == pytest.approx(values[place + 1], abs=1e-6)
    assert np.flatnonzero(kept.track("fresh")).tolist() == list(range(0, len(made), T))
    assert kept.index.facts == {"times": None, "channels": ["x", "y"], "context": T}


def test_a_series_without_a_window_is_refused() -> None:
    with pytest.raises(FrontalError, match="too short"):
        subject(0)


def test_predicates_of_the_calendar_are_pythons() -> None:
    first = datetime(2023, 11, 27, 5)
    times = [first + timedelta(hours=7 * k) for k in range(400)]
    values = np.arange(400.0)
    said = truths(SERIES, Steps(values, np.array(times, dtype="datetime64[s]"), values, np.arange(400) % 8, 8), 400)
    for k, day in enumerate(DAYS):
        assert said[day].tolist() == [t.weekday() == k for t in times]
    assert said["weekend"].tolist() == [t.weekday() >= 5 for t in times]
    assert said["night (0 to 6 h)"].tolist() == [t.hour < 6 for t in times]
    assert said["evening (18 to 24 h)"].tolist() == [t.hour >= 18 for t in times]
    assert said["June to August"].tolist() == [t.month in {6, 7, 8} for t in times]
    assert said["December to February"].tolist() == [t.month in {12, 1, 2} for t in times]
    assert said["first week of the month"].tolist() == [t.day <= 7 for t in times]


def test_predicates_of_the_values() -> None:
    values = np.array([0, 1, 3, 2, 2, 5, 4, 10], dtype=float)
    said = truths(SERIES, Steps(values, None, values - 2, np.arange(8) % 4, 4), 8)
    assert said["rising"].tolist() == [False, True, True, False, False, True, False, True]
    assert said["falling"].tolist() == [False, False, False, True, False, False, True, False]
    assert said["a local peak"].tolist() == [False, False, True, False, False, True, False, False]
    assert said["a local dip"].tolist() == [False] * 6 + [True, False]
    assert said["level in the upper half"].tolist() == [False, False, True, False, False, True, True, True]
    assert said["input above 0"].tolist() == [False, False, True, False, False, True, True, True]
    assert said["first step of the window"].tolist() == [True, False, False, False] * 2
    assert said["last quarter of the window"].tolist() == [False, False, False, True] * 2
    assert not said["Monday"].any()
    assert len({p.name for p in SERIES}) == len(SERIES)
