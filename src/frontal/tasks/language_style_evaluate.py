"""Measuring a saved language model of several styles on texts that it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frontal.data.styled import in_parts
from frontal.errors import FrontalError, did_you_mean
from frontal.tasks.language_model import LanguageModel
from frontal.tasks.language_style import read_asked
from frontal.tasks.language_style_measure import bits_of, by_bayes, nats_by_style
from frontal.tasks.language_style_write import Writer


def evaluate_styles(model: LanguageModel, source: Any, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Say what texts cost in their own style and in the others, and how often that tells the style.

    Args:
        model: with styles.
        source: texts with styles, as it learned them; those of styles that it does not know are left out.
        say: called with every sentence a person should read.
    """
    data = in_parts(read_asked(source, model.settings))
    known = np.array([label in model.styles for label in data.labels])
    if not known.any():
        raise FrontalError(
            f"{data.name}: no style is known, such as {data.labels[0]!r}; {did_you_mean('', model.styles)}"
        )
    notes = data.notes
    if not known.all():
        notes = [*notes, f"Texts of styles that were not learned: {(~known).sum()}; left out."]
        data = data.select(known)
    for note in notes:
        say(note)
    nats, characters = nats_by_style(Writer(model.network, model.tokenizer, model.styles), data)
    said = by_bayes(nats, data, model.styles)
    own, others = bits_of(nats, said.truth, characters)
    right = said.metrics()["balanced_accuracy"]
    return {
        "kind": model.kind, "styles": list(model.styles), "classes": said.by_class(),
        "costs": [{"style": "their own", "bits/char": own}, {"style": "the others, on average", "bits/char": others}],
        "metrics": {"bits_per_character": own, "bits_per_character_other_styles": others, "bayes_accuracy": right},
        "verdict": f"By its cost alone the style of {right:.1%} of {len(data)} texts is told; guessing tells "
        f"{1 / len(model.styles):.1%}.",
    }  # fmt: skip
