"""What the forward program keeps for the backward one, and what that one computes again.

States and inputs are there anyway. Of the rest, the results of expensive functions are kept, and sums
of products; what follows from these cheaply is computed again. A single expensive function of
something that is there is computed again too: tanh(c), say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from frontal.compiler.expression import EXPENSIVE, Buffer, Expression, contiguous
from frontal.compiler.values import Assembly, Product, Workspace

THERE = frozenset(("state", "after", "constant", "sequence"))
GRADIENTS = frozenset(("later", "d_output"))


@dataclass
class Saving:
    """Decides for one cell; `saved` maps what is kept to where the backward program reads it."""

    workspace: Workspace
    saved: dict[Expression, Expression] = field(default_factory=dict)
    copies: dict[Buffer, Buffer] = field(default_factory=dict)
    _gradient: dict[Expression, bool] = field(default_factory=dict)
    _gradient_buffers: dict[Buffer, bool] = field(default_factory=dict)
    _seen: set[Expression] = field(default_factory=set)

    def demand(self, roots: Iterable[Expression]) -> None:
        """Make sure that every forward value in these expressions can be had in the backward program."""
        for root in roots:
            self._walk(root)

    def of_gradient(self, e: Expression) -> bool:
        """Whether an expression depends on gradients."""
        if e not in self._gradient:
            own = e.buffer is not None and self.holds_gradient(e.buffer)
            self._gradient[e] = own or any(self.of_gradient(a) for a in e.arguments)
        return self._gradient[e]

    def holds_gradient(self, buffer: Buffer) -> bool:
        """Whether what a buffer is defined to hold depends on gradients."""
        if buffer not in self._gradient_buffers:
            definition = self.workspace.definitions.get(buffer)
            if definition is None:
                found = buffer.kind in GRADIENTS
            elif isinstance(definition, Assembly):
                found = any(self.of_gradient(piece.expression) for piece in definition.pieces)
            else:
                inner = definition.operand if isinstance(definition, Product) else definition.expression
                found = self.of_gradient(inner)
            self._gradient_buffers[buffer] = found
        return self._gradient_buffers[buffer]

    def _walk(self, e: Expression) -> None:
        if e in self._seen:
            return
        self._seen.add(e)
        if not self.of_gradient(e):
            self._need(e)
            return
        for argument in e.arguments:
            self._walk(argument)
        definition = self.workspace.definitions.get(e.buffer) if e.buffer is not None else None
        if isinstance(definition, Assembly):
            for piece in definition.pieces:
                self._walk(piece.expression)
        elif isinstance(definition, Product):
            self._walk(definition.operand)
        elif definition is not None:
            self._walk(definition.expression)

    def _need(self, e: Expression) -> None:
        """Make one forward value available."""
        if e in self.saved or e.is_constant or e.function == "fill":
            return
        if e.buffer is not None:
            self._need_load(e)
        elif e.function in EXPENSIVE:
            if not all(self._is_there(a) for a in e.arguments):
                self._save(e)
        elif any(self._is_missing(a) for a in e.arguments):
            self._save(e)
        else:
            for argument in e.arguments:
                self._need(argument)

    def _need_load(self, e: Expression) -> None:
        assert e.buffer is not None
        if e.buffer.kind in THERE:
            return
        definition = self.workspace.definitions.get(e.buffer)
        if isinstance(definition, Assembly):
            for piece in definition.pieces:
                self._walk(piece.expression)
        elif e.strides == contiguous(e.shape):
            self._save(e)
        else:
            whole = self.workspace.expressions.load(e.buffer, e.buffer.shape)
            self._save(whole)
            kept = self.saved[whole].buffer
            assert kept is not None
            self.saved[e] = self.workspace.expressions.load(kept, e.shape, e.offset, e.strides)

    def _is_there(self, e: Expression) -> bool:
        """Whether a value follows cheaply from what is there or kept."""
        if e.is_constant or e in self.saved:
            return True
        if e.buffer is not None:
            return e.buffer.kind in THERE
        return e.function not in EXPENSIVE and all(map(self._is_there, e.arguments))

    def _is_missing(self, e: Expression) -> bool:
        """Whether a value rests on a product or a projection through cheap functions alone."""
        if e in self.saved or e.is_constant or e.function in EXPENSIVE:
            return False
        if e.buffer is not None:
            return e.buffer.kind not in THERE and not isinstance(self.workspace.definitions.get(e.buffer), Assembly)
        return any(map(self._is_missing, e.arguments))

    def _save(self, e: Expression) -> None:
        if e in self.saved:
            return
        expressions = self.workspace.expressions
        load = expressions.load(Buffer(f"saved{len(self.saved)}", "saved", e.shape), e.shape)
        self.saved[e] = expressions.apply("ne", load, expressions.constant(0)) if e.truth else load
