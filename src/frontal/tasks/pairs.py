"""The recipes behind `frontal translate`."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontal.atomic import write_atomic
from frontal.data.pairs import Pairs
from frontal.errors import FrontalError
from frontal.tasks.pairs_agreement import Case, agreement, read_cases, wrong_or_other
from frontal.tasks.pairs_baselines import BY_WORD, COPY, baselines
from frontal.tasks.pairs_ibm import IBM1
from frontal.tasks.pairs_prepare import Parts, split
from frontal.tasks.pairs_report import OURS, Outcome, translation_report, verdict
from frontal.tasks.pairs_scores import scores
from frontal.tasks.pairs_settings import PairsSettings
from frontal.tasks.pairs_translator import Translator, alignment_of
from frontal.training.progress import Progress
from frontal.training.rows import csv_of
from frontal.training.run_directory import check_run_target

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Say = Callable[[str], None]
Result = dict[str, Any]
FLAGS = ("swap", "symbols", "cell", "hidden", "layers", "epochs", "seed", "preset", "valid", "test")


@dataclass(frozen=True)
class Sources:
    """What was typed: pairs, or two files of them; parts of their own; a list of agreements."""

    data: str
    targets: str | None = None
    valid: str | None = None
    test: str | None = None
    agreement: str | None = None

    def words(self) -> list[str]:
        """Return them as they are typed."""
        options = {"--valid": self.valid, "--test": self.test, "--agreement": self.agreement}
        given = [word for name, value in options.items() if value is not None for word in (name, value)]
        return [self.data, *([self.targets] if self.targets else []), *given]


def translate_run(sources: Sources, settings: PairsSettings, out: Path, *, progress: Progress, say: Say) -> Result:
    """Read pairs, learn the training part, measure on the test part beside what needs no network, and save.

    Args:
        sources: what to read.
        settings: of the translator.
        out: the run directory.
        progress: shown while training.
        say: called with every sentence a person should read.

    Returns:
        What happened, as JSON can hold it.
    """
    check_run_target(out)
    scores(["-"], ["-"])  # what is missing is told now, not after the training
    cases = [] if sources.agreement is None else read_cases(Path(sources.agreement))
    model = Translator(settings)
    pairs = model.read(sources.data, sources.targets)
    typed = {"valid": sources.valid, "test": sources.test}
    given = {name: None if part is None else _read(model, part) for name, part in typed.items()}
    parts = split(pairs, settings, **given)
    for note in dict.fromkeys([*pairs.notes, *(n for p in given.values() if p for n in p.notes), parts.said]):
        say(note)
    if parts.test is None:
        raise FrontalError("there is nothing to measure on: test=0, and the data have no test part; set test to a part")
    model.fit(parts.train, valid=parts.valid, progress=progress)
    model.notes = list(dict.fromkeys([*pairs.notes, parts.said, *model.notes]))
    for note in model.notes[len(pairs.notes) + 1 :]:
        say(note)
    found = measured(model, parts, parts.test, cases, say)
    command = shlex.join(["frontal", "translate", *sources.words(), *settings.words(FLAGS)])
    report = translation_report(parts, model, found, command)
    pictures = {f"{name}.png": _png(figure) for name, figure in _figures(found)}
    rows = [
        {"source": s, "translation": w.text, "as it should be": t, "score": w.score}
        for s, t, w in zip(found.test.sources, found.test.targets, found.written, strict=True)
    ]
    metrics = _metrics(found, settings)
    files = {"translations.csv": csv_of(rows), "report.html": report.to_html().encode(), **pictures}
    run = model.save(out, metrics=metrics, files=files)
    return {
        "kind": "translator", "run": str(out), "settings": model.chosen.to_dict(),
        "metrics": {**metrics, "seconds_train": model.seconds}, "verdict": report.verdict, "notes": model.notes,
        "scores": [s.row(name) for name, s in found.scores.items()], "agreement": list(found.agreement),
        "files": sorted(str(Path(out) / path.name) for path in run.iterdir()),
    }  # fmt: skip


def measured(model: Translator, parts: Parts, test: Pairs, cases: Sequence[Case], say: Say) -> Outcome:
    """Translate the test part and the cases of agreement, with the network and without."""
    written = [row[0] for row in model.write(test.sources)]
    long = model.too_long(test.sources)
    if long:
        model.notes.append(
            f"Texts of the test part longer than {model.chosen.longest} symbols: {len(long)}; "
            "only their beginnings were translated."
        )
        say(model.notes[-1])
    dictionary = IBM1(parts.train.sources, parts.train.targets)
    answers = {OURS: [w.text for w in written], **baselines(parts.train, test.sources, dictionary)}
    found = {name: scores(said, test.targets) for name, said in answers.items()}
    if not cases:
        return Outcome(test, written, found)
    asked = [case.source for case in cases]
    said = {OURS: model.translate(asked), BY_WORD: [dictionary.translate(text) for text in asked]}
    wrong, other = wrong_or_other(cases, said[OURS])
    model.notes.append(
        f"Agreement: {wrong} of {len(cases)} have a wrong form, {other} neither form that is looked for."
    )
    say(model.notes[-1])
    return Outcome(test, written, found, agreement(cases, said))


def translate_evaluate_run(run: Path, source: str, *, say: Say) -> Result:
    """Measure a saved run on pairs, or on their test part if they have one, without training.

    Args:
        run: the run directory.
        source: one table, or two files with a comma between them.
        say: called with every sentence a person should read.
    """
    model = Translator.load(run)
    pairs = _read(model, source)
    for note in pairs.notes:
        say(note)
    test = pairs.part("test")
    if test is not None:
        say("Only the test part is measured.")
    test = test or pairs
    written = [row[0] for row in model.write(test.sources)]
    found = Outcome(
        test, written,
        {OURS: scores([w.text for w in written], test.targets), COPY: scores(test.sources, test.targets)},
    )  # fmt: skip
    return {
        "kind": "translator", "run": str(run), "metrics": _metrics(found, model.chosen), "verdict": verdict(found),
        "scores": [s.row(name) for name, s in found.scores.items()], "agreement": [],
    }  # fmt: skip


def translate_texts(run: Path, texts: Sequence[str], *, plot: Path | None, say: Say) -> Result:
    """Translate texts with a saved run; draw where the attention looked for the first of them where asked for."""
    model = Translator.load(run)
    for place in model.too_long(texts):
        say(f"Line {place + 1} has more than {model.chosen.longest} symbols; only its beginning is translated.")
    written = [row[0] for row in model.write(texts)]
    if plot is not None:
        _draw(written[0] if written else None, plot)
        say(f"Drawn in {plot}.")
    return {
        "kind": "translator", "run": str(run),
        "translations": [
            {"source": text, "translation": w.text, "score": w.score} for text, w in zip(texts, written, strict=True)
        ],
    }  # fmt: skip


def _draw(written: Any, plot: Path) -> None:
    shown = None if written is None else alignment_of(written)
    if shown is None:
        raise FrontalError("there is nothing to draw: no text, or a translator without an attention")
    write_atomic(plot, _png(shown.plot()))


def _read(model: Translator, given: str) -> Pairs:
    """Read pairs that were given as one table, or as two files with a comma between them."""
    first, comma, second = given.partition(",")
    return model.read(first, second) if comma else model.read(given)


def _metrics(found: Outcome, settings: PairsSettings) -> dict[str, float]:
    metrics: dict[str, float] = {"seed": settings.seed}
    for name, said in found.scores.items():
        end = "" if name == OURS else "_" + name.partition(" (")[0].replace(" ", "_")
        metrics |= {f"bleu{end}": said.bleu, f"chrf{end}": said.chrf, f"exact{end}": said.exact}
    if found.agreement:
        last = found.agreement[-1]
        metrics |= {"agreement": float(str(last[OURS])), "agreement_word_by_word": float(str(last[BY_WORD]))}
    return metrics


def _figures(found: Outcome) -> list[tuple[str, Figure]]:
    """Return the alignment of the first text that has one."""
    shown = next((a for w in found.written if (a := alignment_of(w)) is not None), None)
    return [] if shown is None else [("alignment", shown.plot())]


def _png(figure: Figure) -> bytes:
    image = BytesIO()
    figure.savefig(image, format="png", dpi=130)
    return image.getvalue()
