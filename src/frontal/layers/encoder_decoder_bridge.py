"""From an encoder's last states to a decoder's first ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.layer import Layer
from frontal.layers.stacked import Stacked


@dataclass(frozen=True)
class StateShape:
    """One state of a recurrent layer: its name, layers, directions and size."""

    name: str
    layers: int
    directions: int
    size: int

    @property
    def features(self) -> int:
        """In all layers and directions."""
        return self.layers * self.directions * self.size

    def __str__(self) -> str:
        rows = self.layers * self.directions
        return f"{self.name} {self.size}" if rows == 1 else f"{self.name} {rows} · {self.size}"


def state_shapes(layer: Layer | Stacked) -> list[StateShape]:
    """Return the shapes of a layer's states, those of a stack from bottom to top."""
    if isinstance(layer, Stacked):
        return [shape for one in layer.layers if isinstance(one, Layer) for shape in state_shapes(one)]
    cell = layer.bound_cells()[0]
    return [
        StateShape(name, layer.num_layers, layer.directions, size)
        for name, size in zip(cell.states, cell.state_sizes, strict=True)
    ]


def flat_states(states: Any) -> list[Tensor]:
    """Return the states that a layer or a stack hands back, however nested, one after another."""
    return [states] if isinstance(states, Tensor) else [one for part in states for one in flat_states(part)]


@final
class Bridge(nn.Module):
    """States pass as they are where they are alike; else a linear map makes all of the new ones from all of the old.

    Alike means as many states, each with as many layers, in one direction, and of one size.

    Args:
        given: the states of the encoder.
        wanted: the states of the decoder.
        mapped: False refuses unlike states.
    """

    def __init__(self, given: list[StateShape], wanted: list[StateShape], *, mapped: bool = True) -> None:
        super().__init__()
        alike = [(s.layers, s.directions, s.size) for s in given] == [(s.layers, s.directions, s.size) for s in wanted]
        if not alike and not mapped:
            raise FrontalError(
                f"the encoder ends with the states {_all(given)}, but the decoder begins with {_all(wanted)}, and the "
                "bridge is off; choose alike cells and sizes, or bridge=True"
            )
        self.wanted = wanted
        sizes = sum(s.features for s in given), sum(s.features for s in wanted)
        self.linear = None if alike else nn.Linear(*sizes)

    def forward(self, states: list[Tensor]) -> Tensor | tuple[Tensor, ...]:
        """Return states in the form of a layer's hx, of states each (layers · directions, B, size)."""
        if self.linear is not None:
            flat = torch.cat([state.transpose(0, 1).flatten(1) for state in states], -1)  # (B, features)
            parts = self.linear(flat).split([s.features for s in self.wanted], -1)
            states = [
                part.unflatten(-1, (s.layers, s.size)).transpose(0, 1).contiguous()
                for part, s in zip(parts, self.wanted, strict=True)
            ]
        return states[0] if len(states) == 1 else tuple(states)


def _all(shapes: list[StateShape]) -> str:
    return ", ".join(map(str, shapes))
