"""A least-squares problem, its model and its answer."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from frontal.training.batches import Minibatches
from frontal.training.loop import train
from frontal.training.seed import seeded
from frontal.training.settings import TrainingSettings

SETTINGS = TrainingSettings(optimizer="sgd", learning_rate=0.1, epochs=3, batch_size=8)


def squared(model: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    return (model(inputs) - targets).square().mean()


def problem(rows: int = 32) -> tuple[Tensor, Tensor]:
    with seeded(7):
        inputs = torch.randn(rows, 3, dtype=torch.float64)
        noise = torch.randn(rows, 1, dtype=torch.float64)
    return inputs, inputs @ torch.tensor([[1.0], [-2.0], [0.5]], dtype=torch.float64) + 0.3 + 0.1 * noise


def linear() -> nn.Linear:
    with seeded(1):
        return nn.Linear(3, 1, dtype=torch.float64)


def closed_form(inputs: Tensor, targets: Tensor, ridge: float = 0.0) -> Tensor:
    """Weights, then bias, of the least mean square plus ridge/2 · |weights|²."""
    X = torch.cat([inputs, torch.ones(len(inputs), 1, dtype=inputs.dtype)], 1)
    return torch.linalg.solve(2 * X.T @ X / len(X) + ridge * torch.eye(4, dtype=X.dtype), 2 * X.T @ targets / len(X))


def weights(model: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()]).clone()


def fitted(settings: TrainingSettings = SETTINGS, **options) -> Tensor:
    model = linear()
    train(model, Minibatches(*problem(), settings.batch_size), squared, settings, **options)
    return weights(model)
