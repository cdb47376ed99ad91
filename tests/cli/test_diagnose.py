"""`frontal diagnose`: a look inside a saved run."""

import json
from pathlib import Path

import pytest
from torch import nn

from frontal import Forecaster, load
from frontal.cli import main
from frontal.diagnostics.gradient_flow import gradient_flow
from frontal.errors import FrontalError


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "airline"
    Forecaster(members=2, epochs=2, horizon=3).fit("airline").save(path)
    return path


def test_it_tells_and_draws(run: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["diagnose", str(run), "airline"]) == 0
    said = capsys.readouterr().out
    for part in (
        "Looking into 2 networks along the last",
        "gradient, x a step back",
        "Lyapunov exponent",
        "recurrent  z",
        "memory halves in",
        "of 2 networks",
        "try: ",
        "answers move with inputs up to",
        "diagnosis.png",
    ):
        assert part in said
    assert (run / "diagnosis.png").read_bytes()[:4] == b"\x89PNG"
    load(run)  # the run is as good as before


def test_json_and_another_place_for_the_picture(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["diagnose", str(run), "airline", "--plot", str(tmp_path / "a.svg"), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert "<svg" in (tmp_path / "a.svg").read_text() and result["files"] == [str(tmp_path / "a.svg")]
    assert [row["network"] for row in result["table"]] == [1, 2]
    assert [gate["gate"] for gate in result["gates"]] == ["r", "z", "n"]
    networks, windows, following = load(run).examples("airline")
    known = following.isfinite().all(1)
    for network, found in zip(networks, result["networks"], strict=True):
        flow = gradient_flow(network, (windows[known][-256:], following[known][-256:]), nn.functional.mse_loss)
        assert found["gradient"][0]["norms"] == pytest.approx(flow.cells[0].norms, rel=1e-4)
        assert len(found["memory"]["influence"]) == len(found["answer"]["influence"]) == windows.shape[1]


def test_unusable_input_is_told(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    short = tmp_path / "short.csv"
    short.write_text("Month,Passengers\n" + "".join(f"1949-{m:02d},{100 + m}\n" for m in range(1, 9)))
    for words, says in (
        ([str(tmp_path), "airline"], "not a run"),
        ([str(run), "nowhere.csv"], "nowhere.csv"),
        ([str(run), str(short)], "values"),
        ([str(run), "airline", "--plot", str(tmp_path / "a.txt")], ".png, .svg, .pdf"),
        ([str(run), "airline", "--plot", str(tmp_path / "nowhere" / "a.png")], "there is no folder"),
    ):
        assert main(["diagnose", *words]) == 2
        said = capsys.readouterr().err
        assert says in said and "Traceback" not in said


def test_examples_are_windows_with_what_follows(run: Path):
    forecaster = load(run)
    networks, windows, following = forecaster.examples("airline")
    assert len(networks) == 2 and windows.shape[0] == following.shape[0] and following.shape[1] == 3
    assert following[:-2].isfinite().all() and following[-1].isnan().sum() == 2
    with pytest.raises(FrontalError, match="not fitted yet"):
        Forecaster().examples("airline")
