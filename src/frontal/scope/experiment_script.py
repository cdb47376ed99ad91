"""An experiment of the page as a short script that gives the same number."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from frontal.diagnostics.subject_text import Text
from frontal.scope.workspace import Look
from frontal.tasks.language_suggest_trie import TEST_FILE

SHORT = 20_000  # characters of a text that stand in the script itself


@dataclass(frozen=True)
class Asked:
    """What was asked for.

    Attributes:
        first, stop: the steps at which the runs are compared.
        at: the steps at which the change acts.
        changes: one call of `clamp`, `scale` or `add` each, as Python writes it.
        paste: step whose states are pasted after the first of `at`.
        edit: what replaces the data, as Python writes it.
        memory: steps.
    """

    first: int
    stop: int
    at: slice
    changes: list[str]
    paste: int | None
    edit: str | None
    memory: int | None


def script(look: Look, asked: Asked) -> str:
    """Return the script; without a saved run, or without a file, it begins with what must be put there."""
    said = [f"{name}={value}" for name, value in (("memory", asked.memory),) if value is not None]
    edit = None if asked.edit is None else asked.edit.partition("(")[0]
    imports = ["from frontal.diagnostics.experiment import experiment" + (", paste" if asked.paste is not None else "")]
    if edit is not None:
        imports.insert(0, f"from frontal.diagnostics.edit import {edit}")
    used = sorted({change.partition("(")[0] for change in asked.changes})
    if used:
        imports.append(f"from frontal.diagnostics.intervene import {', '.join(used)}")
    lines = [*(["import numpy as np", ""] if "np." in (asked.edit or "") else []), "import frontal", *imports, ""]
    lines += _opened(look)
    changes = "changes"
    if asked.changes:
        lines += ["changes = [", *(f"    {change}," for change in asked.changes), "]"]
    else:
        lines.append("changes = []")
    if asked.paste is not None:
        changes = f"changes + paste(subject, {asked.paste}, {asked.at.start})"
    if asked.edit is not None:
        lines.append(f"other = {asked.edit}")
        said.append("edited=other")
    return "\n".join([
        *lines, f"found = experiment({', '.join(['subject', str(asked.first), str(asked.stop), changes, *said])})",
        "print(found)", "",
    ])  # fmt: skip


def _opened(look: Look) -> list[str]:
    """Return the lines that open the model and its data."""
    assert look.subject is not None
    lines: list[str] = []
    if look.run is None:
        lines.append("# model: the fitted one that this microscope was opened with")
    else:
        lines.append(f"model = frontal.load({look.run!r})")
    data = _data(look)
    options = f"most={len(look.subject)}" if look.capture.index.kind == "text" else "most=100_000"
    if data is None:
        lines.append("data = …  # put the data that are open here in its place")
        data = "data"
    options += "" if look.part is None else f", part={look.part!r}"
    return [*lines, f"subject = model.subject({data}, {options})"]


def _data(look: Look) -> str | None:
    """Return what to hand to `subject` for the same data; None where nobody knows."""
    subject = look.subject
    assert subject is not None
    if look.run is not None and subject.name == "its test text":
        return repr(str(Path(look.run) / TEST_FILE))
    series = getattr(look.model, "series", None)
    if series is not None and series.name == subject.name:
        return "model.series"
    if look.source is not None:
        return repr(look.source)
    if not isinstance(subject, Text):
        return None
    text = "".join(subject.symbols[k] for k in subject.ids.tolist())
    return repr(text) if len(text) <= SHORT and any(map(str.isspace, text)) else None


def numbers(values: Any) -> str:
    """Return an array as Python writes it, so that it reads back the same float32."""
    return f"np.array({np.asarray(values, dtype=np.float32).tolist()!r}, dtype=np.float32)"
