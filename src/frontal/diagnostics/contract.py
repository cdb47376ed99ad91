"""The contract of a cell as a table of checks, for a cell that somebody has just written."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import shorten

import torch

from frontal.cell import Cell
from frontal.diagnostics.contract_checks import CHECKS, Check
from frontal.diagnostics.contract_subject import Broken, Subject, user_line


@dataclass(frozen=True)
class Row:
    """One check: its name, whether the cell passed, and if not what was found and what to do."""

    name: str
    passed: bool
    found: str = ""
    hint: str = ""


@dataclass(frozen=True)
class ContractReport:
    """What `check_cell` found; `print` it."""

    cell: str
    rows: tuple[Row, ...]

    @property
    def passed(self) -> bool:
        """Whether the cell passed every check."""
        return all(row.passed for row in self.rows)

    @property
    def failures(self) -> tuple[Row, ...]:
        """The checks that the cell did not pass."""
        return tuple(row for row in self.rows if not row.passed)

    def __str__(self) -> str:
        width = max(len(row.name) for row in self.rows)
        table = [f"{row.name:<{width}}  {'ok' if row.passed else 'FAILS'}" for row in self.rows]
        count, failed = len(self.rows), len(self.failures)
        verdict = f"{failed} of {count} checks fail" if failed else f"all {count} checks pass"
        return "\n".join([*table, *self._reasons(), f"{self.cell}: {verdict}"])

    def _reasons(self) -> list[str]:
        """Return a paragraph for each thing that was found, under the names of all checks that found it."""
        alike: dict[str, list[Row]] = {}
        for row in self.failures:
            alike.setdefault(row.found, []).append(row)
        paragraphs = [
            "\n".join(["", *(row.name for row in rows), f"  found: {found}", f"  try:   {rows[0].hint}"])
            for found, rows in alike.items()
        ]
        return [*paragraphs, ""] if paragraphs else []


def check_cell(make: Callable[[], Cell], say: Callable[[str], None] | None = None) -> ContractReport:
    """Check a cell: its shapes, gradients, independence of rows and chunks, and the kernels written for it.

    Args:
        make: builds the cell, each time with new parameters.
        say: told the name of each check before it runs.

    Returns:
        One row a check. A check that raises has failed; it does not stop the others, but for the
        first one: what cannot be built cannot be checked.

    Example:
        >>> from frontal.cells import named
        >>> from frontal.diagnostics.contract import check_cell
        >>> check_cell(lambda: named("gru")(3, 4)).passed
        True
    """
    rows: list[Row] = []
    subject = Subject(make)
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of cells that no kernel can be written for; that is a check of its own
        for name, check in CHECKS.items():
            if say is not None:
                say(name)
            torch.manual_seed(0)
            rows.append(_row(name, check, subject))
            if not rows[0].passed:
                break
    return ContractReport(subject.name, tuple(rows))


def _row(name: str, check: Check, subject: Subject) -> Row:
    try:
        check.run(subject)
    except Broken as broken:
        return Row(name, passed=False, found=str(broken), hint=check.hint)
    except (Exception, SystemExit) as error:  # a step may do anything
        text = " ".join(f"{user_line(error)}{type(error).__name__}: {error}".split())
        return Row(name, passed=False, found=shorten(text, 300), hint=check.hint)
    return Row(name, passed=True)
