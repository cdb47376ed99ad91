"""What a run says about itself: the page, the words to type to have it again, and the test file."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

import frontal
from frontal.cli.forecast import Options
from frontal.cli.options import chosen, parse
from frontal.errors import FrontalError
from frontal.tasks.forecast import forecast_run
from frontal.tasks.forecast_request import Request, request_of
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.training.progress import SilentProgress
from frontal.training.run_directory import read_run

QUICK = ForecastSettings(epochs=2, members=1, hidden=4, horizon=1, context=6, target="price", time="day")


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Eighty days of prices and ten that follow, four of them known already."""
    days = np.arange("2024-01-01", "2024-03-31", dtype="datetime64[D]")
    walk = 100 + np.random.default_rng(0).normal(size=len(days)).cumsum()
    parts = {"<first>.csv": slice(0, 80), "then.csv": slice(76, 90)}
    for name, part in parts.items():
        rows = [f"{day},{price:.3f}" for day, price in zip(days[part], walk[part], strict=True)]
        (tmp_path / name).write_text("\n".join(["day,price", *rows]), encoding="utf-8")
    first, then = (str(tmp_path / name) for name in parts)
    return first, then


def run(files: tuple[str, str], out: Path) -> tuple[dict, list[str]]:
    said: list[str] = []
    made = forecast_run(files[0], QUICK, out, test=files[1], progress=SilentProgress(), say=said.append)
    return made, said


def test_a_file_is_the_test_part(files: tuple[str, str], tmp_path: Path) -> None:
    result, said = run(files, tmp_path / "run")
    values = np.array([float(line.split(",")[1]) for file in files for line in Path(file).read_text().split()[1:]])
    values = np.concatenate([values[:80], values[84:]])
    expected = np.sqrt(np.mean((values[80:] - values[79:-1]) ** 2))
    assert result["metrics"]["rmse_test_last_value"] == pytest.approx(expected)
    assert any("4 of 14 rows are not after 2024-03-20; they were dropped" in sentence for sentence in said)
    model = frontal.load(tmp_path / "run")
    assert len(model.series) == 90
    alone = frontal.Forecaster(QUICK).fit(files[0])
    assert alone.measure(model.series, 80).metrics()["rmse_test"] == pytest.approx(result["metrics"]["rmse_test"])


def test_the_page_says_it_all_and_escapes_the_name_of_the_file(files: tuple[str, str], tmp_path: Path) -> None:
    result, _ = run(files, tmp_path / "run")
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    headings = re.findall(r"<h2>(.*?)</h2>", page)
    assert headings[0] == "Verdict" and headings[-1] == "Do it again" and len(headings) == 9
    assert "price of &lt;first&gt;.csv" in page and "<first>" not in page
    assert result["verdict"] in page
    assert f">{result['metrics']['rmse_test']:.4f}<" in page
    assert page.count("data:image/") == 3
    assert str(tmp_path / "run" / "report.html") in result["files"]


def test_how_sure_stands_in_the_report_of_several_steps(tmp_path: Path) -> None:
    settings = ForecastSettings(epochs=2, members=1, hidden=4, horizon=3, likelihood="student", intervals="adaptive")
    forecast_run("airline", settings, tmp_path / "run", progress=SilentProgress(), say=lambda _: None)
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    for part in ("How sure, and whether it may be", "distributions, student", "adaptive conformal: by the errors"):
        assert part in page
    assert page.count("data:image/") == 4


def test_the_command_gives_the_same_settings() -> None:
    for asked in (
        ForecastSettings(),
        ForecastSettings(target="a b", features=("x", "y"), log=True, clip_norm=None, test=0.25, seed=3),
        ForecastSettings.from_options("stock", hidden=7, context=9, refit=True),
        ForecastSettings.from_options("tutorial", epochs=3),
    ):
        words = shlex.split(Request("some data.csv", asked).command())
        assert words[:3] == ["frontal", "forecast", "some data.csv"]
        options = parse(Options, "frontal forecast", words[2:])
        given = chosen(ForecastSettings, options, options.set)
        assert ForecastSettings.from_options(given.pop("preset", None), **given) == asked
    with_test = Request("d.csv", ForecastSettings(), "t.csv").command()
    assert with_test == "frontal forecast d.csv --test t.csv"


def test_a_request_is_read_back(files: tuple[str, str], tmp_path: Path) -> None:
    run(files, tmp_path / "run")
    request, start = request_of(read_run(tmp_path / "run"))
    assert (request, start) == (Request(files[0], QUICK, files[1]), 80)


def test_a_run_without_or_with_a_spoilt_request_is_refused(files: tuple[str, str], tmp_path: Path) -> None:
    run(files, tmp_path / "run")
    saved = read_run(tmp_path / "run")
    asked = json.loads(saved.files["request.json"])
    for spoilt in (b"{", b"[]", b"{}", json.dumps({**asked, "start": "7"}).encode()):
        saved.files["request.json"] = spoilt
        with pytest.raises(FrontalError, match=r"request\.json"):
            request_of(saved)
    del saved.files["request.json"]
    with pytest.raises(FrontalError, match="was not saved by `frontal forecast`"):
        request_of(saved)


def test_several_seeds_and_steps_have_tables_of_their_own(files: tuple[str, str], tmp_path: Path) -> None:
    settings = QUICK.replace(horizon=3)
    forecast_run(
        files[0], settings, tmp_path / "run", test=files[1], seeds=2, progress=SilentProgress(), say=lambda _: None
    )
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "The same with 2 seeds" in page and "By step ahead" in page and "--seeds 2</code>" in page
    assert page.count("interval score 95") == 2  # a row over the seeds, a column by step
