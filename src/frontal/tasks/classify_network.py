"""The network of a classifier: tokens or numbers, a recurrent layer, one answer or one a step."""

from __future__ import annotations

from typing import cast, final

import torch
from torch import Tensor, nn

from frontal.cells import named
from frontal.layers.recurrent import Recurrent
from frontal.layers.sequence import Lengths
from frontal.layers.shapes import ManyToMany, ManyToOne
from frontal.layers.shapes_stream import AnswerStream
from frontal.tasks.classify_settings import ClassifySettings


@final
class SequenceNetwork(nn.Module):
    """Logits of K classes for a sequence, or for each of its steps.

    Args:
        settings: of the recipe, with every guess filled in.
        size: F features of a step, or the number of tokens.
        tokens: whether steps are numbers of tokens.
        classes: K.
    """

    def __init__(self, settings: ClassifySettings, *, size: int, tokens: bool, classes: int) -> None:
        super().__init__()
        features = settings.embedding if tokens else size
        self.embedding = nn.Embedding(size, features) if tokens else None
        self.noise = settings.noise
        self.dropout = nn.Dropout(settings.dropout)
        rnn = Recurrent(
            named(settings.cell), features, settings.hidden, num_layers=settings.layers,
            dropout=settings.dropout if settings.layers > 1 else 0.0, bidirectional=bool(settings.bidirectional),
        )  # fmt: skip
        head = nn.Sequential(nn.Dropout(settings.dropout), nn.Linear(rnn.output_size, classes))
        self.per_step = settings.per_step
        self.answers = ManyToMany(rnn, head) if settings.per_step else ManyToOne(rnn, head, pooling=settings.pooling)

    def forward(self, x: Tensor, lengths: Lengths) -> Tensor:
        """Return logits, (B, K), or (T, B, K) per step.

        Args:
            x: (T, B, F), or int64 (T, B) for tokens.
            lengths: valid steps, (B,).
        """
        answers = self.answers(self._features(x), lengths=lengths)
        return answers[0] if self.per_step else answers

    def along(self, x: Tensor, lengths: Lengths) -> Tensor:
        """Return logits after every step, (T, B, K), as if the sequences ended there; (B, K) of two directions.

        Arguments as for `forward`. With a label for every step the logits are those of the step.
        """
        if self.per_step or self.answers.rnn.directions == 2:
            return self(x, lengths)
        return cast(ManyToOne, self.answers).beginnings(self._features(x), lengths=lengths)

    def stream(self) -> NetworkStream:
        """Begin one sequence that is answered while it arrives; the network must be in evaluation mode."""
        return NetworkStream(self)

    def _features(self, x: Tensor) -> Tensor:
        if self.embedding is not None:
            return self.dropout(self.embedding(x))
        return x + self.noise * torch.randn_like(x) if self.training and self.noise else x


@final
class NetworkStream:
    """Logits while a sequence arrives."""

    def __init__(self, network: SequenceNetwork) -> None:
        self._embedding, self._stream = network.embedding, AnswerStream(network.answers)

    @torch.no_grad()
    def step(self, x: Tensor) -> Tensor:
        """Return logits (K,) after one more step: x (F,), or int64 () for a token."""
        features = x if self._embedding is None else self._embedding(x)
        return self._stream.step(features[None])[0]
