"""Which sequences are learned and which are tested."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from frontal.data.labelled import Labelled
from frontal.errors import FrontalError
from frontal.tasks.classify_settings import ClassifySettings

LEAST = 2  # sequences in the test part


@dataclass(frozen=True)
class Parts:
    """The sequences to learn from, those to test on, and one sentence on who chose them."""

    train: Labelled
    test: Labelled
    said: str


def split(data: Labelled, settings: ClassifySettings, test: Labelled | None = None) -> Parts:
    """Take the test data given, else the split that the data have, else draw a part of every class."""
    if test is not None:
        return Parts(data, test, f"Learned from {data.name}, tested on {test.name}.")
    if data.split is not None and {"train", "test"} <= set(data.split):
        parts = np.array(data.split)
        return Parts(data.select(parts == "train"), data.select(parts == "test"), "The data have their own split.")
    tested = _drawn(data, settings)
    if tested.sum() < LEAST or (~tested).sum() < LEAST:
        raise FrontalError(
            f"{data.name}: {len(data)} sequences cannot be split into a training part and a test part "
            f"(test={settings.test:g}); give more sequences or another test"
        )
    said = f"{settings.test:.0%} of the sequences, the same part of every class, were drawn for the test."
    return Parts(data.select(~tested), data.select(tested), said)


def unknown_labels(parts: Parts) -> list[str]:
    """Say which labels occur in the test part only."""
    new = [name for name in parts.test.classes if name not in set(parts.train.classes)]
    if not new:
        return []
    shown = ", ".join(map(repr, new[:8])) + (" …" if len(new) > 8 else "")
    return [f"In the test part only: {shown}. What was never learned cannot be answered and counts as wrong."]


def _drawn(data: Labelled, settings: ClassifySettings) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Draw the test part, bool (N,): of sequences with one label each, the same share of every class."""
    order = np.random.default_rng(settings.seed).permutation(len(data))
    if data.labels is not None and not data.per_step:
        order = order[np.argsort(np.array(data.labels)[order], kind="stable")]
    tested = np.zeros(len(data), dtype=bool)
    places = np.arange(len(data)) * settings.test
    tested[order] = np.floor(places + settings.test) > np.floor(places)  # every 1/test-th, evenly
    return tested
