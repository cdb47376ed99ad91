"""Windows, against slices worked out one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.data.panel_read import read_panel
from frontal.data.panel_windows import RandomWindows, WindowPlan, Windows, last_windows
from frontal.errors import FrontalError

PLAN = WindowPlan(4, 3, 0, False, (), "sine", (), ())


def panel_of(*series: list[float]):
    ids = [f"s{s}" for s, values in enumerate(series) for _ in values]
    steps = [step for values in series for step in range(len(values))]
    return read_panel({"unique_id": ids, "ds": steps, "y": [value for values in series for value in values]})


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.integers(-9, 9), min_size=3, max_size=12), min_size=1, max_size=4),
    st.integers(0, 5),
    st.data(),
)
def test_a_window_goes_back_to_what_was(series: list[list[int]], season: int, data) -> None:
    """The scaled past, target and naive path, scaled back, are the slices of the series."""
    panel = panel_of(*[[float(v) for v in values] for values in series])
    s = data.draw(st.integers(0, len(series) - 1))
    end = data.draw(st.integers(0, len(series[s]) - 1))
    windows = Windows(panel, replace(PLAN, season=season))
    cut = windows.at(torch.tensor([s]), torch.tensor([end]))
    past = [np.nan] * max(0, 3 - end) + series[s][max(0, end - 3) : end + 1]
    coming = (series[s][end + 1 : end + 4] + [np.nan] * 3)[:3]
    value, present = cut.window.past[0].T.numpy()
    assert present.tolist() == [0.0 if np.isnan(v) else 1.0 for v in past]
    back = (cut.level + cut.spread * torch.from_numpy(value)).numpy()[0]
    np.testing.assert_allclose(back[present > 0], np.array(past)[present > 0], atol=1e-5)
    np.testing.assert_allclose((cut.level + cut.spread * cut.target).numpy()[0], coming, atol=1e-5)
    naive = (cut.level + cut.spread * cut.window.naive).numpy()[0]
    for ahead in range(3):
        earlier = [end + 1 + ahead - turn * season for turn in range(1, 9)] if season else []
        found = [series[s][at] for at in earlier if max(0, end - 3) <= at <= end]
        assert naive[ahead] == pytest.approx(found[0] if found else float(cut.level), abs=1e-5)


def test_level_and_spread() -> None:
    windows = Windows(panel_of([0, 2, 4, 6, 9]), replace(PLAN, season=2))
    cut = windows.at(torch.tensor([0]), torch.tensor([3]))
    assert cut.level.item() == 5  # the mean of the last season, 4 and 6
    assert cut.spread.item() == pytest.approx(np.std([0, 2, 4, 6]))
    constant = Windows(panel_of([7, 7, 7, 7, 8]), PLAN).at(torch.tensor([0]), torch.tensor([3]))
    assert (constant.level.item(), constant.spread.item()) == (7, 7)
    zero = Windows(panel_of([0, 0, 0, 0, 8]), PLAN).at(torch.tensor([0]), torch.tensor([3]))
    assert (zero.level.item(), zero.spread.item()) == (0, 1)


def test_missing_values_are_marked_and_never_seen() -> None:
    windows = Windows(panel_of([1, np.nan, 3, 5, 2]), PLAN)
    cut = windows.at(torch.tensor([0]), torch.tensor([3]))
    assert cut.window.past[0, :, 1].tolist() == [1, 0, 1, 1]
    assert cut.window.past[0, 1, 0] == 0
    assert cut.spread.item() == pytest.approx(np.std([1, 3, 5]))


def test_a_window_that_knows_nothing_has_no_target() -> None:
    windows = Windows(panel_of([1, 2, *[np.nan] * 5, 3, 4]), PLAN)
    cut = windows.at(torch.tensor([0, 0]), torch.tensor([6, 7]))
    assert cut.window.past[0].abs().sum() == 0
    assert cut.target[0].isnan().all()
    assert windows.restored(torch.zeros(2, 3), cut)[0].tolist() == pytest.approx([np.nan] * 3, nan_ok=True)
    assert cut.target[1, 0] == pytest.approx((4 - 3) / 3)  # one known value: its size is the spread


def test_the_logarithm() -> None:
    plan = replace(PLAN, log=True)
    cut = Windows(panel_of([1, 10, 100, 1000, 50]), plan).at(torch.tensor([0]), torch.tensor([3]))
    back = Windows(panel_of([1, 2]), plan).restored(cut.target[:, :1], cut)
    assert back[0, 0] == pytest.approx(50, rel=1e-5)
    with pytest.raises(FrontalError, match="series 's1' has 0 at step 1; set log=false"):
        Windows(panel_of([1, 2], [1, 0]), plan)


@pytest.mark.parametrize("most", [2, 100])
def test_random_windows_stay_inside(most: int) -> None:
    series = [list(np.arange(10.0)), list(100 + np.arange(5.0))]
    windows = Windows(panel_of(*series), PLAN)
    torch.manual_seed(0)
    batches = RandomWindows(windows, 2, 3, most)
    seen = [(window, target) for window, target in batches]
    assert len(seen) == len(batches)
    assert all((~target.isnan()).any(1).all() for _, target in seen)  # something follows every window
    if most == 100:
        assert batches.all
        assert sum(len(target) for _, target in seen) == (10 - 2) + (5 - 2)


def test_last_windows_end_where_their_horizon_does() -> None:
    panel = panel_of(list(np.arange(10.0)), list(np.arange(7.0)))
    series, ends = last_windows(panel, np.array([6, 3]), 3, 100)
    assert list(zip(series.tolist(), ends.tolist(), strict=True)) == [(0, 6), (0, 3), (1, 3)]
    assert len(last_windows(panel, np.array([6, 3]), 3, 2)[0]) == 2
