"""What runs in the background says how far it is, and is stopped by whoever asked, and when nobody asks any more."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

import pytest

from frontal.errors import FrontalError
from frontal.scope import background
from frontal.scope.background import Background
from frontal.scope.given import Given

ASK, GOING, STOP = Given({}), Given({"going": True}), Given({"stop": True})


class Slow:
    """A computation that goes a step when it is let; `begun` and `ended` count its attempts."""

    def __init__(self) -> None:
        self.at, self.on = Event(), Event()
        self.begun = self.ended = 0

    def __call__(self, progress: Callable[[float], None]) -> str:
        self.begun += 1
        try:
            progress(0.5)
            self.at.set()
            self.on.wait(10)
            progress(0.9)
            return "done"
        finally:
            self.ended += 1


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_it_says_how_far_it_is() -> None:
    slow = Slow()
    job = Background(slow)
    assert slow.begun == 0
    assert job.asked(ASK, 0) is None
    assert slow.at.wait(10)
    assert job.progress == {"done": 0.5, "stopped": False}
    slow.on.set()
    assert job.asked(ASK, 10) == "done"
    assert job.asked(ASK) == "done"
    assert slow.begun == 1


def test_what_was_raised_is_raised_for_whoever_asks() -> None:
    def wrong(_: Callable[[float], None]) -> str:
        raise FrontalError("no luck")

    with pytest.raises(FrontalError, match="no luck"):
        Background(wrong).result(10)


def test_it_is_stopped_where_it_next_tells_how_far_it_is_and_can_be_begun_anew() -> None:
    slow = Slow()
    job = Background(slow)
    assert job.asked(STOP) is None
    assert slow.begun == 0
    job.asked(ASK, 0)
    assert slow.at.wait(10)
    assert job.asked(STOP) is None
    assert job.progress == {"done": 0.0, "stopped": True}
    slow.on.set()
    until(lambda: slow.ended == 1)
    assert job.asked(GOING) is None
    assert (slow.begun, job.progress["stopped"]) == (1, True)
    assert job.asked(ASK, 10) == "done"
    assert slow.begun == 2
    job.stop()
    assert job.asked(GOING) == "done"


def test_it_stops_when_nobody_asks_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    job = Background(slow)
    job.asked(ASK, 0)
    assert slow.at.wait(10)
    monkeypatch.setattr(background, "NEGLECT", 0.0)
    slow.on.set()
    until(lambda: slow.ended == 1)
    assert job.progress == {"done": 0.0, "stopped": True}
