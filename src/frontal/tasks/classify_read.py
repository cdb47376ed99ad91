"""The sequences that a classifier learns, and those that it is asked about later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from frontal.data.labelled import Labelled, read_labelled
from frontal.data.table import NoSuchColumn
from frontal.errors import FrontalError
from frontal.tasks.classify_settings import ClassifySettings


@dataclass(frozen=True)
class Learned:
    """What a classifier knows of its sequences: see `Labelled`."""

    channels: tuple[str, ...]
    kind: str
    rate: float | None


def read_sequences(settings: ClassifySettings, X: Any, y: Any = None, *, asked: bool = False) -> Labelled:
    """Read what `SequenceClassifier.fit` takes.

    Args:
        asked: classes are wanted, not learned: the column that `settings.label` names may be missing.
    """
    data = Labelled.from_arrays(X, y) if y is not None else _read(settings, X, asked)
    if data.labels is not None and data.per_step != settings.per_step:
        has, wants = ("every step", "per_step=True") if data.per_step else ("each sequence", "per_step=False")
        raise FrontalError(f"{data.name} has a label for {has}; the classifier needs {wants}")
    return data


def as_learned(data: Labelled, learned: Learned, *, in_memory: bool) -> Labelled:
    """Return the sequences with the channels that were learned, found by their names, in their order.

    Args:
        in_memory: the channels have no names of their own.
    """
    if data.kind != learned.kind:
        raise FrontalError(f"{data.name} holds {data.kind}, but the classifier learned {learned.kind}")
    if data.rate != learned.rate and not in_memory:
        given, known = (f"{rate:g} samples a second" if rate else "no sound" for rate in (data.rate, learned.rate))
        raise FrontalError(f"{data.name} has {given}, the classifier learned {known}")
    if in_memory and len(data.channels) == len(learned.channels):
        return data
    if not set(learned.channels) <= set(data.channels):
        raise FrontalError(
            f"{data.name} has {len(data.channels)} channels ({_few(data.channels)}), but the classifier "
            f"learned {len(learned.channels)} ({_few(learned.channels)})"
        )
    if data.channels == learned.channels:
        return data
    places = [data.channels.index(name) for name in learned.channels]
    return replace(data, sequences=[x[:, places] for x in data.sequences], channels=learned.channels)


def is_in_memory(X: Any) -> bool:
    """Whether X holds arrays, whose channels have no names."""
    return isinstance(X, list | tuple | np.ndarray)


def _read(settings: ClassifySettings, X: Any, asked: bool) -> Labelled:
    options: dict[str, Any] = {name: getattr(settings, name) for name in ("time", "id", "per_step", "rate")}
    try:
        return read_labelled(X, label=settings.label, **options)
    except NoSuchColumn as error:
        if not asked or error.name != settings.label:
            raise
        return read_labelled(X, **options)


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
