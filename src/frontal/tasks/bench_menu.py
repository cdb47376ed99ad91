"""The menu: which network still knows the first course after the last one?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Generator, Tensor
from torch.nn.functional import cross_entropy

from frontal.data.problem import TEST_SEED, Problem
from frontal.diagnostics.figure import new_figure
from frontal.diagnostics.gradient_flow import gradient_flow
from frontal.errors import FrontalError
from frontal.tasks.bench_training import Answering, MakeCell, Outcome, Recipe, train_on
from frontal.training.progress import Progress, SilentProgress

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHORT, LONG = 3, 60  # courses
BETWEEN = 3  # lengths between them
RECIPE = Recipe(hidden=32, steps=1500, seconds=20.0, learning_rate=5e-3)
LOOKED_AT = 64  # menus through which the gradient is measured


@dataclass(frozen=True)
class Guest:
    """One kind of network and what it remembers.

    Attributes:
        cell: name.
        lengths: of the menus, in courses, from short to long.
        outcomes: of a training on menus of each length.
        norms: ‖∂L/∂state‖ in the one trained on the longest, by courses back from the last one, (courses,).
    """

    cell: str
    lengths: tuple[int, ...]
    outcomes: tuple[Outcome, ...]
    norms: np.ndarray[Any, Any]

    @property
    def accuracy(self) -> list[float]:
        """Share of menus of which the first course is known, by length."""
        return [outcome.score for outcome in self.outcomes]

    @property
    def arrives(self) -> float:
        """Share of the largest gradient that reaches the first course."""
        return float(self.norms[-1] / self.norms.max()) if self.norms.max() > 0 else 0.0


def serve_menu(
    cells: Mapping[str, MakeCell], problem: Problem, *, courses: int = LONG, seed: int = 0, recipe: Recipe = RECIPE,
    progress: Progress | None = None,
) -> list[Guest]:  # fmt: skip
    """Train each cell anew on menus of 3 courses, of `courses`, and of lengths between, and ask for the first course.

    Args:
        cells: from names to what builds a cell from input and hidden size.
        problem: the menu, `frontal.data.problems.problem("menu")`.
        courses: of the long menu, more than 3.
        seed: of weights and menus.
        recipe: of each training.
        progress: told about every training.
    """
    if isinstance(courses, bool) or not isinstance(courses, int) or courses <= SHORT:
        raise FrontalError(f"the long menu must have more than {SHORT} courses, got {courses!r}")
    progress = progress or SilentProgress()
    lengths = tuple(sorted({int(n) for n in np.geomspace(SHORT, courses, BETWEEN + 2).round()}))
    progress.start(len(lengths) * len(cells), f"{len(cells)} networks read menus")
    guests: list[Guest] = []
    try:
        for name, make in cells.items():
            trained: list[tuple[Answering, Outcome]] = []
            for length in lengths:
                menu = problem.of_length(length)
                trained.append(train_on(menu, name, make, seed, recipe))
                progress.update(1, cell=name, courses=length, accuracy=trained[-1][1].score)
            norms = _gradient(trained[-1][0], problem, courses, seed)
            guests.append(Guest(name, lengths, tuple(outcome for _, outcome in trained), norms))
    finally:
        progress.stop()
    return guests


def _gradient(model: Answering, problem: Problem, courses: int, seed: int) -> np.ndarray[Any, Any]:
    drawn = problem.batch(Generator().manual_seed(TEST_SEED + seed), LOOKED_AT, courses)

    def loss(answers: Tensor, targets: Tensor) -> Tensor:
        return cross_entropy(answers[-1], targets[-1])

    return gradient_flow(model, (drawn.inputs, drawn.targets), loss).cells[0].norms


def table(guests: Sequence[Guest]) -> list[dict[str, Any]]:
    """One row a network."""
    return [
        {
            "cell": guest.cell,
            **{f"{n} courses": f"{share:.1%}" for n, share in zip(guest.lengths, guest.accuracy, strict=True)},
            "gradient at the first": f"{guest.arrives:.2g}",
            "seconds": round(sum(outcome.seconds for outcome in guest.outcomes), 1),
        }
        for guest in guests
    ]


def plot(guests: Sequence[Guest], problem: Problem) -> Figure:
    """Draw accuracy by the number of courses, and the gradient on its way back to the first one."""
    figure = new_figure(10, 4)
    left, right = figure.subplots(1, 2)
    for guest in guests:
        left.plot(guest.lengths, guest.accuracy, "o-", ms=4, lw=1.5, label=guest.cell)
        shown = np.where(guest.norms > 0, guest.norms / guest.norms.max(), np.nan)
        right.plot(np.arange(1, len(shown) + 1), np.maximum(shown, 1e-12), lw=1.5, label=guest.cell)
    left.axhline(problem.chance, color="#888888", lw=0.8, ls=":", label="chance")
    left.set(
        xlabel="courses, in training and when asked",
        ylabel="knows the first course",
        ylim=(0, 1.05),
    )
    right.set(xlabel="courses back from the last", ylabel="gradient, largest = 1", yscale="log")
    left.set_title("what is remembered", loc="left", fontsize=11)
    right.set_title("what training can feel", loc="left", fontsize=11)
    for axes in (left, right):
        axes.legend(fontsize=9, frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
    return figure
