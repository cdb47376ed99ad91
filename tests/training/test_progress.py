"""What is shown where."""

from __future__ import annotations

import io
import os
import pty
import re

import torch
from torch import nn

from frontal.training.loop import train
from frontal.training.progress import BarProgress, PlainProgress, SilentProgress, progress_for
from frontal.training.settings import TrainingSettings


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_stream_decides(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    assert isinstance(progress_for(io.StringIO()), PlainProgress)
    assert isinstance(progress_for(Terminal()), BarProgress)
    assert isinstance(progress_for(Terminal(), quiet=True), SilentProgress)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(progress_for(Terminal()), PlainProgress)
    monkeypatch.setattr("sys.stderr", None)
    assert isinstance(progress_for(), SilentProgress)


def test_plain_lines_come_every_few_seconds_and_at_the_end():
    stream, now = io.StringIO(), [0.0]
    progress = PlainProgress(stream, every_seconds=5, clock=lambda: now[0])
    progress.start(20, "training")
    for epoch in range(20):
        now[0] += 0.8
        progress.update(1, epoch=epoch + 1, loss=1 / (epoch + 3), validation=None)
    progress.note("[a note]")
    progress.stop()
    progress.stop()
    assert stream.getvalue().splitlines() == [
        "training: 35 %, epoch 7, loss 0.1111, 5.6 s",
        "training: 70 %, epoch 14, loss 0.0625, 11.2 s",
        "[a note]",
        "training: 100 %, epoch 20, loss 0.04545, 16.0 s",
    ]


def test_nothing_coloured_when_piped(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    stream = io.StringIO()
    train_a_little(progress_for(stream))
    assert "\x1b" not in stream.getvalue()
    assert len(stream.getvalue().splitlines()) == 1
    assert re.fullmatch(r"training: 100 %, epoch 3, loss \S+, validation 0.5, \d+\.\d s\n", stream.getvalue())


def test_a_bar_on_a_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    parent, child = pty.openpty()
    with os.fdopen(child, "w") as stream:
        progress = progress_for(stream)
        assert isinstance(progress, BarProgress)
        progress.note("before")
        train_a_little(progress)
        progress.stop()
        progress.start(1, "[b]again[/b]")
        progress.note("[c] during")
        progress.stop()
        stream.flush()
        shown = os.read(parent, 100_000).decode()
    os.close(parent)
    assert "\x1b[" in shown
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    for part in ("before", "training", "100%", "epoch 3", "validation 0.5", "[b]again[/b]", "[c] during"):
        assert part in text


def test_silence():
    train_a_little(SilentProgress())
    SilentProgress().note("nothing")


def test_the_total_is_reached_whether_or_not_the_batches_are_counted():
    for batches in (two_batches(), lambda epoch: iter(two_batches())):
        seen = Recorder()
        train(nn.Linear(1, 1), batches, loss, TrainingSettings(epochs=3), progress=seen)
        assert abs(seen.done - seen.total) < 1e-9
        assert seen.stopped == 1


class Recorder(SilentProgress):
    def __init__(self) -> None:
        self.total, self.done, self.stopped = 0.0, 0.0, 0

    def start(self, total, description):
        self.total = total

    def update(self, advance, **figures):
        self.done += advance

    def stop(self):
        self.stopped += 1


def two_batches():
    return [(torch.ones(4, 1), torch.ones(4, 1))] * 2


def loss(model, inputs, targets):
    return (model(inputs) - targets).square().mean()


def train_a_little(progress) -> None:
    train(
        nn.Linear(1, 1),
        two_batches(),
        loss,
        TrainingSettings(epochs=3),
        validate=lambda: 0.5,
        progress=progress,
    )
