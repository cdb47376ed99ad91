"""The recipes behind `frontal classify`, and `predict` and `evaluate` on its runs."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from frontal.atomic import write_atomic
from frontal.data.labelled import Labelled
from frontal.diagnostics.classification import Classification
from frontal.diagnostics.early_answers import EarlyAnswers
from frontal.errors import FrontalError
from frontal.tasks.classify_baselines import baselines
from frontal.tasks.classify_estimator import SequenceClassifier
from frontal.tasks.classify_guesses import encode
from frontal.tasks.classify_report import SURE, accuracies, classify_report, early_sentence, verdict
from frontal.tasks.classify_settings import ClassifySettings
from frontal.tasks.classify_split import Parts, split, unknown_labels
from frontal.training.progress import Progress
from frontal.training.rows import csv_of
from frontal.training.run_directory import check_run_target

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Say = Callable[[str], None]
Result = dict[str, Any]
FLAGS = ("label", "time", "id", "per_step", "cell", "hidden", "layers", "members", "epochs", "seed", "preset", "test")


def classify_run(
    source: str, settings: ClassifySettings, out: Path, *, test: str | None = None, progress: Progress, say: Say
) -> Result:
    """Read, learn the training part, measure on the test part beside simpler answers, and save.

    Args:
        source: whatever `frontal.data.labelled.read_labelled` takes.
        out: the run directory.
        test: a source of its own for the test part.
        progress: shown while training.
        say: called with every sentence a person should read.

    Returns:
        What happened, as JSON can hold it.
    """
    check_run_target(out)
    model = SequenceClassifier(settings)
    data = model.read(source)
    parts = split(_labelled(data), settings, None if test is None else _labelled(model.read(test)))
    for note in [*data.notes, parts.said, *unknown_labels(parts)]:
        say(note)
    model.fit(parts.train, progress=progress)
    for note in model.notes[len(data.notes) :]:
        say(note)
    model.notes += [parts.said, *unknown_labels(parts)]
    said, early, others = _measured(model, parts)
    command = shlex.join(["frontal", "classify", source, *(["--test", test] if test else []), *settings.words(FLAGS)])
    report = classify_report(parts, model, said, others, early, command)
    files = {
        "predictions.csv": csv_of(answers(model, parts.test)), "confusion.png": _png(said.plot()),
        "report.html": report.to_html().encode(),
    }  # fmt: skip
    if early is not None:
        files["early.png"] = _png(early.plot())
    metrics = {**said.metrics(), **_early_metrics(early), "seed": settings.seed}
    metrics |= {f"accuracy_{name.replace(',', '').replace(' ', '_')}": value for name, value in others.items()}
    run = model.save(out, metrics=metrics, files=files)
    return {
        "kind": "classifier", "run": str(out), "settings": model.chosen.to_dict(),
        "metrics": {**metrics, "seconds_train": model.seconds}, "accuracy": accuracies(said, others),
        "classes": said.by_class(), "verdict": report.verdict, "notes": model.notes,
        "files": sorted(str(Path(out) / path.name) for path in run.iterdir()),
    }  # fmt: skip


def classify_predict_run(run: Path, source: str | None, *, out: Path | None, say: Say) -> Result:
    """Classify the sequences of `source` with a saved run."""
    if source is None:
        raise FrontalError(f"{run} is a classifier: say what it should classify, frontal predict {run} DATA")
    model = SequenceClassifier.load(run)
    data = model.read_as_fitted(source)
    for note in data.notes:
        say(note)
    rows = answers(model, data)
    if out is not None:
        write_atomic(out, csv_of(rows))
        say(f"Written to {out}.")
    return {"kind": "classifier", "run": str(run), "sequences": len(data), "answers": rows}


def classify_evaluate_run(run: Path, source: str, *, say: Say) -> Result:
    """Measure a saved run on `source`, or on its test part if it has one, without training."""
    model = SequenceClassifier.load(run)
    data = _labelled(model.read_as_fitted(source))
    for note in data.notes:
        say(note)
    if data.split is not None and {"train", "test"} <= set(data.split):
        data = data.select(np.array(data.split) == "test")
        say("Only the test part is measured.")
    said = model.measure(data)
    early = _early(model, data)
    others = {"most frequent class": float(np.bincount(said.truth[said.truth >= 0]).max() / len(said.truth))}
    sentences = [verdict(said, others, "steps" if model.chosen.per_step else "sequences")]
    sentences += [] if early is None else [early_sentence(early)]
    return {
        "kind": "classifier", "run": str(run), "metrics": {**said.metrics(), **_early_metrics(early)},
        "accuracy": accuracies(said, others), "classes": said.by_class(), "verdict": " ".join(sentences),
    }  # fmt: skip


def answers(model: SequenceClassifier, data: Labelled) -> list[Result]:
    """A row a sequence, or a step: its id, the truth if known, the answer, the probability of every class."""
    names = [str(name) for name in model.classes_.tolist()]
    per_step = model.chosen.per_step
    rows: list[Result] = []
    for place, said in enumerate(model.predict_proba(data)):
        truth = None if data.labels is None else data.labels[place]
        for step, row in enumerate(np.atleast_2d(said).tolist()):
            cells: Result = {"id": data.ids[place]}
            if per_step:
                cells["step"] = step
            if truth is not None:
                cells["truth"] = truth[step] if per_step else truth
            cells["answer"] = names[int(np.argmax(row))]
            rows.append(cells | {f"p({name})": float(f"{p:.6g}") for name, p in zip(names, row, strict=True)})
    return rows


def _measured(
    model: SequenceClassifier, parts: Parts
) -> tuple[Classification, EarlyAnswers | None, Mapping[str, float]]:
    said = model.measure(parts.test)
    train, test = (encode(part, model.inputs, said.classes) for part in (parts.train, parts.test))
    tokens = model.inputs.size if model.inputs.tokens else None
    return said, _early(model, parts.test), baselines(train, test, tokens=tokens, classes=len(said.classes))


def _early(model: SequenceClassifier, data: Labelled) -> EarlyAnswers | None:
    """Answers before the end, where the network can give them."""
    return None if model.chosen.per_step or model.chosen.bidirectional else model.early(data)


def _early_metrics(early: EarlyAnswers | None) -> dict[str, float]:
    if early is None:
        return {}
    right, read = early.stopping(SURE)
    half = float(early.accuracy()[len(early.fractions) // 2 - 1])
    return {"accuracy_at_half": half, "accuracy_when_sure": right, "read_when_sure": read}


def _labelled(data: Labelled) -> Labelled:
    if data.labels is None:
        raise FrontalError(f"{data.name} has no labels; name their column with --label, or give labelled data")
    return data


def _png(figure: Figure) -> bytes:
    image = BytesIO()
    figure.savefig(image, format="png", dpi=130)
    return image.getvalue()
