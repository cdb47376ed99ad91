"""Unlike layers on top of one another."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, final

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from frontal.errors import FrontalError
from frontal.layers.dropout import drop
from frontal.layers.layer import Layer, check_flag
from frontal.layers.sequence import Lengths


@final
class Stacked(nn.Module):
    """Recurrent layers of any kinds, each reading the outputs of the one below.

    Args:
        layers: from bottom to top, of fitting sizes and one layout.
        dropout: share of the features zeroed between layers in training mode.
        residual: each layer but the first adds its input to its output, where the sizes are equal.

    Example:
        >>> import torch, frontal
        >>> from frontal.layers import Stacked
        >>> rnn = Stacked([frontal.LSTM(3, 8, bidirectional=True), frontal.GRU(16, 5)])
        >>> outputs, states = rnn(torch.zeros(7, 2, 3), lengths=[7, 4])
        >>> outputs.shape, len(states)
        (torch.Size([7, 2, 5]), 2)
    """

    def __init__(self, layers: Sequence[Layer], *, dropout: float = 0.0, residual: bool = False) -> None:
        super().__init__()
        check_flag("residual", residual, "Stacked")
        if not layers:
            raise FrontalError("Stacked: there are no layers")
        if isinstance(dropout, bool) or not isinstance(dropout, int | float) or not 0 <= dropout <= 1:
            raise FrontalError(f"Stacked: dropout must be within 0 .. 1, got {dropout!r}")
        for k, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                raise FrontalError(f"Stacked: layer {k} must be a recurrent layer of frontal, got {layer!r}")
            if layer.batch_first != layers[0].batch_first:
                raise FrontalError(f"Stacked: layer {k} has batch_first={layer.batch_first}, the first one has not")
        for k, (below, layer) in enumerate(itertools.pairwise(layers), start=1):
            width = layer.bound_cells()[0].input_size
            if width != below.output_size:
                raise FrontalError(
                    f"Stacked: layer {k}, {layer}, reads {width} features, but the one below gives {below.output_size}"
                )
        self.layers = nn.ModuleList(layers)
        self.dropout, self.residual = float(dropout), residual

    @property
    def output_size(self) -> int:
        """Features of the output."""
        return self._layers()[-1].output_size

    def forward(
        self,
        input: Tensor | PackedSequence,
        hx: Sequence[Any] | None = None,
        *,
        lengths: Lengths | None = None,
        reset: Tensor | None = None,
    ) -> tuple[Tensor | PackedSequence, tuple[Any, ...]]:
        """Run along a sequence; arguments as for a layer, but `hx` is one entry a layer, or None.

        Returns:
            The top layer's outputs, and the final states of every layer, from bottom to top.
        """
        layers = self._layers()
        given = [None] * len(layers) if hx is None else list(hx)
        if len(given) != len(layers):
            raise FrontalError(
                f"Stacked: hx must have one entry for each of the {len(layers)} layers, got {len(given)}"
            )
        finals: list[Any] = []
        x: Any = input
        for k, (layer, states) in enumerate(zip(layers, given, strict=True)):
            outputs, final = layer(_each(x, self._dropped) if k else x, states, lengths=lengths, reset=reset)
            x = _sum(x, outputs) if k and self.residual and _width(x) == _width(outputs) else outputs
            finals.append(final)
        return x, tuple(finals)

    def extra_repr(self) -> str:
        """Options that differ from their defaults."""
        shown = {"dropout": (self.dropout, 0), "residual": (self.residual, False)}
        return ", ".join(f"{name}={value}" for name, (value, usual) in shown.items() if value != usual)

    def _dropped(self, x: Tensor) -> Tensor:
        return drop(x, self.dropout, self.training)

    def _layers(self) -> list[Layer]:
        return [layer for layer in self.layers if isinstance(layer, Layer)]


def _each(x: Tensor | PackedSequence, function: Any) -> Tensor | PackedSequence:
    return x._replace(data=function(x.data)) if isinstance(x, PackedSequence) else function(x)


def _sum(x: Any, y: Any) -> Tensor | PackedSequence:
    return y._replace(data=x.data + y.data) if isinstance(y, PackedSequence) else x + y


def _width(x: Any) -> int:
    return (x.data if isinstance(x, PackedSequence) else x).shape[-1]
