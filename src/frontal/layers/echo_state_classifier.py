"""Sequences told apart by what they leave in a reservoir."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Self, final

import torch
from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.echo_state import EchoState
from frontal.layers.readout import Ridge


@final
class EchoStateClassifier(nn.Module):
    """A reservoir reads a sequence; the mean of its states and the last one say which class it is.

    The classes are solved for by ridge regression on 0 and 1 (Lukoševičius & Jaeger 2009, section 8).

    Args:
        input_size: features of a step, I.
        units: of the reservoir, N.
        ridge: penalty on the read-out's weights.
        options: further ones of `EchoState` and `Reservoir`: layers, seed, spectral_radius, leak …
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, input_size: int, units: int = 300, *, ridge: float = 1.0, **options: Any) -> None:
        super().__init__()
        self.network = EchoState(input_size, units, ridge=ridge, **options)
        self.classes: list[Any] = []
        self.register_buffer("weight", torch.empty(0))
        self.register_buffer("bias", torch.empty(0))

    def fit(self, sequences: Sequence[Any], labels: Sequence[Hashable]) -> Self:
        """Solve for the classes.

        Args:
            sequences: each (T, I), of any lengths.
            labels: one a sequence, of at least two kinds.
        """
        if len(sequences) != len(labels):
            raise FrontalError(f"there are {len(sequences)} sequences, but {len(labels)} labels")
        self.classes = list(dict.fromkeys(labels))
        if len(self.classes) < 2:
            raise FrontalError(f"at least two classes are needed, got {self.classes}")
        places = torch.tensor([self.classes.index(label) for label in labels])
        seen = self.summaries(sequences)
        readout = Ridge(seen.shape[1], len(self.classes), self.network.ridge)
        readout.add(seen, nn.functional.one_hot(places, len(self.classes)).to(seen.dtype))
        weight, bias = readout.solve()
        self.weight, self.bias = weight.to(seen.dtype), bias.to(seen.dtype)
        return self

    def predict(self, sequences: Sequence[Any]) -> list[Any]:
        """Return the class of each sequence."""
        if not self.classes:
            raise FrontalError("this EchoStateClassifier has learned nothing yet; call fit(sequences, labels) first")
        scores = nn.functional.linear(self.summaries(sequences), self.weight, self.bias)
        return [self.classes[place] for place in scores.argmax(1).tolist()]

    @torch.no_grad()
    def summaries(self, sequences: Sequence[Any]) -> Tensor:
        """Return what is left of each sequence, (B, 2 · features): the mean of its states and the last one."""
        if not len(sequences):
            raise FrontalError("there are no sequences")
        grids = [torch.as_tensor(s).to(self.network.dtype) for s in sequences]
        for k, grid in enumerate(grids):
            if grid.dim() != 2 or not len(grid):
                width = self.network.input_size
                raise FrontalError(f"sequence {k} must be (T, {width}) with steps, got {tuple(grid.shape)}")
        lengths = torch.tensor([len(grid) for grid in grids])
        seen = self.network.states(nn.utils.rnn.pad_sequence(grids))  # (T, B, features)
        valid = (torch.arange(len(seen))[:, None] < lengths)[..., None]
        mean = torch.where(valid, seen, 0).sum(0) / lengths[:, None]
        return torch.cat([mean, seen[lengths - 1, torch.arange(len(lengths))]], 1)
