"""Frontal on a CPU beside its peers: one process, A B A B, medians and ratios, and the goals met or missed.

Training is forward and backward with the gradient of the input; inference is forward without gradients.
Outputs and every gradient must agree before anything is timed.
"""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path
from typing import Any

import torch

from benchmarks.goals import say_goals
from benchmarks.machine import commit, machine
from benchmarks.report import Report
from benchmarks.speed import cells, first_use, layers, lengths, memory, peak, step, tutorial
from benchmarks.speed.aims import GOALS
from benchmarks.speed.choices import SHAPES, TINY, Choices
from frontal.errors import FrontalError

PARTS = {
    "layers": layers.measure,
    "cells": cells.measure,
    "lengths": lengths.measure,
    "step": step.measure,
    "peak": peak.measure,
    "first-use": first_use.measure,
    "tutorial": tutorial.measure,
    "memory": memory.measure,
}


def main(words: list[str]) -> None:
    """Run the chosen parts and print them as Markdown."""
    options = _parser().parse_args(words)
    choices = _choices(options)
    report = Report()
    facts: dict[str, Any] = {
        "machine": machine(),
        "commit": commit(),
        "command": shlex.join(["python", "-m", "benchmarks", "speed", *words]),
        "threads": torch.get_num_threads(),
    }
    report.say("# Speed and memory on a CPU")
    report.say()
    report.say(f"`{facts['command']}`, commit {facts['commit']}  ")
    report.say(f"{facts['machine']}, {facts['threads']} threads")
    if choices.tiny:
        report.say()
        report.say("Tiny shapes, to try the benchmark itself: the figures mean nothing.")
    measured: dict[str, float] = {}
    rows: dict[str, list[dict[str, Any]]] = {}
    for name in options.parts:
        report.say()
        report.say(f"## {name}")
        part = PARTS[name](choices, report)
        rows[name] = part.rows
        measured |= part.measured
        _keep(options.json, {**facts, "parts": rows, "measured": measured})
    report.say()
    report.say("## goals")
    if options.shapes is not None:
        report.say()
        report.say(f"Layers and cells: over {len(choices.shapes)} of the {len(SHAPES)} shapes.")
    goals = say_goals(GOALS, measured, report)
    _keep(options.json, {**facts, "parts": rows, "measured": measured, "goals": goals})
    if options.markdown:
        options.markdown.write_text(report.markdown, encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks speed", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS), help="default: all")
    parser.add_argument("--seconds", type=float, default=1.0, help="of every contender in every row (default: 1)")
    parser.add_argument(
        "--layers", nargs="+", choices=list(layers.LAYERS), default=list(layers.LAYERS), help="default: all"
    )
    parser.add_argument("--cells", nargs="+", choices=cells.NAMES, default=list(cells.NAMES), help="default: all")
    parser.add_argument("--shapes", type=int, nargs="+", help="numbers, from 0, of the shapes of layers and cells")
    parser.add_argument("--backend", default="auto", help="of frontal's layers (default: auto)")
    parser.add_argument("--tiny", action="store_true", help="try the benchmark itself, on shapes of no meaning")
    parser.add_argument("--json", type=Path, help="write every figure to this file; times in seconds")
    parser.add_argument("--markdown", type=Path, help="write what is printed to this file")
    return parser


def _choices(options: argparse.Namespace) -> Choices:
    shapes = TINY if options.tiny else SHAPES
    chosen = range(len(shapes)) if options.shapes is None else options.shapes
    for number in chosen:
        if not 0 <= number < len(shapes):
            raise FrontalError(f"--shapes {number}: there are shapes 0 .. {len(shapes) - 1}")
    return Choices(
        seconds=options.seconds,
        backend=options.backend,
        shapes=tuple(shapes[number] for number in chosen),
        layers=tuple(options.layers),
        cells=tuple(options.cells),
        tiny=options.tiny,
    )


def _keep(file: Path | None, figures: dict[str, Any]) -> None:
    if file:
        file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
