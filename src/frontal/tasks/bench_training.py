"""A cell, a read-out, and a training on a standard problem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from frontal.data.problem import TEST_SEED, Drawn, Problem
from frontal.errors import FrontalError
from frontal.layers import initialise
from frontal.layers.recurrent import Recurrent
from frontal.layers.threads import threads_to_train
from frontal.training.best import Best
from frontal.training.seed import seeded
from frontal.training.settings import TrainingSettings
from frontal.training.step import NotFiniteError, Step

MakeCell = Callable[[int, int], nn.Module]
BATCH, TESTED = 64, 256  # sequences a step, and for a test
EVERY = 50  # steps between two looks at the test
FEW, GROWS = 4, 25  # the curriculum where lengths vary


@dataclass(frozen=True)
class Recipe:
    """How every cell is trained on every problem.

    Attributes:
        hidden: units.
        steps: of training, at most.
        seconds: for one training, at most.
        learning_rate: of Adam; gradients are clipped to norm 1.
        memory: open the gates that keep a state for about as long as the sequences are (chrono).
        orthogonal: begin with orthogonal recurrent weights.
    """

    hidden: int = 64
    steps: int = 100_000
    seconds: float = 30.0
    learning_rate: float = 3e-3
    memory: bool = True
    orthogonal: bool = False

    def __post_init__(self) -> None:
        for name, least in (("hidden", 1), ("steps", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise FrontalError(f"{name} must be a whole number >= {least}, got {value!r}")
        for name in ("seconds", "learning_rate"):
            if not getattr(self, name) > 0:
                raise FrontalError(f"{name} must be above 0, got {getattr(self, name)!r}")


@dataclass(frozen=True)
class Outcome:
    """One cell on one problem with one seed.

    Attributes:
        score: share of right answers, or mean squared error, on sequences of the test length.
        solved: whether it reaches the problem's goal.
        steps, seconds: of training.
    """

    cell: str
    problem: str
    seed: int
    score: float
    solved: bool
    steps: int
    seconds: float


class Answering(nn.Module):
    """A cell along the sequence, with a linear read-out at every step."""

    def __init__(self, cell: nn.Module, problem: Problem) -> None:
        super().__init__()
        self.rnn = Recurrent(cell)
        self.head = nn.Linear(self.rnn.output_size, problem.outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map (T, B, I) to (T, B, outputs)."""
        return self.head(self.rnn(x)[0])


def train_on(problem: Problem, name: str, make: MakeCell, seed: int, recipe: Recipe) -> tuple[Answering, Outcome]:
    """Train one cell until the problem is solved, or steps or time are up; the best test counts."""
    began = perf_counter()
    with threads_to_train(BATCH * recipe.hidden), seeded(seed):
        cell = make(problem.inputs, recipe.hidden)
        if recipe.orthogonal:
            initialise.orthogonal(cell)
        model = Answering(cell, problem)
        if recipe.memory:
            remember(model, max(3, problem.lengths[1]))
        settings = TrainingSettings(learning_rate=recipe.learning_rate, clip_norm=1.0)
        step = Step(model, _loss(problem), settings, None)
        draws, score, taken = Generator().manual_seed(seed), measured(model, problem, seed), 0
        best = Best(model)
        best.offer(taken, _loss_of(problem, score))
        while taken < recipe.steps and perf_counter() - began < recipe.seconds and not problem.solved(score):
            try:
                for _ in range(EVERY):
                    taken += 1
                    step(1, taken, *_example(problem, draws, taken))
            except NotFiniteError:
                break
            score = measured(model, problem, seed)
            best.offer(taken, _loss_of(problem, score))
        best.restore()
        model.zero_grad(set_to_none=True)
        score = measured(model, problem, seed)
    return model, Outcome(name, problem.name, seed, score, problem.solved(score), taken, perf_counter() - began)


def _loss_of(problem: Problem, score: float) -> float:
    return -score if problem.answers == "classes" else score


def remember(model: nn.Module, steps: int) -> None:
    """Open the gates that keep a state for up to so many steps, where there are any."""
    for cell in initialise.cells_of(model):
        if {"f", "z"} & set(cell.gates) and cell._parameters.get("bias_ih") is not None:
            initialise.chrono(cell, steps)


def _example(problem: Problem, generator: Generator, taken: int) -> tuple[Tensor, Drawn]:
    """Draw a batch; where lengths vary the longest grows from a few steps on, one every `GROWS` trainings."""
    low, high = problem.lengths
    longest = min(high, max(low, problem.shortest) + FEW + taken // GROWS)
    length = int(torch.randint(max(low, problem.shortest), longest + 1, (), generator=generator))
    drawn = problem.batch(generator, BATCH, length)
    return drawn.inputs, drawn


def _loss(problem: Problem) -> Callable[[nn.Module, Tensor, Drawn], Tensor]:
    measure: Any = cross_entropy if problem.answers == "classes" else mse_loss

    def loss(model: nn.Module, inputs: Tensor, drawn: Drawn) -> Tensor:
        return measure(model(inputs)[drawn.asked], drawn.targets[drawn.asked])

    return loss


@torch.no_grad()
def measured(model: nn.Module, problem: Problem, seed: int, length: int | None = None) -> float:
    """Return the score on new sequences, of the test length by default."""
    drawn = problem.batch(Generator().manual_seed(TEST_SEED + seed), TESTED, length or problem.test_length)
    answers, wanted = model(drawn.inputs)[drawn.asked], drawn.targets[drawn.asked]
    if problem.answers == "classes":
        return (answers.argmax(-1) == wanted).float().mean().item()
    return mse_loss(answers, wanted).item()
