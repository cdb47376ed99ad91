"""The report of question answering, and the sentences that sum it up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan

from frontal.diagnostics.attention_facts import FactAttention, draw_attention
from frontal.diagnostics.report import Report, ReportFigure, ReportTable
from frontal.diagnostics.training_plot import draw_losses
from frontal.tasks.answer_estimator import Answerer
from frontal.tasks.answer_measure import Answers
from frontal.tasks.answer_read import AnswerParts

OURS = "frontal"
TITLE = "Share of right answers in the test part"
NOTE = (
    "Last mentioned: the last word of the story that is an answer. Likest fact: the answer in the fact that shares "
    "most words with the question. Words counted: a regression on how often each word occurs. Looked at support: how "
    "often the fact looked at most is one from which the answer follows."
)
PICTURED = 4  # questions whose attention is drawn
SUPPORTED = "looked at support"


def accuracy_rows(said: Answers, others: Mapping[str, Sequence[str]]) -> list[dict[str, object]]:
    """Return a row a task: questions, the accuracy of frontal and of each other answer, and attention on a support."""
    rows: list[dict[str, object]] = []
    for row in said.by_task():
        here = [place for place, task in enumerate(said.tasks) if (task or "questions") == row["task"]]
        right = {
            name: sum(answers[place] == said.looked[place].truth for place in here) / len(here)
            for name, answers in others.items()
        }
        first = {"task": row["task"], "questions": row["questions"], OURS: row["accuracy"]}
        rows.append({**first, **right, SUPPORTED: row[SUPPORTED]})
    return rows


def answer_verdict(said: Answers, others: Mapping[str, Sequence[str]]) -> str:
    """Say how many answers are right, beside what is reached without a recurrent network, and what was looked at."""
    truth = [one.truth for one in said.looked]
    reached = {
        name: sum(map(str.__eq__, answers, truth)) / max(len(truth), 1) for name, answers in others.items()
    }  # fmt: skip
    best = max(reached, key=lambda name: reached[name])
    compared = "better than" if said.accuracy > reached[best] + 0.005 else "no better than"
    sentence = (
        f"{said.accuracy:.1%} of {len(truth)} questions about stories that were never learned are answered rightly, "
        f"{compared} by the rule “{best}” ({reached[best]:.1%})."
    )
    if not isnan(said.on_support):
        sentence += f" The fact looked at most supports the answer in {said.on_support:.1%} of those that have one."
    return sentence


def answer_report(
    parts: AnswerParts, model: Answerer, said: Answers, others: Mapping[str, Sequence[str]], command: str
) -> Report:
    """Tell a person who was not there what a run did."""
    figures = [ReportFigure("The training", draw_losses(model.log), "Lower is better.")]
    if model.chosen.hops:
        figures.insert(0, ReportFigure(
            "Where the network looked", draw_attention(pictured(said)),
            "Darker: looked at more, hop by hop. A dot marks the facts from which the right answer follows.",
        ))  # fmt: skip
    figures.insert(0, ReportFigure(
        "What was answered for what", said.classification.plot(),
        "Left: the diagonal is right. Right: points below the dashed line are answers too sure of themselves.",
    ))  # fmt: skip
    rows = accuracy_rows(said, others)
    columns = tuple(rows[0])
    return Report(
        title=f"Questions about stories: {parts.name}",
        asked=f"Answer questions such as {model.example.question!r} with one of {len(model.classes_)} answers.",
        verdict=answer_verdict(said, others),
        facts=_facts(parts, model),
        tables=[ReportTable(TITLE, columns, [tuple(row.values()) for row in rows], note=NOTE)],
        figures=figures,
        notes=model.notes,
        command=command,
    )  # fmt: skip


def pictured(said: Answers) -> list[FactAttention]:
    """Return some questions to draw: of different tasks first, the longest stories of each."""
    longest = sorted(range(len(said.tasks)), key=lambda place: -len(said.looked[place].facts))
    first = [next(place for place in longest if said.tasks[place] == task) for task in dict.fromkeys(said.tasks)]
    chosen = [*first, *(place for place in longest if place not in first)][:PICTURED]
    return [said.looked[place] for place in chosen]


def _facts(parts: AnswerParts, model: Answerer) -> list[tuple[str, str]]:
    chosen = model.chosen
    lengths = [len(one.facts) for one in parts.train]
    parameters = sum(parameter.numel() for parameter in model.network.parameters())
    hops = f"{chosen.hops} hops" if chosen.hops != 1 else "1 hop"
    network = f"{hops} of {chosen.hidden} units, {chosen.cell}" if chosen.hops else f"one {chosen.cell}, no attention"
    support = f"; shown the supporting facts, weight {chosen.support:g}" if chosen.support else ""
    rule = f"{chosen.optimizer} at {chosen.learning_rate:g}, batches of {chosen.batch_size}{support}"
    return [
        ("Data", f"{parts.name}: {min(lengths)} to {max(lengths)} facts a story, {model.vocabulary.size - 1} words"),
        ("Training part", f"{len(parts.train)} questions"),
        ("Test part", f"{len(parts.test)} questions. {parts.said}"),
        ("Model", f"{network}; {parameters} parameters"),
        ("Training", f"{len(model.log)} epochs, {rule}"),
        ("Time", f"{model.seconds:.1f} s"),
    ]  # fmt: skip
