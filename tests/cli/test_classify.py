"""`frontal classify`, and `predict` and `evaluate` on its runs, through the front door."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from frontal.cli import main

FAST = ["--hidden", "6", "--epochs", "8", "--set", "learning_rate=0.02"]


@pytest.fixture
def gestures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A long CSV of 40 sequences: rising ones and falling ones; the test runs in its folder."""
    rng = np.random.default_rng(0)
    lines = ["id,time,x,label"]
    for number in range(40):
        label, slope = (("up", 1), ("down", -1))[number % 2]
        steps = rng.integers(5, 12)
        lines += [f"g{number},{t},{slope * t + rng.normal():.3f},{label}" for t in range(steps)]
    path = tmp_path / "gestures.csv"
    path.write_text("\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)
    return path


def result(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    return json.loads(capsys.readouterr().out)


def test_from_a_table_to_a_run_and_back(gestures: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["classify", "gestures.csv", *FAST, "--json"]) == 0
    said = result(capsys)
    run = Path(str(said["run"]))
    assert run == Path("runs/gestures")
    assert said["metrics"]["accuracy"] > 0.9
    assert {"report.html", "predictions.csv", "confusion.png", "early.png"} <= {path.name for path in run.iterdir()}
    rows = list(csv.DictReader((run / "predictions.csv").read_text().splitlines()))
    assert len(rows) == 10  # a quarter of each class
    assert sum(row["truth"] == row["answer"] for row in rows) / 10 == said["metrics"]["accuracy"]
    page = (run / "report.html").read_text()
    assert "frontal classify gestures.csv --hidden 6 --epochs 8 --set learning_rate=0.02" in page

    assert main(["evaluate", str(run), "gestures.csv", "--json"]) == 0
    assert result(capsys)["metrics"]["accuracy"] > 0.9
    gestures.write_text("id,time,x\nnew,0,0\nnew,1,1\nnew,2,2\nnew,3,3\n")
    assert main(["predict", str(run), "gestures.csv", "--out", "answers.csv", "--json"]) == 0
    assert [row["answer"] for row in result(capsys)["answers"]] == ["up"]
    assert "truth" not in Path("answers.csv").read_text().splitlines()[0]


def test_told_to_a_person(gestures: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["classify", "gestures.csv", *FAST, "--test", "0.4", "--out", "run"]) == 0
    said = capsys.readouterr().out
    for part in ("class by class", "most frequent class", "answered rightly", "report.html", "After half"):
        assert part in said


def test_labels_of_the_test_part_only_are_said(gestures: Path, capsys: pytest.CaptureFixture[str]):
    Path("later.csv").write_text("id,time,x,label\na,0,0,up\na,1,1,up\nb,0,0,sideways\nb,1,0,sideways\n")
    assert main(["classify", "gestures.csv", *FAST, "--test", "later.csv"]) == 0
    said = capsys.readouterr().out
    assert "In the test part only: 'sideways'" in said
    assert "50.0% of 2 sequences" in said


def test_a_label_for_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    lines = ["id,time,x,label"]
    for number in range(20):
        for t in range(12):
            x = rng.normal()
            lines.append(f"s{number},{t},{x:.3f},{'high' if x > 0 else 'low'}")
    Path("steps.csv").write_text("\n".join(lines) + "\n")
    assert main(["classify", "steps.csv", "--per-step", *FAST, "--json"]) == 0
    said = result(capsys)
    assert said["metrics"]["accuracy"] > 0.8
    assert "accuracy_at_half" not in said["metrics"]
    head = (Path(str(said["run"])) / "predictions.csv").read_text().splitlines()[0]
    assert head == "id,step,truth,answer,p(high),p(low)"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no.csv"], "no such file"),
        (["gestures.csv", "--label", "colour"], "colour"),
        (["gestures.csv", "--set", "poolin=max"], "did you mean 'pooling'"),
        (["gestures.csv", "--set", "pooling=most"], "pooling='most'"),
        (["gestures.csv", "--cell", "grru"], "no cell is named 'grru'"),
        (["gestures.csv", "--test", "1.5"], "test must be at least 0 and below 1"),
        (["gestures.csv", "--test", "0"], "cannot be split"),
        (["gestures.csv", "--preset", "tutoral"], "did you mean 'tutorial'"),
        (["gestures.csv", "--members", "9"], "cannot each hold out"),
        (["gestures.csv", "--per-step", "--set", "cut=0.2"], "cut is for one label"),
        (["one.csv"], "two classes"),
        (["unlabelled.csv", "--id", "id", "--time", "time"], "label"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    gestures: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
):
    Path("one.csv").write_text("id,time,x,label\n" + "".join(f"{k},0,{k},up\n{k},1,{k},up\n" for k in range(9)))
    Path("unlabelled.csv").write_text("id,time,x\n" + "".join(f"{k},0,{k}\n{k},1,{k}.5\n" for k in range(9)))
    assert main(["classify", *words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert not Path("runs").exists()


def test_options_of_forecasts_mean_nothing_to_a_classifier(gestures: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["classify", "gestures.csv", *FAST, "--out", "run"]) == 0
    capsys.readouterr()
    for words in (
        ["predict", "run"],
        ["predict", "run", "gestures.csv", "--horizon", "3"],
        ["evaluate", "run", "gestures.csv", "--anomalies", "a.csv"],
    ):
        assert main(words) == 2
        assert "classifier" in capsys.readouterr().err


def test_columns_are_found_by_their_names(gestures: Path, capsys: pytest.CaptureFixture[str]):
    """Swapped, with one more column, and without the label that was named."""
    lines = gestures.read_text().splitlines()
    rows = [line.split(",") for line in lines[1:]]
    two = ["id,time,x,z,kind", *(f"{i},{t},{x},{k},{label}" for k, (i, t, x, label) in enumerate(rows))]
    Path("two.csv").write_text("\n".join(two) + "\n")
    assert main(["classify", "two.csv", "--label", "kind", *FAST, "--out", "run"]) == 0
    answers = []
    for name, head, order in (("a.csv", "id,time,x,z", (0, 1)), ("b.csv", "id,time,extra,z,x", (2, 1, 0))):
        body = [
            f"{i},{t}," + ",".join((x, str(k), "7")[place] for place in order) for k, (i, t, x, _) in enumerate(rows)
        ]
        Path(name).write_text("\n".join([head, *body]) + "\n")
        capsys.readouterr()
        assert main(["predict", "run", name, "--json"]) == 0
        answers.append(result(capsys)["answers"])
    assert answers[0] == answers[1]
    Path("c.csv").write_text("id,time,x,w\n" + "".join(f"{i},{t},{x},1\n" for i, t, x, _ in rows))
    assert main(["predict", "run", "c.csv"]) == 2
    assert "learned 2 (x, z)" in capsys.readouterr().err


def test_a_classifier_is_not_diagnosed_but_said_so(gestures: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["classify", "gestures.csv", *FAST, "--out", "run"]) == 0
    assert main(["diagnose", "run", "gestures.csv"]) == 2
    assert "SequenceClassifier has no windows to look along" in capsys.readouterr().err
