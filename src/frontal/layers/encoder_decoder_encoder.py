"""The first half of an encoder–decoder."""

from __future__ import annotations

from typing import Any, final

from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.encoder_decoder_bridge import flat_states
from frontal.layers.encoder_decoder_layer import layer_of
from frontal.layers.layer import Layer
from frontal.layers.sequence import Lengths
from frontal.layers.stacked import Stacked


@final
class Encoder(nn.Module):
    """Recurrent layers over a source: what they say at every step, and where they end.

    Args:
        source: what is read: `Symbols`, `Values`, or a module from (sequences, lengths) to features
            (B, S, output_size), such as `FrameEncoder`.
        cell: a name of the catalogue, a cell class, or a built layer, of any options, or `Stacked`.
        hidden_size: H of the cell; left out with a layer.
        options: of `Recurrent`: num_layers, bidirectional, dropout …
    """

    def __init__(
        self,
        source: nn.Module,
        cell: str | type[nn.Module] | Layer | Stacked,
        hidden_size: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        size = getattr(source, "output_size", None)
        if not isinstance(source, nn.Module) or not isinstance(size, int):
            raise FrontalError(
                f"Encoder: the source must be Symbols, Values or a module with `output_size`, got {source!r}"
            )
        self.source = source
        if isinstance(cell, Stacked):
            layers = [layer for layer in cell.layers if isinstance(layer, Layer)]
            layer_of(layers[0], size, hidden_size, options, "Encoder")
            self.recurrent, self.batch_first = cell, layers[0].batch_first
        else:
            self.recurrent = layer_of(cell, size, hidden_size, options, "Encoder")
            self.batch_first = self.recurrent.batch_first

    @property
    def output_size(self) -> int:
        """Features of each step of the memory, M."""
        return self.recurrent.output_size

    def forward(self, source: Tensor, lengths: Lengths | None = None) -> tuple[Tensor, list[Tensor]]:
        """Return the memory, (B, S, M), zero beyond the lengths, and the last valid states.

        Args:
            source: (B, S, …).
            lengths: valid steps of each sequence, 1 .. S, (B,).

        Returns:
            Memory, and states, each (layers · directions, B, size), those of a stack from bottom to top.
        """
        x = self.source(source, lengths)
        outputs, states = self.recurrent(x if self.batch_first else x.transpose(0, 1), lengths=lengths)
        return outputs if self.batch_first else outputs.transpose(0, 1), flat_states(states)
