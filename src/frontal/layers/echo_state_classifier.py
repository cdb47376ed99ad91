"""Sequences told apart by what they leave in a reservoir."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal, Self, final, get_args

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from frontal.errors import FrontalError, did_you_mean
from frontal.layers.readout import Readout, Ridge, checked_ridge
from frontal.layers.reservoir_stack import ReservoirStack
from frontal.layers.reservoir_values import checked_values

Summary = Literal["both", "mean", "last"]


@final
class EchoStateClassifier(nn.Module):
    """A reservoir reads a sequence; what is left of its states says which class it is.

    The classes are solved for by ridge regression on 0 and 1 (Lukoševičius & Jaeger, Reservoir computing
    approaches to recurrent neural network training, 2009).

    Args:
        input_size: features of a step, I.
        units: of each reservoir, N.
        summary: "mean" of the states of the valid steps, the "last" of them, or "both" side by side.
        ridge: penalty on the read-out's weights, at least 0.
        dtype: of the states.
        options: further ones of `ReservoirStack` and `Reservoir`: layers, see_input, seed, leak …

    Example:
        >>> import torch
        >>> from frontal.layers import EchoStateClassifier
        >>> waves = [torch.sin(speed * torch.arange(n))[:, None] for speed in (0.2, 0.5) for n in (30, 40, 50)]
        >>> classifier = EchoStateClassifier(1, 50, summary="mean", leak=0.3, bias_scale=1.0, ridge=1e-3)
        >>> classifier = classifier.fit(waves, ["slow", "slow", "slow", "fast", "fast", "fast"])
        >>> classifier.predict([torch.sin(speed * torch.arange(35))[:, None] for speed in (0.5, 0.2)])
        ['fast', 'slow']
    """

    def __init__(
        self,
        input_size: int,
        units: int = 300,
        *,
        summary: Summary = "both",
        ridge: float = 1.0,
        dtype: torch.dtype = torch.float32,
        **options: Any,
    ) -> None:
        super().__init__()
        if summary not in get_args(Summary):
            raise FrontalError(f"unknown summary {summary!r}; {did_you_mean(str(summary), get_args(Summary))}")
        self.summary: Summary = summary
        self.ridge = checked_ridge(ridge)
        self.stack = ReservoirStack(input_size, units, dtype=dtype, **options)
        self.readout = Readout(self.stack.features * (2 if summary == "both" else 1), dtype)
        self.classes: list[Any] = []
        """The labels, in the order of the read-out's answers; not part of the state_dict."""

    def fit(self, sequences: Sequence[Any], labels: Sequence[Hashable]) -> Self:
        """Solve for the classes.

        Args:
            sequences: each (T, I), of any lengths.
            labels: one a sequence, of at least two kinds.
        """
        if len(sequences) != len(labels):
            raise FrontalError(f"there are {len(sequences)} sequences, but {len(labels)} labels")
        classes = list(dict.fromkeys(labels))
        if len(classes) < 2:
            raise FrontalError(f"at least two classes are needed, got {classes}")
        places = torch.tensor([classes.index(label) for label in labels])
        seen = self.summaries(sequences)
        sums = Ridge(seen.shape[1], len(classes), self.ridge)
        sums.add(seen, nn.functional.one_hot(places, len(classes)))
        self.readout.take(sums.solve())
        self.classes = classes
        return self

    def predict(self, sequences: Sequence[Any]) -> list[Any]:
        """Return the class of each sequence."""
        if not self.classes:
            raise FrontalError("this EchoStateClassifier knows no classes yet; call fit(sequences, labels) first")
        return [self.classes[place] for place in self.scores(sequences).argmax(1).tolist()]

    def scores(self, sequences: Sequence[Any]) -> Tensor:
        """Return how much each sequence looks like each class, (B, classes): about 0 to 1, no probabilities."""
        return self.readout(self.summaries(sequences))

    def summaries(self, sequences: Sequence[Any]) -> Tensor:
        """Return what is left of each sequence, (B, features), twice as many for "both": the mean, then the last."""
        if not len(sequences):
            raise FrontalError("there are no sequences")
        grids: list[Tensor] = []
        for k, sequence in enumerate(sequences):
            given = torch.as_tensor(sequence)
            if given.dim() != 2:
                raise FrontalError(f"sequence {k} must be (T, {self.stack.input_size}), got {tuple(given.shape)}")
            grids.append(checked_values(f"sequence {k}", given, self.stack.input_size, self.stack.dtype)[:, 0])
        lengths = torch.tensor([len(grid) for grid in grids])
        total, last = torch.zeros(2, len(grids), self.stack.features, dtype=self.stack.dtype)
        for chunk in self.stack.run(pad_sequence(grids)):
            valid = torch.arange(chunk.start, chunk.start + len(chunk.seen))[:, None] < lengths
            total = total + torch.where(valid[..., None], chunk.seen, 0).sum(0)
            ends = (lengths > chunk.start) & (lengths <= chunk.start + len(chunk.seen))
            last[ends] = chunk.seen[lengths[ends] - 1 - chunk.start, ends.nonzero()[:, 0]]
        parts = {"mean": total / lengths[:, None], "last": last}
        return torch.cat(list(parts.values()), 1) if self.summary == "both" else parts[self.summary]
