"""Networks that read the past of a series with features, and answer with its coming values."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

from frontal.cell import Cell
from frontal.errors import FrontalError
from frontal.layers.recurrent import Recurrent


class ForecastInputs(Protocol):
    """What the networks read: past (B, context, X), ahead (B, horizon, K), static (B, C), naive (B, horizon)."""

    @property
    def past(self) -> Tensor: ...  # noqa: D102
    @property
    def ahead(self) -> Tensor: ...  # noqa: D102
    @property
    def static(self) -> Tensor: ...  # noqa: D102
    @property
    def naive(self) -> Tensor: ...  # noqa: D102


class DirectForecast(nn.Module):
    """All coming steps at once: naive forecast + linear map of the past + read-out of the recurrent state.

    The recurrent layers read `segment` steps at a time (Lin et al. 2023, SegRNN). Where features
    of the coming steps are known, each step has a small network of its own input that sees them beside
    the last state (Wen et al. 2017, the local decoder of MQ-RNN). All read-outs start at zero: an
    untrained network says the naive forecast.

    Args:
        cell: class of the recurrent cell.
        sizes: X, K and C, features of a past step, of a coming one and of the series.
        context, horizon: steps read, a multiple of `segment`, and steps answered.
        segment: steps read at a time.
        hidden, layers, dropout: of the recurrent layers; dropout also acts on the last state.
        linear: add the linear map of the window's values.
    """

    def __init__(  # noqa: PLR0913
        self, cell: type[Cell], sizes: tuple[int, int, int], context: int, horizon: int, *,
        segment: int = 1, hidden: int = 64, layers: int = 1, dropout: float = 0.0, linear: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        if context % segment:
            raise FrontalError(f"context {context} is no multiple of segment {segment}; set context to one")
        past, ahead, static = sizes
        self.segment = segment
        between = dropout if layers > 1 else 0.0
        width = segment * past + static
        self.recurrent = Recurrent(cell, width, hidden, num_layers=layers, dropout=between, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        features = self.recurrent.output_size
        self.head = nn.Linear(features, horizon)
        self.linear = nn.Linear(context, horizon, bias=False) if linear else None
        self.state = nn.Linear(features, hidden) if ahead else None
        self.local = nn.Linear(ahead, hidden) if ahead else None
        self.answer = nn.Linear(hidden, 1) if ahead else None
        for layer in (self.head, self.linear, self.answer):
            if layer is not None:
                for parameter in layer.parameters():
                    nn.init.zeros_(parameter)

    def forward(self, window: ForecastInputs) -> Tensor:
        """Return the coming values (B, horizon), in the scale of the window."""
        steps = window.past.unflatten(1, (-1, self.segment)).flatten(2)  # (B, context / segment, segment · X)
        if window.static.shape[1]:
            steps = torch.cat([steps, window.static[:, None].expand(-1, steps.shape[1], -1)], 2)
        outputs, _ = self.recurrent(steps)
        last = self.dropout(outputs[:, -1])  # (B, H)
        path = window.naive + self.head(last)
        if self.linear is not None:
            path = path + self.linear(window.past[:, :, 0])
        if self.state is not None and self.local is not None and self.answer is not None:
            met = torch.tanh(self.state(last)[:, None] + self.local(window.ahead))  # (B, horizon, H)
            path = path + self.answer(met)[..., 0]
        return path


class AutoregressiveForecast(nn.Module):
    """One step at a time, each answer being read before the next (Salinas et al. 2017, DeepAR, with point answers).

    At every step the layers read the value of the step, whether it is known, and the features of
    the step that comes; the read-out says how far that lies from the naive forecast.
    In training the coming values that are known are read instead of the answers (`coming`).

    Args:
        cell: class of the recurrent cell.
        sizes: X, K and C, features of a past step, of a coming one and of the series; X = 2 + K, as
            past-only features are not known while the answers are fed back.
        horizon: steps answered.
        hidden, layers, dropout: of the recurrent layers; dropout between them.
    """

    def __init__(
        self, cell: type[Cell], sizes: tuple[int, int, int], horizon: int, *,
        hidden: int = 64, layers: int = 1, dropout: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__()
        past, ahead, static = sizes
        if past != 2 + ahead:
            raise FrontalError(
                "multi_step='autoregressive' feeds its answers back, and features of the past are not known then; "
                "name them in known if they are, or choose multi_step='direct'"
            )
        self.horizon = horizon
        between = dropout if layers > 1 else 0.0
        self.recurrent = Recurrent(
            cell, 2 + ahead + static, hidden, num_layers=layers, dropout=between, batch_first=True
        )
        self.head = nn.Linear(self.recurrent.output_size, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, window: ForecastInputs, coming: Tensor | None = None) -> Tensor:
        """Return the coming values (B, horizon), in the scale of the window.

        Args:
            window: the past and the features.
            coming: (B, horizon) true values to read in training, NaN where unknown.
        """
        features = torch.cat([window.past[:, 1:, 2:], window.ahead], 1)  # (B, ·, K) of the step that comes
        if window.static.shape[1]:
            features = torch.cat([features, window.static[:, None].expand(-1, features.shape[1], -1)], 2)
        context = window.past.shape[1]
        start = torch.cat([window.past[:, :, :2], features[:, :context]], 2)
        if coming is not None:
            known = ~coming[:, :-1].isnan()
            later = torch.stack([coming[:, :-1].nan_to_num(0.0), known.float()], 2)
            outputs, _ = self.recurrent(torch.cat([start, torch.cat([later, features[:, context:]], 2)], 1))
            return window.naive + self.head(outputs[:, context - 1 :])[..., 0]
        outputs, states = self.recurrent(start)
        path = [window.naive[:, 0] + self.head(outputs[:, -1])[:, 0]]
        for step in range(1, self.horizon):
            value = torch.stack([path[-1], torch.ones_like(path[-1])], 1)
            read = torch.cat([value, features[:, context - 1 + step]], 1)[:, None]  # (B, 1, 2 + K + C)
            outputs, states = self.recurrent(read, states)
            path.append(window.naive[:, step] + self.head(outputs[:, -1])[:, 0])
        return torch.stack(path, 1)
