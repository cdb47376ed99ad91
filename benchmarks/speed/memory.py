"""Peak resident memory of training, each layer in a process of its own."""

from __future__ import annotations

from inspect import signature

import frontal
from benchmarks.report import Report
from benchmarks.speed.child import ask
from benchmarks.speed.choices import Choices, Shape, shown
from benchmarks.speed.part import Part

CHILD = "benchmarks.speed.memory_child"
SHAPE: Shape = (32, 1000, 128, 256)
SMALL: Shape = (32, 100, 32, 64)


def measure(choices: Choices, report: Report) -> Part:
    """One row a layer; `recompute=True` where frontal's LSTM takes it."""
    shape = SMALL if choices.tiny else SHAPE
    kinds = ["nn.LSTM", "frontal", *(["recompute"] if "recompute" in signature(frontal.LSTM).parameters else [])]
    peaks = {kind: ask(CHILD, kind, choices.backend, *shape) for kind in kinds}
    report.table(f"training at {shown(shape)}", "peak MB", "of nn.LSTM's")
    for kind, peak in peaks.items():
        report.row(kind, f"{peak / 1e6:.0f}", f"{peak / peaks['nn.LSTM']:.2f}")
    measured = {f"memory {kind}": peaks[kind] / peaks["nn.LSTM"] for kind in kinds[1:]}
    return Part([{"shape": shape, "bytes": peaks}], measured)
