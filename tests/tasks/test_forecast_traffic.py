"""The traffic protocol: its preparation against the published one step by step, and a small run."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from frontal.errors import FrontalError
from frontal.tasks.forecast_traffic import read_traffic, traffic_run, weekly_profile_error
from frontal.tasks.forecast_traffic_settings import TrafficSettings
from frontal.training.progress import SilentProgress

rng = np.random.default_rng(0)


def table(rows: int = 400) -> dict[str, list]:
    times = [datetime(2015, 3, 4, 5) + timedelta(hours=hour) for hour in range(rows)]
    daily = [1000 + 500 * np.sin(time.hour * np.pi / 12) for time in times]
    return {
        "holiday": ["None"] * rows, "temp": rng.normal(280, 5, rows).tolist(), "rain_1h": [0.0] * rows,
        "snow_1h": [0.0] * rows, "clouds_all": rng.integers(0, 100, rows).astype(float).tolist(),
        "date_time": [str(time) for time in times], "traffic_volume": daily,
    }  # fmt: skip


def test_sequences_are_those_of_the_published_preparation() -> None:
    data = table()
    traffic = read_traffic(data, TrafficSettings())
    starts = range(0, 400 - 32, 4)
    assert traffic.inputs.shape == (len(starts), 32, 6)
    third = traffic.inputs[3, 5].numpy()  # row 3 · 4 + 5 of the file
    when = datetime(2015, 3, 4, 5) + timedelta(hours=17)
    temperature = data["temp"][17] - np.mean(data["temp"])
    expected = [temperature, 0, 0, data["clouds_all"][17], when.weekday(), np.sin(when.hour * np.pi / 24)]
    np.testing.assert_allclose(third, expected, rtol=1e-5, atol=1e-5)
    volume = np.array(data["traffic_volume"])
    assert traffic.targets[3, 5, 0] == pytest.approx((volume[17] - volume.mean()) / volume.std(), rel=1e-5)
    order = np.random.RandomState(23489).permutation(len(starts))
    assert traffic.validation.tolist() == order[:9].tolist()
    assert traffic.test.tolist() == order[9:22].tolist()
    assert sorted([*traffic.training, *traffic.validation, *traffic.test]) == list(range(len(starts)))


def test_the_weekly_profile_knows_what_depends_on_the_hour_only() -> None:
    assert weekly_profile_error(read_traffic(table(1000), TrafficSettings())) < 1e-9


def test_a_small_run(tmp_path: Path) -> None:
    said: list[str] = []
    result = traffic_run(
        table(), TrafficSettings(epochs=2, hidden=4), tmp_path / "run", progress=SilentProgress(), say=said.append
    )
    assert result["metrics"]["mse_test"] == result["table"]["frontal"] > 0
    assert result["table"]["LSTM, published"] == 0.169
    assert "does not beat the mean of the same weekday and hour" in result["verdict"]
    assert any("overlap" in text for text in said)
    page = (tmp_path / "run" / "report.html").read_text()
    assert "frontal forecast &#x27;the data&#x27; --preset ltc-traffic --hidden 4 --set epochs=2" in page


def test_another_file_is_refused() -> None:
    with pytest.raises(FrontalError, match="no column 'snow_1h'; the preset ltc-traffic reads"):
        read_traffic({name: values for name, values in table().items() if name != "snow_1h"}, TrafficSettings())
    with pytest.raises(FrontalError, match="40 rows make 2 sequences"):
        read_traffic(table(40), TrafficSettings())


def test_the_public_file_makes_the_published_number_of_sequences(data_dir: Path) -> None:
    """(48204 - 32) / 4 rounded up, of which 10 % and 15 % are held out."""
    traffic = read_traffic(data_dir / "metro_traffic" / "Metro_Interstate_Traffic_Volume.csv", TrafficSettings())
    assert len(traffic.inputs) == 12043
    assert (len(traffic.validation), len(traffic.test)) == (1204, 1806)
