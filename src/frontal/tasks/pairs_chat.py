"""The recipe behind `frontal chat`: learn conversations, measure, save."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from frontal.data.exchanges import Conversations, read_conversations
from frontal.diagnostics.report import Report, ReportFigure, ReportTable
from frontal.diagnostics.training_plot import draw_losses
from frontal.tasks.pairs_chat_measure import ChatScore, measure_dialogue
from frontal.tasks.pairs_chat_model import Dialogue
from frontal.tasks.pairs_chat_settings import ChatSettings
from frontal.training.progress import Progress
from frontal.training.run_directory import check_run_target

Say = Callable[[str], None]
Result = dict[str, Any]
FLAGS = ("memory", "doubt", "hidden", "epochs", "test", "seed")
SHOWN = 12  # exchanges of the report


def chat_run(source: str, settings: ChatSettings, out: Path, *, progress: Progress, say: Say) -> Result:
    """Read conversations, learn, measure beside the nearest known question, and save.

    Args:
        source: whatever `read_conversations` takes.
        out: the run directory.
        progress: shown while training.
        say: called with every sentence a person should read.

    Returns:
        What happened, as JSON can hold it.
    """
    check_run_target(out)
    model = Dialogue(settings)
    data = read_conversations(source)
    learned, test = (data, data.test) if data.test is not None else data.split(settings.test, settings.seed)
    for note in data.notes:
        say(note)
    model.fit(learned, progress=progress)
    for note in model.notes[len(learned.notes) :]:
        say(note)
    score = measure_dialogue(model, learned, test)
    command = shlex.join(["frontal", "chat", source, *settings.words(FLAGS)])
    report = _report(model, len(learned), score, command)
    image = BytesIO()
    score.plot().savefig(image, format="png", dpi=130)
    metrics = score.metrics() | {"exchanges_tested": len(score.asked), "seed": settings.seed}
    files = {"report.html": report.to_html().encode(), "depth.png": image.getvalue()}
    run = model.save(out, metrics=metrics, files=files)
    return {
        "kind": model.kind, "run": str(out), "settings": model.chosen.to_dict(), "answers": answer_rows(score),
        "metrics": {**metrics, "seconds_train": model.seconds}, "verdict": report.verdict, "notes": model.notes,
        "files": sorted(str(Path(out) / path.name) for path in run.iterdir()),
    }  # fmt: skip


def chat_evaluate_run(run: Path, source: str, *, say: Say) -> Result:
    """Measure a saved run on conversations, beside the nearest question that it knows, without training."""
    model = Dialogue.load(run)
    data = read_conversations(source)
    for note in data.notes:
        say(note)
    turns = [[*e.before, e.question, e.answer] for e in model.known]
    score = measure_dialogue(model, Conversations(str(run), turns, [e.id for e in model.known]), data)
    return {
        "kind": model.kind, "run": str(run), "answers": answer_rows(score), "metrics": score.metrics(),
        "verdict": _verdict(score),
    }  # fmt: skip


def answer_rows(score: ChatScore) -> list[dict[str, object]]:
    """Return how many answers are right, a row a way of finding them."""
    metrics = score.metrics()
    rows = (
        ("frontal", "right"), ("frontal, where it is sure", "right_when_sure"),
        ("frontal, after other turns", "right_later_turns"), ("frontal, turns forgotten", "right_forgetful"),
        ("nearest known question (tf-idf)", "right_nearest"),
        ("nearest, with the turns before", "right_nearest_with_turns"),
    )  # fmt: skip
    return [{"answers": title, "right": metrics[name]} for title, name in rows if name in metrics]


def _verdict(score: ChatScore) -> str:
    metrics = score.metrics()
    best = max(metrics["right_nearest"], metrics["right_nearest_with_turns"])
    compared = "beside" if metrics["right"] >= best else "less than"
    return (
        f"{metrics['right']:.1%} of {score.said} are answered rightly, word for word, {compared} {best:.1%} by the "
        f"nearest known question. It is sure of {metrics['sure']:.1%}, and {metrics['right_when_sure']:.1%} of those "
        f"are right. Of {len(score.strange)} questions about anything else it refuses {metrics['refused_strange']:.1%}."
    )


def _report(model: Dialogue, learned: int, score: ChatScore, command: str) -> Report:
    chosen, rows = model.chosen, answer_rows(score)
    shown = [
        (" | ".join(e.before[-chosen.memory :]) if chosen.memory else "", e.question, reply.text)
        for e, reply in list(zip(score.asked, score.replies, strict=True))[:SHOWN]
    ]
    strange = [("", reply.read, reply.text) for reply in score.strange[: SHOWN // 3]]
    return Report(
        title="A dialogue",
        asked="Answer questions as in the conversations that were learned, and refuse what they are not about.",
        verdict=_verdict(score),
        facts=[
            ("Data", f"{learned} conversations to learn, {len(model.known)} different questions"),
            ("Tested", score.said),
            ("Model", f"encoder and decoder, {chosen.layers} × {chosen.hidden} {chosen.cell}, with attention"),
            ("Memory", f"the last {chosen.memory} turns are read before the question"),
            ("Bars", f"{model.bars[0]:.2f} nats a character of a question, {model.bars[1]:.3f} a word of an answer"),
            ("Training", f"{model.log[-1]['epoch']} epochs"),
            ("Time", f"{model.seconds:.1f} s"),
        ],
        tables=[
            ReportTable(
                "Right answers, word for word", ("answers", "right"), [tuple(row.values()) for row in rows],
                note="Turns forgotten: the same questions, asked as if nothing had been said before.",
            )
        ],
        figures=[
            ReportFigure(
                "What is out of its depth", score.plot(),
                "Each point is a question. What lies to the left of one bar or below the other is refused.",
            ),
            ReportFigure("The training", draw_losses(model.log), "Nats a word of the answers; lower is better."),
        ],
        appendix=[ReportTable("Some questions and what is said", ("before", "question", "said"), [*shown, *strange])],
        notes=model.notes,
        command=command,
    )  # fmt: skip
