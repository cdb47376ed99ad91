"""The share-price program of the introductions: its figures, and its training beside plain torch's.

Both train the same network on the same windows, in turn in one process: 60 steps into four layers of 50 LSTM
units with dropout 0.2, batches of 32, Adam. A round is a few epochs of each; the whole training is 100 epochs.
The file is `google_stock` of $FRONTAL_DATA.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn, optim
from torch.nn.functional import mse_loss
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.machine import machine
from frontal.data.series import Series, read_series
from frontal.errors import FrontalError
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.tasks.forecast_split import read_split
from frontal.tasks.forecaster import Forecaster

SETTINGS = ForecastSettings.from_options("stock", target="Open")
EPOCHS = 100  # of the whole training
Round = Callable[[], None]


class Plain(nn.Module):
    """The network as a torch user writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, 50, num_layers=4, dropout=0.2, batch_first=True)
        self.dropout, self.dense = nn.Dropout(0.2), nn.Linear(50, 1)

    def forward(self, x: Tensor) -> Tensor:
        """From (B, T, 1) to (B, 1)."""
        return self.dense(self.dropout(self.lstm(x)[0][:, -1]))


def main(words: list[str]) -> None:
    """Print the figures as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks stock", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds that are counted (default: 5)")
    parser.add_argument("--epochs", type=int, default=10, help="epochs of a round (default: 10)")
    parser.add_argument("--seeds", type=int, default=0, help="also train wholly, with seeds 0, 1, … (default: none)")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    options = parser.parse_args(words)
    train, test = files()
    print(f"{machine()}, {torch.get_num_threads()} threads\n")
    kept: dict[str, Any] = {"machine": machine(), "training": beside(read_series(train, target="Open"), options)}
    if options.seeds:
        kept["figures"] = figures(train, test, options.seeds)
    if options.json:
        options.json.write_text(json.dumps(kept, indent=1) + "\n")


def files() -> tuple[str, str]:
    folder = Path(os.environ.get("FRONTAL_DATA", ""), "google_stock")
    if not folder.is_dir():
        raise FrontalError(f"set FRONTAL_DATA to the folder of public data; there is no {folder}")
    train, test = (str(folder / f"Google_Stock_Price_{part}.csv") for part in ("Train", "Test"))
    return train, test


def beside(series: Series, options: argparse.Namespace) -> dict[str, Any]:
    """Seconds of 100 epochs of each, from the median round."""
    rounds = {"frontal": ours(series, options.epochs), "torch": theirs(series, options.epochs)}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in rounds}
    for number in range(options.rounds + 1):
        for name, run in rounds.items():
            began = perf_counter(), process_time()
            run()
            if number:  # the first round is not counted
                taken[name].append((perf_counter() - began[0], process_time() - began[1]))
    scale = EPOCHS / options.epochs
    found = {
        name: {"wall": scale * median(w for w, _ in times), "processor": scale * median(p for _, p in times)}
        for name, times in taken.items()
    }
    print("| 100 epochs | wall s | processor s |\n|---|---|---|")
    for name, figures_ in found.items():
        print(f"| {name} | {figures_['wall']:.1f} | {figures_['processor']:.1f} |")
    ratios = {kind: found["torch"][kind] / found["frontal"][kind] for kind in ("wall", "processor")}
    print(f"| torch / frontal | {ratios['wall']:.2f} | {ratios['processor']:.2f} |", flush=True)
    return {"seconds": found, "ratios": ratios, "rounds": taken, "epochs": options.epochs}


def ours(series: Series, epochs: int) -> Round:
    settings = SETTINGS.replace(epochs=epochs)
    return lambda: void(Forecaster(settings).fit(series))


def theirs(series: Series, epochs: int) -> Round:
    low, span = series.values.min(), np.ptp(series.values)
    scaled = torch.from_numpy((series.values - low) / span).float()
    windows = scaled.unfold(0, 61, 1)  # (1198, 61)
    data = TensorDataset(windows[:, :60, None], windows[:, 60:])

    def run() -> None:
        torch.manual_seed(0)
        network, batches = Plain(), DataLoader(data, batch_size=32, shuffle=True)
        optimizer = optim.Adam(network.parameters())
        for _ in range(epochs):
            for x, y in batches:
                optimizer.zero_grad()
                mse_loss(network(x), y).backward()
                optimizer.step()

    return run


def void(_: object) -> None:
    """Let a value go."""


def figures(train: str, test: str, seeds: int) -> list[dict[str, float]]:
    """The whole program with several seeds: errors on January 2017 beside the last value's."""
    split = read_split(train, SETTINGS, test)
    runs = [split.backtest(Forecaster(SETTINGS.replace(seed=seed))).metrics() for seed in range(seeds)]
    print("\n| | RMSE test | RMSE train |\n|---|---|---|")
    cells = [[run[name] for run in runs] for name in ("rmse_test", "rmse_train")]
    shown = [f"{np.mean(values):.4g} ± {np.std(values):.2g}" for values in cells]
    print(f"| frontal, {seeds} seeds | {shown[0]} | {shown[1]} |")
    print(f"| last value | {runs[0]['rmse_test_last_value']:.4g} | |", flush=True)
    return runs
