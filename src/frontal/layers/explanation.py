"""Which backend runs each cell of a layer, and why, in readable form."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent

from frontal.cell import Cell
from frontal.compiler.choose import Backend, choose
from frontal.layers.around import Around
from frontal.layers.sequence import Inputs
from frontal.layers.wrapped import OneStateModule, TwoStateModule


@dataclass(frozen=True)
class CellFacts:
    """One cell of a stack."""

    layer: int
    direction: str
    cell: str
    input_size: int
    state_sizes: dict[str, int]
    parameters: int
    backend: str
    reason: str
    plan: str = ""
    source: str = ""

    def __str__(self) -> str:
        states = ", ".join(f"{name} {size}" for name, size in self.state_sizes.items())
        lines = [
            f"layer {self.layer} {self.direction}: {self.cell}, input {self.input_size}, states {states}, "
            f"{self.parameters:,} parameters",
            f"  backend: {self.backend}",
            f"  reason:  {self.reason}",
        ]
        lines += ["  plan:", indent(self.plan, "    ")] if self.plan else []
        return "\n".join(lines)


@dataclass(frozen=True)
class Explanation:
    """A layer's cells in the order in which they run; `print` it."""

    layer: str
    cells: tuple[CellFacts, ...]
    read_as: str | None = None

    @property
    def parameters(self) -> int:
        """Parameters of all cells together."""
        return sum(facts.parameters for facts in self.cells)

    @property
    def source(self) -> str:
        """The generated kernels of all cells, each once; empty where the reference loop runs."""
        return "\n".join(dict.fromkeys(facts.source for facts in self.cells if facts.source))

    def __str__(self) -> str:
        lines = [f"{self.layer}: {self.parameters:,} parameters"]
        lines += [f"input: {self.read_as}"] if self.read_as else []
        lines += [str(facts) for facts in self.cells]
        return "\n".join(lines + ([f"source:\n{self.source}"] if self.source else []))


def explain_cells(
    layer: str, cells: list[Cell], directions: int, backend: Backend, inputs: Inputs | None
) -> Explanation:
    """Describe cells, ordered as for `run_stack`; with an input also how it is read, plans and generated source."""
    facts: list[CellFacts] = []
    for k, cell in enumerate(cells):
        choice = choose(cell, backend, None if inputs is None else inputs.x)
        facts.append(
            CellFacts(
                layer=k // directions,
                direction="backwards" if k % directions else "forwards",
                cell=_name(cell),
                input_size=cell.input_size,
                state_sizes=dict(zip(cell.states, cell.state_sizes, strict=True)),
                parameters=sum(parameter.numel() for parameter in cell.parameters()),
                backend=choice.backend,
                reason=choice.reason,
                plan=choice.plan() if inputs is not None else "",
                source=choice.source() if inputs is not None else "",
            )
        )
    return Explanation(layer, tuple(facts), None if inputs is None else _read_as(inputs))


def _name(cell: Cell) -> str:
    if isinstance(cell, OneStateModule | TwoStateModule):
        return f"{type(cell.module).__name__} (wrapped)"
    if isinstance(cell, Around):
        return f"{type(cell).__name__}({_name(cell.inner)})"
    return type(cell).__name__


def _read_as(inputs: Inputs) -> str:
    T, B, features = inputs.x.shape
    lengths = "all of them valid" if inputs.lengths is None else f"{int(inputs.lengths.sum()):,} of {T * B:,} valid"
    return f"T = {T} steps, B = {B} sequences, I = {features} features, {inputs.x.dtype}, steps: {lengths}"
