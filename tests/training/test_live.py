"""A training that tells how it goes."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import frontal
import frontal.training.observer as observer_module
from frontal.errors import FrontalError
from frontal.training.history import TrainingDiverged
from frontal.training.live import KEPT, LiveLog, followed, following, live_path, read_lines
from frontal.training.loop import train
from frontal.training.observer import REST, Jumps, Silent, observer, parts
from frontal.training.run_directory import read_run, save_run
from frontal.training.settings import TrainingSettings

SETTINGS = TrainingSettings(optimizer="sgd", learning_rate=0.1, epochs=3, clip_norm=None)


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = frontal.LSTM(2, 3, num_layers=2)
        self.head = nn.Linear(3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.rnn(x)[0])


def model() -> Small:
    torch.manual_seed(0)
    return Small()


def batches(count: int = 4) -> list[tuple[Tensor, Tensor]]:
    draw = torch.Generator().manual_seed(1)
    return [(torch.randn(5, 4, 2, generator=draw), torch.randn(5, 4, 1, generator=draw)) for _ in range(count)]


def loss(network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    return (network(x) - y).square().mean()


def save(path: Path) -> Path:
    return save_run(path, kind="test", settings={}, tensors={}, metrics={}, log=[])


@pytest.fixture
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every step be measured, however long that takes."""
    monkeypatch.setattr(observer_module, "EVERY", 0.0)
    monkeypatch.setattr(observer_module, "DEAREST", float("inf"))
    monkeypatch.setattr(observer_module, "STEPS", float("inf"))


def test_nobody_is_told_unless_somebody_follows(tmp_path: Path) -> None:
    assert isinstance(observer(model(), SETTINGS, None), Silent)
    train(model(), batches(), loss, SETTINGS)
    assert list(tmp_path.iterdir()) == []


def test_following_changes_nothing_of_what_is_learned(tmp_path: Path, every_step: None) -> None:
    alone, watched = model(), model()
    train(alone, batches(), loss, SETTINGS)
    with following(tmp_path / "run"):
        train(watched, batches(), loss, SETTINGS)
    for a, b in zip(alone.parameters(), watched.parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_lines_of_a_training(tmp_path: Path, every_step: None) -> None:
    run = tmp_path / "deep" / "run"
    with following(run):
        assert not live_path(run).exists()  # nothing has been trained yet
        history = train(model(), batches(), loss, SETTINGS)
        lines, end = read_lines(live_path(run))
        assert end == live_path(run).stat().st_size
    assert [line["kind"] for line in lines] == ["start", *(["step"] * 4 + ["epoch"]) * 3, "end"]
    assert {line["training"] for line in lines} == {1}
    assert (lines[0]["epochs"], lines[0]["steps"], lines[0]["clip_norm"]) == (3, 4, None)
    assert lines[0]["layers"] == ["rnn, layer 0", "rnn, layer 1", REST]
    steps = [line for line in lines if line["kind"] == "step"]
    assert [(line["epoch"], line["batch"], line["step"]) for line in steps] == [
        (1 + n // 4, 1 + n % 4, 1 + n) for n in range(12)
    ]
    epochs = [line for line in lines if line["kind"] == "epoch"]
    for n, (line, epoch) in enumerate(zip(epochs, history.epochs, strict=True)):
        assert line["train_loss"] == epoch.train_loss == pytest.approx(np.mean([s["loss"] for s in steps[4 * n :][:4]]))
        assert line["gradient_norm"] == epoch.gradient_norm == max(s["gradient_norm"] for s in steps[4 * n :][:4])
    assert (lines[-1]["stopped"], lines[-1]["step"]) == ("finished", 12)


def test_norms_and_ratios_are_those_of_a_step_by_hand(tmp_path: Path, every_step: None) -> None:
    """Stochastic gradient descent moves each weight by the learning rate times its gradient."""
    network, ((x, y),) = model().double(), [(a.double(), b.double()) for a, b in batches(1)]
    with following(tmp_path / "run"):
        train(network, [(x, y)], loss, TrainingSettings(optimizer="sgd", learning_rate=0.1, epochs=1, clip_norm=0.01))
        line = next(line for line in read_lines(live_path(tmp_path / "run"))[0] if line["kind"] == "step")
    other = model().double()
    loss(other, x, y).backward()
    named = {name: (p.detach().numpy(), p.grad.numpy()) for name, p in other.named_parameters()}  # pyright: ignore
    whole = np.sqrt(sum((g**2).sum() for _, g in named.values()))
    assert line["gradient_norm"] == pytest.approx(whole)
    assert line["clipped"] == 1
    groups = {
        "rnn, layer 0": [v for n, v in named.items() if "_l0" in n],
        "rnn, layer 1": [v for n, v in named.items() if "_l1" in n],
        REST: [v for n, v in named.items() if n.startswith("head")],
    }
    for name, group in groups.items():
        norm = np.sqrt(sum((g**2).sum() for _, g in group))
        size = np.sqrt(sum((w**2).sum() for w, _ in group))
        assert line["gradients"][name] == pytest.approx(norm)
        assert line["updates"][name] == pytest.approx(0.1 * norm * 0.01 / whole / size, rel=1e-4)
    size = np.sqrt(sum((w**2).sum() for w, _ in named.values()))
    assert line["update"] == pytest.approx(0.1 * 0.01 / size, rel=1e-4)


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda: frontal.GRU(2, 3), {"GRU": 4}),
        (lambda: frontal.LSTM(2, 3, num_layers=2, bidirectional=True), {"LSTM, layer 0": 8, "LSTM, layer 1": 8}),
        (lambda: frontal.Recurrent(frontal.cells.named("gru"), 2, 3, num_layers=2, bidirectional=True),  # pyright: ignore
         {"Recurrent, layer 0": 8, "Recurrent, layer 1": 8}),
        (lambda: nn.Linear(2, 3), {REST: 2}),
    ],
)  # fmt: skip
def test_parts_are_recurrent_layers_and_all_else(build: Any, expected: dict[str, int]) -> None:
    assert {name: len(part) for name, part in parts(build()).items()} == expected


