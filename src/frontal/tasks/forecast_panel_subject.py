"""A forecaster of a panel along its series, for the microscope."""

from __future__ import annotations

from copy import copy
from typing import cast

import torch
from torch import Tensor, nn

from frontal.data.panel import Panel
from frontal.data.panel_windows import Window, Windows
from frontal.diagnostics.backtest import time_texts
from frontal.diagnostics.subject_series import Series
from frontal.layers.panel_forecast import AutoregressiveForecast, DirectForecast
from frontal.layers.recurrent import Recurrent
from frontal.tasks.forecast_panel_model import PanelModel


class Along(nn.Module):
    """A network of a panel that reads windows packed into one tensor.

    Args:
        network: trained; of one that answers step by step only the first answer is asked for.
        like: a window, whose sizes all have.
    """

    def __init__(self, network: nn.Module, like: Window) -> None:
        super().__init__()
        self.recurrent = cast(Recurrent, network.recurrent)  # its states are called by the first name it has
        self.network = network
        if isinstance(network, AutoregressiveForecast):
            self.network = copy(network)
            self.network.horizon = 1
        self.segment = network.segment if isinstance(network, DirectForecast) else 1
        self.like = [part[0] for part in like]  # (context, X), (horizon, K), (C,), (horizon,)

    def packed(self, window: Window) -> Tensor:
        """Return B windows, (B, T, C): what each step of the recurrent layers reads, and beside it all else."""
        steps = window.past.unflatten(1, (-1, self.segment)).flatten(2)  # (B, context / segment, segment · X)
        others = torch.cat([part.flatten(1) for part in window[1:]], 1)  # (B, …)
        return torch.cat([steps, others[:, None].expand(-1, steps.shape[1], -1)], 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return the answers, (B, horizon), to packed windows, (B, T, C)."""
        past, *others = self.like
        steps, rest = x.split([self.segment * past.shape[1], x.shape[2] - self.segment * past.shape[1]], 2)
        parts = rest[:, 0].split([part.numel() for part in others], 1)
        unpacked = (part.unflatten(1, like.shape) for part, like in zip(parts, others, strict=True))
        return self.network(Window(steps.flatten(1).unflatten(1, past.shape), *unpacked))


def panel_subject(model: PanelModel, panel: Panel, *, most: int | None, member: int) -> Series:
    """Return a network along whole windows, one behind another, of one series after another.

    Args:
        model: whose network.
        panel: the series; of each those windows are looked at that end with its last value but one.
        most: steps that are looked at: so many windows as fit, one at least.
        member: number of the network.

    Raises:
        FrontalError: no series has a whole window.
    """
    plan, windows = model.plan, Windows(panel, model.plan)
    ends = [
        (s, end)
        for s, length in enumerate(panel.lengths.tolist())
        for end in reversed(range(length - 2, plan.context - 2, -plan.context))
    ]
    like = windows.at(torch.tensor([0]), torch.tensor([0])).window
    network = Along(model.networks[member], like).eval()
    steps = plan.context // network.segment
    chosen = torch.tensor(ends[: None if most is None else max(1, most // steps)]).view(-1, 2)
    cut = windows.at(*chosen.unbind(1))
    rows = windows.panel
    return Series(
        network, network.packed(cut.window), followed=cut.target[:, 0],
        places=(windows.starts[chosen[:, 0]] + chosen[:, 1]).numpy(), values=rows.values,
        times=None if rows.times is None else time_texts(rows.times),
        channels=[f"{name}, step {k + 1}" for k in range(network.segment) for name in _names(model, panel)],
        name=panel.name, apart=1, stride=network.segment,
    )  # fmt: skip


def _names(model: PanelModel, panel: Panel) -> list[str]:
    """Return what the network reads at a step of the past."""
    dates = [] if panel.times is None else list(model.plan.calendar)
    return ["value", "known", *panel.known_names, *dates, *panel.past_names]
