"""`frontal explain`: what runs a cell, and the kernels written for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from frontal.cli.console import Console
from frontal.cli.options import CellName, Switch, text_option, whole_number


@dataclass(frozen=True)
class Options:
    """Say which backend runs a cell and why, and print the plan of its kernels."""

    cell_name: CellName
    """FILE.py:CELL, FILE.py if it has one cell, or a published cell: lstm"""
    source: Switch = False
    """print the generated source too"""
    input_size: Annotated[str | None, text_option("N", "3")] = None
    """features of the input"""
    hidden_size: Annotated[str | None, text_option("N", "4")] = None
    """features of the states"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Choose a backend for the cell; return what it says."""
    input_size = whole_number("--input-size", options.input_size or "3")
    hidden_size = whole_number("--hidden-size", options.hidden_size or "4")
    import warnings

    from frontal.cli.cell_file import cell_maker
    from frontal.compiler.choose import choose

    cell = cell_maker(options.cell_name, input_size, hidden_size)()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the slow loop; the reason below says the same
        choice = choose(cell)
    return {
        "cell": type(cell).__name__,
        "states": dict(zip(cell.states, cell.state_sizes, strict=True)),
        "parameters": {name: list(p.shape) for name, p in cell.named_parameters()},
        "backend": choice.backend,
        "reason": choice.reason,
        "plan": choice.plan(),
        "source": choice.source() if options.source else "",
    }


def show(result: dict[str, Any], console: Console) -> None:
    """Print it."""
    states = ", ".join(f"{name} [{size}]" for name, size in result["states"].items())
    parameters = ", ".join(f"{name} {shape}" for name, shape in result["parameters"].items()) or "none"
    console.say(f"{result['cell']}: states {states}; parameters {parameters}")
    console.say(f"backend: {result['backend']}\nreason:  {result['reason']}")
    for part in ("plan", "source"):
        if result[part]:
            console.say(f"\n{result[part]}")
