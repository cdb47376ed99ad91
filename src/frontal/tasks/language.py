"""The recipes behind `frontal language`, and `evaluate` on its runs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from frontal.data.corpus import Corpus
from frontal.data.corpus_read import read_corpus
from frontal.errors import FrontalError
from frontal.tasks.language_baselines import Cost, baselines
from frontal.tasks.language_measure import Surprise
from frontal.tasks.language_model import LanguageModel
from frontal.tasks.language_report import OURS, cost_rows, language_report, verdict
from frontal.tasks.language_settings import LanguageSettings
from frontal.tasks.language_style_evaluate import evaluate_styles
from frontal.tasks.language_suggest_trie import TEST_FILE
from frontal.training.progress import Progress
from frontal.training.run_directory import check_run_target

Say = Callable[[str], None]
Result = dict[str, Any]
TEST_KEPT = 200_000  # characters of the test part, for `frontal suggest --measure test`
TESTED = 1_000_000  # characters, at most
LEAST = 100  # characters of a test part that says anything
WRITTEN = 600  # symbols of the sample
FLAGS = ("symbols", "cell", "hidden", "layers", "minutes", "epochs", "glob", "test", "seed", "preset")


def language_run(
    sources: Sequence[str], settings: LanguageSettings, out: Path, *, progress: Progress, say: Say
) -> Result:
    """Read texts, learn, measure on a part that was kept, beside n-grams and compressors, and save.

    Args:
        sources: whatever `frontal.data.corpus_read.read_corpus` takes, one after the other.
        out: the run directory.
        progress: shown while training.
        say: called with every sentence a person should read.

    Returns:
        What happened, as JSON can hold it.
    """
    check_run_target(out)
    model = LanguageModel(settings)
    corpus = read_corpus(list(sources), glob=settings.glob)
    learned, test, how = corpus.split(settings.test, most=TESTED, seed=settings.seed)
    if len(test) < LEAST:
        raise FrontalError(
            f"too little text: {len(corpus)} characters leave {len(test)} for testing, where {LEAST} are the least; "
            f"give {round(LEAST / max(settings.test, 0.01))} characters or more"
        )
    for note in (*corpus.notes, f"Test part: {how}."):
        say(note)
    model.fit(learned, progress=progress)
    for note in model.notes[len(corpus.notes) :]:
        say(note)
    say("Measuring the test part, by the model, by n-grams and by compressors …")
    said = model.measure(test)
    costs = _costs(model, said, learned, test)
    sample = model.generate("", length=WRITTEN, seed=settings.seed)[0]
    command = shlex.join(["frontal", "language", *sources, *settings.words(FLAGS)])
    report = language_report(model, (learned, test), how, said, costs, sample, command)
    metrics = _metrics(said, costs) | {"seed": settings.seed, "parameters": _parameters(model)}
    files = {
        "report.html": report.to_html().encode(), "sample.txt": sample.encode(),
        TEST_FILE: "".join(test.pieces())[:TEST_KEPT].encode(),
    }  # fmt: skip
    run = model.save(out, metrics=metrics, files=files)
    return {
        "kind": model.kind, "run": str(out), "settings": model.chosen.to_dict(), "costs": cost_rows(costs),
        "metrics": {**metrics, "seconds_train": model.seconds}, "sample": sample, "verdict": report.verdict,
        "notes": model.notes, "files": sorted(str(Path(out) / path.name) for path in run.iterdir()),
    }  # fmt: skip


def language_evaluate_run(run: Path, source: str, *, say: Say) -> Result:
    """Measure a saved run on a text, beside the compressors, without training."""
    model = LanguageModel.load(run)
    if model.styles:
        return {"run": str(run), **evaluate_styles(model, source, say=say)}
    corpus = read_corpus(source, glob=model.settings.glob)
    for note in corpus.notes:
        say(note)
    said = model.measure(corpus)
    costs = _costs(model, said, Corpus("nothing", ()), corpus)
    return {
        "kind": model.kind, "run": str(run), "costs": cost_rows(costs), "metrics": _metrics(said, costs),
        "verdict": verdict(costs, said, model.chosen.symbols, "text"),
    }  # fmt: skip


def _costs(model: LanguageModel, said: Surprise, learned: Corpus, test: Corpus) -> list[Cost]:
    ours = Cost.of(OURS, said, model.tokenizer)
    return [ours, *baselines(model.tokenizer, model.start, learned, test)]


def _metrics(said: Surprise, costs: Sequence[Cost]) -> dict[str, Any]:
    """Return what the model reached, and by name what the others did."""
    metrics = said.metrics()
    for cost in costs[1:]:
        name = re.sub("[^a-z0-9]+", "_", cost.name.lower())
        metrics[f"nats_per_character_{name}"] = cost.nats_per_character
        metrics[f"perplexity_{name}"] = cost.perplexity
    return {name: value for name, value in metrics.items() if value is not None}


def _parameters(model: LanguageModel) -> int:
    return sum(parameter.numel() for parameter in model.network.parameters())
