"""How a text goes on after an experiment, drawn with the same random numbers with and without the change."""

from __future__ import annotations

import numpy as np
import torch

from frontal.diagnostics.experiment import Side
from frontal.diagnostics.recording import evaluating
from frontal.diagnostics.subject_text import Text
from frontal.errors import FrontalError


def continuation(subject: Text, side: Side, count: int, *, temperature: float = 1.0, seed: int = 0) -> list[int]:
    """Return the ids of symbols that a model writes after a run.

    Symbol t is the one at which the sum of the chances, in the order of the ids, passes the t-th uniform
    number of the seed; two runs that expect the same therefore write the same.

    Args:
        subject: that was run; nothing is changed any more.
        side: of an experiment.
        count: of symbols.
        temperature: what the logits are divided by, > 0.
        seed: of the uniform numbers.
    """
    if temperature <= 0:
        raise FrontalError(f"temperature must be greater than 0, got {temperature:g}")
    uniform = np.random.default_rng(seed).random(count)
    logits, states, found = side.outputs[-1, 0], side.after, list[int]()
    with evaluating(subject.model), torch.no_grad():
        for number in uniform:
            chances = (logits.double() / temperature).softmax(-1).cumsum(-1).numpy()
            symbol = min(int(np.searchsorted(chances, number * chances[-1], side="right")), len(chances) - 1)
            found.append(symbol)
            outputs, states = subject.model(torch.tensor([[symbol]]), states, **subject.named)
            logits = outputs[0, 0]
    return found
