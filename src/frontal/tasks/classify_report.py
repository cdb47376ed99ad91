"""The report of a classification, and the sentences that sum it up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from frontal.diagnostics.classification import Classification
from frontal.diagnostics.early_answers import EarlyAnswers
from frontal.diagnostics.report import Report, ReportFigure, ReportTable
from frontal.diagnostics.training_plot import draw_losses
from frontal.tasks.classify_estimator import SequenceClassifier
from frontal.tasks.classify_split import Parts

OURS = "frontal"
SURE = 0.95
GAP = 0.05  # calibration error from which probabilities should not be taken at their word


def accuracies(said: Classification, others: Mapping[str, float]) -> list[dict[str, object]]:
    """Return the accuracy of frontal and of answers without a memory, a row each."""
    rows: list[dict[str, object]] = [{"answers": OURS, "accuracy": said.accuracy}]
    return rows + [{"answers": name, "accuracy": accuracy} for name, accuracy in others.items()]


def verdict(said: Classification, others: Mapping[str, float], what: str) -> str:
    """Say how many answers are right, beside what is reached without a recurrent network."""
    best = max(others, key=lambda name: others[name])
    gain = said.accuracy - others[best]
    compared = "better than" if gain > 0.005 else "no better than" if gain > -0.005 else "worse than"
    holds = "hold" if said.calibration_error <= GAP else "should not be taken at their word"
    return (
        f"{said.accuracy:.1%} of {len(said.truth)} {what} are answered rightly, {compared} {best} "
        f"({others[best]:.1%}). The probabilities {holds}: they are off by {said.calibration_error:.1%} on average."
    )


def early_sentence(early: EarlyAnswers) -> str:
    """Say what early decisions reach."""
    right, read = early.stopping(SURE)
    half = early.accuracy()[len(early.fractions) // 2 - 1]
    return (
        f"After half of each sequence {half:.1%} are right; answering as soon as a class has {SURE:.0%} reads "
        f"{read:.0%} of it on average, with {right:.1%} right."
    )


def classify_report(
    parts: Parts, model: SequenceClassifier, said: Classification, others: Mapping[str, float],
    early: EarlyAnswers | None, command: str,
) -> Report:  # fmt: skip
    """Tell a person who was not there what a run did."""
    what = _counted(model)
    figures = [
        ReportFigure(
            "What was answered for what", said.plot(),
            "Left: the diagonal is right. Right: points below the dashed line are answers too sure of themselves.",
        )
    ]  # fmt: skip
    if early is not None:
        figures.append(
            ReportFigure(
                "Answers before the end", early.plot(),
                "Blue: how many are right if asked after a part of the sequence. Orange: the answer is given "
                "as soon as a class has the probability written beside the point.",
            )
        )  # fmt: skip
    figures.append(ReportFigure("The training", draw_losses(model.log), "One line a network; lower is better."))
    sentences = [verdict(said, others, what)] + ([] if early is None else [early_sentence(early)])
    return Report(
        title=f"Classification of {Path(parts.train.name).name}",
        asked=f"Tell {len(said.classes)} classes apart: {_names(said.classes)}; one for each {what.removesuffix('s')}.",
        verdict=" ".join(sentences),
        facts=_facts(parts, model),
        tables=[_right(accuracies(said, others))],
        appendix=[_by_class(said)],
        figures=figures,
        notes=model.notes,
        command=command,
    )  # fmt: skip


def _counted(model: SequenceClassifier) -> str:
    return "steps" if model.chosen.per_step else "sequences"


def _names(classes: tuple[str, ...]) -> str:
    return ", ".join(classes[:12]) + (" …" if len(classes) > 12 else "")


def _right(rows: list[dict[str, object]]) -> ReportTable:
    best = max(range(len(rows)), key=lambda place: float(str(rows[place]["accuracy"])))
    cells = [tuple(row.values()) for row in rows]
    return ReportTable("Right answers in the test part", ("answers", "accuracy"), cells, best)


def _by_class(said: Classification) -> ReportTable:
    rows = said.by_class()
    return ReportTable("Class by class", tuple(rows[0]), [tuple(row.values()) for row in rows])


def _facts(parts: Parts, model: SequenceClassifier) -> list[tuple[str, str]]:
    chosen, train = model.chosen, parts.train
    lengths = train.lengths
    parameters = sum(parameter.numel() for parameter in model.model.networks[0].parameters())
    directions = "both directions" if chosen.bidirectional else "forwards"
    answer = "a label for every step" if chosen.per_step else f"answered from the {chosen.pooling} of its outputs"
    reads = f"{len(train.channels)} channels" if train.kind == "numbers" else f"{model.inputs.size} tokens"
    epochs = {line["member"]: line["epoch"] for line in model.log}
    networks = f"{len(epochs)} networks" if len(epochs) > 1 else "1 network"
    model_is = f"{networks}: {chosen.layers} × {chosen.hidden} {chosen.cell}, {directions}, {answer}"
    rule = f"{chosen.optimizer} at {chosen.learning_rate:g}, batches of {chosen.batch_size}"
    return [
        ("Data", f"{train.name}: {reads}, {lengths.min()} to {lengths.max()} steps a sequence"),
        ("Training part", f"{len(train)} sequences"),
        ("Test part", f"{len(parts.test)} sequences. {parts.said}"),
        ("Model", f"{model_is}; {parameters} parameters each"),
        ("Training", f"{', '.join(map(str, epochs.values()))} epochs, {rule}"),
        ("Time", f"{model.seconds:.1f} s"),
    ]
