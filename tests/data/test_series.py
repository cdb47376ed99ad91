"""Guessing and repair, against values worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.data import Frequency, Series, infer_frequency, read_series
from frontal.data.csvfile import parse_csv
from frontal.errors import FrontalError


def series_of(text: str, **named) -> Series:
    return read_series(parse_csv(text.encode(), "x.csv"), **named)


def stamps(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[s]")


def said(series: Series, *words: str) -> bool:
    return any(all(word in note for word in words) for note in series.notes)


@pytest.mark.parametrize(
    ("cells", "first", "second"),
    [
        (["1949-01", "1949-02"], "1949-01-01", "1949-02-01"),
        (["1-01", "1-02"], "0001-01-01", "0001-02-01"),
        (["2012-10-02 09:00:00", "2012-10-02 10:00:00"], "2012-10-02T09", "2012-10-02T10"),
        (["2012-10-02T09:00:00Z", "2012-10-02T11:00+01:00"], "2012-10-02T09", "2012-10-02T10"),
        (["1/3/2012", "1/31/2012"], "2012-01-03", "2012-01-31"),
        (["3/1/2012", "31/1/2012"], "2012-01-03", "2012-01-31"),
        (["03.01.2012 7:30", "04.01.2012 7:30"], "2012-01-03T07:30", "2012-01-04T07:30"),
        (["1/3/12 1:05 PM", "1/31/12 12:05 AM"], "2012-01-03T13:05", "2012-01-31T00:05"),
        (["Jan 2020", "Feb 2020"], "2020-01-01", "2020-02-01"),
        (["Sept-69", "Oct-69"], "1969-09-01", "1969-10-01"),
        (["2020 March", "2020 April"], "2020-03-01", "2020-04-01"),
        (["31 Dec 2020", "1 Jan 2021"], "2020-12-31", "2021-01-01"),
        (["Dec 31, 2020", "Jan 1, 2021"], "2020-12-31", "2021-01-01"),
        (["2020Q1", "2020-Q2"], "2020-01-01", "2020-04-01"),
        (["Q3 2020", "Q4 2020"], "2020-07-01", "2020-10-01"),
        (["2020-W53", "2021-W01"], "2020-12-28", "2021-01-04"),
        (["1999", "2000"], "1999-01-01", "2000-01-01"),
        (["20201231", "20210101"], "2020-12-31", "2021-01-01"),
        (["1600000000", "1600000060"], "2020-09-13T12:26:40", "2020-09-13T12:27:40"),
        (["1600000000000", "1600000060000"], "2020-09-13T12:26:40", "2020-09-13T12:27:40"),
        (["12/2020", "01/2021"], "2020-12-01", "2021-01-01"),
    ],
)
def test_times_that_are_understood(cells, first, second):
    rows = "".join(f'"{cell}",{i},x\n' for i, cell in enumerate(cells))
    series = series_of("date,y,note\n" + rows)
    assert series.time == "date"
    assert series.times is not None
    assert series.times.tolist() == stamps(first, second).tolist()


def test_day_or_month_first_by_even_spacing():
    months = [f"1/{month}/{year}" for year in (2019, 2020) for month in range(1, 13)]
    series = series_of("date,y\n" + "".join(f"{cell},{i}\n" for i, cell in enumerate(months)))
    assert str(series.frequency) == "monthly"
    assert said(series, "day first", "'1/1/2019' is 2019-01-01")
    weekdays = [f"1/{day}/2012" for day in (3, 4, 5, 6, 9, 10, 11, 12)]
    series = series_of("date,y\n" + "".join(f"{cell},{i}\n" for i, cell in enumerate(weekdays)))
    assert str(series.frequency) == "every business day"
    assert said(series, "month first")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "date,y\n1/2/2020,1\n1/3/2020,2\n1/4/2020,3\n",
            r"line 2: '1/2/2020' in column 'date' may have the day or the month",
        ),
        (
            "date,y\n13/1/2020,1\n1/14/2020,2\n",
            r"day first \(line 2: '13/1/2020'\) and the month first \(line 3: '1/14",
        ),
        (
            "date,y\n2020-01-01,1\n2020-01-02,2\nsoon,3\n",
            r"line 4: 'soon' in the time column 'date' is not a time like",
        ),
        ("date,y\n2020-02-29,1\n2020-02-30,2\n2020-03-01,2\n", r"line 3: '2020-02-30'"),
        (
            "date,y\n2020-01-01,1\n2020-01-02,lots\n2020-01-03,3\n",
            r"line 3, column 'y': 'lots' is not a number",
        ),
        (
            "date,y\n2020-01-01,1\n2020-01-02,inf\n2020-01-03,3\n",
            r"line 3, column 'y': inf is not a finite number",
        ),
        ("date,y\n2020-01-01,1\n2020-01-02,1e999\n2020-01-03,3\n", r"line 3, column 'y': inf"),
        ("date,y\n2020-01-01,1\n", "1 value; a series needs two"),
        (
            "date,y\n2020-01,1\n2020-02,\n2020-03,-\n2020-04,\n2020-05,1\n",
            "3 of 5 values in column 'y' are missing",
        ),
        ("date,y\n2020-01-01,a\n2020-01-02,b\n", "no column of numbers"),
        ("date,y\n2020-01-01,\n2020-01-02,\n", "no column of numbers"),
    ],
)
def test_bad_cells(text, message):
    with pytest.raises(FrontalError, match=message):
        series_of(text)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"target": "sale"}, "no column 'sale'; did you mean 'sales'"),
        ({"time": "dat"}, "no column 'dat'; did you mean 'date'"),
        ({"features": ["prices"]}, "no column 'prices'; did you mean 'price'"),
        ({"target": "date"}, "line 2, column 'date': '2020-01' is not a number"),
        ({"time": "shop"}, "line 2: 'north' in the time column 'shop' is not a time"),
        ({"target": "sales", "features": ["sales"]}, "'sales' is asked for twice"),
        ({"time": "sales", "target": "sales"}, "'sales' is asked for twice"),
    ],
)
def test_bad_columns(named, message):
    with pytest.raises(FrontalError, match=message):
        series_of("date,shop,sales,price\n2020-01,north,1,2\n2020-02,south,3,4\n", **named)


def test_target_is_the_last_numeric_column_and_said():
    series = series_of("date,price,sales,shop\n2020-01,1,2,a\n2020-02,3,4,b\n")
    assert series.target == "sales"
    assert said(series, "'sales'", "'price'", "--target COL")
    assert series_of("index,sales\n0,5\n1,6\n2,9\n").target == "sales"
    assert said(series_of("index,sales\n0,5\n1,6\n2,9\n"), "'index' only counts")


def test_years_alone_are_a_series_not_times():
    assert series_of("year\n1990\n1991\n").target == "year"


def test_unsorted_rows():
    series = series_of("date,y\n2020-01,1\n2020-03,3\n2020-02,2\n2020-05,5\n2020-04,4\n")
    assert series.values.tolist() == [1, 2, 3, 4, 5]
    assert said(series, "out of time order: 2 (lines 4, 6)")
    assert said(series_of("date,y\n2020-03,3\n2020-02,2\n2020-01,1\n"), "newest to oldest")


def test_repeated_times():
    series = series_of(
        "date,y,x\n2020-01,1,0\n2020-01,1,0\n2020-02,2,4\n2020-02,4,\n2020-02,,5\n2020-03,6,7\n",
        target="y",
        features=["x"],
    )
    assert series.values.tolist() == [1, 3, 6]
    assert series.features.tolist() == [[0], [4.5], [7]]
    assert said(series, "repeat another: 1 (line 3)", "dropped")
    assert said(series, "other values: 2 (lines 5, 6)", "averaged")


def test_missing_values_are_interpolated_in_time():
    series = series_of("date,y\n2021-01,\n2021-02,0\n2021-03,NA\n2021-04,59\n2021-05,?\n")
    assert series.values.tolist() == [0, 28, 59]  # February has 28 of the 59 days
    assert series.observed.tolist() == [True, False, True]
    assert said(series, "Missing values of 'y': 1 (line 4)")
    assert said(series, "beginning: 1 (line 2)")
    assert said(series, "end: 1 (line 6)")


def test_feature_ends_keep_the_nearest_value():
    series = series_of("date,x,y\n2021-01,,1\n2021-02,5,2\n2021-03,7,3\n2021-04,,4\n", target="y", features=["x"])
    assert series.features[:, 0].tolist() == [5, 5, 7, 7]
    assert said(series, "Missing values of 'x': 2 (lines 2, 5)")


def test_gaps_are_filled_and_said():
    series = series_of(
        "t,y\n" + "".join(f"2020-01-01 0{hour}:00,{y}\n" for hour, y in [(0, 0), (1, 1), (2, 2), (5, 8), (6, 9)])
    )
    assert series.values.tolist() == [0, 1, 2, 4, 6, 8, 9]
    assert series.observed.tolist() == [True, True, True, False, False, True, True]
    assert series.times is not None
    assert series.times[3] == np.datetime64("2020-01-01T03")
    assert said(series, "Absent rows, hourly: 2 (first after line 4, longest 2 after line 4)", "2020-01-01 03:00:00")


def test_mostly_gaps_stay_as_they_are():
    series = series_of("date,y\n2020-01-01,1\n2020-01-02,2\n2020-01-03,3\n2020-02-01,9\n")
    assert series.values.tolist() == [1, 2, 3, 9]
    assert series.frequency is None
    assert said(series, "mostly gaps: 28 of 32")


def test_irregular_times_stay_as_they_are():
    series = series_of("date,y\n2020-01-01,1\n2020-01-03,2\n2020-01-04,\n2020-01-09,9\n2020-01-11,3\n")
    assert series.values.tolist() == pytest.approx([1, 2, 2 + 7 / 6, 9, 3])
    assert series.frequency is None
    assert series.times is not None
    assert said(series, "not evenly spaced")


def test_rows_without_a_time_are_dropped():
    series = series_of("date,y\n2020-01,1\n,7\n2020-02,2\n")
    assert series.values.tolist() == [1, 2]
    assert said(series, "without a time in 'date': 1 (line 3)")


def test_faster_than_seconds_keeps_every_row():
    series = series_of("time,y\n" + "".join(f"2020-01-01 00:00:00.{i},{i}\n" for i in (0, 2, 1, 3)))
    assert series.values.tolist() == [0, 1, 2, 3]
    assert series.times is None
    assert said(series, "less than a second apart")


def test_plain_numbers_as_time_order_the_rows():
    series = series_of("depth,y\n3,30\n1,10\n2,20\n", time="depth")
    assert series.values.tolist() == [10, 20, 30]
    assert series.times is None
    assert said(series, "plain numbers")


def test_constant_is_allowed_and_said():
    series = series_of("date,y\n2020-01,5\n2020-02,5\n")
    assert said(series, "constant")


def test_head_is_the_first_steps():
    series = series_of("date,x,y\n2020-01,1,2\n2020-02,3,4\n2020-03,5,6\n", features=["x"])
    head = series.head(2)
    assert len(head) == 2
    assert head.values.tolist() == [2, 4]
    assert head.features.tolist() == [[1], [3]]
    assert head.times is not None
    assert head.times.tolist() == stamps("2020-01-01", "2020-02-01").tolist()
    assert head.observed.tolist() == [True, True]
    assert series_of("y\n1\n2\n").head(1).times is None


def test_the_source_is_not_changed():
    frame = pd.DataFrame({"y": [1.0, np.nan, 3.0, 1.0], "x": [1.0, 2.0, np.nan, 4.0]})
    kept = frame.copy()
    read_series(frame, target="y", features=["x"])
    array = np.array([1.0, np.nan, 3.0])
    series = read_series(array)
    series.values[0] = 99
    assert frame.equals(kept)
    assert array[0] == 1


BUSINESS = pd.bdate_range("2020-01-01", periods=12)


@pytest.mark.parametrize(
    ("times", "name", "following"),
    [
        (pd.date_range("2020-01-31", periods=5, freq="ME"), "monthly", "2020-06-30"),
        (pd.date_range("2020-01-15", periods=5, freq="MS") + pd.Timedelta(days=14), "monthly", "2020-07-15"),
        (stamps("2021-01-30", "2021-02-28", "2021-03-30"), "monthly", "2021-04-30"),
        (pd.date_range("2020-03-31", periods=4, freq="QE"), "quarterly", "2021-03-31"),
        (stamps("2020-06-30", "2020-09-30"), "quarterly", "2020-12-31"),  # ends, though none is a 31st
        (pd.date_range("2020-01-01", periods=4, freq="2MS"), "every 2 months", "2020-09-01"),
        (pd.date_range("2000-01-01", periods=9, freq="YS"), "yearly", "2009-01-01"),
        (pd.date_range("2000-12-31", periods=9, freq="YE"), "yearly", "2009-12-31"),
        (pd.date_range("2020-01-05", periods=9, freq="7D"), "weekly", "2020-03-08"),
        (pd.date_range("2020-01-05", periods=14, freq="28D"), "every 4 weeks", "2021-01-31"),
        (pd.date_range("2020-02-27", periods=3, freq="D"), "daily", "2020-03-01"),
        (BUSINESS, "every business day", "2020-01-17"),
        (BUSINESS.delete(7), "every business day", "2020-01-17"),
        (pd.date_range("2020-01-01", periods=9, freq="15min"), "every 15 minutes", "2020-01-01T02:15"),
        (pd.date_range("2020-01-01", periods=9, freq="6h"), "every 6 hours", "2020-01-03T06"),
        (pd.date_range("2020-01-01", periods=9, freq="10s"), "every 10 seconds", "2020-01-01T00:01:30"),
        (pd.date_range("2020-01-01", periods=9, freq="h").delete([3, 4]), "hourly", "2020-01-01T09"),
    ],
)
def test_frequencies(times, name, following):
    array = np.asarray(times).astype("datetime64[s]")
    frequency = infer_frequency(array)
    assert str(frequency) == name
    assert frequency is not None
    assert frequency.after(array[-1], 2)[0] == np.datetime64(following)


@settings(deadline=None, max_examples=40)
@given(
    code=st.sampled_from(["MS", "ME", "QE", "YS", "B", "D", "h", "30min", "W"]),
    start=st.datetimes(pd.Timestamp("1950-01-01"), pd.Timestamp("2050-01-01")),
    count=st.integers(14, 40),
)
def test_frequency_continues_as_pandas_does(code, start, count):
    times = (
        pd.date_range(pd.Timestamp(start).floor("D"), periods=count + 20, freq=code).to_numpy().astype("datetime64[s]")
    )
    frequency = infer_frequency(times[:count])
    assert frequency is not None
    assert frequency.after(times[count - 1], 20).tolist() == times[count:].tolist()
    positions = frequency.positions(times)
    assert positions is not None
    assert positions.tolist() == list(range(count + 20))


def test_labels_are_short():
    assert Frequency("month").label(stamps("1949-01-01")) == ["1949-01"]
    assert Frequency("month", day=31).label(stamps("1949-01-31")) == ["1949-01-31"]
    assert Frequency("year").label(stamps("1949-01-01")) == ["1949"]
    assert Frequency("day").label(stamps("1949-01-01")) == ["1949-01-01"]
    assert Frequency("hour").label(stamps("1949-01-01")) == ["1949-01-01 00:00:00"]


def test_the_business_day_after_a_weekend_is_monday():
    saturday = np.datetime64("2020-01-04")
    assert Frequency("business day").after(saturday, 2).tolist() == stamps("2020-01-06", "2020-01-07").tolist()


def test_negative_steps():
    with pytest.raises(FrontalError, match="steps must be >= 0"):
        Frequency("day").after(np.datetime64("2020-01-01"), -1)


def test_public_files(data_dir: Path):
    stock = read_series(data_dir / "google_stock" / "Google_Stock_Price_Train.csv", target="Close", features=["Volume"])
    assert len(stock) == 1258
    assert stock.values[0] == 663.59
    assert stock.values.max() > 1000  # "1,008.64" in quotes
    assert stock.features[0, 0] == 7380500
    assert str(stock.frequency) == "every business day"
    assert said(stock, "holidays")
    traffic = read_series(data_dir / "metro_traffic" / "Metro_Interstate_Traffic_Volume.csv")
    assert (traffic.target, str(traffic.frequency), len(traffic)) == ("traffic_volume", "hourly", 52551)
    assert traffic.observed.sum() == 40575
    assert said(traffic, "11976")
    sheets = read_series(data_dir / "classic_series" / "daily-min-temperatures.csv")
    assert len(sheets) == 3652  # two leap years lack 31 December


def test_columns_of_a_frame_that_hold_no_text():
    """Numbers that are all missing, and truth values, are neither times nor the end of the reading."""
    frame = pd.DataFrame({"a": [np.nan] * 3, "b": [True, False, True], "y": [1.0, 2.0, 4.0]})
    assert read_series(frame).values.tolist() == [1.0, 2.0, 4.0]
    with pytest.raises(FrontalError, match="the time column 'a' is empty"):
        read_series(frame, time="a", target="y")
