"""Linear recurrences: the ways of `scan`, and `LinearRecurrence` beside the cell's own kernel step by step.

Forward, and forward with backward; A B A B, medians; all ways must agree before anything is timed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks.agreement import Results, check_agreement
from benchmarks.machine import commit, machine
from benchmarks.report import Report, time_cells, time_columns
from benchmarks.timing import medians
from frontal.layers.linear_recurrence import LinearRecurrence, linear_cells
from frontal.layers.scan import COMPLEX, REAL, scan

WAYS = ("kernel", "tree", "loop")
STEPS, BATCHES, HIDDEN = (64, 256, 1024, 4096, 16384), (1, 16), (64, 256)
LONGEST_LOOP = 4096  # steps; a longer loop in torch takes minutes and tells nothing new
LARGEST = 1 << 24  # numbers in a sequence; gradients of more need much memory
TOLERANCE = 5e-3  # of bias gradients, which are sums over all steps and rows
KINDS = {"real": REAL, "complex": COMPLEX}
Run = Callable[[], Results]


def main(words: list[str]) -> None:
    """Run and print as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks scan", description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.2, help="of every contender in every row (default: 0.2)")
    parser.add_argument("--steps", type=int, nargs="+", default=STEPS, help="T")
    parser.add_argument("--batch", type=int, nargs="+", default=BATCHES, help="B")
    parser.add_argument("--hidden", type=int, nargs="+", default=HIDDEN, help="H, and I with it")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of torch and of the kernels")
    parser.add_argument("--json", type=Path, help="write the medians, in seconds, to this file")
    parser.add_argument("--markdown", type=Path, help="write what is printed to this file")
    options = parser.parse_args(words)
    torch.set_num_threads(options.threads)
    report, rows = Report(), []
    facts = {"machine": machine(), "commit": commit(), "threads": options.threads}
    report.say(f"{facts['machine']}, {options.threads} threads, commit {facts['commit']}")
    shapes = [s for s in product(options.steps, options.batch, options.hidden) if prod(s) <= LARGEST]
    for title, names, kinds, contenders in (
        ("numbers", WAYS, list(KINDS), scans),
        ("cell", ("steps", "scan"), linear_cells(), layers),
    ):
        report.table(title, "T, B, H", "mode", *time_columns(names))
        for kind, (T, B, H), training in product(kinds, shapes, (False, True)):
            seconds = measured(f"{kind} {T, B, H}", contenders(kind, T, B, H, training=training), options.seconds)
            mode = "training" if training else "inference"
            rows.append({title: kind, "T": T, "B": B, "H": H, "mode": mode, "seconds": seconds})
            report.row(kind, f"{T}, {B}, {H}", mode, *time_cells(names, seconds))
    if options.json:
        options.json.write_text(json.dumps({**facts, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(report.markdown, encoding="utf-8")


def measured(title: str, runs: dict[str, Run], seconds: float) -> dict[str, float]:
    """Return the median seconds of each, once all agree with the first."""
    check_agreement(title, {name: run() for name, run in runs.items()}, TOLERANCE)
    return dict(zip(runs, medians(list(runs.values()), seconds), strict=True))


def scans(kind: str, T: int, B: int, H: int, *, training: bool) -> dict[str, Run]:
    """Return every way to scan (T, B, H) numbers of a kind."""
    torch.manual_seed(0)
    width = 2 * H if kind == "complex" else H
    a, b = 0.7 * torch.rand(T, B, width), torch.randn(T, B, width)

    def of(way: Any) -> Run:
        return runner(lambda a, b: scan(a, b, numbers=KINDS[kind], method=way), {"a": a, "b": b}, training=training)

    return {way: of(way) for way in WAYS if way != "loop" or T <= LONGEST_LOOP}


def layers(name: str, T: int, B: int, H: int, *, training: bool) -> dict[str, Run]:
    """Return the layer over a cell, by single steps and by the scan."""
    torch.manual_seed(0)
    layer, x = LinearRecurrence(name, H, H), torch.randn(T, B, H)
    parameters = dict(layer.named_parameters())

    def of(way: Any) -> Run:
        def forward(x: Tensor, *_: Tensor) -> Tensor:
            layer.method = way
            return layer(x)[0]

        return runner(forward, {"x": x, **parameters}, training=training)

    return {"steps": of("steps"), "scan": of("kernel")}


def runner(forward: Callable[..., Tensor], given: dict[str, Tensor], *, training: bool) -> Run:
    """Return a run that gives the result, and with `training` the gradients of its sum by what is given."""
    tensors = [t if t.requires_grad else t.clone().requires_grad_() for t in given.values()]
    gradient: Sequence[Tensor] = ()

    def run() -> Results:
        nonlocal gradient
        if not training:
            with torch.no_grad():
                return {"output": forward(*tensors)}
        output = forward(*tensors)
        if not gradient:
            gradient = (torch.linspace(-1, 1, output.numel()).view_as(output),)
        return {
            "output": output.detach(),
            **dict(zip(given, torch.autograd.grad(output, tensors, gradient), strict=True)),
        }

    return run
