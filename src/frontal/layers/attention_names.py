"""Attentions by name."""

from __future__ import annotations

from typing import Any

from frontal.errors import FrontalError, did_you_mean
from frontal.layers.attention import Attention
from frontal.layers.attention_additive import Additive
from frontal.layers.attention_location import LocationSensitive
from frontal.layers.attention_luong import LuongConcat, LuongDot, LuongGeneral
from frontal.layers.attention_monotonic import Monotonic

ATTENTIONS: dict[str, type[Attention]] = {
    "additive": Additive,
    "dot": LuongDot,
    "general": LuongGeneral,
    "concat": LuongConcat,
    "location": LocationSensitive,
    "monotonic": Monotonic,
}


def attention_of(kind: Any, query_size: int, memory_size: int) -> Attention:
    """Return an attention for queries and a memory of these sizes.

    Args:
        kind: a name, or an attention that is built already and must have these sizes.
        query_size: Q.
        memory_size: M.

    Raises:
        FrontalError: an unknown name, or other sizes.
    """
    if isinstance(kind, str):
        if kind not in ATTENTIONS:
            raise FrontalError(f"no attention is named {kind!r}; {did_you_mean(kind, ATTENTIONS)}")
        return ATTENTIONS[kind](query_size, memory_size)
    if not isinstance(kind, Attention):
        raise FrontalError(f"attention must be a name or a frontal.layers.attention.Attention, got {kind!r}")
    if (kind.query_size, kind.memory_size) != (query_size, memory_size):
        raise FrontalError(
            f"{kind} takes queries of {kind.query_size} features and a memory of {kind.memory_size}; here they have "
            f"{query_size} and {memory_size}: {type(kind).__name__}({query_size}, {memory_size})"
        )
    return kind
