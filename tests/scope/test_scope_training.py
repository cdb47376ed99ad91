"""Training: what the calls tell of a run, saved or on its way, and what the page shows of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from chromium import drawn, watched
from tiny import look
from torch import Tensor, nn

import frontal
from frontal.errors import FrontalError
from frontal.scope import training_runs
from frontal.scope.api import answer
from frontal.scope.launch import running
from frontal.scope.message import decode
from frontal.scope.training_history import Training, with_epochs
from frontal.scope.workspace import Workspace
from frontal.training import observer
from frontal.training.history import History, TrainingDiverged, log_of
from frontal.training.live import followed, following, live_path
from frontal.training.loop import train
from frontal.training.run_directory import save_run
from frontal.training.settings import TrainingSettings

SETTINGS = TrainingSettings(learning_rate=0.01, epochs=3, clip_norm=0.2)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = frontal.GRU(1, 4)
        self.head = nn.Linear(4, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.rnn(x)[0])


def fit(seed: int = 0, epochs: int = 3, spoil: int | None = None) -> History:
    torch.manual_seed(seed)
    given = [(torch.randn(6, 4, 1), torch.randn(6, 4, 1)) for _ in range(4)]
    if spoil is not None:
        given[spoil] = (given[spoil][0], given[spoil][1] * float("nan"))
    network = Net()
    return train(
        network, given, lambda model, x, y: (model(x) - y).square().mean(), replace(SETTINGS, epochs=epochs),
        validate=lambda: float(seed + len(given)),
    )  # fmt: skip


def save(run: Path, members: list[History], kind: str = "forecaster", **metrics: Any) -> None:
    save_run(run, kind=kind, settings={}, tensors={}, metrics=metrics, log=log_of(members))


@pytest.fixture
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"EVERY": 0.0, "DEAREST": float("inf"), "STEPS": float("inf")}.items():
        monkeypatch.setattr(observer, name, value)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "mine"


@pytest.fixture
def workspace(run: Path) -> Iterator[Workspace]:
    with Workspace() as made:
        made.training = str(run)
        yield made


def ask(workspace: Workspace, name: str = "training", **given: Any) -> dict[str, Any]:
    return decode(answer(workspace, name, given))


def test_a_training_is_followed_until_it_is_saved(workspace: Workspace, run: Path, every_step: None) -> None:
    with following(run):
        first = fit(1)
        live = ask(workspace)
        assert (live["state"], live["run"], live["titles"]) == ("training", "mine", ["training 1"])
        assert 0 <= live["heard"] < 60
        assert ask(workspace, version=live["version"]) == {
            "state": "training", "heard": pytest.approx(live["heard"], abs=60), "version": live["version"],
            "same": True,
        }  # fmt: skip
        second = fit(2)
        more = ask(workspace, version=live["version"])
        assert (more["same"], more["titles"], more["chosen"]) == (False, ["training 1", "training 2"], 1)
        np.testing.assert_array_equal(ask(workspace, training=0)["loss"], live["loss"])
        save(run, [second])
        assert ask(workspace)["state"] == "training"
    saved = ask(workspace, version=more["version"])
    assert (saved["state"], saved["heard"], saved["titles"]) == ("saved", None, ["member 1"])
    for name in ("at", "loss", "gradient_norm", "gradients 0", "updates 1", "epoch train_loss"):
        np.testing.assert_array_equal(saved[name], more[name])
    np.testing.assert_allclose(saved["epoch train_loss"], [epoch.train_loss for epoch in second.epochs], rtol=1e-6)
    assert first.epochs != second.epochs
    assert ask(workspace, version=saved["version"])["same"]


def test_a_training_is_shown_once_something_of_it_was_measured(
    workspace: Workspace, run: Path, every_step: None
) -> None:
    with following(run):
        log = followed()
        assert log is not None
        log.tell("start", log.begin(), layers=[], clip_norm=None)
        assert (ask(workspace)["chosen"], len(ask(workspace)["at"])) == (0, 0)
        fit()
        log.tell("start", log.begin(), layers=[], clip_norm=None)
        told = ask(workspace)
    assert (told["titles"][-1], told["chosen"], len(told["at"])) == ("training 3", 1, 12)


def test_the_numbers_of_a_training(workspace: Workspace, run: Path, every_step: None) -> None:
    with following(run):
        history = fit()
        told = ask(workspace)
    assert (told["planned"], told["clip_norm"], told["stopped"]) == (3, 0.2, "finished")
    assert told["layers"] == ["rnn", "all else"]
    assert told["best"]["epoch"] == history.best_epoch
    np.testing.assert_allclose(told["at"], np.arange(1, 13) / 4)
    np.testing.assert_array_equal(told["step"], np.arange(1, 13))
    clipped = told["gradient_norm"] > 0.2
    assert 0 < clipped.sum() <= 12
    np.testing.assert_array_equal(told["clipped"], clipped)
    assert told["clip_rate"] == pytest.approx(clipped.mean())
    whole = np.hypot(told["gradients 0"], told["gradients 1"])
    np.testing.assert_allclose(whole, told["gradient_norm"], rtol=1e-5)


def test_a_training_that_broke_off_names_its_batch(workspace: Workspace, run: Path) -> None:
    with pytest.raises(TrainingDiverged), following(run):
        fit(spoil=2)
    told = ask(workspace)
    assert (told["state"], told["stopped"], told["event_count"]) == ("failed", "diverged", 1)
    (event,) = told["events"]
    assert "epoch 1, batch 3: the loss is nan" in event["text"]
    assert (event["title"], event["step"]) == ("training 1", 3)


def test_a_log_alone_is_shown_member_by_member(workspace: Workspace, run: Path) -> None:
    members = [fit(1), fit(2, epochs=2)]
    save(run, members)
    told = ask(workspace, training=1)
    assert (told["state"], told["titles"]) == ("saved", ["member 1", "member 2"])
    assert (told["layers"], told["stopped"], told["clip_rate"], told["planned"]) == ([], None, None, None)
    np.testing.assert_allclose(told["epoch gradient_norm"], [e.gradient_norm for e in members[1].epochs], rtol=1e-6)
    assert len(told["at"]) == len(told["loss"]) == 0


def test_members_meet_what_they_told_by_the_count_of_their_epochs() -> None:
    def told(epochs: int) -> Training:
        return Training(
            "told", start={"layers": ["rnn"]}, end={"epochs": epochs, "best_epoch": 1, "stopped": "finished"}
        )

    def logged(epochs: int) -> Training:
        return Training("member", epochs=[{"epoch": n + 1} for n in range(epochs)])

    met = with_epochs([told(9), told(2), told(3)], [logged(2), logged(3)])
    assert [(len(one.epochs), one.end["epochs"]) for one in met if one.end] == [(2, 2), (3, 3)]
    assert all(one.start and one.title == "member" for one in met)
    assert not any(one.start for one in with_epochs([told(9), told(2), told(4)], [logged(2), logged(3)]))
    assert not any(one.start for one in with_epochs([told(3)], [logged(2), logged(3)]))
    assert not any(one.start for one in with_epochs([Training("cut off")], [logged(2)]))


def test_a_second_training_at_the_same_place_is_seen_anew(workspace: Workspace, run: Path) -> None:
    with following(run):
        save(run, [fit(1)])
    old = ask(workspace)
    with following(run):
        fit(2, epochs=1)
        live = ask(workspace, version=old["version"])
        assert (live["state"], live["titles"], live["same"]) == ("training", ["training 1"], False)
    assert ask(workspace, version=live["version"])["state"] == "saved"


def test_what_is_not_there_is_said(workspace: Workspace, run: Path) -> None:
    with pytest.raises(FrontalError, match=r"no such run directory: .*mine, and nothing is trained there"):
        ask(workspace)
    save(run, [fit()])
    save(run.parent / "other", [fit()])
    (run.parent / "notes").mkdir()
    assert ask(workspace, run="other")["run"] == "other"
    for name in ("..", "../runs/other", "/etc", "notes", "othr"):
        with pytest.raises(FrontalError, match="there is no run"):
            ask(workspace, run=name)


def test_a_model_that_was_never_saved_tells_its_own_log(tmp_path: Path) -> None:
    with Workspace() as workspace:
        one = look("text", tmp_path)
        workspace.add(one)
        workspace.add(replace(one, id="b", model=None, subject=None))
        told = ask(workspace, look="a")
        assert (told["state"], told["titles"]) == ("fitted", ["member 1"])
        np.testing.assert_allclose(told["epoch train_loss"], [line["train_loss"] for line in one.model.log], rtol=1e-6)
        assert ask(workspace, look="b")["state"] == "unknown"
        assert ask(workspace, "runs", look="a") == {"folder": None, "run": None, "runs": []}


def test_the_runs_of_a_folder(workspace: Workspace, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = run.parent
    for number in range(30):
        save(folder / f"run-{number}", [fit(number, epochs=1)], mase_test=number / 10, seconds_train=1.5, seed=number)
    save(folder / "talker", [], kind="dialogue")
    (folder / "broken").mkdir()
    (folder / "broken" / "manifest.json").write_text("{", encoding="utf-8")
    (folder / "file.txt").touch()
    live_path(run).write_text('{"kind": "start"}\n', encoding="utf-8")
    said = ask(workspace, "runs")
    assert (said["folder"], said["run"]) == (str(folder), "mine")
    rows = {row["run"]: row for row in said["runs"]}
    assert set(rows) == {"mine", "talker", *(f"run-{number}" for number in range(30))}
    assert said["runs"][0] == {"run": "mine", "task": None, "training": True}
    dates = [row["saved"] for row in said["runs"][1:]]
    assert dates == sorted(dates, reverse=True)
    row = rows["run-7"]
    assert (row["task"], row["epochs"], row["best_loss"]) == ("forecaster", 1, 11.0)
    assert (row["measure"], row["score"], row["seconds"], row["seed"]) == ("mase_test", 0.7, 1.5, 7)
    assert row["bytes"] == sum(p.stat().st_size for p in (folder / "run-7").iterdir() if p.name != "manifest.json")
    assert (rows["talker"]["best_loss"], rows["talker"]["measure"]) == (None, None)

    read: list[str] = []
    one_row = training_runs._row
    monkeypatch.setattr(training_runs, "_row", lambda path, saved: read.append(path.name) or one_row(path, saved))
    save(folder / "run-3", [], mase_test=0.01)
    again = {row["run"]: row for row in ask(workspace, "runs")["runs"]}
    assert sorted(read) == ["broken", "run-3"]
    assert again["run-3"]["score"] == 0.01


def test_the_page_follows_a_training(browser: Any, workspace: Workspace, run: Path, every_step: None) -> None:
    for number in range(12):
        save(run.parent / f"other <b>{number}", [fit(number)], mase_test=number / 10)
    with running(workspace) as url, following(run), watched(browser, url.partition("/?")[0]) as page:
        history = fit()
        page.goto(f"{url}#training")
        head = page.locator("frontal-training .number")
        head.filter(has_text="best validation loss 4 at epoch").wait_for()
        assert page.locator("frontal-training .status").first.text_content() == "training now"
        page.locator("frontal-training h2", has_text="13 runs in").wait_for()
        titles = ", ".join(page.locator("frontal-training .card h2").all_text_contents())
        assert titles.startswith(
            "Loss, Norm of the gradient, Update ratio, Learning rate, Clipped steps, Events, 13 runs"
        )
        assert page.locator("frontal-training tbody tr").count() == 13
        losses = page.evaluate("document.querySelector('frontal-training').csv()")
        assert losses[0][:2] == ["epoch", "train_loss"]
        np.testing.assert_allclose([row[1] for row in losses[1:]], [e.train_loss for e in history.epochs], rtol=1e-6)
        assert page.locator("frontal-training select").is_hidden()
        fit(1, epochs=2)
        page.locator("frontal-training select").wait_for()  # it is polled once a second
        assert "of 2" in (head.text_content() or "")
        page.locator("frontal-training select").select_option("0")
        head.filter(has_text="of 3").wait_for()
        page.get_by_role("searchbox", name="Filter the runs").fill("other <b>1")
        assert page.locator("frontal-training tbody tr").count() == 3
        page.locator("frontal-training tbody tr", has_text="other <b>11").click()
        page.locator("frontal-training .training-run", has_text="other <b>11").wait_for()
        assert page.locator("frontal-training .status").first.text_content() == "saved"
        assert page.locator("frontal-training b b").count() == 0


SEEN = """() => {
    const { left, top, width, height } = document.querySelector("main").getBoundingClientRect();
    window.seen = document.elementFromPoint(left + width / 2, top + height / 2).closest("section");
    return window.seen.getBoundingClientRect().top;
}"""  # where the part in the middle of the window stands


def test_new_numbers_move_nothing(browser: Any, workspace: Workspace, run: Path, every_step: None) -> None:
    with running(workspace) as url, following(run), watched(browser, url.partition("/?")[0]) as page:
        fit()
        page.goto(f"{url}#training")
        page.locator("frontal-training .number").filter(has_text="at epoch").wait_for()
        page.evaluate("document.querySelector('main').scrollTop = 300")
        loss = page.locator("frontal-training .lines").first
        loss.evaluate("node => (node.marked = true)")
        before = page.evaluate(SEEN)
        fit(1)
        page.locator("frontal-training option").nth(1).wait_for(state="attached")
        assert loss.evaluate("node => node.marked")
        drawn(page)  # the browser holds what is seen where it was at its next frame
        assert abs(page.evaluate("window.seen.getBoundingClientRect().top") - before) <= 1


def test_where_no_network_is_open_the_other_pages_say_so(browser: Any, workspace: Workspace, run: Path) -> None:
    with following(run), running(workspace) as url, watched(browser, url.partition("/?")[0]) as page:
        fit()
        for name in ("read", "home", "gates"):
            page.goto(f"{url}#{name}")
            page.get_by_text("No network is open: it is still being trained").wait_for()
            assert page.locator(".rail").is_hidden()
        page.get_by_role("button", name="See how it was trained").click()
        page.locator("frontal-training .status", has_text="training now").wait_for()


def test_the_page_says_why_a_training_broke_off(browser: Any, workspace: Workspace, run: Path) -> None:
    with pytest.raises(TrainingDiverged), following(run):
        fit(spoil=2)
    with running(workspace) as url, watched(browser, url.partition("/?")[0]) as page:
        page.goto(f"{url}#training")
        page.locator("frontal-training .status", has_text="it broke off").wait_for()
        assert page.get_by_text(re.compile("batch 3: the loss is nan")).is_visible()


@pytest.mark.parametrize("kind", ["text", "series", "sound"])
def test_every_kind_of_look_shows_its_training(open_page: Any, kind: str) -> None:
    page = open_page(kind, "training")
    page.locator("frontal-training .number", has_text="loss").wait_for()
    assert page.locator("frontal-training .lines").count() >= 3


def test_numbers_that_json_lacks_do_not_stop_a_page(workspace: Workspace, run: Path) -> None:
    save(run, [])
    (run / "log.jsonl").write_text(
        json.dumps({"epoch": 1, "train_loss": None, "validation_loss": None, "learning_rate": 1, "gradient_norm": None})
        + "\n",
        encoding="utf-8",
    )
    told = ask(workspace)
    assert np.isnan(told["epoch train_loss"]).all()
    assert told["best"]["epoch"] == 1
