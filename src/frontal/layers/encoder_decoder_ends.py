"""What an encoder reads and a decoder writes: symbols or values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import final

from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.attention import checked_size
from frontal.layers.attention_mask import valid_steps
from frontal.layers.head import checked_whole
from frontal.layers.head_regression import Regression
from frontal.layers.head_softmax import Softmax
from frontal.layers.sequence import Lengths


class End(nn.Module, ABC):
    """One end of a model: from sequences to features (B, T, output_size), and from features back."""

    output_size: int

    @abstractmethod
    def forward(self, sequences: Tensor, lengths: Lengths | None = None) -> Tensor:
        """Return features, (B, T, output_size), of sequences, of which steps beyond the lengths are never read."""

    @abstractmethod
    def head(self, features: int) -> Softmax | Regression:
        """Return a new head that writes such sequences."""


@final
class Symbols(End):
    """Sequences of whole numbers within 0 .. count - 1, (B, T), as learned vectors.

    Args:
        count: of symbols.
        size: features of a vector.
        dropout: share of the features that are zeroed in training mode.
    """

    def __init__(self, count: int, size: int, *, dropout: float = 0.0) -> None:
        super().__init__()
        self.count, self.output_size = checked_size(self, "count", count), checked_size(self, "size", size)
        self.vectors = nn.Embedding(count, size)
        self.dropout = nn.Dropout(checked_part(dropout, "Symbols: dropout"))

    def forward(self, sequences: Tensor, lengths: Lengths | None = None) -> Tensor:
        """Return the vectors, (B, T, size), of symbols (B, T)."""
        valid = _valid("Symbols", sequences, "(B, T)", 2, lengths)
        if valid is not None:
            sequences = sequences.masked_fill(~valid, 0)
        return self.dropout(self.vectors(checked_whole(sequences, 0, self.count - 1, "Symbols")))

    def head(self, features: int) -> Softmax:
        """Return a softmax over the symbols."""
        return Softmax(features, self.count)


@final
class Values(End):
    """Sequences of real values, (B, T, size), as they are.

    Args:
        size: values of a step.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.output_size = checked_size(self, "size", size)

    def forward(self, sequences: Tensor, lengths: Lengths | None = None) -> Tensor:
        """Return the values, (B, T, size), zero beyond the lengths."""
        valid = _valid("Values", sequences, f"(B, T, {self.output_size})", 3, lengths)
        if sequences.shape[-1] != self.output_size:
            raise FrontalError(
                f"Values: a step must have {self.output_size} values, (B, T, {self.output_size}); "
                f"got {tuple(sequences.shape)}"
            )
        return sequences if valid is None else sequences.masked_fill(~valid[..., None], 0)

    def head(self, features: int) -> Regression:
        """Return a regression to the values."""
        return Regression(features, self.output_size)


def checked_part(value: float, name: str) -> float:
    """Return a share of features to zero; raise `FrontalError` unless it is at least 0 and below 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise FrontalError(f"{name} must be at least 0 and below 1, got {value!r}")
    return float(value)


def _valid(where: str, given: Tensor, form: str, dimensions: int, lengths: Lengths | None) -> Tensor | None:
    if not isinstance(given, Tensor) or given.dim() != dimensions:
        shape = tuple(given.shape) if isinstance(given, Tensor) else type(given).__name__
        raise FrontalError(f"{where}: sequences must be {form}, got {shape}")
    if given.shape[1] == 0:
        raise FrontalError(f"{where}: the sequences have no steps (T = 0); at least one is needed")
    return None if lengths is None else valid_steps(lengths, given.shape[0], given.shape[1], given.device, where)
