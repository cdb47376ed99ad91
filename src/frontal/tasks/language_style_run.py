"""The recipe behind `frontal language --style`."""

from __future__ import annotations

import shlex
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from frontal.data.styled import Styled, in_parts
from frontal.tasks.language import FLAGS, Result, Say
from frontal.tasks.language_model import LanguageModel
from frontal.tasks.language_settings import LanguageSettings
from frontal.tasks.language_style import read_asked, split_styles
from frontal.tasks.language_style_measure import StyleScore, excerpts, measure_styles
from frontal.tasks.language_style_report import SHOWN, style_report, style_rows
from frontal.tasks.language_style_write import Writer
from frontal.training.progress import Progress
from frontal.training.run_directory import check_run_target

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TESTED = 1000  # texts, at most
STYLE_FLAGS = ("style", "text", "label", *FLAGS)


def style_run(source: str, settings: LanguageSettings, out: Path, *, progress: Progress, say: Say) -> Result:
    """Read texts with styles, learn, write in each style, have it judged, and save.

    Args:
        source: whatever `frontal.data.styled.read_styled` takes.
        out: the run directory.
        progress: shown while training.
        say: called with every sentence a person should read.

    Returns:
        What happened, as JSON can hold it.
    """
    check_run_target(out)
    model = LanguageModel(settings)
    data = in_parts(read_asked(source, settings))
    parts = split_styles(data, settings.test, settings.seed, "test")
    for note in data.notes:
        say(note)
    model.fit(parts.learned, progress=progress)
    for note in model.notes[len(data.notes) :]:
        say(note)
    writer = Writer(model.network, model.tokenizer, model.styles)
    score = measure_styles(writer, parts.learned, _some(parts.held, settings.seed), seed=settings.seed)
    command = shlex.join(["frontal", "language", source, *settings.words(STYLE_FLAGS)])
    report = style_report(model, parts, score, command)
    metrics: dict[str, Any] = score.metrics() | {"seed": settings.seed}
    run = model.save(out, metrics=metrics, files=_files(score) | {"report.html": report.to_html().encode()})
    return {
        "kind": model.kind, "run": str(out), "settings": model.chosen.to_dict(), "styles": list(model.styles),
        "recognised": style_rows(score), "metrics": {**metrics, "seconds_train": model.seconds},
        "samples": {style: excerpts(texts, SHOWN) for style, texts in score.samples.items()},
        "verdict": report.verdict, "notes": model.notes,
        "files": sorted(str(Path(out) / path.name) for path in run.iterdir()),
    }  # fmt: skip


def _some(held: Styled, seed: int) -> Styled:
    """Return the texts that are measured: all, or as many as `TESTED`, drawn by chance."""
    return held.select(np.sort(np.random.default_rng(seed).permutation(len(held))[:TESTED]))


def _files(score: StyleScore) -> dict[str, bytes]:
    lines = (
        f"{style}\t{line}" for style, texts in score.samples.items() for line in excerpts(texts, len(texts), 10**6)
    )
    return {"written.tsv": "\n".join(["style\ttext", *lines, ""]).encode(), "confusion.png": _png(score.written.plot())}


def _png(figure: Figure) -> bytes:
    image = BytesIO()
    figure.savefig(image, format="png", dpi=130)
    return image.getvalue()
