"""From saved runs and data to what the microscope shows; the same from Python."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import Any

from frontal.data.corpus import Corpus
from frontal.diagnostics.capture import capture
from frontal.diagnostics.capture_index import INDEX
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.subject import Subject
from frontal.errors import FrontalError
from frontal.scope.launch import serve
from frontal.scope.workspace import MOST, Look, Workspace
from frontal.tasks import load
from frontal.tasks.answer_subject import KEPT as STORIES
from frontal.tasks.language_suggest_trie import TEST_FILE
from frontal.tasks.pairs_subject import KEPT as TRANSLATIONS
from frontal.training.live import live_path
from frontal.training.manifest import MANIFEST
from frontal.training.progress import Progress, SilentProgress

SAMPLE = "sample.txt"  # of a run: what the model wrote
EXPECTED = {  # what a kind of run reads, and how that is said
    "language-model": ("a text", "--text FILE"),
    "forecaster": ("a series", "--csv FILE"),
    "panel-forecaster": ("a table of series", "--csv FILE"),
    "classifier": ("labelled sequences", "--audio FOLDER or --csv FILE"),
    "translator": ("pairs of texts", "--text FILE"),
    "dialogue": ("conversations", "--text FILE"),
    "answerer": ("stories and questions", "--text FILE"),
}
KEPT = {"translator": TRANSLATIONS, "answerer": STORIES}  # of a kind of run: the file of its test part
OWN = {
    "forecaster": "series",
    "panel-forecaster": "panel",
    "dialogue": "known",
}  # what a model keeps of its data
DEMO = Path(__file__).parent / "demo"


def scope(model: Any, data: Any = None, *, most: int = MOST, port: int | None = None) -> None:
    """Look at a fitted model along data, on a page in the browser, until Ctrl-C.

    Args:
        model: a `LanguageModel`, `Forecaster`, `SequenceClassifier`, `Translator`, `Dialogue` or `Answerer`.
        data: what its `subject` takes; by default a forecaster's own series, and what a dialogue knows.
        most: steps that are looked at.
        port: of the page's server.

    Raises:
        FrontalError: the model cannot be looked at, cannot read the data, or `frontal[web]` is not installed.
    """
    with workspace_of(model, data, most=most) as workspace:
        serve(workspace, port)


def workspace_of(model: Any, data: Any = None, *, most: int = MOST, progress: Progress | None = None) -> Workspace:
    """Return a workspace with a fitted model along data: one look, or one of each of its parts; see `scope`."""
    with ExitStack() as unless_opened:
        workspace = unless_opened.enter_context(Workspace(most=most))
        add_model(workspace, model, data, progress=progress)
        unless_opened.pop_all()
    return workspace


def add_run(
    workspace: Workspace, run: str, data: Any = None, *, keep: Path | None = None, progress: Progress | None = None
) -> Look:
    """Open a saved run along data; without any, along what it kept of its own: a test text, or its series.

    Args:
        keep: new folder for the capture; default: one that goes with the workspace.
    """
    model = load(run)
    if data is None:
        data = _kept_text(run) if model.kind == "language-model" else _kept_file(run, model.kind)
    return add_model(workspace, model, data, run=run, keep=keep, progress=progress)


def add_model(
    workspace: Workspace, model: Any, data: Any = None, *, run: str | None = None, keep: Path | None = None,
    progress: Progress | None = None,
) -> Look:  # fmt: skip
    """Open a fitted model along data, as a look, or one of each of its parts; return the first. See `add_run`."""
    kind = getattr(model, "kind", None)
    if kind not in EXPECTED:
        raise FrontalError(
            f"{run or f'a {type(model).__name__}'} cannot be looked at step by step; what frontal language, forecast, "
            "classify, translate, answer and chat save can"
        )
    data = getattr(model, OWN[kind]) if data is None and kind in OWN else data
    if data is None:
        what, how = EXPECTED[kind]
        raise FrontalError(
            f"{run or 'this model'} is a {kind.replace('-', ' ')}: say which {what} it reads, with {how}"
        )
    parts: tuple[str | None, ...] = getattr(model, "parts", (None,))
    looks = [_looked(workspace, model, data, run, part, None if k else keep, progress) for k, part in enumerate(parts)]
    return looks[0]


def _looked(
    workspace: Workspace, model: Any, data: Any, run: str | None, part: str | None, keep: Path | None,
    progress: Progress | None,
) -> Look:  # fmt: skip
    """Open one part of a network, or all of one that has none."""
    subject = model.subject(data, most=workspace.most, **({} if part is None else {"part": part}))
    found = _captured(subject, keep or workspace.folder_for_capture(), progress or SilentProgress())
    name = type(model).__name__ if run is None else Path(os.path.realpath(run)).name
    title = f"{name} {part or 'on'} {Path(subject.name).name}"
    lock = next((other.lock for other in workspace.looks() if other.model is model), RLock())
    look = Look(workspace.fresh_id(), title, run, model, subject, found, lock, _place(data), part)
    workspace.add(look)
    return look


def _place(data: Any) -> str | None:
    """Return the path of data that are in a file or a folder."""
    try:
        return str(Path(data).resolve()) if isinstance(data, str | Path) and Path(data).exists() else None
    except (OSError, ValueError):  # a text, and no name of a file
        return None


def _captured(subject: Subject, folder: Path, progress: Progress) -> Capture:
    progress.start(len(subject), f"reading {subject.name}")
    done = 0

    def tell(steps: int) -> None:
        nonlocal done
        progress.update(steps - done)
        done = steps

    try:
        return capture(subject, folder, progress=tell)
    finally:
        progress.stop()


def add_capture(workspace: Workspace, folder: str) -> Look:
    """Open what was captured before, without its model."""
    found = Capture(folder)
    look = Look(workspace.fresh_id(), f"{Path(folder).name}: {found.index.name}", None, None, None, found, RLock())
    workspace.add(look)
    return look


def is_capture(folder: str) -> bool:
    """Whether a folder holds a capture."""
    return (Path(folder) / INDEX).is_file()


def is_trained_now(run: str) -> bool:
    """Whether a run is not there yet, and its training tells how it goes, or how it broke off."""
    return not (Path(run) / MANIFEST).is_file() and live_path(run).is_file()


def demo() -> tuple[str, Path]:
    """Return the run and the text that come with frontal."""
    run, text = DEMO / "demo", DEMO / "text.txt"  # the name of a run is that of its folder
    if not (run.is_dir() and text.is_file()):
        raise FrontalError(f"this installation has no demonstration: {DEMO} is missing; install frontal again")
    return str(run), text


def _kept_file(run: str, kind: str) -> Path | None:
    """Return the file in which a run kept its test part; None where there is none."""
    path = Path(run) / KEPT.get(kind, "")
    return path if path.is_file() else None


def _kept_text(run: str) -> Corpus | None:
    """Return the test text that a language model's run kept, or what it wrote itself; None where there is neither."""
    for name in (TEST_FILE, SAMPLE):
        path = Path(run) / name
        if path.is_file() and (text := path.read_text(encoding="utf-8")):
            return replace(Corpus.of_text(text), name="its test text" if name == TEST_FILE else "what it wrote")
    return None
