"""The seasonal period: right on public series, on made-up cycles, and 1 where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from frontal.data import Frequency, guess_period, read_series
from frontal.errors import FrontalError

PUBLIC = {
    "airline/airline-passengers.csv": {12},
    "classic_series/daily-min-temperatures.csv": {365},
    "classic_series/monthly-sunspots.csv": {1},
    "classic_series/shampoo.csv": {1},
    "google_stock/Google_Stock_Price_Train.csv": {1},
    "metro_traffic/Metro_Interstate_Traffic_Volume.csv": {24, 168},
    "ett/ETTh1.csv": {24},
}


@pytest.mark.parametrize("file", PUBLIC)
def test_public_series_whole_and_training_part(file, data_dir: Path):
    series = read_series(data_dir / file)
    for part in (series, series.head(len(series) * 67 // 100)):
        period, note = guess_period(part.values, part.frequency)
        assert period in PUBLIC[file]
        assert note.startswith(f"period {period}: ")


@pytest.mark.parametrize("file", ["airline/airline-passengers.csv", "ett/ETTh1.csv", "classic_series/shampoo.csv"])
def test_public_series_without_times(file, data_dir: Path):
    assert guess_period(read_series(data_dir / file).values)[0] in PUBLIC[file]


@pytest.mark.parametrize(
    ("frequency", "period", "length"),
    [
        (Frequency("month"), 12, 96),
        (Frequency("month", 2), 6, 60),
        (Frequency("quarter"), 4, 40),
        (Frequency("week"), 52, 260),
        (Frequency("day"), 7, 200),
        (Frequency("day"), 365, 1500),
        (Frequency("business day"), 5, 100),
        (Frequency("hour"), 24, 240),
        (Frequency("hour"), 168, 1000),
        (Frequency("minute", 15), 96, 960),
        (Frequency("minute"), 60, 600),
        (None, 7, 100),
        (None, 12, 100),
        (None, 24, 240),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_noisy_cycle_on_a_trend(frequency, period, length, seed):
    steps = np.arange(length)
    noise = np.random.default_rng(seed).normal(size=length)
    values = 2 * np.sin(2 * np.pi * steps / period) + 0.4 * noise + 0.05 * steps
    assert guess_period(values, frequency)[0] == period


@pytest.mark.parametrize(("weekend", "period"), [(1.0, 24), (0.3, 168)])
def test_of_day_and_week_the_week_wins_only_when_its_days_differ(weekend, period):
    hours = np.arange(24 * 7 * 8)
    level = np.where(hours // 24 % 7 >= 5, weekend, 1.0)
    noise = np.random.default_rng(0).normal(size=len(hours))
    values = level * np.sin(2 * np.pi * hours / 24) + 0.05 * noise
    assert guess_period(values, Frequency("hour"))[0] == period


def test_long_cycle_without_times_is_nearly_found():
    noise = np.random.default_rng(0).normal(size=2000)
    assert guess_period(np.sin(np.arange(2000) * 2 * np.pi / 100) + 0.3 * noise)[0] == pytest.approx(100, abs=3)


NOTHING_REPEATS = {
    "random walk": np.cumsum,
    "noise": lambda noise: noise,
    "trend": lambda noise: np.arange(len(noise)) * 0.5 + noise,
    "smooth walk": lambda noise: np.cumsum(np.convolve(noise, np.ones(5), "same")),
}


@pytest.mark.parametrize("kind", NOTHING_REPEATS)
@pytest.mark.parametrize("frequency", [Frequency("month"), Frequency("day"), Frequency("hour"), None])
def test_no_cycle_in_nineteen_of_twenty(kind, frequency):
    lengths = [60, 200, 800, 1500]
    found = [
        guess_period(NOTHING_REPEATS[kind](np.random.default_rng(seed).normal(size=lengths[seed % 4])), frequency)[0]
        for seed in range(40)
    ]
    assert sum(period != 1 for period in found) <= 2


def test_yearly_and_short_and_constant():
    wave = np.tile([1.0, 5.0, 2.0], 20)
    assert guess_period(wave, Frequency("year")) == (1, "period 1: yearly rows have no natural cycle.")
    assert "too few" in guess_period(wave[:20], Frequency("month"))[1]
    assert guess_period(np.full(100, 3.0), Frequency("month"))[0] == 1
    assert guess_period(np.array([1.0, 2.0]))[0] == 1


def test_scale_and_offset_do_not_matter():
    wave = np.sin(np.arange(120) * 2 * np.pi / 12) + 0.2 * np.random.default_rng(1).normal(size=120)
    for scale, offset in ((1e-6, 0.0), (1e6, 0.0), (1.0, 1e6), (-1.0, 5.0)):
        assert guess_period(scale * wave + offset, Frequency("month"))[0] == 12


@pytest.mark.parametrize("values", [[1.0, np.nan, 2.0], [[1.0, 2.0]]])
def test_bad_values(values):
    with pytest.raises(FrontalError, match="finite numbers"):
        guess_period(values)
