"""A recurrent network that reads a window of the past and answers with the coming values, or what they may be."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from frontal.cell import Cell
from frontal.layers.head_distribution import DistributionHead
from frontal.layers.head_quantiles import Quantiles
from frontal.layers.recurrent import Recurrent


class WindowForecast(nn.Module):
    """Recurrent layers over the window, a linear head on their last output, and optionally a linear read-out.

    Args:
        cell: class of the recurrent cell.
        channels: features of each past step, C; the first is the series itself.
        context: steps of the window.
        horizon: steps of the answer.
        hidden: hidden units of each layer.
        layers: recurrent layers.
        dropout: share of the features zeroed after every layer, while training.
        linear: add a linear map of the window's first channel, and start from zero: before
            training the answer is 0, which for windows relative to their last value is the
            last-value forecast.
        head: makes a head of distributions for each step of the answer from its number of features;
            by default the answer is one value a step. The linear map then moves the distributions,
            which start as the plainest.
    """

    def __init__(  # noqa: PLR0913
        self, cell: type[Cell], channels: int, context: int, horizon: int, *,
        hidden: int, layers: int = 1, dropout: float = 0.0, linear: bool = True,
        head: Callable[[int], DistributionHead] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        between = dropout if layers > 1 else 0.0
        self.recurrent = Recurrent(cell, channels, hidden, num_layers=layers, dropout=between, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        features = self.recurrent.output_size
        self.head = nn.Linear(features, horizon) if head is None else head(features)
        self.linear = nn.Linear(context, horizon, bias=False) if linear else None
        if self.linear is not None:
            nn.init.zeros_(self.linear.weight)
            if isinstance(self.head, DistributionHead):
                self.head.start()
            else:
                nn.init.zeros_(self.head.weight)
                nn.init.zeros_(self.head.bias)

    def forward(self, window: Tensor) -> Tensor:
        """Map windows (B, context, C) to answers (B, horizon), or to parameters of distributions (B, horizon, P)."""
        outputs, _ = self.recurrent(window)  # (B, context, H)
        answer = self.head(self.dropout(outputs[:, -1]))
        if self.linear is None:
            return answer
        moved = self.linear(window[:, :, 0])  # (B, horizon)
        return self.head.moved(answer, moved) if isinstance(self.head, DistributionHead) else answer + moved


class Located(nn.Module):
    """A network of distributions that answers with their locations only, (B, horizon).

    Args:
        network: answers with distributions, by its `head`.
    """

    def __init__(self, network: WindowForecast) -> None:
        super().__init__()
        self.network = network

    def forward(self, window: Tensor) -> Tensor:
        """Map windows (B, context, C) to locations (B, horizon): medians where quantiles are answered."""
        outputs, head = self.network(window), self.network.head
        return outputs[..., head.middle] if isinstance(head, Quantiles) else outputs[..., 0]
