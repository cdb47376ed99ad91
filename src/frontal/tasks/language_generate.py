"""Text by a language model: drawn, looked for along beams, or made to match an expression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from frontal.errors import FrontalError
from frontal.tasks.language_beam import likeliest
from frontal.tasks.language_generate_settings import GenerateSettings
from frontal.tasks.language_prompt import Prompt, Writer
from frontal.tasks.language_write import Texts


def generate(model: Writer, prompt: str = "", **options: Any) -> list[str]:
    """Return `samples` texts that continue a prompt, which is not part of them.

    Args:
        model: a fitted `LanguageModel`.
        prompt: what stands before; what the model cannot spell is left out.
        **options: of `GenerateSettings`.
    """
    settings = GenerateSettings.given(options)
    read = Prompt.of(prompt, model.tokenizer)
    if settings.beams > 1:
        return [found.text for found in likeliest(model, read, settings)]
    return ["".join(pieces) for pieces in zip(*Texts(model, read, settings), strict=True)]


def write(model: Writer, prompt: str = "", **options: Any) -> Iterator[str]:
    """Return the pieces of one text, each as it is drawn; arguments as for `generate`."""
    settings = GenerateSettings.given(options)
    if settings.samples > 1 or settings.beams > 1:
        raise FrontalError("write gives one text, as it is drawn; generate takes samples and beams")
    texts = Texts(model, Prompt.of(prompt, model.tokenizer), settings)
    return (piece for (piece,) in texts if piece)
