"""`frontal forecast`, `predict` and `evaluate` on many series, from files to files."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from frontal.cli import main

rng = np.random.default_rng(0)
QUICK = ["--horizon", "3", "--set", "epochs=2", "--set", "members=1", "--set", "hidden=4", "--set", "batches=3"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def long_file(ahead: int = 3) -> str:
    lines = ["unique_id,ds,y,promo"]
    for s in range(3):
        for day in range(40 + ahead):
            value = "" if day >= 40 else f"{10 + s + 3 * (day % 7) + rng.normal():.3f}"
            lines.append(f"shop{s},{date(2022, 1, 3) + timedelta(days=day)},{value},{int(rng.random() < 0.2)}")
    Path("shops.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return "shops.csv"


def said(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out)


def test_forecast_predict_and_evaluate(capsys: pytest.CaptureFixture[str]) -> None:
    source = long_file()
    assert main(["forecast", source, *QUICK, "--set", "known=promo", "--json"]) == 0
    result = said(capsys)
    assert result["kind"] == "panel"
    assert set(result["table"]) == {"test", "last value", "seasonal naive"}
    assert result["windows"] == 3
    run = Path(result["run"])
    assert run.name == "shops"
    written = list(csv.DictReader(io.StringIO((run / "forecast.csv").read_text())))
    assert [row["unique_id"] for row in written[::3]] == ["shop0", "shop1", "shop2"]
    assert written[0]["ds"] == "2022-02-12"
    assert "Forecast of 3 series" in (run / "report.html").read_text(encoding="utf-8")
    assert main(["predict", str(run), "--json", "--out", "next.csv"]) == 0
    assert said(capsys)["forecast"] == result["forecast"]
    assert Path("next.csv").read_bytes() == (run / "forecast.csv").read_bytes()
    assert main(["evaluate", str(run), source, "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["windows"] > 3
    assert "trained on some of these values" in captured.err


def test_what_a_person_sees(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forecast", long_file(0), *QUICK, "--out", "run"]) == 0
    shown = capsys.readouterr().out
    for words in ("3 steps ahead, 3 windows of 3 series", "hardest series", "lower_80", "saved in "):
        assert words in shown
    assert main(["evaluate", "run", "shops.csv"]) == 0
    assert "seasonal naive" in capsys.readouterr().out


def test_future_features_from_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    source = long_file(0)
    options = [*QUICK, "--set", "known=promo", "--set", "test=0"]
    assert main(["forecast", source, *options, "--out", "run"]) == 2
    assert "features known ahead are missing" in capsys.readouterr().err
    assert main(["forecast", long_file(3), *options, "--out", "run"]) == 0
    capsys.readouterr()
    days = [date(2022, 1, 3) + timedelta(days=40 + day) for day in range(3)]
    lines = [f"shop{s},{day},1" for s in range(3) for day in days]
    Path("ahead.csv").write_text("unique_id,ds,promo\n" + "\n".join(lines) + "\n", encoding="utf-8")
    assert main(["predict", "run", "--future", "ahead.csv", "--json"]) == 0
    assert len(said(capsys)["forecast"]) == 9


def test_a_wide_file_and_its_continuation(capsys: pytest.CaptureFixture[str]) -> None:
    series = [[10 + s + 2 * (t % 4) for t in range(43)] for s in range(3)]
    for name, part in (("train.csv", slice(0, 40)), ("test.csv", slice(40, 43))):
        titles = [f"V{n}" for n in range(1, len(range(43)[part]) + 2)]
        rows = [[f"H{s}", *values[part]] for s, values in enumerate(series)]
        Path(name).write_text("\n".join(",".join(map(str, row)) for row in [titles, *rows]) + "\n")
    words = ["forecast", "train.csv", "--test", "test.csv", *QUICK, "--set", "periods=4", "--json"]
    assert main(words) == 0
    result = said(capsys)
    assert result["windows"] == 3
    assert result["table"]["seasonal naive"]["smape"] == 0
    assert result["forecast"][0]["ds"] == 44  # after the test


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--features", "promo"], "--features belongs to a single series"),
        (["--set", "known=prom"], "did you mean 'promo'"),
        (["--set", "paneel=each"], "did you mean 'panel'"),
        (["--panel", "eech"], "did you mean 'each'"),
        (["--unique-id", "shop"], "has no column 'shop'"),
    ],
)
def test_what_is_refused(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forecast", long_file(), *words]) == 2
    assert message in capsys.readouterr().err


def test_other_names_of_columns(capsys: pytest.CaptureFixture[str]) -> None:
    text = Path(long_file(0)).read_text().replace("unique_id,ds,y", "shop,day,sales")
    Path("shops.csv").write_text(text)
    words = ["forecast", "shops.csv", "--unique-id", "shop", "--target", "sales", *QUICK, "--json"]
    assert main(words) == 0
    assert list(said(capsys)["forecast"][0])[:3] == ["shop", "day", "frontal"]
    assert main(["predict", "runs/shops", "shops.csv", "--future", "shops.csv"]) in (0, 2)
    assert main(["forecast", "airline", "--set", "epochs=1", "--set", "members=1", "--out", "single"]) == 0
    assert main(["predict", "single", "--future", "x.csv"]) == 2
    assert "learned a single series" in capsys.readouterr().err
