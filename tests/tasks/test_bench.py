"""Cells on standard problems, and the menu."""

from pathlib import Path

import pytest
import torch

from frontal.cells import named
from frontal.data.problems import problem
from frontal.errors import FrontalError
from frontal.tasks import bench_cells, bench_menu
from frontal.tasks.bench_training import Recipe, measured, train_on

QUICK = Recipe(hidden=8, steps=50, seconds=60)


def test_a_cell_learns_parity_of_any_length():
    model, outcome = train_on(problem("parity"), "gru", named("gru"), 0, Recipe(hidden=32, steps=1500, seconds=60))
    assert outcome.solved and outcome.score > 0.999 and outcome.steps < 1500
    assert measured(model, problem("parity"), 5, 2000) > 0.99  # four times as long, other sequences


def test_the_score_is_that_of_the_answers_that_count():
    class Knows(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            parity = x.argmax(-1).cumsum(0) % 2
            return torch.nn.functional.one_hot(parity, 2).float()

    assert measured(Knows(), problem("parity"), 0) == 1.0

    class Half(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.full((*x.shape[:2], 1), 1.0)

    assert measured(Half(), problem("adding"), 0) == pytest.approx(1 / 6, rel=0.2)


def test_outcomes_become_rows_files_and_a_picture(tmp_path: Path):
    problems = [problem("cycle"), problem("adding")]
    cells = {name: named(name) for name in ("elman", "min_gru")}
    outcomes = bench_cells.bench_cells(cells, problems, seeds=2, recipe=QUICK)
    assert [(o.problem, o.cell, o.seed) for o in outcomes] == [
        (p, c, s) for p in ("cycle", "adding") for c in ("elman", "min_gru") for s in (0, 1)
    ]
    rows = bench_cells.table(outcomes, problems)
    assert rows[0]["chance"] == 0.2 and "±" in rows[0]["elman"] and rows[1]["measure"] == "MSE"
    table, picture = bench_cells.write(outcomes, problems, tmp_path / "new" / "folder")
    assert len(table.read_text().splitlines()) == 9 and picture.read_bytes()[:4] == b"\x89PNG"


def test_the_same_seed_trains_the_same():
    a, b = (train_on(problem("cycle"), "gru", named("gru"), 3, QUICK)[1] for _ in range(2))
    assert (a.score, a.steps) == (b.score, b.steps)


def test_the_menu():
    cells = {"lstm": named("lstm")}
    recipe = Recipe(hidden=24, steps=400, seconds=60, learning_rate=5e-3)
    (guest,) = bench_menu.serve_menu(cells, problem("menu"), courses=6, recipe=recipe)
    assert guest.lengths == (3, 4, 5, 6) and len(guest.norms) == 6 and guest.accuracy[0] > 0.9
    (row,) = bench_menu.table([guest])
    assert row["cell"] == "lstm" and row["3 courses"].endswith("%")
    assert bench_menu.plot([guest], problem("menu")).axes


@pytest.mark.parametrize(
    ("options", "says"),
    [({"hidden": 0}, "hidden must be"), ({"steps": 0}, "steps must be"), ({"seconds": 0}, "seconds must be above 0")],
)
def test_wrong_recipes_are_told(options: dict, says: str):
    with pytest.raises(FrontalError, match=says):
        Recipe(**options)


def test_wrong_calls_are_told():
    with pytest.raises(FrontalError, match="seeds must be a whole number >= 1, got 0"):
        bench_cells.bench_cells({}, [], seeds=0)
    with pytest.raises(FrontalError, match="more than 3 courses, got 3"):
        bench_menu.serve_menu({}, problem("menu"), courses=3)


def test_an_orthogonal_start():
    for orthogonal in (True, False):
        recipe = Recipe(hidden=6, steps=1, learning_rate=1e-9, orthogonal=orthogonal)
        model, _ = train_on(problem("parity"), "elman", named("elman"), 0, recipe)
        weight = next(value for name, value in model.named_parameters() if name.endswith("weight_hh")).detach()
        assert torch.allclose(weight @ weight.T, torch.eye(6), atol=1e-4) is orthogonal
