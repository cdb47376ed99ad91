"""A second file goes on where the first ends: overlaps, gaps and holidays, told and without looking ahead."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from frontal.data.continuation import continued
from frontal.data.series import Series, read_series
from frontal.errors import FrontalError


def days(first: str, values: list[float], step: str = "D", **more: list[float]) -> Series:
    times = np.datetime64(first, step) + np.arange(len(values))
    return read_series(
        {"day": times.astype("datetime64[s]"), "price": values, **more}, target="price", features=tuple(more)
    )


WEEK = days("2024-01-01", [1, 2, 3, 4, 5, 6, 7.5])


def test_what_follows_is_put_behind() -> None:
    joined, start = continued(WEEK, days("2024-01-08", [8, 9]))
    assert start == 7 and joined.values.tolist() == [1, 2, 3, 4, 5, 6, 7.5, 8, 9]
    assert str(joined.frequency) == "daily" and joined.times is not None
    assert joined.times[-1] == np.datetime64("2024-01-09") and len(joined.features) == 9
    assert joined.notes[: len(WEEK.notes)] == WEEK.notes


def test_rows_that_are_known_already_are_dropped_and_differences_told() -> None:
    joined, start = continued(WEEK, days("2024-01-06", [6, 70, 8, 9]))
    assert start == 7 and joined.values[5:].tolist() == [6, 7.5, 8, 9]
    assert "2 of 4 rows are not after 2024-01-07; they were dropped, though 1 of them differ" in joined.notes[-1]


def test_steps_in_neither_hold_the_last_value_so_that_nothing_is_known_early() -> None:
    joined, start = continued(days("2024-01-01", [1, 2, 3, 4], x=[9, 8, 7, 6]), days("2024-01-07", [7, 8], x=[1, 2]))
    assert start == 6 and joined.values.tolist() == [1, 2, 3, 4, 4, 4, 7, 8]
    assert joined.features[:, 0].tolist() == [9, 8, 7, 6, 6, 6, 1, 2]
    assert joined.observed.tolist() == [True] * 4 + [False] * 2 + [True] * 2
    assert "2 steps between 2024-01-04 and 2024-01-07 are in neither" in joined.notes[-1]


def test_business_days_without_a_row_are_holidays() -> None:
    christmas = ["2016-12-22", "2016-12-23", "2016-12-27", "2016-12-28", "2016-12-29", "2016-12-30"]
    first = read_series({"day": np.array(christmas, "datetime64[s]"), "price": [1.0, 2, 3, 4, 5, 6]})
    joined, start = continued(first, days("2017-01-03", [7, 8]))
    assert start == 6 and len(joined) == 8 and str(joined.frequency) == "every business day"
    assert joined.notes[-1] == (
        "1 business day between 2016-12-30 and 2017-01-03 without a row: taken as days without trade, not filled."
    )


def test_off_the_steps_the_rows_count_as_steps() -> None:
    joined, start = continued(days("2024-01-01", [1, 2, 3], "W"), days("2024-02-02", [4, 5]))
    assert start == 3 and joined.frequency is None and "no weekly steps" in joined.notes[-1]


def test_without_times_the_rows_follow() -> None:
    joined, start = continued(read_series([1.0, 2, 3]), read_series([4.0, 5]))
    assert start == 3 and joined.values.tolist() == [1, 2, 3, 4, 5] and joined.times is None
    assert "neither has times" in joined.notes[-1]


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (days("2024-01-02", [1, 2]), "ends 2024-01-03, and the dictionary goes on until 2024-01-07"),
        (days("2024-03-01", [1, 2]), "53 steps between 2024-01-07 and 2024-03-01 are in neither"),
        (read_series({"price": [1.0, 2]}), "has times and .* has none; name the column"),
        (days("2024-01-08", [8, 9], x=[1, 2]), r"feature_names \('x',\)"),
    ],
)
def test_what_does_not_go_on_is_refused(second: Series, message: str) -> None:
    with pytest.raises(FrontalError, match=message):
        continued(WEEK, second)


def test_the_share_prices(data_dir: Path) -> None:
    folder = data_dir / "google_stock"
    first, second = (
        read_series(folder / f"Google_Stock_Price_{part}.csv", target="Open") for part in ("Train", "Test")
    )
    joined, start = continued(first, second)
    assert start == 1258 and len(joined) == 1278 and joined.values[start] == 778.81
    assert "1 business day between 2016-12-30 and 2017-01-03" in joined.notes[-1]
