"""The report of a translator, and the sentences that sum it up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from frontal.data.pairs import Pairs
from frontal.diagnostics.report import Report, ReportFigure, ReportTable
from frontal.diagnostics.training_plot import draw_losses
from frontal.tasks.pairs_estimator import Written
from frontal.tasks.pairs_prepare import Parts
from frontal.tasks.pairs_scores import Scores, signatures
from frontal.tasks.pairs_translator import Translator, alignment_of

OURS = "frontal"
EXAMPLES, PICTURES = 12, 3
SHORT = 4  # words of a text, on average, below which BLEU says little
CAPTION = (
    "Dark: where it looked while it wrote what stands on the left; the ring marks the most of it. "
    "The last column is the end of the source."
)
READABLE = 22  # words of a side that a picture shows at most


@dataclass(frozen=True)
class Outcome:
    """What a translator made of the test part.

    Attributes:
        test: the pairs.
        written: the best for each.
        scores: of frontal first, then of each baseline.
        agreement: rows of `agreement`, or empty.
    """

    test: Pairs
    written: Sequence[Written]
    scores: Mapping[str, Scores]
    agreement: Sequence[Mapping[str, object]] = ()


def verdict(found: Outcome) -> str:
    """Say how good the translations are, beside what is reached without a network.

    Texts of a word or two have no four words in a row, which BLEU is about; they are judged by how many are right.
    """
    ours = found.scores[OURS]
    short = np.mean([len(text.split()) for text in found.test.targets]) < SHORT

    def judged(said: Scores) -> float:
        return said.exact if short else said.bleu

    name, best = max(((n, s) for n, s in found.scores.items() if n != OURS), key=lambda other: judged(other[1]))
    compared = "better" if judged(ours) > judged(best) else "no better"
    beside = f"{best.exact:.1%} right" if short else f"BLEU {best.bleu:.1f}"
    measures = [f"{ours.exact:.1%} exactly right", f"BLEU {ours.bleu:.1f}, chrF {ours.chrf:.1f}"]
    first, second = measures if short else reversed(measures)
    said = f"{len(found.test)} texts of the test part were translated: {first}, {compared} than {name} ({beside}); "
    said += f"{second}."
    if found.agreement:
        said += f" In the list of agreements {_number(found.agreement[-1][OURS]):.1%} are right."
    return said


def translation_report(parts: Parts, model: Translator, found: Outcome, command: str) -> Report:
    """Tell a person who was not there what a run did."""
    source, target = model.languages
    sign = signatures(found.test.targets)
    rows = [tuple(scores.row(name).values()) for name, scores in found.scores.items()]
    best = max(range(len(rows)), key=lambda place: float(rows[place][1]))
    note = f"By sacrebleu: BLEU {sign[0]}, chrF {sign[1]}."
    tables = [
        ReportTable("Translations of the test part", tuple(found.scores[OURS].row("")), rows, best, note),
        *_agreement(found),
        _examples(found),
    ]
    return Report(
        title=f"Translation of {Path(parts.train.name).name}",
        asked=f"From {source} to {target}, learned from {len(parts.train)} pairs.",
        verdict=verdict(found),
        facts=_facts(parts, model),
        tables=tables,
        figures=[*_pictures(found), ReportFigure("The training", draw_losses(model.log), "Lower is better.")],
        notes=model.notes,
        command=command,
    )


def _agreement(found: Outcome) -> list[ReportTable]:
    if not found.agreement:
        return []
    rows = [tuple(row.values()) for row in found.agreement]
    note = "A translation is right if an expected form is in it and no refused one."
    return [ReportTable("Agreement: share that is right", tuple(found.agreement[0]), rows, note=note)]


def _examples(found: Outcome) -> ReportTable:
    chosen = np.linspace(0, len(found.test) - 1, min(EXAMPLES, len(found.test))).round().astype(int).tolist()
    rows = [(found.test.sources[p], found.written[p].text, found.test.targets[p]) for p in dict.fromkeys(chosen)]
    return ReportTable("Some of them, evenly chosen", ("source", "translation", "as it should be"), rows)


def _pictures(found: Outcome) -> list[ReportFigure]:
    figures: list[ReportFigure] = []
    for place in np.random.default_rng(0).permutation(len(found.written)).tolist():
        shown = alignment_of(found.written[place])
        if shown is None or max(len(shown.read), len(shown.written)) > READABLE or len(shown.written) < 3:
            continue
        figures.append(ReportFigure(f"What was read for “{found.written[place].text}”", shown.plot(), CAPTION))
        if len(figures) == PICTURES:
            break
    return figures


def _facts(parts: Parts, model: Translator) -> list[tuple[str, str]]:
    chosen, spelling = model.chosen, model.spelling
    counts = f"{spelling.source.count}" + ("" if spelling.shared else f" and {spelling.target.count}")
    parameters = sum(p.numel() for p in model.network.parameters())
    looks = "without attention" if chosen.attention == "none" else f"attention {chosen.attention}"
    held = "none" if parts.valid is None else f"{len(parts.valid)} pairs"
    return [
        ("Data", f"{parts.train.name}: {model.languages[0]} to {model.languages[1]}"),
        ("Training part", f"{len(parts.train)} pairs; validation: {held}. {parts.said}"),
        ("Symbols", f"{counts} {chosen.symbols}{', the same for both sides' if spelling.shared else ''}"),
        ("Model", f"{chosen.layers} × {chosen.hidden} {chosen.cell}, {looks}; {parameters} parameters"),
        ("Training", f"{len(model.log)} epochs, {chosen.optimizer} at {chosen.learning_rate:g}"),
        ("Search", f"{chosen.beams} beams, length power {chosen.length_power:g}, coverage {chosen.coverage:g}"),
        ("Time", f"{model.seconds:.1f} s"),
    ]


def _number(value: object) -> float:
    assert isinstance(value, float)
    return value
