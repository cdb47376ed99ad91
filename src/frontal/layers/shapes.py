"""The shapes of sequence problems: one or many in, one or many out.

Many to many of unlike lengths, as in translation, is an encoder and a decoder.
"""

from __future__ import annotations

from typing import Any, Literal, cast, final, get_args

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from frontal.errors import FrontalError, did_you_mean
from frontal.layers.layer import Layer
from frontal.layers.sequence import Lengths
from frontal.layers.shapes_stream import AnswerStream
from frontal.layers.stacked import Stacked

Pooling = Literal["last", "mean", "max"]


@final
class ManyToOne(nn.Module):
    """Read a sequence, then answer once: a class, a number, the next value.

    Args:
        rnn: a recurrent layer.
        head: from the features that are left, (B, size), to answers; size is the layer's output size.
        pooling: "last" takes the output after the last valid step, of a backward direction that after
            its own, the first one; "mean" and "max" are over the valid steps.

    Example:
        >>> import torch, frontal
        >>> from torch import nn
        >>> from frontal.layers.shapes import ManyToOne
        >>> classify = ManyToOne(frontal.LSTM(3, 8, batch_first=True), nn.Linear(8, 5))
        >>> classify(torch.randn(4, 20, 3), lengths=[20, 7, 1, 13]).shape
        torch.Size([4, 5])
    """

    def __init__(self, rnn: Layer, head: nn.Module, *, pooling: Pooling = "last") -> None:
        super().__init__()
        if pooling not in get_args(Pooling):
            raise FrontalError(f"unknown pooling {pooling!r}; {did_you_mean(str(pooling), get_args(Pooling))}")
        self.rnn, self.head, self.pooling = _layer(rnn, "ManyToOne"), head, pooling

    def forward(self, x: Tensor, *, lengths: Lengths | None = None) -> Tensor:
        """Map sequences in the layer's layout to (B, …)."""
        outputs, states = self.rnn(x, lengths=lengths)
        return self.head(self._pooled(outputs, states, lengths))

    def beginnings(self, x: Tensor, *, lengths: Lengths | None = None) -> Tensor:
        """Answer after every step as if the sequence ended there, (T, B, …); in one direction only."""
        if cast(Layer, self.rnn).directions == 2:
            raise FrontalError("a backward direction reads from the end, so it has no answer to the beginnings")
        outputs, _ = self.rnn(x, lengths=lengths)
        outputs = outputs.transpose(0, 1) if cast(Layer, self.rnn).batch_first else outputs  # (T, B, size)
        if self.pooling == "max":
            outputs = outputs.cummax(0).values
        elif self.pooling == "mean":
            outputs = outputs.cumsum(0) / torch.arange(1, len(outputs) + 1, device=outputs.device)[:, None, None]
        return self.head(outputs)

    def stream(self, batch_size: int = 1) -> AnswerStream:
        """Begin so many sequences that are answered while they arrive; in one direction only."""
        return AnswerStream(self, batch_size)

    def _pooled(self, outputs: Tensor, states: Any, lengths: Lengths | None) -> Tensor:
        if self.pooling == "last":
            first = states if isinstance(states, Tensor) else states[0]  # (layers · directions, B, size)
            return torch.cat(list(first[-cast(Layer, self.rnn).directions :]), -1)
        outputs = outputs.transpose(0, 1) if cast(Layer, self.rnn).batch_first else outputs  # (T, B, size)
        valid = _valid(outputs, lengths)[..., None]
        if self.pooling == "mean":
            return torch.where(valid, outputs, 0).sum(0) / valid.sum(0)
        return torch.where(valid, outputs, -torch.inf).amax(0)


