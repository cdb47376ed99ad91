"""A plan: what is done once, at every step and after the loop. Pure data, for any target.

Sizes in a plan are those of one cell, but equal sizes are one symbol to a writer (`symbols`), so
cells that differ in their sizes alone share a kernel.

Buffers, by kind:
    constant    the same at every step: a weight, a bias
    sequence    (T, B, …), x or what was computed from it
    projection  x · weight, a product before the loop
    state       the states before this step;  after: those after it;  next: the place for them
    product, row, reduced   of one row at one step
    saved       kept by the forward program for the backward one
    chunk       of every row and step until the loop is over, for the products after it
    later       gradient of the new states, from later steps;  d_output: from the user of the output
    d_state, d_sequence, d_constant   the results of the backward program
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Place:
    """A buffer of the plan."""

    name: str
    kind: str
    shape: Shape


@dataclass(frozen=True)
class Instruction:
    """One value of a loop: a load, a number ("constant"), or a function of earlier values."""

    function: str
    arguments: Shape = ()
    place: str = ""
    offset: int = 0
    strides: Shape = ()
    number: float = 0.0


@dataclass(frozen=True)
class Store:
    """Put value number `value` into a buffer; "add" accumulates, "sum", "max", "min" reduce the last axes first."""

    place: str
    value: int
    offset: int
    strides: Shape
    how: str = "put"
    axes: int = 0


@dataclass(frozen=True)
class Loop:
    """One pass over the features of a row: every value of `body` for every index of `shape`."""

    shape: Shape
    body: tuple[Instruction, ...]
    stores: tuple[Store, ...]


@dataclass(frozen=True)
class Pointwise:
    """Loops over the features of each row, one after another."""

    loops: tuple[Loop, ...]


@dataclass(frozen=True)
class Matmul:
    """place = operand · weight, for each of `groups` blocks of K and N features.

    The weight is (groups, K, N) with `strides` in its buffer.
    """

    place: str
    operand: str
    weight: str
    groups: int
    K: int
    N: int
    offset: int
    strides: Shape


@dataclass(frozen=True)
class Outer:
    """target += scale · leftᵀ · right over all rows and steps, for each of `groups` blocks of M and N features."""

    place: str
    left: str
    right: str
    groups: int
    M: int
    N: int
    scale: float


@dataclass(frozen=True)
class Projection:
    """place = x · weight before the loop; after it, d_weight and d_x from the gradient in `gradient`."""

    place: str
    weight: str
    K: int
    N: int
    transposed: bool
    gradient: str = ""


Stages = tuple[Pointwise | Matmul, ...]


@dataclass(frozen=True)
class Program:
    """Stages of one step, in order, and the products after the loop."""

    stages: Stages
    outers: tuple[Outer, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Everything that a writer needs to know of a cell.

    Args:
        places: all buffers.
        projections: products of x before the loop.
        inference, forward: one step without and with what the backward program needs.
        backward: one step back.
        states: names; the first is the output.
        kept_states: indices of states whose values at every step the backward program reads.
    """

    places: tuple[Place, ...]
    projections: tuple[Projection, ...]
    inference: Program
    forward: Program
    backward: Program
    states: tuple[str, ...]
    state_sizes: Shape
    kept_states: Shape

    @cached_property
    def by_name(self) -> dict[str, Place]:
        """Every buffer by its name."""
        return {place.name: place for place in self.places}

    def of_kind(self, *kinds: str) -> list[Place]:
        """Return the buffers of some kinds."""
        return [place for place in self.places if place.kind in kinds]

    @cached_property
    def symbols(self) -> dict[int, int]:
        """The number of every size above 1 that occurs, in order of appearance."""
        found: dict[int, int] = {}
        for number in _numbers(self):
            if number > 1:
                found.setdefault(number, len(found))
        return found

    @cached_property
    def structure(self) -> str:
        """A text that is the same for plans that differ in their sizes alone."""
        return _structure(self, self.symbols)


def _numbers(item: Any) -> Iterator[int]:
    if isinstance(item, bool):
        return
    if isinstance(item, int):
        yield item
    elif isinstance(item, tuple):
        for part in item:
            yield from _numbers(part)
    elif is_dataclass(item):
        for name in _sized(item):
            yield from _numbers(getattr(item, name))


_COUNTS = {"arguments", "value", "axes", "groups", "kept_states"}  # whole numbers that are part of the structure


def _sized(item: Any) -> list[str]:
    return [f.name for f in fields(item) if f.name not in _COUNTS]


def _structure(item: Any, symbols: dict[int, int]) -> str:
    if isinstance(item, bool | str):
        return repr(item)
    if isinstance(item, int):
        return f"s{symbols[item]}" if item > 1 else str(item)
    if isinstance(item, float):
        return item.hex()
    if isinstance(item, tuple):
        return "(" + ",".join(_structure(part, symbols) for part in item) + ")"
    parts = [
        repr(getattr(item, f.name)) if f.name in _COUNTS else _structure(getattr(item, f.name), symbols)
        for f in fields(item)
    ]
    return f"{type(item).__name__}[{','.join(parts)}]"
