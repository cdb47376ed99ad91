"""`frontal check`: the contract of a cell, as a table of checks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from threading import Event, Thread
from typing import Annotated, Any

from frontal.cli.console import Console
from frontal.cli.options import CellName, Switch, text_option, whole_number

FIRST_SECONDS, EVERY_SECONDS = 1.0, 5.0


@dataclass(frozen=True)
class Options:
    """Check a cell of your own: shapes, gradients, lengths, resets, saving, and the kernels written for it.

    The exit code is 1 if a check fails.
    """

    cell_name: CellName
    """FILE.py:CELL, FILE.py if it has one cell, or a published cell: lstm"""
    input_size: Annotated[str | None, text_option("N", "3")] = None
    """features of the input"""
    hidden_size: Annotated[str | None, text_option("N", "4")] = None
    """features of the states"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Check the cell; return the table."""
    input_size = whole_number("--input-size", options.input_size or "3")
    hidden_size = whole_number("--hidden-size", options.hidden_size or "4")
    from frontal.cli.cell_file import cell_maker
    from frontal.diagnostics.contract import check_cell

    make = cell_maker(options.cell_name, input_size, hidden_size)
    make()
    with _progress(options.cell_name) as at:
        report = check_cell(make, say=at)
    return {"cell": report.cell, "passed": report.passed, "checks": [asdict(row) for row in report.rows]}


def show(result: dict[str, Any], console: Console) -> None:
    """Print the table, what was found and what to do, and the verdict."""
    from frontal.diagnostics.contract import ContractReport, Row

    console.say(str(ContractReport(result["cell"], tuple(Row(**check) for check in result["checks"]))))


def exit_code(result: dict[str, Any]) -> int:
    """0, or 1 where a check fails."""
    return 0 if result["passed"] else 1


@contextmanager
def _progress(cell: str) -> Iterator[Callable[[str], None]]:
    """Say on stderr, after a second and then now and again, which check is running; it is told by a call."""
    done, at = Event(), [""]

    def tell() -> None:
        seconds = FIRST_SECONDS
        while not done.wait(seconds):
            print(f"checking {cell}: {at[-1]} …", file=sys.stderr, flush=True)
            seconds = EVERY_SECONDS

    teller = Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield at.append
    finally:
        done.set()
        teller.join()
