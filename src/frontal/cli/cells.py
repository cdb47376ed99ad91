"""`frontal cells`: the published cells, and the equations and the diagram of any one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import getdoc
from pathlib import Path
from typing import Annotated, Any

from frontal.cli.console import Console
from frontal.cli.options import MaybeCellName, Switch, text_option, whole_number
from frontal.errors import FrontalError


@dataclass(frozen=True)
class Options:
    """List the published cells; with a name, print the equations of that cell and draw its diagram."""

    cell_name: MaybeCellName = None
    """a published cell: lstm; or one of your own: FILE.py:CELL"""
    plot: Annotated[str | None, text_option("FILE", "NAME.png")] = None
    """where the diagram goes: .png, .svg or .pdf"""
    input_size: Annotated[str | None, text_option("N", "32")] = None
    """features of the input, for the number of parameters"""
    hidden_size: Annotated[str | None, text_option("N", "64")] = None
    """features of the states, for the number of parameters"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the facts of every published cell, or of one, whose diagram is drawn."""
    input_size = whole_number("--input-size", options.input_size or "32")
    hidden_size = whole_number("--hidden-size", options.hidden_size or "64")
    from frontal.cells import catalogue
    from frontal.cli.cell_file import cell_maker, take_a_step
    from frontal.cli.figures import figure_path

    if options.cell_name is None:
        if options.plot is not None:
            raise FrontalError("--plot draws one cell; name it: frontal cells lstm --plot lstm.png")
        cells = {name: cell_maker(name, input_size, hidden_size)() for name in catalogue()}
        return {"cells": [_facts(name, cell) for name, cell in cells.items()], "layers": _layers()}
    name = options.cell_name.rpartition(":")[2].removesuffix(".py").rpartition("/")[2]
    path = figure_path("--plot", options.plot or f"{name}.png")
    cell = cell_maker(options.cell_name, input_size, hidden_size)()
    take_a_step(cell)
    return {"cells": [{**_facts(name, cell), **_drawn(cell, name, path)}]}


def show(result: dict[str, Any], console: Console) -> None:
    """Print the list, or everything that is known of one cell."""
    for facts in result["cells"]:
        sizes = ", ".join(f"{name} {size}" for name, size in facts["states"].items())
        console.say(f"{facts['name']}: {facts['summary']}" if facts["summary"] else facts["name"])
        console.say(f"  states {sizes}; {facts['parameters']:,} parameters; backend {facts['backend']}")
        for text in filter(None, (facts["formula"], facts["paper"], facts.get("deviations"))):
            console.say("\n".join(f"  {line}" for line in text.splitlines()))
        if "equations" in facts:
            console.say("\n  what its step computes\n" + "\n".join(f"    {line}" for line in facts["equations"]))
            console.say(f"\nThe diagram is in {facts['plot']}")
        else:
            console.say("")
    if "layers" in result:
        console.table(result["layers"], title="what frontal.layers makes of them, with any cell where there is one")
        console.say(
            f"\n{len(result['cells'])} cells. `frontal cells NAME` draws one; `frontal explain NAME` shows its kernel."
        )


def _facts(name: str, cell: Any) -> dict[str, Any]:
    """Return what the cell's file says of it, its sizes, and what runs it."""
    from sys import modules

    from frontal.compiler.choose import choose

    module = modules[type(cell).__module__]
    published = module.__name__.startswith("frontal.cells.")
    paragraphs = (getdoc(type(cell)) or "").split("\n\n") if published else []
    choice = choose(cell)
    return {
        "name": name,
        "summary": (getdoc(module) or "").rstrip(".") if published else "",
        "paper": " ".join(paragraphs[0].split()) if paragraphs else "",
        "formula": paragraphs[1] if len(paragraphs) > 1 else "",
        "deviations": next((" ".join(p.split()) for p in paragraphs if p.startswith("Deviation")), ""),
        "states": dict(zip(cell.states, cell.state_sizes, strict=True)),
        "parameters": sum(p.numel() for p in cell.parameters()),
        "backend": choice.backend,
        "reason": choice.reason,
    }


def _layers() -> list[dict[str, str]]:
    """Return the name of every layer and head, and what its class says of it in a sentence."""
    from frontal import layers

    return [
        {"layer": name, "what it is": (getdoc(getattr(layers, name)) or "").split("\n\n")[0].replace("\n", " ")}
        for name in layers.__all__
    ]


def _drawn(cell: Any, name: str, path: Path) -> dict[str, Any]:
    """Draw the diagram into a file; return the equations and where it is."""
    from frontal.cli.figures import save_figure
    from frontal.diagnostics.diagram import draw
    from frontal.diagnostics.equations import equations
    from frontal.diagnostics.wiring import wiring

    network = wiring(cell)
    save_figure("--plot", path, draw(network, name))
    return {"equations": equations(network), "plot": str(path)}
