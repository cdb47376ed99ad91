"""`frontal read`: a text coloured by one unit of a network, with what the network expected at every place."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, Any

from frontal.cli.console import Console
from frontal.cli.options import Data, Run, Switch, text_option, whole_number

if TYPE_CHECKING:
    from rich.text import Text

    from frontal.diagnostics.reading import ReadSymbol

COLUMNS = 100  # of a file or pipe


@dataclass(frozen=True)
class Options:
    """Show a text as one unit of a network reads it.

    The text is coloured by the unit, orange above 0 and purple below. Below every character stand the
    five likeliest ones that the network expected there, redder where it was surer, and between them a
    mark: green where the likeliest one came, blue where another came, none where nothing was likely.
    """

    run: Run
    """folder that `frontal language` saved"""
    data: Data
    """the text: a file, a folder, a data set by its name, - for standard input, or in quotes the text itself"""
    unit: Annotated[str | None, text_option("N", "the one that changes most")] = None
    """number of the unit"""
    signal: Annotated[str, text_option("NAME", "h")] = "h"
    """state or gate: h, c, f …, of the last layer; or with the layer, layers.0/h"""
    steps: Annotated[str, text_option("N", "600")] = "600"
    """symbols that are read"""
    html: Annotated[str | None, text_option("FILE", "none")] = None
    """write a page that needs nothing else"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Read the text; return what was seen."""
    unit, most = whole_number("--unit", options.unit), whole_number("--steps", options.steps)
    from frontal.tasks import load
    from frontal.tasks.look import read_run
    from frontal.training import progress_for

    model = load(options.run)
    reading = read_run(model, options.data, signal=options.signal, unit=unit, most=most, progress=progress_for())
    if options.html is not None:
        from frontal.atomic import write_atomic
        from frontal.diagnostics.reading_page import page

        write_atomic(options.html, page(reading, f"{options.run}, unit {reading.unit} of {reading.signal}").encode())
        say(f"Written to {options.html}.")
    return {"run": options.run, **reading.to_dict()}


def show(result: dict[str, Any], console: Console) -> None:
    """Print the text in colours, or with bars for the unit where there are none."""
    from rich.console import Console as Terminal

    from frontal.diagnostics.reading import Reading

    reading = Reading.from_dict(result)
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    columns = get_terminal_size((COLUMNS, 24)).columns if sys.stdout.isatty() else COLUMNS
    terminal = Terminal(width=columns, markup=False, emoji=False, highlight=False, soft_wrap=True)
    console.say(f"Unit {reading.unit} of {reading.signal}; full colour is ±{reading.limit:.3g}\n")
    for line in reading.lines(columns):
        for row in _coloured(line) if coloured else _plain(line):
            terminal.print(row)
        console.say("")
    console.say(f"The network's first guess was right for {reading.right:.0%} of {len(reading.symbols)} symbols.")


def _coloured(line: tuple[ReadSymbol, ...]) -> Iterator[Text]:
    """Yield the text, the marks, and the guesses, as rows of one line."""
    from rich.text import Text

    from frontal.diagnostics.reading import NONE, visible, width
    from frontal.diagnostics.reading_colours import VERDICTS, hexadecimal, ink, of_chance, of_value

    def on(colour: tuple[int, int, int]) -> str:
        return f"{ink(colour)} on {hexadecimal(colour)}"

    yield Text.assemble(*((_fill(visible(s.text), s, width), f"bold {on(of_value(s.value))}") for s in line))
    marks = ((_fill(" " if s.verdict == NONE else "▔", s, width), hexadecimal(VERDICTS[s.verdict])) for s in line)
    yield Text.assemble(*marks)
    for place in range(max(len(s.guesses) for s in line)):
        row = Text()
        for symbol in line:
            guess, chance = symbol.guesses[place] if place < len(symbol.guesses) else ("", 0.0)
            row.append(_fill(visible(guess) if guess else "", symbol, width), on(of_chance(chance)))
        yield row


def _plain(line: tuple[ReadSymbol, ...]) -> Iterator[str]:
    """Yield the text, bars for the unit, marks, and the guesses, without colours."""
    from frontal.diagnostics.reading import RIGHT, WRONG, visible, width

    yield "".join(_fill(visible(s.text), s, width) for s in line)
    yield "".join(_fill(s.bar, s, width) for s in line)
    yield "".join(_fill({RIGHT: "+", WRONG: "-"}.get(s.verdict, " "), s, width) for s in line)
    for place in range(max(len(s.guesses) for s in line)):
        yield "".join(_fill(visible(s.guesses[place][0]) if place < len(s.guesses) else "", s, width) for s in line)


def _fill(text: str, symbol: ReadSymbol, width: Callable[[ReadSymbol], int]) -> str:
    return text.ljust(width(symbol))
