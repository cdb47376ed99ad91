"""`frontal check`: the contract of a cell, as a table of checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from frontal.cli.console import Console
from frontal.cli.options import CellName, Switch, text_option, whole_number


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
    report = check_cell(make)
    return {"cell": report.cell, "passed": report.passed, "checks": [asdict(row) for row in report.rows]}


def show(result: dict[str, Any], console: Console) -> None:
    """Print the table and the verdict."""
    checks = result["checks"]
    rows = [{"check": c["name"], "": "ok" if c["passed"] else "FAILS", "found": c["found"]} for c in checks]
    console.table([{k: v for k, v in row.items() if k != "found" or not result["passed"]} for row in rows])
    failed = sum(not c["passed"] for c in checks)
    verdict = f"{failed} of {len(checks)} checks fail" if failed else f"all {len(checks)} checks pass"
    console.say(f"{result['cell']}: {verdict}")


def exit_code(result: dict[str, Any]) -> int:
    """0, or 1 where a check fails."""
    return 0 if result["passed"] else 1
