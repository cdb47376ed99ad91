"""`frontal evaluate RUN DATA --anomalies FILE`: every step with its surprise."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from frontal import Forecaster
from frontal.cli import main

VALUES = 50 + 10 * np.sin(np.arange(260) * 2 * np.pi / 12) + np.random.default_rng(0).normal(size=260)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("anomalies")
    Forecaster(members=4, epochs=8, horizon=2, validation=0.25, target="y").fit({"y": VALUES[:160]}).save(path / "run")
    spoilt = VALUES[160:].copy()
    spoilt[60] = 95
    (path / "new.csv").write_text("y\n" + "".join(f"{value:.3f}\n" for value in spoilt))
    return path


def test_it_writes_every_step_and_a_picture(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "steps.csv"
    assert main(["evaluate", str(folder / "run"), str(folder / "new.csv"), "--anomalies", str(out)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "are anomalies; if all were ordinary, about" in said and "steps.png" in said
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert len(rows) == 100 and rows[60]["anomaly"] == "true" and rows[0]["p_value"] == ""
    assert float(rows[60]["y"]) == 95 and float(rows[60]["expected"]) < 75
    assert out.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_json_has_the_flagged_steps(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["evaluate", str(folder / "run"), str(folder / "new.csv"), "--anomalies", str(folder / "b.csv")]
    assert main([*words, "--false-alarms", "0.02", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["anomalies"]
    assert found["false_alarms"] == 0.02 and 61 in [row["step"] for row in found["flagged"]]
    assert len(found["flagged"]) <= 12 and found["files"][0].endswith("b.csv")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--false-alarms", "0.1"], "add --anomalies FILE.csv"),
        (["--anomalies", "a.csv", "--false-alarms", "often"], "expected a number"),
        (["--anomalies", "a.csv", "--false-alarms", "0.00001"], "the smallest rate is"),
        (["--anomalies", "a.png"], "name a .csv file"),
    ],
)
def test_what_cannot_be_is_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    words: list[str], says: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", str(folder / "run"), str(folder / "new.csv"), *words]) == 2
    said = capsys.readouterr().err
    assert says in said and "Traceback" not in said
    assert not list(tmp_path.iterdir())
