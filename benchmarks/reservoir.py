"""An echo state network on Mackey-Glass, beside reservoirpy where that is installed.

Speed: 500 units are made, fitted to half of 20 000 steps, and predict the other half one step ahead; A B A B.
Error: 100 units, fitted to 1600 of 2000 steps; reservoirpy's documentation shows 0.00203 for its seed.
Both get the same series, unscaled, and the same settings: spectral radius 1.25, leak 0.3, density 0.1,
ridge 1e-5, no biases, 100 steps of washout. But all of our units see the input, one in ten of theirs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch
from torch import Generator

from benchmarks.machine import commit, machine
from benchmarks.report import Report
from frontal.data.problem_dynamics import mackey_glass
from frontal.layers.echo_state import EchoState

PEER = "reservoirpy"
LONG, LONG_FIT, MANY = 20_000, 10_000, 500
SHORT, SHORT_FIT, FEW = 2_000, 1_600, 100
RADIUS, LEAK, RIDGE, WASHOUT = 1.25, 0.3, 1e-5, 100
Network = Callable[[Any, int, int, int], Any]  # series, steps to fit, units, seed -> the rest, predicted


def main(words: list[str]) -> None:
    """Run and print as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks reservoir", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="of every network (default: 7)")
    parser.add_argument("--seeds", type=int, default=10, help="of the small networks (default: 10)")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of torch and of the kernels")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--markdown", type=Path, help="write what is printed to this file")
    options = parser.parse_args(words)
    torch.set_num_threads(options.threads)
    networks: dict[str, Network] = {"frontal": _ours}
    if find_spec(PEER) is not None:
        networks[PEER] = _theirs
    series = mackey_glass(LONG, 1, Generator().manual_seed(0)).numpy()
    report, facts = Report(), {"machine": machine(), "commit": commit(), "threads": options.threads}
    report.say(f"{facts['machine']}, {options.threads} threads, commit {facts['commit']}")
    speed = _speed(report, networks, series, options.rounds)
    error = _error(report, networks, series[:SHORT], options.seeds)
    if options.json:
        options.json.write_text(
            json.dumps({**facts, "speed": speed, "error": error}, indent=1) + "\n", encoding="utf-8"
        )
    if options.markdown:
        options.markdown.write_text(report.markdown, encoding="utf-8")


def _speed(report: Report, networks: dict[str, Network], series: Any, rounds: int) -> dict[str, Any]:
    """Time the big network, turn by turn; processor seconds are those that a busy machine does not change."""
    wall, processor = ({name: list[float]() for name in networks} for _ in range(2))
    errors: dict[str, float] = {}
    for network in networks.values():
        network(series[:SHORT], SHORT_FIT, MANY, 0)
    for _ in range(rounds):
        for name, network in networks.items():
            began, used = perf_counter(), process_time()
            told = network(series, LONG_FIT, MANY, 0)
            wall[name].append(perf_counter() - began)
            processor[name].append(process_time() - used)
            errors[name] = _rmse(told, series, LONG_FIT)
    report.table(f"{MANY} units, {LONG} steps", "ms", "processor ms", "RMSE", "ms / frontal", "processor ms / frontal")
    for name in networks:
        times = [median(seconds[name]) for seconds in (wall, processor)]
        ratios = [median(s[name]) / median(s["frontal"]) for s in (wall, processor)]
        report.row(name, *(f"{1e3 * t:.0f}" for t in times), f"{errors[name]:.2g}", *(f"{r:.2f}" for r in ratios))
    return {"wall": wall, "processor": processor, "rmse": errors}


def _error(report: Report, networks: dict[str, Network], series: Any, seeds: int) -> dict[str, list[float]]:
    """Compare the errors of small networks over seeds."""
    contenders = {**networks, "frontal, with biases": _with_biases, "frontal, the input read out too": _with_input}
    errors = {
        name: [_rmse(network(series, SHORT_FIT, FEW, seed), series, SHORT_FIT) for seed in range(seeds)]
        for name, network in contenders.items()
    }
    report.table(f"{FEW} units, {SHORT} steps, {seeds} seeds", "RMSE, median", "least", "greatest")
    for name, values in errors.items():
        report.row(name, *(f"{value:.5f}" for value in (median(values), min(values), max(values))))
    return errors


def _ours(series: Any, fitted: int, units: int, seed: int, **more: Any) -> Any:
    x = torch.from_numpy(series)
    network = EchoState(1, units, spectral_radius=RADIUS, leak=LEAK, ridge=RIDGE, seed=seed, **more)
    network.fit(x[:fitted], x[1 : fitted + 1], washout=WASHOUT)
    return network.predict(x[fitted:-1]).numpy()


def _with_biases(*arguments: Any) -> Any:
    return _ours(*arguments, bias_scale=1.0)


def _with_input(*arguments: Any) -> Any:
    return _ours(*arguments, bias_scale=1.0, see_input=True)


def _theirs(series: Any, fitted: int, units: int, seed: int) -> Any:
    nodes: Any = import_module(f"{PEER}.nodes")
    network = nodes.Reservoir(units=units, sr=RADIUS, lr=LEAK, seed=seed) >> nodes.Ridge(ridge=RIDGE)
    network.fit(series[:fitted], series[1 : fitted + 1], warmup=WASHOUT)
    return network.run(series[fitted:-1])


def _rmse(told: Any, series: Any, fitted: int) -> float:
    return float(np.sqrt(np.mean((told - series[fitted + 1 :]) ** 2)))
