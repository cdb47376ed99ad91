"""The forecasting figures of the README: every series, several seeds, beside the naive forecasts.

One default for all series; the test part is the last third of each. Series other than the built-in
one are read from the folder `classic_series` of $FRONTAL_DATA.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.machine import machine
from frontal.data.series import read_series
from frontal.diagnostics import accuracy as acc
from frontal.errors import FrontalError
from frontal.tasks.forecaster import Forecaster

FIGURES = ("rmse_train", "rmse_test", "mase_backtest", "coverage_80", "coverage_95", "seconds_train")
CLASSICS = ("shampoo", "monthly-sunspots", "daily-min-temperatures")


def main(words: list[str]) -> None:
    """Run and print as a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks forecast", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="seeds 0, 1, … of every row (default: 5)")
    parser.add_argument("--peers", action="store_true", help=f"only this: {peers.__doc__}")
    parser.add_argument("--json", type=Path, help="write all figures of all seeds to this file")
    options = parser.parse_args(words)
    if options.peers:
        _beside_peers(options.seeds)
        return
    data = os.environ.get("FRONTAL_DATA")
    rows: list[tuple[str, str, dict[str, Any]]] = [
        ("airline", "airline", {}),
        ("airline, --preset tutorial", "airline", {"preset": "tutorial"}),
    ]
    if data:
        rows += [(name, str(Path(data, "classic_series", f"{name}.csv")), {}) for name in CLASSICS]
    print(f"{machine()}\n")
    print("| series | forecast | RMSE train | RMSE test | MASE ahead | in 80 % | in 95 % | seconds |")
    print("|---|---|---|---|---|---|---|---|")
    kept = {}
    for title, source, settings in rows:
        runs = [_run(source, seed, settings) for seed in range(options.seeds)]
        kept[title] = runs
        cells = [f"{np.mean([r[f] for r in runs]):.4g} ± {np.std([r[f] for r in runs]):.2g}" for f in FIGURES]
        print(f"| {title} | frontal, {options.seeds} seeds | {' | '.join(cells)} |", flush=True)
        for naive in ("last value", "seasonal naive"):
            key = naive.replace(" ", "_")
            print(f"| | {naive} | | {runs[0][f'rmse_test_{key}']:.4g} | {runs[0][f'mase_backtest_{key}']:.4g} | | | |")
        if source == "airline" and not settings:
            one, ahead = _latest_growth()
            print(f"| | last year × latest growth | | {one:.4g} | {ahead:.4g} | | | |", flush=True)
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "runs": kept}, indent=1) + "\n")


def _beside_peers(seeds: int) -> None:
    if not peers.installed():
        raise FrontalError("neither neuralforecast nor darts is installed: pip install neuralforecast darts")
    ours = [_run("airline", seed, {"horizon": peers.HORIZON}) for seed in range(seeds)]
    seconds = [run["seconds_train"] for run in ours]
    print(f"{machine()}\n\n| airline, {seeds} seeds | MASE 12 months ahead | seconds |\n|---|---|---|")
    everybody = [("frontal", [run["mase_backtest"] for run in ours], seconds)]
    for name, errors, seconds in itertools.chain(everybody, peers.rows(seeds)):
        print(f"| {name} | {np.mean(errors):.3f} ± {np.std(errors):.2g} | {np.mean(seconds):.1f} |", flush=True)
    print(f"| seasonal naive | {ours[0]['mase_backtest_seasonal_naive']:.3f} | |")


def _run(source: str, seed: int, settings: dict[str, Any]) -> dict[str, float]:
    model = Forecaster(seed=seed, **settings)
    return {**model.backtest(source).metrics(), "seconds_train": model.seconds}


def _latest_growth() -> tuple[float, float]:
    """RMSE one month and MASE twelve months ahead of last year's value times the latest yearly growth."""
    values = read_series("airline").values
    start, period, horizon = int(len(values) * 0.67), 12, 12
    ends = np.arange(start - 1, len(values) - 1)
    growth = values / np.concatenate([np.full(period, np.nan), values[:-period]])
    one = acc.rmse(values[ends + 1], values[ends + 1 - period] * growth[ends])
    origins = np.arange(start - 1, len(values) - horizon)
    paths = acc.seasonal_naive(values, origins, horizon, period) * growth[origins][:, None]
    scale = acc.naive_scale(values[:start], period)
    return one, acc.mase(acc.futures(values, origins, horizon), paths, scale)
