"""`python -m benchmarks reservoir`: an echo state network, beside reservoirpy where that is installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Generator

from benchmarks.machine import machine
from frontal.data.problem_dynamics import mackey_glass
from frontal.layers.echo_state import EchoState

STEPS, UNITS, ROUNDS = 20_000, 500, 5


def main(words: list[str]) -> None:
    """Time the fit on half of 20 000 steps of Mackey-Glass and the prediction of the other half, turn by turn."""
    x = mackey_glass(STEPS + 1, 1, Generator().manual_seed(0)).numpy()
    x = 2 * (x - x.min()) / (x.max() - x.min()) - 1
    half = STEPS // 2
    runs: dict[str, Callable[[], Any]] = {"frontal": lambda: _ours(x, half)}
    if find_spec("reservoirpy") is not None:
        runs["reservoirpy"] = lambda: _theirs(x, half)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    errors: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            began = perf_counter()
            told = run()
            seconds[name].append(perf_counter() - began)
            errors[name] = float(np.sqrt(np.mean((told - x[half + 1 :]) ** 2)))
    print(f"{machine()}\n")
    print(f"Mackey-Glass one step ahead, {UNITS} units, {STEPS:,} steps: fit on half, predict half\n")
    print("| network | seconds, median | RMSE | seconds / frontal |\n|---|---|---|---|")
    for name, times in seconds.items():
        ratio = median(times) / median(seconds["frontal"])
        print(f"| {name} | {median(times):.3f} | {errors[name]:.2g} | {ratio:.2f} |")


def _ours(x: Any, half: int) -> Any:
    network = EchoState(1, UNITS, spectral_radius=1.25, leak=0.3, ridge=1e-8, bias_scale=1.0)
    series = torch.from_numpy(x)
    network.fit(series[:half], series[1 : half + 1], washout=100)
    return network.predict(series[half:-1]).numpy()


def _theirs(x: Any, half: int) -> Any:
    from reservoirpy.nodes import Reservoir, Ridge  # noqa: PLC0415 # pyright: ignore[reportMissingImports] - optional

    network = Reservoir(units=UNITS, lr=0.3, sr=1.25, seed=0) >> Ridge(ridge=1e-8)
    network.fit(x[:half], x[1 : half + 1], warmup=100)
    return network.run(x[half:-1])
