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
        if isinstance(part, Cell) and part.gates:
            _gate_weights(part)
        elif isinstance(part, nn.Linear):
            nn.init.xavier_uniform_(part.weight)
            if part.bias is not None:
                nn.init.zeros_(part.bias)


@torch.no_grad()
def _gate_weights(cell: Cell) -> None:
    nn.init.xavier_uniform_(cell.weight_ih)  # (G·H, I)
    nn.init.orthogonal_(cell.weight_hh)  # (G·H, output size)
    if cell.bias_ih is None or cell.bias_hh is None:
        return
    cell.bias_hh.zero_()
    for gate, rows in zip(cell.gates, cell.bias_ih.chunk(len(cell.gates)), strict=True):
        rows.fill_(1.0 if gate == "f" else 0.0)
