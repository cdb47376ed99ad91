"""Panels from tables, against values worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.data.csvfile import parse_csv
from frontal.data.panel import Panel, PanelRoles, refuse_short
from frontal.data.panel_future import continued, refuse_unknown_future, with_future
from frontal.data.panel_read import holds_panel, library_of, panel_layout, read_panel
from frontal.data.series import read_series
from frontal.errors import FrontalError

LONG = """unique_id,ds,y,price,kind
b,2020-01-02,11,1.5,big
a,2020-01-01,1,2,small
a,2020-01-04,4,2,small
b,2020-01-01,10,1,big
a,2020-01-02,,2.5,small
a,2020-01-05,,3,small
"""


def panel_of(text: str, **roles) -> Panel:
    return read_panel(parse_csv(text.encode(), "x.csv"), PanelRoles(**roles))


def test_long_rows_in_any_order() -> None:
    panel = panel_of(LONG, known=("price",), static=("kind",))
    assert panel.ids == ("b", "a")
    assert panel.lengths.tolist() == [2, 4]
    assert panel.series(0).tolist() == [10, 11]
    np.testing.assert_array_equal(panel.series(1), [1, np.nan, np.nan, 4])  # the third day has no row
    np.testing.assert_array_equal(panel.known[panel.starts[1] :, 0], [2, 2.5, np.nan, 2, 3])  # and one is ahead
    assert panel.static_names == ("kind=big", "kind=small")
    assert panel.static.tolist() == [[1, 0], [0, 1]]
    assert str(panel.times[panel.ends[1]]) == "2020-01-04T00:00:00"
    assert any("Steps without a row: 1 of 7" in note for note in panel.notes)
    assert any("Rows behind the last value of their series: 1" in note for note in panel.notes)


def test_rows_behind_the_last_value_need_known_features() -> None:
    panel = panel_of(LONG, past=("price",))
    assert len(panel.values) == panel.lengths.sum() == 6


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table, dict])
def test_every_frame_is_read_alike(frame) -> None:
    columns = {"unique_id": [1, 1, 2], "ds": [0, 2, 7], "y": [1.0, 3.0, 5.0]}
    data = frame(columns)
    panel = read_panel(data)
    assert panel.ids == ("1", "2")
    assert panel.numbered
    np.testing.assert_array_equal(panel.values, [1, np.nan, 3, 5])
    assert panel.steps.tolist() == [0, 1, 2, 7]
    assert library_of(data) == {dict: None, pa.table: "pyarrow", pd.DataFrame: "pandas"}.get(frame, "polars")
    assert holds_panel(data)


def test_one_row_a_series(tmp_path: Path) -> None:
    text = ",".join(f"V{n}" for n in range(1, 11)) + "\n" + "H1," + "1," * 8 + "2\nH2,,5,6,,7,,,,\n"
    path = tmp_path / "wide.csv"
    path.write_text(text)
    assert holds_panel(path)
    panel = read_panel(path)
    assert panel.ids == ("H1", "H2")
    assert panel.lengths.tolist() == [9, 4]
    np.testing.assert_array_equal(panel.series(1), [5, 6, np.nan, 7])
    assert panel.steps[panel.starts[1]] == 2


def test_data_sets_go_by_their_names(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTAL_DATA", str(data_dir))
    assert holds_panel("m4/Hourly-train.csv")
    assert not holds_panel("ett")
    assert len(read_panel("m4/Hourly-test.csv")) == 414


def test_one_row_a_series_with_dates_in_the_titles() -> None:
    titles = [f"2020-{month:02d}" for month in range(1, 13)]
    panel = panel_of("name," + ",".join(titles) + "\nx,,2," + ",".join("3" * 10) + "\n")
    assert panel.roles.layout == "rows"
    assert str(panel.frequency) == "monthly"
    assert str(panel.times[0])[:7] == "2020-02"


def test_one_column_a_series() -> None:
    panel = panel_of("day,a,b\n2020-01-01,1,\n2020-01-02,2,8\n2020-01-04,3,9\n2020-01-05,,5\n", layout="columns")
    assert panel.ids == ("a", "b")
    np.testing.assert_array_equal(panel.series(0), [1, 2, np.nan, 3])
    np.testing.assert_array_equal(panel.series(1), [8, np.nan, 9, 5])
    assert str(panel.times[panel.starts[1]])[:10] == "2020-01-02"


def test_statics_from_a_table_of_their_own() -> None:
    statics = {"unique_id": ["a", "b"], "size": [3.0, 4.0]}
    panel = read_panel({"unique_id": ["b", "a"] * 3, "y": [1.0] * 6}, statics=statics)
    assert panel.static.tolist() == [[4.0], [3.0]]
    with pytest.raises(FrontalError, match="no row for series 'c'"):
        read_panel({"unique_id": ["c"] * 3, "y": [1.0] * 3}, statics=statics)


@pytest.mark.parametrize(
    ("text", "roles", "message"),
    [
        (LONG + "a,2020-01-04,5,2,small\n", {}, r"'a' has two rows for 2020-01-04 that differ \(lines 4, 8\)"),
        (LONG.replace("a,2020-01-04,4,2,small", "a,2020-01-04,4,2,big"), {"static": ("kind",)}, "line 4.*'kind=big'"),
        (LONG.replace(",10,", ",ten,"), {}, "line 5, column 'y': 'ten' is not a number"),
        (LONG.replace(",10,", ",inf,"), {}, "line 5, column 'y': inf is not a finite number"),
        (LONG + "c,2020-01-01,,2,small\n", {}, "series 'c' holds no value of 'y'"),
        (LONG + "c,,1,2,small\n", {}, "line 8: the time in column 'ds' is missing"),
        (LONG, {"known": ("prize",)}, "did you mean 'price'"),
        (LONG, {"known": ("price",), "past": ("price",)}, "'price' has two roles"),
        (LONG, {"layout": "rows", "known": ("price",)}, "need the long layout"),
        ("unique_id,ds,y\na,2020-01-01,1\na,2020-01-02,1\nb,2020-01-01 06:00,1\nb,2020-01-01 18:00,1\n", {},
         "series 'b' has times off the step of the others"),
        ("unique_id,ds,y\na,1,1\na,2.5,1\n", {}, "step 2.5 is not a whole number"),
        ("unique_id,ds,y\na,1,1\na,9000000,1\n", {}, "2 rows would be spread over 9000000 steps"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, roles: dict, message: str) -> None:
    with pytest.raises(FrontalError, match=message):
        panel_of(text, **roles)


def test_holes_in_features_are_told() -> None:
    panel = panel_of(LONG.replace("4,2,small", "4,,small"), known=("price",))
    assert any("Missing values of feature 'price': 1 (line 4)" in note for note in panel.notes)


def test_repeated_rows_are_dropped_and_told() -> None:
    panel = panel_of(LONG + "a,2020-01-04,4,2,small\n")
    assert any("Rows that repeat another: 1 (line 8)" in note for note in panel.notes)


def test_layouts_by_titles() -> None:
    assert panel_layout(["unique_id", "ds", "y"]) == "long"
    assert panel_layout(["Series_ID", "when", "y"]) == "long"
    assert panel_layout([f"V{n}" for n in range(1, 12)]) == "rows"
    assert panel_layout(["date", "HUFL", "HULL", "OT"]) is None
    assert panel_layout(["t", *(f"x{n}" for n in range(3))]) is None
    assert panel_layout(["time", *(f"s{n}" for n in range(20))]) is None  # sensors, one a column
    assert panel_layout([f"column_{n}" for n in range(1, 20)]) is None  # a file without a header
    assert not holds_panel("-")
    assert not holds_panel("airline")


def test_a_single_series_is_not_read_out_of_many() -> None:
    with pytest.raises(FrontalError, match=r"holds 2 series, named by column 'unique_id': use frontal\.Panel"):
        read_series(parse_csv(LONG.encode(), "x.csv"))
    one = "".join(line + "\n" for line in LONG.splitlines() if not line.startswith("b"))
    assert len(read_series(parse_csv(one.encode(), "x.csv"), target="y")) == 4


def test_short_series_are_named() -> None:
    with pytest.raises(FrontalError, match=r"1 of 2 series are too short, 3 steps are needed \(why\): 'b' has 2"):
        refuse_short(panel_of(LONG), 3, "why")


FUTURE = {"unique_id": ["a", "b", "b"], "ds": ["2020-01-05", "2020-01-04", "2020-01-03"], "price": [7.0, 9.0, 8.0]}


def test_future_features_find_their_steps() -> None:
    panel = with_future(panel_of(LONG, known=("price",)), FUTURE)
    behind = panel.starts[:-1] + panel.lengths
    assert panel.known[behind[0] : behind[0] + 2, 0].tolist() == [8, 9]
    assert panel.known[behind[1], 0] == 7
    refuse_unknown_future(panel, 1)
    with pytest.raises(FrontalError, match=r"series 'a' lacks 'price' for 1 of 2 steps, first for 2020-01-06"):
        refuse_unknown_future(panel, 2)
    with pytest.raises(FrontalError, match="row 0: series 'z' is not in"):
        with_future(panel, {**FUTURE, "unique_id": ["z", "b", "b"]})


def test_a_second_file_goes_on() -> None:
    first = read_panel({"unique_id": ["a", "a", "b"], "y": [1.0, 2, 3]})
    later = read_panel({"unique_id": ["b", "b", "a"], "y": [4.0, 5, 6]})
    both = continued(first, later)
    assert both.series(0).tolist() == [1, 2, 6]
    assert both.series(1).tolist() == [3, 4, 5]
    with pytest.raises(FrontalError, match="unknown 'c'"):
        continued(first, read_panel({"unique_id": ["c"], "y": [4.0]}))
    dated = panel_of(LONG)
    with pytest.raises(FrontalError, match="begins at 2020-01-0"):
        continued(dated, dated)


@settings(max_examples=40)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(0, 7), st.randoms(use_true_random=False))
def test_ahead_take_and_until_keep_the_values(lengths: list[int], steps: int, random) -> None:
    ids = [f"s{s}" for s, n in enumerate(lengths) for _ in range(n)]
    days = [f"2020-02-{day + 1:02d}" for n in lengths for day in range(n)]
    panel = read_panel({"unique_id": ids, "ds": days, "y": [float(i) for i in range(len(ids))]})
    if panel.frequency is None:
        return
    longer = panel.ahead(steps)
    assert (np.diff(longer.starts) == np.array(lengths) + steps).all()
    chosen = random.sample(range(len(lengths)), len(lengths))
    for place, s in enumerate(chosen):
        np.testing.assert_array_equal(longer.take(chosen).series(place), panel.series(s))
    rows = longer.ends[:, None] + np.arange(steps + 1)
    assert (np.diff(longer.times[rows], axis=1) == np.timedelta64(1, "D")).all()
    shorter = longer.until(np.ones(len(lengths), np.int64))
    assert np.isnan(shorter.values).sum() == len(longer.values) - len(lengths)
