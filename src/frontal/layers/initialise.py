"""Starting values of recurrent weights, beyond those of torch.nn.

Each function changes every cell within a module, in place; a layer draws torch.nn's values anew with
its `reset_parameters`.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import torch
from torch import Tensor, nn

from frontal.cell import Cell
from frontal.errors import FrontalError
from frontal.layers.layer import Layer

PROBE = 0.1  # by which a state is moved to see whether a gate keeps it
SURELY = 30.0  # a bias that leaves a gate no choice


def keras(module: nn.Module) -> None:
    """Draw all cells and linear layers of `module` anew, as Keras does.

    Input weights and linear layers: uniform after Glorot & Bengio 2010. Recurrent weights:
    orthogonal, the gates side by side (Saxe et al. 2013). Biases: 0, and 1 for a forget gate
    (Jozefowicz et al. 2015). A cell's further parameters keep their values.
    """
    for cell in cells_of(module):
        _keras_gates(cell)
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.xavier_uniform_(part.weight)
            if part.bias is not None:
                nn.init.zeros_(part.bias)


@torch.no_grad()
def orthogonal(module: nn.Module, gain: float = 1.0) -> None:
    """Make the recurrent weights of every gate an orthogonal matrix times `gain` (Saxe et al. 2013)."""
    for block in _recurrent_blocks(module):
        nn.init.orthogonal_(block, gain)


@torch.no_grad()
def identity(module: nn.Module, scale: float = 1.0) -> None:
    """Make the recurrent weights `scale` times the identity, and biases zero: IRNN (Le, Jaitly & Hinton 2015)."""
    for block in _recurrent_blocks(module):
        nn.init.eye_(block).mul_(scale)
    for cell in cells_of(module):
        for name in ("bias_ih", "bias_hh"):
            bias = cell._parameters.get(name)
            if bias is not None:
                bias.zero_()


@torch.no_grad()
def spectral_radius(module: nn.Module, radius: float) -> None:
    """Scale the recurrent weights of every gate so that their largest eigenvalue has this magnitude.

    Raises:
        FrontalError: the radius is not above zero, or a block is zero or nilpotent.
    """
    if not radius > 0:
        raise FrontalError(f"a spectral radius must be above 0, got {radius!r}")
    for block in _recurrent_blocks(module):
        now = torch.linalg.eigvals(block.double()).abs().max().item()
        if now == 0:
            raise FrontalError("recurrent weights without an eigenvalue other than zero cannot be scaled to a radius")
        block.mul_(radius / now)


@torch.no_grad()
def forget_bias(module: nn.Module, value: float = 1.0) -> None:
    """Open the gates that keep the old state, "f" or "z", by a bias of `value` (Jozefowicz et al. 2015).

    Where a gate keeps the old state when it is closed, as in the MGU, the bias is -`value`.

    Raises:
        FrontalError: no cell has such a gate with a bias.
    """
    for cell, gate in _keepers(module):
        _set_bias(cell, gate, torch.full((cell.hidden_size,), keeping(cell, gate) * value))


@torch.no_grad()
def chrono(module: nn.Module, longest: float) -> None:
    """Spread the memory of gates over 1 .. `longest` steps (Tallec & Ollivier 2018).

    The bias of the gate that keeps the old state, "f" or "z", becomes log u with u uniform in
    1 .. longest - 1, and that of an input gate "i" its negative; -log u where a gate keeps the old
    state when it is closed, as in the MGU.

    Raises:
        FrontalError: longest is not above 2, or no cell has such a gate with a bias.
    """
    if not longest > 2:
        raise FrontalError(f"chrono needs the longest dependency in steps, above 2, got {longest!r}")
    for cell, gate in _keepers(module):
        keep = torch.empty(cell.hidden_size).uniform_(1, longest - 1).log()
        _set_bias(cell, gate, keeping(cell, gate) * keep)
        if "i" in cell.gates:
            _set_bias(cell, "i", -keep)


def cells_of(module: nn.Module) -> Iterator[Cell]:
    """Yield every cell within a module, those of layers with their parameters."""
    within: set[int] = set()
    for part in module.modules():
        if isinstance(part, Layer):
            cells = part.bound_cells()
            within |= {id(inner) for cell in cells for inner in cell.modules()}
            yield from cells
        elif isinstance(part, Cell) and id(part) not in within:
            within |= {id(inner) for inner in part.modules()}
            yield part


@torch.no_grad()
def _keras_gates(cell: Cell) -> None:
    of_gates = {name: p for name, p in cell._parameters.items() if p is not None}  # a cell need not have all four
    if "weight_ih" in of_gates:
        nn.init.xavier_uniform_(of_gates["weight_ih"])  # (G·H, I)
    if "weight_hh" in of_gates:
        nn.init.orthogonal_(of_gates["weight_hh"])  # (G·H, output size)
    for name in ("bias_ih", "bias_hh"):
        if name in of_gates:
            of_gates[name].zero_()
    if "f" in cell.gates and "bias_ih" in of_gates:
        _set_bias(cell, "f", torch.full((cell.hidden_size,), keeping(cell, "f")))


def _recurrent_blocks(module: nn.Module) -> list[Tensor]:
    """Return the square blocks of `weight_hh`, one a gate, as views."""
    blocks: list[Tensor] = []
    for cell in cells_of(module):
        weight = cell._parameters.get("weight_hh")
        if weight is None or weight.dim() != 2 or weight.shape[0] % weight.shape[1]:
            found = "no weight_hh" if weight is None else f"weight_hh {tuple(weight.shape)}"
            raise FrontalError(f"{type(cell).__name__} has {found}; this needs square recurrent weights, one a gate")
        blocks += weight.split(weight.shape[1])
    if not blocks:
        raise FrontalError(f"there is no cell in {type(module).__name__}")
    return blocks


def _keepers(module: nn.Module) -> list[tuple[Cell, str]]:
    """Return the cells with a gate "f" or "z" that has a bias, and which it is; none at all is an error."""
    cells = list(cells_of(module))
    found = [(cell, "f" if "f" in cell.gates else "z") for cell in cells if {"f", "z"} & set(cell.gates)]
    found = [(cell, gate) for cell, gate in found if cell._parameters.get("bias_ih") is not None]
    if not found:
        names = ", ".join(sorted({type(cell).__name__ for cell in cells})) or "no cell"
        raise FrontalError(f"no gate 'f' or 'z' with a bias in {type(module).__name__} ({names})")
    return found


def keeping(cell: Cell, gate: str) -> float:
    """Return 1 if the last state outlives a step where the gate is open, -1 if where it is closed.

    The step is tried with both, on a copy; the gate needs a bias.
    """
    probe = deepcopy(cell)
    x = next(probe.parameters()).new_zeros(1, cell.input_size)
    states = probe.initial_states(1, x)
    moved = (*states[:-1], states[-1] + PROBE)
    kept: list[float] = []
    for bias in (SURELY, -SURELY):
        _set_bias(probe, gate, torch.full((cell.hidden_size,), bias))
        kept.append((probe(x, *moved)[-1] - probe(x, *states)[-1]).mean().item())
    return 1.0 if kept[0] > kept[1] else -1.0


def _set_bias(cell: Cell, gate: str, value: Tensor) -> None:
    """Set what the biases of a gate add up to, (H,)."""
    rows = cell.gates.index(gate)
    for name in ("bias_ih", "bias_hh"):
        bias = cell._parameters.get(name)
        if bias is not None:
            bias.chunk(len(cell.gates))[rows].copy_(value if name == "bias_ih" else torch.zeros_like(value))
