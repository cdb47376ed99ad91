"""The recipe behind `frontal generate`."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

from frontal.atomic import write_atomic
from frontal.tasks.language_beam import likeliest
from frontal.tasks.language_generate_settings import GenerateSettings
from frontal.tasks.language_model import LanguageModel
from frontal.tasks.language_prompt import Prompt
from frontal.tasks.language_suggest_trie import count_words
from frontal.tasks.language_write import Texts

Say = Callable[[str], None]
Result = dict[str, Any]


def generate_run(
    run: Path, prompt: str, settings: GenerateSettings, *, out: Path | None = None, write: Say, say: Say
) -> Result:
    """Load a language model and let it write; Ctrl-C ends the text where it is.

    Args:
        run: folder of a language model.
        prompt: what stands before the text.
        settings: how to write.
        out: a file that gets all that is written, too.
        write: called with the prompt and with every piece of a single text as it comes, or with all
            texts at the end where there are several, or beams.
        say: called with every sentence a person should read beside the text.

    Returns:
        What happened, as JSON can hold it.
    """
    model = LanguageModel.load(run)
    read = Prompt.of(prompt, model.tokenizer)
    if read.note is not None:
        say(read.note)
    facts = {"kind": "text", "run": str(run), "prompt": prompt, "unknown": read.unknown}
    how = _beams if settings.beams > 1 else _drawn
    shown: list[str] = []

    def both(piece: str) -> None:
        write(piece)
        shown.append(piece)

    facts |= how(model, read, settings, write=both, say=say)
    if out is not None:
        write_atomic(out, "".join(shown).encode("utf-8", "replace"))
        say(f"Written to {out}.")
    return facts | {"metrics": _rates(facts) | known_words(facts["texts"], model.words)}


def known_words(texts: Sequence[str], words: Container[str]) -> dict[str, float]:
    """Return which share of the words written is among the model's, and which share with their letters shuffled."""
    counts = count_words(texts)
    if not counts:
        return {}
    rng = np.random.default_rng(0)
    written = list(counts.elements())
    shuffled = ["".join(rng.permutation(list(word))) for word in written]
    return {
        "words_known": sum(word in words for word in written) / len(written),
        "words_known_shuffled": sum(word in words for word in shuffled) / len(written),
    }


def _rates(facts: Result) -> dict[str, float]:
    characters = sum(map(len, facts["texts"]))
    return {
        "characters_a_second": characters / max(facts["seconds"], 1e-9),
        "characters_a_processor_second": characters / max(facts["processor_seconds"], 1e-9),
    }


def _drawn(model: LanguageModel, prompt: Prompt, settings: GenerateSettings, *, write: Say, say: Say) -> Result:
    texts = Texts(model, prompt, settings)
    written = [""] * settings.samples
    one, interrupted = settings.samples == 1, False
    began, busy = perf_counter(), process_time()
    try:
        if one:
            write(prompt.text)
        for pieces in texts:
            if one:
                write(pieces[0])
            written = [text + piece for text, piece in zip(written, pieces, strict=True)]
    except KeyboardInterrupt:
        interrupted = True
    seconds, busy = perf_counter() - began, process_time() - busy
    if one:
        write("\n")
    else:
        _together(prompt, written, write)
    rate = texts.symbols / max(seconds, 1e-9)
    say(
        f"{texts.symbols} {_plural(model)} in {seconds:.2f} s, {rate:.0f} a second; "
        f"--seed {texts.settings.seed} writes the same again." + (" Stopped by Ctrl-C." if interrupted else "")
    )
    return {
        "texts": written, "seed": texts.settings.seed, "temperature": texts.settings.temperature,
        "symbols": texts.symbols, "seconds": seconds, "processor_seconds": busy, "interrupted": interrupted,
    }  # fmt: skip


def _beams(model: LanguageModel, prompt: Prompt, settings: GenerateSettings, *, write: Say, say: Say) -> Result:
    began, busy = perf_counter(), process_time()
    found = likeliest(model, prompt, settings)
    seconds, busy = perf_counter() - began, process_time() - busy
    _together(prompt, [each.text for each in found], write)
    best = found[0]
    say(
        f"The likeliest of {settings.beams} beams: ln p = {best.log_p:.2f}, "
        f"{best.symbols} {_plural(model)}, {seconds:.2f} s."
    )
    return {
        "texts": [each.text for each in found], "log_p": [each.log_p for each in found],
        "scores": [each.score for each in found], "seconds": seconds, "processor_seconds": busy, "interrupted": False,
    }  # fmt: skip


def _together(prompt: Prompt, texts: list[str], write: Say) -> None:
    """Write whole texts, with a line between them where there are several."""
    for number, text in enumerate(texts, start=1):
        if len(texts) > 1:
            write(f"--- {number} of {len(texts)}\n")
        write(f"{prompt.text}{text}\n")


def _plural(model: LanguageModel) -> str:
    return {"bpe": "pieces of words"}.get(model.tokenizer.kind, model.tokenizer.kind)