@final
class ManyToMany(nn.Module):
    """Answer at every step: labels, the next symbol, a filtered signal.

    Args:
        rnn: a recurrent layer, or a stack of them.
        head: from features (…, size) to answers (…, answers).

    Example:
        >>> import torch, frontal
        >>> from torch import nn
        >>> from frontal.layers.shapes import ManyToMany
        >>> label = ManyToMany(frontal.GRU(3, 8, bidirectional=True), nn.Linear(16, 4))
        >>> answers, states = label(torch.randn(20, 2, 3))
        >>> answers.shape
        torch.Size([20, 2, 4])
    """

    def __init__(self, rnn: Layer | Stacked, head: nn.Module) -> None:
        super().__init__()
        if not isinstance(rnn, Layer | Stacked):
            raise FrontalError(f"ManyToMany: rnn must be a recurrent layer of frontal, got {rnn!r}")
        self.rnn, self.head = rnn, head

    def forward(
        self, x: Tensor | PackedSequence, hx: Any = None, *, lengths: Lengths | None = None, reset: Tensor | None = None
    ) -> tuple[Tensor | PackedSequence, Any]:
        """Return answers in the layout of the input, and the final states; arguments as for the layer."""
        outputs, states = self.rnn(x, hx, lengths=lengths, reset=reset)
        if isinstance(outputs, PackedSequence):
            return outputs._replace(data=self.head(outputs.data)), states
        return self.head(outputs), states

    def stream(self, batch_size: int = 1) -> AnswerStream:
        """Begin so many sequences that are answered while they arrive; a layer in one direction only."""
        return AnswerStream(self, batch_size)


@final
class OneToMany(nn.Module):
    """Begin with one thing and tell a sequence: a caption for a picture, a melody for a mood.

    What there is at the beginning, (B, given), becomes the initial states by a linear map. At each step
    the network reads its own answer of the step before; in training the right one (teacher forcing).

    Args:
        given: features of what there is at the beginning.
        rnn: a recurrent layer in one direction, whose input size is that of an answer.
        head: from features (…, size) to answers (…, answers).
    """

    def __init__(self, given: int, rnn: Layer, head: nn.Module) -> None:
        super().__init__()
        self.rnn, self.head = _layer(rnn, "OneToMany"), head
        if rnn.directions == 2:
            raise FrontalError("OneToMany: a backward direction would read answers that are not there yet")
        self.sizes = rnn.bound_cells()[0].state_sizes
        self.start = nn.Linear(given, rnn.num_layers * sum(self.sizes))

    def forward(self, given: Tensor, answers: Tensor) -> Tensor:
        """Predict every answer from those before it.

        Args:
            given: (B, given).
            answers: the right ones, (T, B, answers), or (B, T, answers) with `batch_first`; the first is
                predicted from zeros.

        Returns:
            Predictions, laid out as the answers.
        """
        time = 1 if cast(Layer, self.rnn).batch_first else 0
        if answers.shape[1 - time] != len(given):
            raise FrontalError(f"there are {len(given)} beginnings, but {answers.shape[1 - time]} sequences of answers")
        none = torch.zeros_like(answers.narrow(time, 0, 1))
        read = torch.cat([none, answers.narrow(time, 0, answers.shape[time] - 1)], time)
        return self.head(self.rnn(read, self._states(given))[0])

    @torch.no_grad()
    def tell(self, given: Tensor, steps: int) -> Tensor:
        """Return so many steps, each read back as it was answered, laid out as the layer's input."""
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
            raise FrontalError(f"steps must be a whole number >= 1, got {steps!r}")
        layer, states = cast(Layer, self.rnn), self._states(given)
        time = 1 if layer.batch_first else 0
        answer = given.new_zeros(len(given), layer.bound_cells()[0].input_size).unsqueeze(time)
        told: list[Tensor] = []
        for _ in range(steps):
            outputs, states = layer(answer, states)
            answer = self.head(outputs)
            told.append(answer)
        return torch.cat(told, time)

    def _states(self, given: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Return initial states in the form of the layer's, each (layers, B, size)."""
        L = cast(Layer, self.rnn).num_layers
        parts = self.start(given).view(len(given), L, -1).transpose(0, 1).split(list(self.sizes), -1)
        states = tuple(part.contiguous() for part in parts)
        return states[0] if len(states) == 1 else states


def _layer(rnn: object, where: str) -> Layer:
    if not isinstance(rnn, Layer):
        raise FrontalError(f"{where}: rnn must be a recurrent layer of frontal, got {rnn!r}")
    return rnn


def _valid(outputs: Tensor, lengths: Lengths | None) -> Tensor:
    """Return which steps of (T, B, size) are valid, (T, B)."""
    T, B, _ = outputs.shape
    if lengths is None:
        return torch.ones(T, B, dtype=torch.bool, device=outputs.device)
    return torch.arange(T, device=outputs.device)[:, None] < torch.as_tensor(lengths, device=outputs.device)
