"""`frontal explain`: what runs a cell, and the kernels written for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from frontal.cli.console import Console
from frontal.cli.options import CellName, Switch, text_option, whole_number


@dataclass(frozen=True)
class Options:
    """Say which backend runs a cell along a sequence and why, and print the plan of its kernels."""

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
    """Explain the layer of that one cell; return what it says."""
    input_size = whole_number("--input-size", options.input_size or "3")
    hidden_size = whole_number("--hidden-size", options.hidden_size or "4")
    import warnings
    from dataclasses import replace

    from frontal.cli.cell_file import cell_maker, one_step, take_a_step
    from frontal.layers import Recurrent

    cell = cell_maker(options.cell_name, input_size, hidden_size)()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the slow loop; the reason says the same
        take_a_step(cell)
        told = Recurrent(cell).explain(one_step(cell))
    (facts,) = told.cells
    shown = replace(told, read_as=None, cells=(facts if options.source else replace(facts, source=""),))
    return {
        "cell": facts.cell,
        "states": facts.state_sizes,
        "parameters": {name: list(p.shape) for name, p in cell.named_parameters()},
        "backend": facts.backend,
        "reason": facts.reason,
        "plan": facts.plan,
        "source": shown.source,
        "text": str(shown),
    }


def show(result: dict[str, Any], console: Console) -> None:
    """Print it, the shapes of the parameters first."""
    parameters = ", ".join(f"{name} {shape}" for name, shape in result["parameters"].items()) or "none"
    console.say(f"parameters: {parameters}\n{result['text']}")
