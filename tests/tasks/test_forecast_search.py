"""The search: judged inside the training part, resumable, and honest about the test part."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import frontal
from frontal.diagnostics.search_plot import draw_search
from frontal.errors import FrontalError
from frontal.tasks import forecast_search
from frontal.tasks.forecast import forecast_run
from frontal.tasks.forecast_improve import what_was_run
from frontal.tasks.forecast_search import search_run, validation_error
from frontal.tasks.forecast_search_space import Space
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.training.progress import SilentProgress

pytest.importorskip("optuna", reason="needs Optuna: pip install 'frontal[tune]'")
QUICK = ForecastSettings(epochs=2, members=1, hidden=4, horizon=1, context=5, target="price", period=1, refit=False)


def write(path: Path, late: float = 0.0) -> None:
    """A hundred and ten days of prices and volumes; the last third moved by `late`."""
    generator = np.random.default_rng(0)
    days = np.arange("2024-01-01", "2024-04-20", dtype="datetime64[D]")
    price, volume = 100 + generator.normal(size=(2, len(days))).cumsum(1)
    price[int(len(days) * 0.67) :] += late
    rows = [f"{d},{p:.3f},{v:.2f}" for d, p, v in zip(days, price, volume, strict=True)]
    path.write_text("\n".join(["day,price,volume", *rows]), encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write(folder / "data.csv")
    forecast_run(str(folder / "data.csv"), QUICK, folder / "run", progress=SilentProgress(), say=lambda _: None)
    return folder


def search(made: Path, out: Path, trials: int, **options) -> tuple[dict, list[str]]:
    said: list[str] = []
    given = {"trials": trials, "seeds": 1, "jobs": 1, "progress": SilentProgress(), "say": said.append, **options}
    return search_run(made / "run", out, **given), said


def test_trials_are_kept_and_a_second_call_goes_on(made: Path, tmp_path: Path) -> None:
    first, said = search(made, tmp_path / "out", 3)
    assert first["trials"] == 3 and "Budget: 3 trials" in said[0]
    again, said = search(made, tmp_path / "out", 5)
    assert again["trials"] == 5 and "3 trials were done by earlier calls" in said[0]
    assert again["validation"] <= first["validation"]
    rows = (tmp_path / "out" / "trials.csv").read_text().splitlines()
    assert rows[0].startswith("trial,error,context,hidden,layers,learning_rate,dropout,part,indicators")
    assert len(rows) == 6 and {row.split(",")[0] for row in rows[1:]} == set("01234")
    errors = [float(row.split(",")[1]) for row in rows[1:]]
    assert errors == sorted(errors) and errors[0] == again["validation"]
    best = frontal.load(tmp_path / "out" / "best")
    for name in ("context", "hidden", "layers"):
        assert getattr(best.chosen, name) == again["settings"][name]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "A search for a better forecast of price" in page and "--trials 5" in page


def test_the_first_trial_is_the_run_itself(made: Path, tmp_path: Path) -> None:
    search(made, tmp_path / "out", 1)
    row = (tmp_path / "out" / "trials.csv").read_text().splitlines()[1].split(",")
    assert [float(cell) for cell in row[2:8]] == [5, 4, 1, 0.005, 0, 1] and row[8] == "False"
    asked, request, split = what_was_run(made / "run")
    inner = split.training
    start = round(len(inner) * 0.8)
    model = frontal.Forecaster(asked).fit(inner.head(start))
    assert float(row[1]) == pytest.approx(model.measure(inner, start).metrics()["rmse_test"], rel=1e-5)
    assert validation_error(request, asked, 1.0) == pytest.approx(float(row[1]))


def test_the_test_part_has_no_say(tmp_path: Path) -> None:
    """Other values there leave every trial as it is."""
    tried = []
    for late in (0.0, 50.0):
        folder = tmp_path / str(late)
        folder.mkdir()
        write(folder / "data.csv", late)
        run = folder / "run"
        forecast_run(str(folder / "data.csv"), QUICK, run, progress=SilentProgress(), say=lambda _: None)
        search(folder, folder / "out", 3)
        tried.append((folder / "out" / "trials.csv").read_text())
    assert tried[0] == tried[1]


def test_two_processes_share_a_study(made: Path, tmp_path: Path) -> None:
    result, _ = search(made, tmp_path / "out", 4, jobs=2)
    assert result["trials"] == 4


def test_ctrl_c_keeps_the_trials_and_measures_what_was_found(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true, done = validation_error, []

    def tired(*given):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(1)
        return true(*given)

    monkeypatch.setattr(forecast_search, "validation_error", tired)
    result, said = search(made, tmp_path / "out", 6)
    assert result["interrupted"] and result["trials"] == 2
    assert "Stopped by Ctrl-C" in said[-1]
    monkeypatch.setattr(forecast_search, "validation_error", true)
    result, _ = search(made, tmp_path / "out", 4)
    assert not result["interrupted"] and result["trials"] == 4


def test_another_runs_study_and_a_foreign_file_are_refused(made: Path, tmp_path: Path) -> None:
    search(made, tmp_path / "out", 1)
    other = tmp_path / "run"
    source = str(made / "data.csv")
    forecast_run(source, QUICK.replace(hidden=5), other, progress=SilentProgress(), say=lambda _: None)
    common = {"trials": 1, "seeds": 1, "jobs": 1, "progress": SilentProgress(), "say": lambda _: None}
    with pytest.raises(FrontalError, match="is the study of another run"):
        search_run(other, tmp_path / "out", **common)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "study.db").write_text("not a database, but long enough to look like a file of its own")
    with pytest.raises(FrontalError, match="cannot be used as a study"):
        search_run(made / "run", tmp_path / "bad", **common)


def test_without_optuna_it_says_what_to_install(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(FrontalError, match=r"pip install 'frontal\[tune\]'"):
        search(made, tmp_path / "out", 1)


def test_the_space_holds_the_run_and_fits_the_data() -> None:
    for length in (60, 500):
        space = Space(QUICK.replace(context=20), ("volume",), length)
        for name, (low, high) in space.ranges().items():
            assert low <= space.as_it_is()[name] <= high
        settings, part = space.chosen(space.as_it_is() | {"indicators": True, "part": 0.5})
        assert settings.features == ("volume",) and part == 0.5
    assert Space(QUICK, (), 60).ranges()["context"][1] <= 16


def test_the_plot_is_not_flattened_by_a_trial_that_went_wrong() -> None:
    rows = [{"trial": n, "error": 1.0 + n / 100, "hidden": 2**n, "inputs": n % 2 == 0} for n in range(20)]
    figure = draw_search([*rows, {"trial": 20, "error": 1e6, "hidden": 4, "inputs": None}], "error")
    assert figure.axes[0].get_ylim()[1] < 2
    assert [axes.get_xlabel() for axes in figure.axes] == ["trial", "hidden", "inputs"]
    assert figure.axes[1].get_xscale() == "log"