def test_frozen_weights_and_shared_layers_are_counted_once_or_not_at_all() -> None:
    network = model()
    network.again = network.rnn  # pyright: ignore[reportAttributeAccessIssue]
    network.head.requires_grad_(False)
    assert {name: len(part) for name, part in parts(network).items()} == {"rnn, layer 0": 4, "rnn, layer 1": 4}


def test_a_leap_is_told_once_with_its_batch() -> None:
    jumps = Jumps()
    draw = np.random.default_rng(0)
    said = {n: jumps.seen(9.0 if n == 60 else 1 + 0.1 * draw.normal(), 210.0 if n == 60 else 2.0) for n in range(120)}
    (step,) = [n for n, text in said.items() if text]
    assert step == 60
    assert said[60] is not None
    loss_part, norm_part = said[60].split("; ")
    assert float(loss_part.removeprefix("loss jumped ").removesuffix("×")) == pytest.approx(9, rel=0.1)
    assert norm_part == "gradient norm 210, 105× its mean"


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        ([1.0] * 40 + [1.5], None),
        (list(np.linspace(5, 1, 200)), None),
        ([1.0, 3.0] * 30 + [4.0], None),  # as rough as ever
        ([9.0] + [1.0] * 10 + [9.0], None),  # too early to know
        ([-2.0 + 0.01 * (n % 3) for n in range(40)] + [3.0], "loss jumped to 3"),
    ],
)
def test_what_is_a_leap(losses: list[float], said: str | None) -> None:
    jumps = Jumps()
    found = [text for loss in losses if (text := jumps.seen(loss, 1.0))]
    assert [text.split(";")[0] for text in found] == ([] if said is None else [said])


