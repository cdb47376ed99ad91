"""Tiny models along tiny data, one of each kind that the microscope shows; made in seconds, always the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np

from frontal import Forecaster, LanguageModel, SequenceClassifier
from frontal.data.labelled_set import Labelled
from frontal.diagnostics.capture import capture
from frontal.scope.workspace import Look, Workspace

LINES = (
    'see "http://a.example/b?c=[1,(2)]&d=e" and ask: "why {not}?"\n',
    "\tdef f(x): # a comment, it's indented 😀\n",
    "<b onclick='x()'>bold &amp; braver</b> é ñ 漢字\n",
    "\n",
    "On 24.12. at 07:30 the train leaves; https://b.example/~c#d is late.\n",
)
TEXT = ("".join(LINES) * 20)[:3000]
RATE = 8000  # samples a second


def series() -> Any:
    """A season of 12 steps with noise, (300,)."""
    return 10 + np.sin(np.arange(300) * np.pi / 6) + 0.1 * np.random.default_rng(0).normal(size=300)


def recordings() -> Labelled:
    """12 tones of 0.2 to 0.3 seconds, low, middle and high."""
    draw = np.random.default_rng(1)
    names = [("low", "middle", "high")[n % 3] for n in range(12)]
    turns = [200 * 2 ** (n % 3) / RATE * np.arange(1600 + 70 * n) for n in range(12)]
    tones = [np.sin(2 * np.pi * turn) + 0.1 * draw.normal(size=len(turn)) for turn in turns]
    sounds = [tone[:, None].astype(np.float32) / 2 for tone in tones]
    ids = [f"{name}_{n}.wav" for n, name in enumerate(names)]
    return Labelled("tones", sounds, names, ("sound",), "numbers", False, ids, rate=float(RATE))


MADE: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "text": (lambda: LanguageModel(hidden=12, layers=2, embedding=8, epochs=1, dropout=0.0), lambda: TEXT),
    "series": (lambda: Forecaster(horizon=3, context=24, members=1, epochs=1, hidden=10, layers=2), series),
    "sound": (lambda: SequenceClassifier(members=1, epochs=1, hidden=8, bands=12), recordings),
}
"""by kind: a model that is not fitted, and its data"""
KINDS = tuple(MADE)


@cache
def estimator(kind: str) -> Any:
    """The fitted model of a kind."""
    new, learned = MADE[kind]
    return new().fit(learned())


def look(kind: str, folder: Path, *, id: str = "a", title: str | None = None, data: Any = None) -> Look:
    """A model of a kind, fitted for an epoch, along its own data or other."""
    model = estimator(kind)
    subject = model.subject(MADE[kind][1]() if data is None else data)
    return Look(id, title or f"tiny {kind}", None, model, subject, capture(subject, folder / f"{kind}-{id}"), RLock())


def workspace(kind: str, folder: Path) -> Workspace:
    """What `frontal scope` would open for a model of a kind."""
    made = Workspace()
    made.add(look(kind, folder))
    return made
