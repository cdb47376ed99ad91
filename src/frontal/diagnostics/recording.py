"""All states of every recurrent layer in a model, at every step, and their gradients, in one pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import torch
from torch import Tensor, nn

from frontal.cell import Cell
from frontal.compiler.choose import choose
from frontal.errors import FrontalError
from frontal.layers.around import Around
from frontal.layers.dropout import drop
from frontal.layers.joined import Joined
from frontal.layers.layer import Layer
from frontal.layers.linear_recurrence import LinearRecurrence
from frontal.layers.sequence import Inputs, read_inputs, read_states


@dataclass(frozen=True)
class Recording:
    """One cell along its sequences.

    Attributes:
        layer: the layer's name in the model, and the number of the cell's layer within it.
        direction: "forwards" or "backwards".
        cell: as it ran.
        x: what it read, (T, B, I).
        after: all states side by side after every step, (T, B, S), in the graph of the model.
        before: the same before every step, without a gradient.
        nudges: zeros that were added to `before`, (T, B, S); their gradient is that of the states.
        valid: bool, (T, B), False in the padding.
        cleared: bool, (T, B), True where the states before a step were cleared; None where none were.
    """

    layer: str
    direction: str
    cell: Cell
    x: Tensor
    after: Tensor
    before: Tensor
    nudges: Tensor
    valid: Tensor
    cleared: Tensor | None

    @property
    def name(self) -> str:
        """Layer and direction in words."""
        return self.layer if self.direction == "forwards" else f"{self.layer}, {self.direction}"

    @property
    def ends(self) -> Tensor:
        """Index of the step that the cell takes last, (B,)."""
        last = self.valid.sum(0) - 1
        return last if self.direction == "forwards" else torch.zeros_like(last)

    def states(self, joined: Tensor) -> dict[str, Tensor]:
        """Return states side by side, (…, S), by their names."""
        return dict(zip(self.cell.states, joined.split(list(self.cell.state_sizes), -1), strict=True))


def run_recorded(model: nn.Module, *inputs: Any, **named: Any) -> tuple[Any, list[Recording]]:
    """Run a model once; return what it returns, and what each of its recurrent cells did.

    The model computes the same as ever.

    Raises:
        FrontalError: there is no recurrent layer of frontal in the model, or none ran.
    """
    with recording(model) as found:
        outputs = model(*inputs, **named)
    return outputs, found


@contextmanager
def recording(model: nn.Module) -> Iterator[list[Recording]]:
    """Within the block the model's recurrent cells write down what they do; raises as `run_recorded`."""
    layers = [(name or type(part).__name__, part) for name, part in model.named_modules() if isinstance(part, Layer)]
    if not layers:
        kinds = sorted({type(part).__name__ for part in model.modules()})
        raise FrontalError(
            f"there is no recurrent layer of frontal in this model ({', '.join(kinds)}); frontal.LSTM, GRU and RNN "
            "take the place of torch.nn's, with their weights"
        )
    found: list[Recording] = []
    with ExitStack() as stack:
        for name, layer in layers:
            stack.enter_context(_listening(name, layer, found))
        for part in model.modules():
            if isinstance(part, LinearRecurrence):
                stack.enter_context(stepwise(part))
        yield found
    if not found:
        raise FrontalError(f"the model did not run its recurrent layers ({', '.join(name for name, _ in layers)})")


