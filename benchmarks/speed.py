"""Recurrent layers beside their peers: one process, A B A B, medians and ratios.

Training is forward and backward with the gradient of the input; inference is forward without
gradients. Every row compares one frontal layer with torch.nn's and with a loop written by hand over
torch's own cell, on the same weights; outputs must agree before anything is timed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from math import exp, log
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from torch import Tensor, nn

import frontal
from benchmarks.machine import machine
from frontal.errors import FrontalError

SHAPES = (  # B, T, I, H
    (1, 1, 1, 4), (32, 60, 1, 50), (32, 60, 50, 50), (128, 28, 28, 30), (50, 50, 65, 128),
    (32, 100, 128, 256), (20, 35, 650, 650), (1, 1000, 64, 128), (64, 256, 40, 512),
)  # fmt: skip
LAYERS = {
    "LSTM": (frontal.LSTM, nn.LSTM, nn.LSTMCell),
    "GRU": (frontal.GRU, nn.GRU, nn.GRUCell),
    "RNN": (frontal.RNN, nn.RNN, nn.RNNCell),
}
Run = Callable[[Tensor], Tensor]


def main(words: list[str]) -> None:
    """Run and print as a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks speed", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="of every contender in every row (default: 1)")
    parser.add_argument("--layers", nargs="+", choices=list(LAYERS), default=list(LAYERS), help="default: all")
    parser.add_argument("--shapes", type=int, nargs="+", default=list(range(len(SHAPES))), help="their numbers from 0")
    parser.add_argument("--json", type=Path, help="write the medians, in seconds, to this file")
    options = parser.parse_args(words)
    rows = []
    print(f"{machine()}, {torch.get_num_threads()} threads\n")
    print("| layer | B, T, I, H | mode | frontal ms | torch.nn ms | loop ms | torch.nn / frontal | loop / frontal |")
    print("|---|---|---|---|---|---|---|---|")
    for name in options.layers:
        for shape in (SHAPES[k] for k in options.shapes):
            for mode in ("training", "inference"):
                ours, torchs, loop = _measure(name, shape, mode, options.seconds)
                rows.append(
                    {"layer": name, "shape": shape, "mode": mode, "frontal": ours, "torch": torchs, "loop": loop}
                )
                times = " | ".join(f"{1e3 * t:.3g}" for t in (ours, torchs, loop))
                shown = ", ".join(map(str, shape))
                print(f"| {name} | {shown} | {mode} | {times} | {torchs / ours:.2f} | {loop / ours:.2f} |", flush=True)
    for name in options.layers:
        for mode in ("training", "inference"):
            chosen = [row for row in rows if (row["layer"], row["mode"]) == (name, mode)]
            means = [
                exp(sum(log(row[peer] / row["frontal"]) for row in chosen) / len(chosen)) for peer in ("torch", "loop")
            ]
            print(f"| **{name}** | geometric mean | {mode} | | | | {means[0]:.2f} | {means[1]:.2f} |")
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")


def _measure(name: str, shape: tuple[int, int, int, int], mode: str, seconds: float) -> list[float]:
    """Median seconds of one run of frontal, torch.nn and the loop."""
    B, T, I, H = shape  # noqa: E741
    torch.manual_seed(0)
    ours_class, torch_class, cell_class = LAYERS[name]
    theirs = torch_class(I, H)
    ours, cell = ours_class(I, H), cell_class(I, H)
    ours.load_state_dict(theirs.state_dict())
    cell.load_state_dict({key.removesuffix("_l0"): tensor for key, tensor in theirs.state_dict().items()})
    x = torch.randn(T, B, I)
    forwards: list[Run] = [lambda x: ours(x)[0], lambda x: theirs(x)[0], lambda x: _loop(cell, x)]
    with torch.no_grad():
        expected, *others = (forward(x) for forward in forwards)
    for other in others:
        if not torch.allclose(expected, other, rtol=1e-3, atol=1e-5):
            raise FrontalError(f"{name} {shape}: the outputs differ, so nothing is timed")
    runs = [_training(forward, x) if mode == "training" else _inference(forward, x) for forward in forwards]
    return _medians(runs, seconds)


def _loop(cell: nn.Module, x: Tensor) -> Tensor:
    """What a custom cell costs without a compiler: one step of torch's own cell after another."""
    state, outputs = None, []
    for step in x:
        state = cell(step, state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(outputs)


def _training(forward: Run, x: Tensor) -> Callable[[], None]:
    def run() -> None:
        given = x.detach().requires_grad_()
        forward(given).sum().backward()

    return run


def _inference(forward: Run, x: Tensor) -> Callable[[], None]:
    def run() -> None:
        with torch.inference_mode():
            forward(x)

    return run


def _medians(runs: list[Callable[[], None]], seconds: float) -> list[float]:
    """Take the runs in turn, after one warm-up round, until each has had its seconds or 200 rounds."""
    times: list[list[float]] = [[] for _ in runs]
    for run in runs:
        run()
    rounds = 0
    while rounds < 3 or (rounds < 200 and min(map(sum, times)) < seconds):
        rounds += 1
        for run, taken in zip(runs, times, strict=True):
            began = perf_counter()
            run()
            taken.append(perf_counter() - began)
    return [median(taken) for taken in times]
