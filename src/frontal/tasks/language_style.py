"""From texts with styles to a language model that writes in each of them."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from frontal.data.styled import END, LEAST, Styled, in_parts, read_styled
from frontal.data.tokenizer_read import learn_tokenizer
from frontal.errors import FrontalError
from frontal.layers.threads import threads_for
from frontal.tasks.language_settings import LanguageSettings
from frontal.tasks.language_style_pieces import pieces_of
from frontal.tasks.language_style_train import train_styles
from frontal.training.progress import Progress
from frontal.training.seed import seeded

if TYPE_CHECKING:
    from frontal.tasks.language_model import LanguageModel

FEW_UPDATES = 50  # of a pass, where there are enough texts


class Part(NamedTuple):
    """Texts to learn, and texts that are held out."""

    learned: Styled
    held: Styled


def read_asked(X: Any, settings: LanguageSettings, y: Any = None) -> Styled:
    """Read texts with styles by the settings; X and y as for `LanguageModel.fit`."""
    data = X if y is None else Styled.from_lists(X, y)
    return read_styled(data, text=settings.text, label=settings.label, most=settings.most_styles)


def split_styles(data: Styled, part: float, seed: int, name: str) -> Part:
    """Hold out a part of each style, at least one text; equal texts are never on both sides.

    Args:
        data: as read; an official test part is taken where `name` is "test" and there is one.
        part: 0 to 1.
        seed: of what is drawn.
        name: of what is held out, for messages.

    Raises:
        FrontalError: a style has fewer than `LEAST` different texts.
    """
    if name == "test" and data.split is not None and {"train", "test"} <= set(data.split):
        test = np.array(data.split) == "test"
        return Part(data.select(~test), data.select(test))
    rng = np.random.default_rng(seed)
    held: set[tuple[str, str]] = set()
    for style in data.styles:
        texts = list(dict.fromkeys(t for t, label in zip(data.texts, data.labels, strict=True) if label == style))
        if len(texts) < LEAST:
            raise FrontalError(
                f"{data.name}: style {style!r} has {len(texts)} different texts, and {LEAST} are needed at least to "
                "learn some and hold some out; add texts, or leave this style out"
            )
        drawn = rng.permutation(len(texts))[: max(1, round(part * len(texts)))]
        held |= {(texts[place], style) for place in drawn}
    out = np.array([pair in held for pair in zip(data.texts, data.labels, strict=True)])
    return Part(data.select(~out), data.select(out))


def learn_styles(model: LanguageModel, data: Styled, progress: Progress | None = None) -> None:
    """Train a new network of `model` on texts, every style equally often, by its settings.

    Sets what `LanguageModel.fit` sets, and `styles`.
    """
    settings = model.settings
    data = in_parts(data)
    model.notes = list(data.notes)
    learned, held = data, None
    if settings.validation:
        learned, held = split_styles(data, settings.validation, settings.seed, "validation")
        model.notes.append(f"Held out to choose the best pass: {len(held)} texts, some of every style.")
    model.styles = data.styles
    model.notes.append(_sizes(learned))
    model.tokenizer = learn_tokenizer(
        settings.symbols, (f"{END}{text}{END}" for text in learned.texts), most=settings.vocabulary,
        least=settings.min_count,
    )  # fmt: skip
    streams = settings.streams or min(64, max(4, len(learned) // FEW_UPDATES))
    model.chosen = settings.replace(streams=streams)
    with seeded(settings.seed), threads_for(streams * settings.hidden):
        network = model.new_network()
        began = perf_counter()
        history, said = train_styles(
            network, model.chosen, pieces_of(learned, model.styles, model.tokenizer),
            None if held is None else pieces_of(held, model.styles, model.tokenizer), progress,
        )  # fmt: skip
    model.notes += [said] if said else []
    model.seconds = perf_counter() - began
    model.network = network.eval()
    model.trained([history], 1)


def _sizes(data: Styled) -> str:
    counts = {style: data.labels.count(style) for style in data.styles}
    shown = ", ".join(f"{style} {count}" for style, count in counts.items())
    even = max(counts.values()) <= 1.1 * min(counts.values())
    return f"Texts to learn: {shown}." + ("" if even else " In each pass every style has equally many of them.")
