"""`frontal menu`: which network still knows the first course after the last one?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from frontal.cli.console import Console
from frontal.cli.options import Several, Switch, text_option, whole_number

CELLS = ("elman", "lstm", "gru")


@dataclass(frozen=True)
class Options:
    """Train networks on menus of 3 to 60 courses, and ask them for the first course after the last one."""

    cell: Several = ()
    """a further cell beside elman, lstm and gru: a published one, or FILE.py:CELL"""
    courses: Annotated[str | None, text_option("N", "60")] = None
    """of the long menu"""
    seed: Annotated[str | None, text_option("N", "0")] = None
    """of weights and menus"""
    plot: Annotated[str | None, text_option("FILE", "menu.png")] = None
    """where the picture goes"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Serve the menus; return the table, and accuracy and gradient by course."""
    courses, seed = whole_number("--courses", options.courses or "60"), whole_number("--seed", options.seed or "0")
    from frontal.cli.cell_file import cell_builders
    from frontal.cli.figures import figure_path, save_figure
    from frontal.data.problems import problem
    from frontal.tasks import bench_menu
    from frontal.training.progress import progress_for

    path, menu = figure_path("--plot", options.plot or "menu.png"), problem("menu")
    cells = cell_builders(tuple(dict.fromkeys((*CELLS, *options.cell))))
    guests = bench_menu.serve_menu(cells, menu, courses=courses, seed=seed, progress=progress_for())
    save_figure("--plot", path, bench_menu.plot(guests, menu))
    return {
        "courses": courses,
        "chance": menu.chance,
        "table": bench_menu.table(guests),
        "guests": [
            {"cell": g.cell, "lengths": g.lengths, "accuracy": g.accuracy, "gradient": g.norms.tolist()} for g in guests
        ],
        "files": [str(path)],
    }


def show(result: dict[str, Any], console: Console) -> None:
    """Print the table."""
    console.table(result["table"])
    console.say(f"\nOf eight dishes one in eight, {result['chance']:.1%}, is right by chance.")
    console.say(f"The picture is in {Path(result['files'][0])}")
