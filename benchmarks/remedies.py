"""`python -m benchmarks remedies`: what helps against vanishing and exploding gradients, and against overfitting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from benchmarks.machine import machine
from frontal.cells import named
from frontal.data.problem import TEST_SEED, Drawn
from frontal.data.problems import problem
from frontal.layers import Recurrent, initialise
from frontal.tasks.bench_training import Answering
from frontal.training.penalties import (
    activation_penalty,
    temporal_activation_penalty,
    vanishing_gradient_penalty,
)
from frontal.training.settings import TrainingSettings
from frontal.training.step import NotFiniteError, Step

SEEDS, BATCH, HIDDEN = 5, 32, 32
Prepare = Callable[[Answering], Any]
Penalty = Callable[[Answering, Drawn], Tensor]


@dataclass(frozen=True)
class Trial:
    """One task with one remedy."""

    task: str
    remedy: str
    problem: str
    length: int
    cell: str
    steps: int = 500
    prepare: Prepare | None = None
    penalty: Penalty | None = None
    layer: dict[str, Any] = field(default_factory=dict)
    cell_options: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    known: int | None = None  # sequences to learn from, again and again; None draws new ones


def main(words: list[str]) -> None:
    """Train every trial with five seeds and print a table."""
    torch.set_num_threads(1)
    print(f"{machine()}\n\n{SEEDS} seeds: mean ± standard deviation; chance is what no reading gets.\n")
    print("| task | remedy | test | chance | diverged |\n|---|---|---|---|---|")
    for trial in trials():
        found = [score for seed in range(SEEDS) if (score := run(trial, seed)) is not None]
        shown = f"{np.mean(found):.3g} ± {np.std(found):.2g}" if found else "none"
        chance = problem(trial.problem).chance
        print(
            f"| {trial.task} | {trial.remedy} | {shown} | {chance:.3g} | {SEEDS - len(found)} of {SEEDS} |", flush=True
        )


def trials() -> list[Trial]:
    """Return the table's rows."""
    menu = {"task": "Elman, menu of 20: accuracy", "problem": "menu", "length": 20, "cell": "elman"}
    memory = {"task": "LSTM, menu of 60: accuracy", "problem": "menu", "length": 60, "cell": "lstm", "steps": 1000,
              "settings": {"learning_rate": 5e-3}}  # fmt: skip
    wild = {"task": "Elman of radius 2, adding 60: MSE", "problem": "adding", "length": 60, "cell": "elman"}
    steep = {"optimizer": "sgd", "learning_rate": 0.1}
    few = {"task": "LSTM, temporal order from 20 sequences: accuracy", "problem": "temporal-order", "length": 20,
           "cell": "lstm", "known": 20, "steps": 300}  # fmt: skip

    def large(model: Answering) -> None:
        initialise.spectral_radius(model, 2.0)

    rectified = {"nonlinearity": "relu"}
    return [
        Trial(**menu, remedy="none"),
        Trial(**menu, remedy="orthogonal", prepare=initialise.orthogonal),
        Trial(**menu, remedy="identity, ReLU (IRNN)", prepare=initialise.identity, cell_options=rectified),
        Trial(**menu, remedy="vanishing-gradient penalty Ω", penalty=_omega),
        Trial(**memory, remedy="none"),
        Trial(**memory, remedy="forget bias 1", prepare=initialise.forget_bias),
        Trial(**memory, remedy="chrono", prepare=lambda model: initialise.chrono(model, 60)),
        Trial(**wild, remedy="none", prepare=large, settings=steep),
        Trial(**wild, remedy="clip_norm=1", prepare=large, settings={**steep, "clip_norm": 1.0}),
        Trial(**wild, remedy="clip_value=0.1", prepare=large, settings={**steep, "clip_value": 0.1}),
        Trial(**wild, remedy="clip_adaptive=0.02", prepare=large, settings={**steep, "clip_adaptive": 0.02}),
        Trial(**few, remedy="none"),
        Trial(**few, remedy="weight decay 0.1", settings={"optimizer": "adamw", "weight_decay": 0.1}),
        Trial(**few, remedy="recurrent dropout 0.3", layer={"recurrent_dropout": 0.3}),
        Trial(**few, remedy="zoneout 0.1", layer={"zoneout": 0.1}),
        Trial(**few, remedy="weight drop 0.3", layer={"weight_drop": 0.3}),
        Trial(**few, remedy="activation penalty 0.1", penalty=_activations),
        Trial(**few, remedy="temporal activation penalty 1", penalty=_changes),
    ]


def _omega(model: Answering, drawn: Drawn) -> Tensor:
    def loss(outputs: Tensor) -> Tensor:
        return cross_entropy(model.head(outputs)[-1], drawn.targets[-1])

    return 0.5 * vanishing_gradient_penalty(model.rnn, drawn.inputs, loss)


def _activations(model: Answering, drawn: Drawn) -> Tensor:
    return 0.1 * activation_penalty(model.rnn(drawn.inputs)[0])


def _changes(model: Answering, drawn: Drawn) -> Tensor:
    return temporal_activation_penalty(model.rnn(drawn.inputs)[0])


def run(trial: Trial, seed: int) -> float | None:
    """Return the score on new sequences; None if training diverged."""
    torch.manual_seed(seed)
    asked = problem(trial.problem)
    model = Answering(named(trial.cell)(asked.inputs, HIDDEN, **trial.cell_options), asked)
    model.rnn = Recurrent(model.rnn.bound_cells()[0], **trial.layer)
    if trial.prepare is not None:
        trial.prepare(model)
    measure: Any = cross_entropy if asked.answers == "classes" else mse_loss

    def loss(network: nn.Module, inputs: Tensor, drawn: Drawn) -> Tensor:
        error = measure(network(inputs)[drawn.asked], drawn.targets[drawn.asked])
        return error if trial.penalty is None else error + trial.penalty(model, drawn)

    step = Step(model, loss, TrainingSettings(**{"learning_rate": 3e-3, **trial.settings}), None)
    generator = Generator().manual_seed(seed)
    stock = None if trial.known is None else asked.batch(generator, trial.known, trial.length)
    for k in range(trial.steps):
        drawn = asked.batch(generator, BATCH, trial.length) if stock is None else _some(stock, generator)
        try:
            step(1, k + 1, drawn.inputs, drawn)
        except NotFiniteError:
            return None
    model.eval()
    tested = asked.batch(Generator().manual_seed(TEST_SEED + seed), 500, trial.length)
    with torch.no_grad():
        answers, wanted = model(tested.inputs)[tested.asked], tested.targets[tested.asked]
    return (
        (answers.argmax(-1) == wanted).float().mean() if asked.answers == "classes" else mse_loss(answers, wanted)
    ).item()


def _some(stock: Drawn, generator: Generator) -> Drawn:
    rows = torch.randint(stock.inputs.shape[1], (BATCH,), generator=generator)
    return Drawn(stock.inputs[:, rows], stock.targets[:, rows], stock.asked[:, rows])