def test_a_bad_batch_is_an_event(tmp_path: Path) -> None:
    given = batches(40)
    given[29] = (given[29][0], given[29][1] + 30)
    with following(tmp_path / "run"):
        train(model(), given, loss, TrainingSettings(optimizer="sgd", learning_rate=1e-4, epochs=1))
        (event,) = [line for line in read_lines(live_path(tmp_path / "run"))[0] if line["kind"] == "event"]
    assert (event["epoch"], event["batch"], event["step"]) == (1, 30, 30)
    assert "loss jumped" in event["text"]
    assert "(epoch 1, batch 30)" in event["text"]


def test_a_divergence_names_its_batch_and_stays_to_be_read(tmp_path: Path) -> None:
    given = batches(4)
    given[2] = (given[2][0], given[2][1] * float("nan"))
    with pytest.raises(TrainingDiverged), following(tmp_path / "run"):
        train(model(), given, loss, SETTINGS)
    lines, _ = read_lines(live_path(tmp_path / "run"))
    event, end = lines[-2:]
    assert (event["kind"], event["step"]) == ("event", 3)
    assert "epoch 1, batch 3: the loss is nan" in event["text"]
    assert (end["kind"], end["stopped"], end["step"]) == ("end", "diverged", 2)
    with following(tmp_path / "run"):
        train(model(), batches(), loss, SETTINGS)
        assert read_lines(live_path(tmp_path / "run"))[0][-1]["stopped"] == "finished"
    assert list(tmp_path.iterdir()) == []


def test_a_saved_run_keeps_all_but_the_epochs_and_the_live_file_goes(tmp_path: Path, every_step: None) -> None:
    with following(tmp_path / "run"):
        for _ in range(2):
            train(model(), batches(), loss, SETTINGS)
        save(tmp_path / "other")
        save(tmp_path / "run")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "run"]
    assert KEPT not in read_run(tmp_path / "other").files
    kept = [json.loads(line) for line in read_run(tmp_path / "run").files[KEPT].splitlines()]
    assert [line["kind"] for line in kept] == ["start", *["step"] * 12, "end"] * 2
    assert [line["training"] for line in kept] == [1] * 14 + [2] * 14
    save(tmp_path / "run")
    assert KEPT not in read_run(tmp_path / "run").files
    assert followed() is None


def test_a_run_without_a_training_has_no_such_file(tmp_path: Path) -> None:
    with following(tmp_path / "run"):
        save(tmp_path / "run")
    assert KEPT not in read_run(tmp_path / "run").files


def test_lines_are_read_on_from_where_one_was(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b'{"kind": "a"}\nnoise\n[1]\n{"kind": 3}\n{"kind": "b"')
    first, at = read_lines(path)
    assert [line["kind"] for line in first] == ["a"]
    with path.open("ab") as file:
        file.write(b', "x": 1}\n')
    assert read_lines(path, at) == ([{"kind": "b", "x": 1}], path.stat().st_size)
    path.write_bytes(b'{"kind": "new"}\n')
    assert read_lines(path, at) == ([{"kind": "new"}], 16)


def test_steps_are_told_a_few_times_a_second_at_most(tmp_path: Path) -> None:
    with following(tmp_path / "run"):
        history = train(model(), batches(20), loss, TrainingSettings(epochs=20))
        lines, _ = read_lines(live_path(tmp_path / "run"))
    seconds = sum(epoch.seconds for epoch in history.epochs)
    steps = [line for line in lines if line["kind"] == "step"]
    assert 1 <= len(steps) <= 1 + seconds / 0.5
    counted = [line["step"] for line in steps]
    assert counted == sorted(counted)


def test_a_place_that_cannot_be_written_is_said_before_training(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FrontalError, match=r"cannot write .*\.run\.live\.jsonl"), following(tmp_path / "file" / "run"):
        train(model(), batches(), loss, SETTINGS)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_disk_that_fills_up_stops_the_lines_and_not_the_training(tmp_path: Path) -> None:
    log = LiveLog(tmp_path / "run")
    log.path = Path("/dev/full")
    log.begin()
    with pytest.warns(UserWarning, match="is not written any more: No space left"):
        log.tell("start", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        log.tell("start", 1)
        log.close()
