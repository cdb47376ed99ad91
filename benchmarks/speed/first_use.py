"""What the first call of a new cell costs in a new process: compiled, and from the disk cache."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.report import Report
from benchmarks.speed.child import ask
from benchmarks.speed.choices import Choices
from benchmarks.speed.part import Part

CHILD = "benchmarks.speed.first_use_child"
TIMES = 3


def measure(choices: Choices, report: Report) -> Part:
    """Medians over some empty caches; without a file in the cache nothing was compiled, and nothing is claimed."""
    rounds = [first_use(choices.backend) for _ in range(1 if choices.tiny else TIMES)]
    part = Part(rounds)
    report.table("a new cell, training, first call less second", "seconds")
    for key, title in (("cold", "empty cache"), ("cached", "from the cache, in a new process")):
        seconds = median(row[key] for row in rounds)
        report.row(title, f"{seconds:.3f}")
        if all(row["files"] for row in rounds):
            part.measured[f"first use {key}"] = seconds
    if not part.measured:
        report.say()
        report.say("The cache stayed empty: nothing was compiled, so these are no compile times.")
    return part


def first_use(backend: str) -> dict[str, float]:
    """Seconds with an empty cache and then with that cache, each in a process of its own; and its files."""
    with TemporaryDirectory() as cache:
        cold, cached = (ask(CHILD, backend, FRONTAL_CACHE=cache) for _ in range(2))
        files = sum(path.is_file() for path in Path(cache).rglob("*"))
    return {"cold": cold["first"] - cold["second"], "cached": cached["first"] - cached["second"], "files": files}
