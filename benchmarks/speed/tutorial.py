"""Whole training steps of two models that people begin with: loss, gradients, fused Adam, zero_grad."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn, optim
from torch.nn.functional import dropout, mse_loss

import frontal
from benchmarks.agreement import check_agreement
from benchmarks.report import Report, time_cells, time_columns
from benchmarks.speed.choices import Choices
from benchmarks.speed.part import Part
from benchmarks.timing import Run, medians

NAMES = ["frontal", "torch.nn"]


class Network(nn.Module):
    """A recurrent stack whose last output, after dropout, makes one number."""

    def __init__(self, stack: nn.Module, hidden_size: int, rate: float) -> None:
        super().__init__()
        self.stack, self.head, self.rate = stack, nn.Linear(hidden_size, 1), rate

    def forward(self, x: Tensor) -> Tensor:
        """From (T, B, 1) to (B, 1)."""
        last = self.stack(x)[0][-1]  # (B, H)
        return self.head(dropout(last, self.rate, self.training))


@dataclass(frozen=True)
class Model:
    """What a row trains."""

    title: str
    batch: int
    steps: int
    hidden: int
    layers: int
    dropout: float

    def network(self, lstm: Callable[..., nn.Module]) -> Network:
        torch.manual_seed(0)
        between = self.dropout if self.layers > 1 else 0.0
        return Network(lstm(1, self.hidden, self.layers, dropout=between), self.hidden, self.dropout)


AIRLINE = Model("airline", batch=1, steps=1, hidden=4, layers=1, dropout=0.0)
STOCK = Model("stock", batch=32, steps=60, hidden=50, layers=4, dropout=0.2)
TINY_STOCK = Model("stock", batch=2, steps=3, hidden=5, layers=4, dropout=0.2)


def measure(choices: Choices, report: Report) -> Part:
    """One row a model."""
    part = Part()
    report.table("one training step", *time_columns(NAMES))
    for model in (AIRLINE, TINY_STOCK if choices.tiny else STOCK):
        seconds = time_model(model, choices)
        part.rows.append({"model": model.title, "seconds": seconds})
        told = f"{model.title}: {model.layers} × LSTM({model.hidden}), B {model.batch}, T {model.steps}"
        report.row(told, *time_cells(NAMES, seconds))
    airline, stock = (row["seconds"] for row in part.rows)
    part.measured |= {"airline": 1e3 * airline["frontal"], "stock": stock["torch.nn"] / stock["frontal"]}
    return part


def time_model(model: Model, choices: Choices) -> dict[str, float]:
    """Median seconds of a step of each; first they must take the same three steps, without dropout."""
    theirs = model.network(nn.LSTM)
    ours = model.network(lambda *sizes, **options: frontal.LSTM(*sizes, **options, backend=choices.backend))
    ours.load_state_dict(theirs.state_dict())
    x, targets = torch.randn(model.steps, model.batch, 1), torch.randn(model.batch, 1)
    networks = {"torch.nn": theirs, "frontal": ours}
    runs = {name: training_step(network, x, targets) for name, network in networks.items()}
    for network, run in zip(networks.values(), runs.values(), strict=True):
        network.eval()
        for _ in range(3):
            run()
        network.train()
    trained = {name: dict(network.named_parameters()) for name, network in networks.items()}
    check_agreement(f"{model.title} after three steps", trained)
    return dict(zip(runs, medians(list(runs.values()), choices.seconds), strict=True))


def training_step(network: nn.Module, x: Tensor, targets: Tensor) -> Run:
    optimizer = optim.Adam(network.parameters(), 1e-3, fused=True)

    def run() -> float:
        optimizer.zero_grad(set_to_none=True)
        loss = mse_loss(network(x), targets)
        loss.backward()
        optimizer.step()
        return loss.item()

    return run
