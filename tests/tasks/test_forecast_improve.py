"""The five improvements, end to end on small trainings: what is tried, what is kept, and going on after a stop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import frontal
from frontal.errors import FrontalError
from frontal.tasks import forecast_trial
from frontal.tasks.forecast import forecast_run
from frontal.tasks.forecast_improve import improve_run, other_columns, what_was_run
from frontal.tasks.forecast_improve_variants import BASE, variants
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.training.progress import SilentProgress

QUICK = ForecastSettings(epochs=2, members=1, hidden=4, horizon=1, context=5, target="price", period=1, refit=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on a table with two indicators, and older data beside it."""
    folder = tmp_path_factory.mktemp("data")
    generator = np.random.default_rng(0)
    days = np.arange("2023-12-01", "2024-05-01", dtype="datetime64[D]")
    price, volume = 100 + generator.normal(size=(2, len(days))).cumsum(1)
    for name, part in (("older", slice(0, 40)), ("now", slice(40, None))):
        rows = [f"{d},{p:.3f},{v:.2f},x" for d, p, v in zip(days[part], price[part], volume[part], strict=True)]
        (folder / f"{name}.csv").write_text("\n".join(["day,price,volume,word", *rows]), encoding="utf-8")
    forecast_run(str(folder / "now.csv"), QUICK, folder / "run", progress=SilentProgress(), say=lambda _: None)
    return folder


def improve(made: Path, out: Path, **options) -> tuple[dict, list[str]]:
    said: list[str] = []
    given = {"seeds": 2, "jobs": 1, "progress": SilentProgress(), "say": said.append, **options}
    return improve_run(made / "run", out, **given), said


def test_every_way_is_tried_and_the_best_is_kept(made: Path, tmp_path: Path) -> None:
    result, said = improve(made, tmp_path / "out", more=str(made / "older.csv"))
    names = [row["tried"] for row in result["table"]]
    assert names == [
        "as it is", "more data", "longer memory", "other indicators", "more layers", "more units", "all together",
        "last value", "seasonal naive",
    ]  # fmt: skip
    assert any("7 ways × 2 seeds = 14 trainings" in sentence for sentence in said)
    run = frontal.load(made / "run")
    measured = run.measure(str(made / "now.csv"), what_was_run(made / "run")[2].start).metrics()
    first = frontal.load(tmp_path / "out" / "trials" / "as-it-is-0")
    again = first.measure(str(made / "now.csv"), what_was_run(made / "run")[2].start).metrics()
    assert again["rmse_test"] == pytest.approx(measured["rmse_test"]), "the first seed is the run itself"
    assert result["table"][-2]["rmse"] == pytest.approx(measured["rmse_test_last_value"])
    means = {row["tried"]: row["rmse"] for row in result["table"][:7]}
    best = frontal.load(tmp_path / "out" / "best")
    name = min(means, key=lambda name: means[name]).replace(" ", "-")
    kept = frontal.load(tmp_path / "out" / "trials" / f"{name}-0")
    assert best.chosen == kept.chosen
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert result["verdict"].replace("'", "&#x27;") in page and page.count('<tr class="best">') == 1
    assert (tmp_path / "out" / "improvements.png").read_bytes().startswith(b"\x89PNG")


def test_more_data_stand_before_the_same_test_part(made: Path) -> None:
    _, request, split = what_was_run(made / "run")
    ways, _ = variants(QUICK, len(split.training), (), str(made / "older.csv"))
    trial = forecast_trial.Trial(request, str(made / "older.csv"), ways[1], made / "none")
    longer = trial.split()
    np.testing.assert_array_equal(longer.whole.values[longer.start :], split.whole.values[split.start :])
    assert len(longer.training) == len(split.training) + 40
    np.testing.assert_array_equal(longer.training.values[-9:], split.training.values[-9:])


def test_half_the_data_end_where_all_end(made: Path) -> None:
    _, request, split = what_was_run(made / "run")
    (half,) = [way for way in variants(QUICK, len(split.training), (), None)[0] if way.part < 1]
    fewer = forecast_trial.Trial(request, None, half, made / "none").split()
    assert len(fewer.training) == len(split.training) - round(len(split.training) / 2)
    np.testing.assert_array_equal(fewer.training.values, split.training.values[-len(fewer.training) :])
    np.testing.assert_array_equal(fewer.whole.values[fewer.start :], split.whole.values[split.start :])
    assert fewer.whole.times[fewer.start] == split.whole.times[split.start]


def test_what_cannot_be_tried_is_said() -> None:
    ways, left = variants(QUICK.replace(context=30), 60, (), None)
    assert [way.name for way in ways] == [BASE, "half the data", "more layers", "more units", "all together"]
    assert len(left) == 3 and "60 steps are too many for 60 values" in left[0]


def test_columns_of_numbers_are_the_other_indicators(made: Path) -> None:
    _, request, split = what_was_run(made / "run")
    assert other_columns(request, split) == ("volume",)


def test_a_stopped_call_keeps_what_is_done_and_the_next_goes_on(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true, done = forecast_trial.run_trial, []

    def tired(index, trial, progress=None):
        if len(done) == 4:
            raise KeyboardInterrupt
        done.append(trial.name)
        return true(index, trial, progress)

    monkeypatch.setattr(forecast_trial, "run_trial", tired)
    result, said = improve(made, tmp_path / "out")
    assert result["interrupted"] and result["trainings"] == 4
    assert "Stopped by Ctrl-C after 4 of 14 trainings" in said[-1]
    assert (tmp_path / "out" / "report.html").exists() and (tmp_path / "out" / "best").is_dir()
    monkeypatch.setattr(forecast_trial, "run_trial", true)
    result, said = improve(made, tmp_path / "out")
    assert not result["interrupted"] and "4 of 14 trainings were done by an earlier call." in said
    other, _ = improve(made, tmp_path / "other")
    for ours, theirs in zip(result["table"], other["table"], strict=True):
        assert ours["rmse"] == theirs["rmse"], "going on gives what one call gives"


def test_two_processes_find_what_one_finds(made: Path, tmp_path: Path) -> None:
    one, _ = improve(made, tmp_path / "one", seeds=1)
    two, _ = improve(made, tmp_path / "two", seeds=1, jobs=2)
    assert [row["rmse"] for row in two["table"]] == pytest.approx([row["rmse"] for row in one["table"]])


def test_a_run_whose_data_changed_is_refused(made: Path, tmp_path: Path) -> None:
    data = tmp_path / "d.csv"
    data.write_bytes((made / "now.csv").read_bytes())
    forecast_run(str(data), QUICK, tmp_path / "run", progress=SilentProgress(), say=lambda _: None)
    text = data.read_text().splitlines()
    data.write_text("\n".join([text[0], text[1].replace(",", ",1", 1), *text[2:]]), encoding="utf-8")
    with pytest.raises(FrontalError, match=r"has changed since .* was made; first run frontal forecast"):
        what_was_run(tmp_path / "run")
