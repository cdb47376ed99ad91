"""Starting values of the weights, beyond those of torch.nn."""

from __future__ import annotations

import torch
from torch import nn

from frontal.cell import Cell


def keras(module: nn.Module) -> None:
    """Draw all cells and linear layers of `module` anew, as Keras does.

    Input weights and linear layers: uniform after Glorot & Bengio 2010. Recurrent weights:
    orthogonal, the gates side by side (Saxe et al. 2013). Biases: 0, and 1 for a forget gate
    (Jozefowicz et al. 2015). A cell's further parameters keep their values.
    """
    for part in module.modules():
        if isinstance(part, Cell):
            _gate_weights(part)
        elif isinstance(part, nn.Linear):
            nn.init.xavier_uniform_(part.weight)
            if part.bias is not None:
                nn.init.zeros_(part.bias)


@torch.no_grad()
def _gate_weights(cell: Cell) -> None:
    of_gates = {name: p for name, p in cell._parameters.items() if p is not None}  # a cell need not have all four
    if "weight_ih" in of_gates:
        nn.init.xavier_uniform_(of_gates["weight_ih"])  # (G·H, I)
    if "weight_hh" in of_gates:
        nn.init.orthogonal_(of_gates["weight_hh"])  # (G·H, output size)
    if "bias_hh" in of_gates:
        of_gates["bias_hh"].zero_()
    if "bias_ih" in of_gates and cell.gates:
        for gate, rows in zip(cell.gates, of_gates["bias_ih"].chunk(len(cell.gates)), strict=True):
            rows.fill_(1.0 if gate == "f" else 0.0)
