"""`frontal bench cells`: which cell solves which standard problem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from frontal.cli.console import Console
from frontal.cli.options import Several, Subject, Switch, number, text_option, whole_number
from frontal.errors import FrontalError

CELLS = "elman,lstm,gru"
PROBLEMS = "parity,cycle,tomita-4,menu,temporal-order"


@dataclass(frozen=True)
class Options:
    """Train cells on standard problems and put them side by side: `frontal bench cells`."""

    subject: Subject
    """what is compared: cells"""
    cell: Several = ()
    """a published cell, or one of your own, FILE.py:CELL (default: elman, lstm and gru)"""
    problems: Annotated[str | None, text_option("A,B,…", PROBLEMS)] = None
    """names with commas between them, or all"""
    length: Annotated[str | None, text_option("N", "each problem's own")] = None
    """steps of every sequence, in training and when tested"""
    seeds: Annotated[str | None, text_option("N", "1")] = None
    """trainings of each cell on each problem"""
    hidden: Annotated[str | None, text_option("N", "64")] = None
    """units of each cell"""
    budget: Annotated[str | None, text_option("SECONDS", "20")] = None
    """for one training, at most"""
    rate: Annotated[str | None, text_option("R", "0.003")] = None
    """learning rate of Adam"""
    orthogonal: Switch = False
    """begin with orthogonal recurrent weights"""
    out: Annotated[str | None, text_option("DIR", "none")] = None
    """folder for outcomes.csv and outcomes.png"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Train every cell on every problem; return the outcomes and the table."""
    if options.subject != "cells":
        raise FrontalError(f"frontal bench compares cells, not {options.subject!r}: frontal bench cells")
    seeds = whole_number("--seeds", options.seeds or "1")
    hidden, seconds = whole_number("--hidden", options.hidden or "64"), number("--budget", options.budget or "20")
    rate = number("--rate", options.rate or "0.003")
    from frontal.cli.cell_file import cell_builders
    from frontal.data.problems import PROBLEMS as KNOWN
    from frontal.data.problems import problem
    from frontal.tasks import bench_cells
    from frontal.tasks.bench_training import Recipe
    from frontal.training.progress import progress_for

    names = options.problems or PROBLEMS
    asked = [problem(name.strip()) for name in (KNOWN if names == "all" else names.split(","))]
    length = whole_number("--length", options.length)
    asked = [each if length is None else each.of_length(length) for each in asked]
    cells = cell_builders(options.cell or tuple(CELLS.split(",")))
    recipe = Recipe(hidden=hidden, seconds=seconds, learning_rate=rate, orthogonal=options.orthogonal)
    outcomes = bench_cells.bench_cells(cells, asked, seeds=seeds, recipe=recipe, progress=progress_for())
    files = [] if options.out is None else bench_cells.write(outcomes, asked, Path(options.out))
    return {
        "outcomes": bench_cells.records(outcomes),
        "table": bench_cells.table(outcomes, asked),
        "questions": {each.name: each.question for each in asked},
        "files": [str(path) for path in files],
    }


def show(result: dict[str, Any], console: Console) -> None:
    """Print the questions and the table."""
    for name, question in result["questions"].items():
        console.say(f"{name}: {question}")
    console.say("")
    console.table(result["table"])
    if result["files"]:
        console.say(f"\nSaved in {', '.join(result['files'])}")
