"""Tracks beside the data that a match is judged by: predicates, an expression of the user's, a column of the user's."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from io import StringIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_truths import truths_of, whole_text
from frontal.diagnostics.predicate import Truth, of_symbols
from frontal.errors import FrontalError, did_you_mean
from frontal.scope.given import Given
from frontal.scope.workspace import Call, Look, Workspace

SECONDS = 3.0  # that an expression may take
DISTINCT = 30  # values of a column up to which each is a track of its own
SEARCH = """
import json, re, sys
pattern, text = json.load(sys.stdin)
try:
    found = [m.span() for m in re.finditer(pattern, text, re.MULTILINE) if m.end() > m.start()]
except re.error as error:
    found = str(error)
json.dump(found, sys.stdout)
"""


def tracks(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Name all tracks of a look: predicates, and columns that were given. Parameters: `look`."""
    look = workspace.look(given.text("look"))
    held = predicates(workspace, look)
    names = [name for name, truth in held.items() if 0 < int(truth.sum()) < len(truth)]
    return {"predicates": sorted(names), "columns": sorted(_columns(workspace, look)), "text": _is_text(look)}


def add_column(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Take a column of a CSV file, a row a step, as tracks. Parameters: `look`, `csv`, `column`, else the first."""
    look = workspace.look(given.text("look"))
    try:
        rows = list(csv.reader(StringIO(given.text("csv"), newline="")))
    except csv.Error as error:
        raise FrontalError(f"this is no CSV: {error}") from error
    if len(rows) < 2 or not rows[0]:
        raise FrontalError("a CSV of tracks has a row of names, and then a row for every step")
    header, body = rows[0], [row for row in rows[1:] if row]
    name = given.text("column", header[0])
    if name not in header:
        raise FrontalError(f"the CSV has no column {name!r}; {did_you_mean(name, header)}")
    if len(body) != len(look.capture):
        raise FrontalError(f"the CSV has {len(body)} rows below its names, the data has {len(look.capture)} steps")
    k = header.index(name)
    short = next((number for number, row in enumerate(body, 2) if len(row) <= k), None)
    if short is not None:
        raise FrontalError(f"row {short} of the CSV has no column {name!r}")
    added = _tracks_of(name, np.array([row[k].strip() for row in body]))
    _columns(workspace, look).update(added)
    return {"columns": sorted(added), "header": header}


def track_of(workspace: Workspace, look: Look, name: str) -> Truth:
    """Return where a track holds, (N,); a name that begins with "re:" is an expression. Raises for an unknown one."""
    if name.startswith("re:"):
        return workspace.cached((look.id, "expression", name), lambda: _matched(look, name.removeprefix("re:")))
    known = {**predicates(workspace, look), **_columns(workspace, look)}
    if name not in known:
        raise FrontalError(f"there is no track {name!r}; {did_you_mean(name, known)}; a column must be given anew")
    return known[name]


def predicates(workspace: Workspace, look: Look) -> dict[str, Truth]:
    """Return where each predicate holds along a look, found out once."""
    return workspace.cached((look.id, "truths"), lambda: truths_of(look.capture))


def spans(pattern: str, text: str, seconds: float = SECONDS) -> NDArray[np.int64]:
    """Return beginning and end of everything that an expression matches, (n, 2).

    It runs in a process of its own, which is ended when it takes too long: an expression may take for ever.

    Raises:
        FrontalError: it is none, or takes too long.
    """
    command = [sys.executable, "-I", "-S", "-c", SEARCH]
    try:
        done = subprocess.run(
            command, input=json.dumps([pattern, text]).encode(), capture_output=True, timeout=seconds, check=True
        )
    except subprocess.TimeoutExpired as error:
        raise FrontalError(f"the expression {pattern!r} takes longer than {seconds:g} s; make it simpler") from error
    found = json.loads(done.stdout)
    if isinstance(found, str):
        raise FrontalError(f"{pattern!r} is no regular expression: {found}")
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _matched(look: Look, pattern: str) -> Truth:
    if not _is_text(look):
        raise FrontalError(f"{look.title} is no text that an expression could be looked for in")
    whole, lengths = whole_text(look.capture)
    edges = np.zeros(len(whole) + 1, dtype=np.int64)
    found = spans(pattern, whole)
    np.add.at(edges, found[:, 0], 1)
    np.add.at(edges, found[:, 1], -1)
    return of_symbols(edges.cumsum()[:-1] > 0, lengths)


def _tracks_of(name: str, cells: NDArray[np.str_]) -> dict[str, Truth]:
    """Return a track for each value of a column; for many different numbers one, above their median."""
    values = np.unique(cells)
    if len(values) <= DISTINCT:
        return {f"{name} = {value}": cells == value for value in values.tolist()}
    try:
        numbers = cells.astype(np.float64)
    except ValueError as error:
        raise FrontalError(f"{name!r} has {len(values)} different words; up to {DISTINCT} can be tracks") from error
    middle = float(np.nanmedian(numbers))
    return {f"{name} > {middle:.4g}": numbers > middle}


def _columns(workspace: Workspace, look: Look) -> dict[str, Truth]:
    return workspace.cached((look.id, "columns"), dict[str, Truth])


def _is_text(look: Look) -> bool:
    return "symbol" in look.capture.index.tracks


CALLS: dict[str, Call] = {"tracks": tracks, "add_column": add_column}
