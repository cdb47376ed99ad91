"""The recipe behind `frontal generate`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from frontal.tasks.language_beam import likeliest
from frontal.tasks.language_generate_settings import GenerateSettings
from frontal.tasks.language_model import LanguageModel
from frontal.tasks.language_prompt import Prompt
from frontal.tasks.language_write import Texts

Say = Callable[[str], None]
Result = dict[str, Any]


def generate_run(run: Path, prompt: str, settings: GenerateSettings, *, write: Say, say: Say) -> Result:
    """Load a language model and let it write; Ctrl-C ends the text where it is.

    Args:
        run: folder of a language model.
        prompt: what stands before the text.
        settings: how to write.
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
    return facts | how(model, read, settings, write=write, say=say)


def _drawn(model: LanguageModel, prompt: Prompt, settings: GenerateSettings, *, write: Say, say: Say) -> Result:
    texts = Texts(model, prompt, settings)
    written = [""] * settings.samples
    one, interrupted = settings.samples == 1, False
    began = perf_counter()
    try:
        if one:
            write(prompt.text)
        for pieces in texts:
            if one:
                write(pieces[0])
            written = [text + piece for text, piece in zip(written, pieces, strict=True)]
    except KeyboardInterrupt:
        interrupted = True
    seconds = perf_counter() - began
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
        "symbols": texts.symbols, "seconds": seconds, "interrupted": interrupted,
    }  # fmt: skip


def _beams(model: LanguageModel, prompt: Prompt, settings: GenerateSettings, *, write: Say, say: Say) -> Result:
    began = perf_counter()
    found = likeliest(model, prompt, settings)
    seconds = perf_counter() - began
    _together(prompt, [each.text for each in found], write)
    best = found[0]
    say(
        f"The likeliest of {settings.beams} beams: ln p = {best.log_p:.2f}, "
        f"{best.symbols} {_plural(model)}, {seconds:.2f} s."
    )
    return {
        "texts": [each.text for each in found], "log_p": [each.log_p for each in found],
        "scores": [each.score for each in found], "seconds": seconds, "interrupted": False,
    }  # fmt: skip


def _together(prompt: Prompt, texts: list[str], write: Say) -> None:
    """Write whole texts, with a line between them where there are several."""
    for number, text in enumerate(texts, start=1):
        if len(texts) > 1:
            write(f"--- {number} of {len(texts)}\n")
        write(f"{prompt.text}{text}\n")


def _plural(model: LanguageModel) -> str:
    return {"bpe": "pieces of words"}.get(model.tokenizer.kind, model.tokenizer.kind)
