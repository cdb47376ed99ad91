"""Which cell solves which standard problem."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from frontal.atomic import write_atomic
from frontal.data.problem import Problem
from frontal.diagnostics.figure import new_figure
from frontal.errors import FrontalError
from frontal.tasks.bench_training import MakeCell, Outcome, Recipe, train_on
from frontal.training.progress import Progress, SilentProgress

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def bench_cells(
    cells: Mapping[str, MakeCell], problems: Sequence[Problem], *, seeds: int = 1, recipe: Recipe | None = None,
    progress: Progress | None = None,
) -> list[Outcome]:  # fmt: skip
    """Train every cell on every problem.

    Args:
        cells: from names to what builds a cell from input and hidden size.
        problems: see `frontal.data.problems`.
        seeds: trainings of each pair.
        recipe: how.
        progress: told about every pair.
    """
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
        raise FrontalError(f"seeds must be a whole number >= 1, got {seeds!r}")
    recipe, progress = recipe or Recipe(), progress or SilentProgress()
    progress.start(len(cells) * len(problems) * seeds, f"{len(cells)} cells on {len(problems)} problems")
    found: list[Outcome] = []
    try:
        for problem in problems:
            for name, make in cells.items():
                for seed in range(seeds):
                    _, outcome = train_on(problem, name, make, seed, recipe)
                    found.append(outcome)
                    progress.update(1, problem=problem.name, cell=name, score=outcome.score)
    finally:
        progress.stop()
    return found


def table(outcomes: Sequence[Outcome], problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """One row a problem: chance, then mean ± standard deviation over the seeds for each cell, and the seconds."""
    rows: list[dict[str, Any]] = []
    for problem in problems:
        of_problem = [o for o in outcomes if o.problem == problem.name]
        row: dict[str, Any] = {"problem": problem.name, "measure": _measure(problem), "chance": problem.chance}
        for name in dict.fromkeys(o.cell for o in of_problem):
            scores = [o.score for o in of_problem if o.cell == name]
            solved = sum(o.solved for o in of_problem if o.cell == name)
            row[name] = f"{_shown(problem, scores)}{f', {solved} of {len(scores)} solved' if solved else ''}"
        row["seconds"] = round(sum(o.seconds for o in of_problem))
        rows.append(row)
    return rows


def records(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The outcomes as plain dictionaries."""
    return [asdict(outcome) for outcome in outcomes]


def plot(outcomes: Sequence[Outcome], problems: Sequence[Problem]) -> Figure:
    """Draw a heat map, cell by problem: from chance, white, to the goal, dark."""
    cells = list(dict.fromkeys(o.cell for o in outcomes))
    shares, texts = np.zeros((len(problems), len(cells))), {}
    for i, problem in enumerate(problems):
        for j, name in enumerate(cells):
            scores = [o.score for o in outcomes if o.problem == problem.name and o.cell == name]
            shares[i, j] = np.clip(_progress(problem, float(np.mean(scores))), 0, 1)
            texts[i, j] = f"{np.mean(scores):.3g}"
    figure = new_figure(2.8 + 1.1 * len(cells), 1.2 + 0.42 * len(problems))
    axes = figure.subplots()
    axes.imshow(shares, cmap="YlGn", vmin=0, vmax=1.15, aspect="auto")
    for (i, j), text in texts.items():
        axes.text(j, i, text, ha="center", va="center", fontsize=9, color="#111111")
    axes.set_xticks(range(len(cells)), cells)
    axes.set_yticks(range(len(problems)), [f"{p.name} ({_measure(p)})" for p in problems])
    axes.set_title("from chance (white) to solved (green)", fontsize=10, loc="left")
    return figure


def write(outcomes: Sequence[Outcome], problems: Sequence[Problem], folder: Path) -> list[Path]:
    """Write outcomes.csv and outcomes.png into a folder, which is made; return where they are."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FrontalError(f"cannot make the folder {folder}: {error.strerror or error}") from error
    text, image = StringIO(newline=""), BytesIO()
    rows = records(outcomes)
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    plot(outcomes, problems).savefig(image, format="png", dpi=130)
    files = {folder / "outcomes.csv": text.getvalue().encode(), folder / "outcomes.png": image.getvalue()}
    for path, content in files.items():
        write_atomic(path, content)
    return list(files)


def _progress(problem: Problem, score: float) -> float:
    """Return how far a score is from chance, 0, to the goal, 1; for errors on a logarithmic scale."""
    if problem.answers == "classes":
        return (score - problem.chance) / (problem.goal - problem.chance)
    return float(np.log(score / problem.chance) / np.log(problem.goal / problem.chance))


def _measure(problem: Problem) -> str:
    return "accuracy" if problem.answers == "classes" else "MSE"


def _shown(problem: Problem, scores: list[float]) -> str:
    digits = ".3f" if problem.answers == "classes" else ".2g"
    spread = f" ± {np.std(scores):{digits}}" if len(scores) > 1 else ""
    return f"{np.mean(scores):{digits}}{spread}"
