"""A recurrent network that reads a window of the past and answers with the coming values."""

from __future__ import annotations

from torch import Tensor, nn

from frontal.cell import Cell
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
    """

    def __init__(
        self, cell: type[Cell], channels: int, context: int, horizon: int, *,
        hidden: int, layers: int = 1, dropout: float = 0.0, linear: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        between = dropout if layers > 1 else 0.0
        self.recurrent = Recurrent(cell, channels, hidden, num_layers=layers, dropout=between, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(self.recurrent.output_size, horizon)
        self.linear = nn.Linear(context, horizon, bias=False) if linear else None
        if self.linear is not None:
            for parameter in (self.head.weight, self.head.bias, self.linear.weight):
                nn.init.zeros_(parameter)

    def forward(self, window: Tensor) -> Tensor:
        """Map windows (B, context, C) to answers (B, horizon)."""
        outputs, _ = self.recurrent(window)  # (B, context, H)
        answer = self.head(self.dropout(outputs[:, -1]))
        return answer if self.linear is None else answer + self.linear(window[:, :, 0])