@contextmanager
def untouched(model: nn.Module) -> Iterator[None]:
    """After the block the model's modes and buffers, and torch's random state, are as before."""
    modes = [(part, part.training) for part in model.modules()]
    buffers = [(part, name, held) for part in model.modules() for name, held in part._buffers.items()]
    saved = [(part, name, held, held.clone()) for part, name, held in buffers if held is not None]
    devices = {t.device.index or 0 for t in (*model.parameters(), *model.buffers()) if t.device.type == "cuda"}
    with torch.random.fork_rng(devices=sorted(devices)):
        try:
            yield
        finally:
            for part, training in modes:
                part.training = training
            for part, name, held, value in saved:
                part._buffers[name] = held
                if not torch.equal(held, value):
                    with torch.no_grad():
                        held.copy_(value)


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Within the block the model is in evaluation mode; afterwards everything is as before."""
    with untouched(model):
        model.eval()
        yield


@contextmanager
def stepwise(part: LinearRecurrence) -> Iterator[None]:
    """Within the block it runs its recurrent layer, and no scan, which has no steps to look at."""
    method, part.method = part.method, "steps"
    try:
        yield
    finally:
        part.method = method


@contextmanager
def _listening(name: str, layer: Layer, found: list[Recording]) -> Iterator[None]:
    calls = count(1)

    def forward(input: Any, hx: Any = None, *, lengths: Any = None, reset: Any = None) -> Any:
        bound, call = layer.bound_cells(), next(calls)
        inputs = read_inputs(input, lengths, reset, batch_first=layer.batch_first, cell=bound[0])
        initial = read_states(hx, bound[0], len(bound), inputs)
        title = name if call == 1 else f"{name}, call {call}"
        outputs, finals = _run(title, layer, inputs, initial, found)
        states = tuple(inputs.layout.states_out(final) for final in finals)
        return inputs.layout.outputs(outputs, inputs.lengths), states[0] if len(states) == 1 else states

    layer.forward = forward
    try:
        yield
    finally:
        del layer.forward


def _run(
    name: str, layer: Layer, inputs: Inputs, initial: tuple[Tensor, ...] | None, found: list[Recording]
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run a stack as the layer does, each cell with its states in one."""
    cells, x = layer.as_they_run(training=layer.training), inputs.x
    if torch.is_grad_enabled() and not x.requires_grad:
        x = x.detach().requires_grad_()  # so that it can be asked what an input does
    finals: list[tuple[Tensor, ...]] = []
    for first in range(0, len(cells), layer.directions):
        below, outputs = x, []
        if first and layer.training:
            x = drop(x, layer.dropout)
        for k in range(first, first + layer.directions):
            cell = cells[k]
            read = cell.extended(x) if isinstance(cell, Around) else x
            states = cell.initial_states(x.shape[1], x) if initial is None else tuple(s[k] for s in initial)
            title = f"{name}, layer {first // layer.directions}" if layer.num_layers > 1 else name
            record, final = _record(title, cell, read, states, inputs, layer, reverse=k > first)
            found.append(record)
            outputs.append(next(iter(record.states(record.after).values())))
            finals.append(final)
        x = torch.cat(outputs, -1)
        x = below + x if first and layer.residual else x
    return x, tuple(torch.stack(state) for state in zip(*finals, strict=True))


def _record(
    title: str, cell: Cell, x: Tensor, states: tuple[Tensor, ...], inputs: Inputs, layer: Layer, *, reverse: bool
) -> tuple[Recording, tuple[Tensor, ...]]:
    joined = Joined.of(cell)
    start = torch.cat(states, -1)  # (B, S)
    nudges = x.new_zeros(*x.shape[:2], start.shape[-1]).requires_grad_(torch.is_grad_enabled())
    read = torch.cat([x, nudges], -1)
    how: Any = {"lengths": inputs.lengths, "reset": inputs.reset, "reverse": reverse}
    after, _ = choose(joined, layer.backend, read).run(joined, read, (start,), **how)
    cleared = _cleared(inputs, reverse=reverse)
    before = _before(after.detach(), start.detach(), inputs, cleared, reverse=reverse)
    direction = "backwards" if reverse else "forwards"
    record = Recording(title, direction, cell, x, after, before, nudges, _valid(inputs), cleared)
    final = after.gather(0, record.ends[None, :, None].expand(1, *after.shape[1:])).squeeze(0)  # so that `after`
    return record, tuple(joined.apart(final))  # stands between the cell and all that reads it


def _valid(inputs: Inputs) -> Tensor:
    T, B, _ = inputs.x.shape
    if inputs.lengths is None:
        return torch.ones(T, B, dtype=torch.bool, device=inputs.x.device)
    return torch.arange(T, device=inputs.x.device)[:, None] < inputs.lengths


def _cleared(inputs: Inputs, *, reverse: bool) -> Tensor | None:
    """Return before which steps the states are cleared: backwards, those in front of a reset."""
    if inputs.reset is None or not reverse:
        return inputs.reset
    return torch.cat([inputs.reset[1:], torch.zeros_like(inputs.reset[:1])])


def _before(after: Tensor, start: Tensor, inputs: Inputs, cleared: Tensor | None, *, reverse: bool) -> Tensor:
    """Return the states before each step, (T, B, S), from those after each: a step on, or anew where one begins."""
    if not reverse:
        before = torch.cat([start[None], after[:-1]])
        return before if cleared is None else before.masked_fill(cleared[..., None], 0)
    valid = _valid(inputs)
    last = valid & ~torch.cat([valid[1:], torch.zeros_like(valid[:1])])  # the step with which each sequence begins
    later = torch.cat([after[1:], torch.zeros_like(after[:1])])
    later = later if cleared is None else later.masked_fill(cleared[..., None], 0)
    return torch.where(last[..., None], start, later)
