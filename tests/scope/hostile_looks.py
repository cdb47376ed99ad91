"""Models along hostile data: symbols, tokens, labels, columns, names of sequences, of runs and of looks."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hostile import strings

from frontal import LanguageModel, SequenceClassifier
from frontal.cells import named
from frontal.data.labelled_set import Labelled
from frontal.diagnostics.capture import capture
from frontal.diagnostics.subject import Subject
from frontal.diagnostics.subject_series import Series
from frontal.diagnostics.subject_text import Text
from frontal.layers.language_network import LanguageNetwork
from frontal.layers.window_forecast import WindowForecast
from frontal.scope.workspace import Look, Workspace

HOSTILE = strings()
MARKED = "<script>alert(1)</script>"
STEPS = 120  # of the series


def symbols() -> Subject:
    """A text whose vocabulary is hostile."""
    torch.manual_seed(0)
    model = LanguageNetwork(len(HOSTILE), named("gru"), hidden=4, embedding=3)
    return Text(model, np.arange(len(HOSTILE)), HOSTILE, HOSTILE[7])


def columns() -> Subject:
    """A series whose columns are called so."""
    torch.manual_seed(0)
    T, C = 8, len(HOSTILE)
    model = WindowForecast(named("gru"), C, T, 1, hidden=4).eval()
    values = np.sin(np.arange(STEPS))
    places = np.arange(T - 1, STEPS - 1)
    windows = torch.from_numpy(values[places[:, None] + np.arange(1 - T, 1)]).float()[..., None].repeat(1, 1, C)
    return Series(
        model, windows, followed=torch.from_numpy(values[places + 1]).float(), places=places, values=values,
        times=None, channels=HOSTILE, name=HOSTILE[8],
    )  # fmt: skip


def tokens() -> Labelled:
    """Two sequences of tokens of each label, called as it; three steps each, and thirty of the first."""
    N = len(HOSTILE)
    read = [np.array([HOSTILE[(n + k) % N] for k in range(3 if n else 30)], dtype=object) for n in range(N)]
    return Labelled(HOSTILE[9], read * 2, HOSTILE * 2, (), "tokens", False, HOSTILE * 2)


def text() -> str:
    """All of them, one a line."""
    return "\n".join(HOSTILE)


def fitted(model: Any, data: Any, id: str, folder: Path) -> Look:
    subject = model.fit(data).subject(data)
    model.save(folder / "runs" / id)
    return Look(id, HOSTILE[1], str(folder / "runs" / id), model, subject, capture(subject, folder / id))


def hostile_workspace(folder: Path) -> Workspace:
    """Looks a to d along hostile data; one more by every hostile name; a run by each that a folder can have."""
    workspace = Workspace()
    for id, subject in (("a", symbols()), ("b", columns())):
        workspace.add(Look(id, HOSTILE[0], None, None, subject, capture(subject, folder / id)))
    classifier = SequenceClassifier(members=1, epochs=1, hidden=4)
    reader = LanguageModel(hidden=4, layers=1, embedding=3, epochs=1, dropout=0.0)
    workspace.add(fitted(classifier, tokens(), "c", folder))
    workspace.add(fitted(reader, text(), "d", folder))
    for n, title in enumerate(HOSTILE):
        workspace.add(Look(f"n{n}", title, None, None, None, workspace.look("a").capture))
    for name in run_names():
        shutil.copytree(folder / "runs" / "d", folder / "runs" / name)
    return workspace


def run_names() -> list[str]:
    """The strings that can be the name of a folder here."""
    return [name for name in HOSTILE if _is_name(name)]


def _is_name(name: str) -> bool:
    try:
        encoded = os.fsencode(name)
    except UnicodeEncodeError:
        return False
    return len(encoded) < 256 and not name.startswith(".") and not any(sign in name for sign in "/\0")
