"""Calendar features, against Python's own calendar."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontal.data.calendar import calendar, calendar_for
from frontal.data.frequency import Frequency
from frontal.errors import FrontalError


@given(st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1)))
def test_one_hot_is_what_datetime_says(when: datetime) -> None:
    coded = calendar(np.array([when], "datetime64[s]"), ("hour", "weekday", "monthday", "month"), "one-hot")[0]
    expected = [when.hour, 24 + when.weekday(), 31 + when.day - 1, 62 + when.month - 1]
    assert np.flatnonzero(coded).tolist() == expected
    assert coded.shape == (74,)


@given(st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1)))
def test_sines_turn_once_a_cycle(when: datetime) -> None:
    stamp = np.array([when], "datetime64[s]")
    hours = when.hour + when.minute / 60 + when.second / 3600
    for name, position, turn in (("hour", hours, 24), ("yearday", when.timetuple().tm_yday - 1, 366)):
        first = calendar(stamp, (name,))[0]
        waves = len(first) // 2
        assert first[0] == pytest.approx(np.sin(2 * np.pi * position / turn), abs=1e-9)
        assert first[waves] == pytest.approx(np.cos(2 * np.pi * position / turn), abs=1e-9)


def test_what_suits_a_step() -> None:
    day = np.timedelta64(1, "D")
    assert calendar_for(Frequency("hour"), 100 * day) == ("hour", "weekday")
    assert calendar_for(Frequency("minute", 15), 7 * day) == ("hour",)
    assert calendar_for(Frequency("day"), 1000 * day) == ("weekday", "yearday")
    assert calendar_for(Frequency("week"), 1000 * day) == ("yearday",)
    assert calendar_for(Frequency("month"), 4000 * day) == ("month",)
    assert calendar_for(Frequency("year"), 40000 * day) == ()
    assert calendar_for(None, 100 * day) == ()


def test_wrong_names() -> None:
    with pytest.raises(FrontalError, match="did you mean 'weekday'"):
        calendar(np.array(["2020"], "datetime64[s]"), ("weekdays",))
    with pytest.raises(FrontalError, match="366 features; take month"):
        calendar(np.array(["2020"], "datetime64[s]"), ("yearday",), "one-hot")
