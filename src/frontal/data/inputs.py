"""From a sequence as it was measured or written to what a network reads; learned from the training part only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from numpy.typing import NDArray
from torch import Tensor

Values = NDArray[Any]


class InputStream(ABC):
    """Turns what arrives into steps for the network; all chunks together give what `encode` gives."""

    @abstractmethod
    def step(self, chunk: Values) -> Tensor:
        """Return the steps that are complete now, (n, F), or int64 (n,) for tokens; n may be 0."""


class Inputs(ABC):
    """What was learned about the inputs.

    Attributes:
        kind: name of the class in a saved run.
        size: F features of a step, or the number of tokens.
        tokens: whether a step is a token's number.
    """

    kind: ClassVar[str]
    tokens: ClassVar[bool] = False
    size: int

    @abstractmethod
    def stream(self) -> InputStream:
        """Begin a sequence that arrives in pieces."""

    def encode(self, sequence: Values) -> Tensor:
        """Return a whole sequence, (T, C) or (T,), as (T', F), or int64 (T,) for tokens."""
        return self.stream().step(sequence)

    def encode_all(self, sequences: Sequence[Values]) -> list[Tensor]:
        """Return each sequence encoded."""
        return [self.encode(sequence) for sequence in sequences]

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """What a JSON file must hold to make this again."""


class Pieces(InputStream):
    """A stream whose steps do not depend on one another."""

    def __init__(self, encode: Any) -> None:
        self._encode = encode

    def step(self, chunk: Values) -> Tensor:
        """Return as many steps as the chunk has."""
        return self._encode(chunk)


def as_tensor(values: Values) -> Tensor:
    """Return numbers as float32, (T, C)."""
    return torch.as_tensor(values, dtype=torch.float32)
