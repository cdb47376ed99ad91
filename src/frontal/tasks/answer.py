"""The recipes behind `frontal answer`: learn to answer, and answer with a saved run."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontal.data.stories import numbered_text
from frontal.diagnostics.attention_facts import draw_attention
from frontal.tasks.answer_baselines import answer_baselines
from frontal.tasks.answer_estimator import Answerer
from frontal.tasks.answer_measure import Answers
from frontal.tasks.answer_read import AnswerParts, answer_parts
from frontal.tasks.answer_report import accuracy_rows, answer_report, answer_verdict, pictured
from frontal.tasks.answer_settings import KIND, AnswerSettings
from frontal.training.progress import Progress
from frontal.training.rows import csv_of
from frontal.training.run_directory import check_run_target

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Say = Callable[[str], None]
FLAGS = ("questions", "facts", "hops", "hidden", "support", "epochs", "test", "seed")


def answer_run(source: str, settings: AnswerSettings, out: Path, *, progress: Progress, say: Say) -> dict[str, Any]:
    """Learn a task or a file, measure on its test part beside simpler answers, and save.

    Args:
        source: a task, several with commas in between, "all", or a file of stories.
        settings: of the recipe.
        out: the run directory.
        progress: shown while training.
        say: called with every sentence a person should read.

    Returns:
        What happened, as JSON can hold it.
    """
    check_run_target(out)
    parts = answer_parts(settings, source)
    for note in [*parts.notes, parts.said]:
        say(note)
    model = Answerer(settings).fit(parts.train, progress=progress)
    model.notes = [*parts.notes, *model.notes, *_never_learned(model, parts)]
    for note in model.notes[len(parts.notes) :]:
        say(note)
    said = model.measure(parts.test)
    others = answer_baselines(parts.train, parts.test)
    command = shlex.join(["frontal", "answer", source, *settings.words(FLAGS)])
    files = {
        "report.html": answer_report(parts, model, said, others, command).to_html().encode(),
        "answers.csv": csv_of(_answers(said)),
        "confusion.png": _png(said.classification.plot()),
        "stories.txt": numbered_text(parts.test).encode(),
    }
    if settings.hops:
        files["attention.png"] = _png(draw_attention(pictured(said)))
    rows = accuracy_rows(said, others)
    metrics = _metrics(said, others, settings.seed)
    run = model.save(out, metrics=metrics, files=files)
    return {
        "kind": KIND, "run": str(out), "settings": settings.to_dict(),
        "metrics": {**metrics, "seconds_train": model.seconds}, "tasks": rows,
        "verdict": answer_verdict(said, others), "notes": model.notes,
        "files": sorted(str(Path(out) / path.name) for path in run.iterdir()),
    }  # fmt: skip


def _never_learned(model: Answerer, parts: AnswerParts) -> list[str]:
    """Say which answers of the test part were not learned."""
    new = sorted({one.answer for one in parts.test} - set(model.classes_))
    if not new:
        return []
    shown = ", ".join(map(repr, new[:8])) + (" …" if len(new) > 8 else "")
    return [f"Answers in the test part only: {shown}. What was never learned cannot be answered and counts as wrong."]


def _metrics(said: Answers, others: dict[str, list[str]], seed: int) -> dict[str, float]:
    truth = [one.truth for one in said.looked]
    metrics = {
        "accuracy": said.accuracy, "log_loss": said.classification.log_loss,
        "calibration_error": said.classification.calibration_error, "looked_at_support": said.on_support,
    }  # fmt: skip
    for name, answers in others.items():
        metrics[f"accuracy_{name.replace(' ', '_')}"] = sum(map(str.__eq__, answers, truth)) / len(truth)
    rows = said.by_task()
    each = {f"accuracy_of_{row['task']}": row["accuracy"] for row in rows} if len(rows) > 1 else {}
    return metrics | each | {"seed": seed}


def _answers(said: Answers) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    chances = said.classification.probabilities.max(1).tolist()
    for task, one, chance in zip(said.tasks, said.looked, chances, strict=True):
        most = None if one.most is None else one.facts[one.most]
        rows.append({
            "task": task, "question": one.question, "truth": one.truth, "answer": one.answer,
            "probability": float(f"{chance:.6g}"), "looked at most": most, "story": " ".join(one.facts),
        })  # fmt: skip
    return rows


def _png(figure: Figure) -> bytes:
    image = BytesIO()
    figure.savefig(image, format="png", dpi=130)
    return image.getvalue()
