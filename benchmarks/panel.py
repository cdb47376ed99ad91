"""Forecasts of many series and with features on the usual splits of public sets, beside naive forecasts.

m4: the 414 hourly series of the M4 competition, its own 48 test hours. ett: ETTh1, oil temperature
alone, 24 hours ahead from each of 2857 test hours, 12/4/4 months of 30 days, errors in standard deviations of
the first 12. metro: the last 365 days of traffic, 24 hours ahead, calendar only. ltc-traffic: the protocol of
Hasani et al. 2021, 60 of its 200 epochs. Early stopping looks at what lies before the test part; nothing
was searched on a test part.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.machine import machine
from frontal.data.panel_future import continued
from frontal.data.panel_read import read_panel
from frontal.diagnostics.panel_backtest import PanelBacktest
from frontal.errors import FrontalError, did_you_mean
from frontal.tasks.forecast_panel import PanelForecaster
from frontal.tasks.forecast_traffic import traffic_run
from frontal.tasks.forecast_traffic_settings import TrafficSettings
from frontal.training.progress import SilentProgress

MONTH = 30 * 24  # hours, as everybody counts them in ETT
EPOCHS = 60  # of the 200 of the protocol: enough, and three seeds in ten minutes
Figures = dict[str, dict[str, float]]


def m4(data: Path, seed: int) -> Figures:
    """The global model over all hourly series, on the test hours of the competition."""
    training = read_panel(str(data / "m4" / "Hourly-train.csv"))
    whole = continued(training, read_panel(str(data / "m4" / "Hourly-test.csv")))
    model = PanelForecaster(horizon=48, periods=(24, 168), seed=seed).fit(training)
    return _figures(model.measure(whole, start=training.lengths), model.seconds)


def ett(data: Path, seed: int) -> Figures:
    """Mean squared error in variances of the first 12 months."""
    whole = read_panel(str(data / "ett" / "ETTh1.csv"))  # OT is the last column
    model = PanelForecaster(horizon=24, validation=4 * MONTH, loss="squared", seed=seed)
    model.fit(whole.until(np.array([16 * MONTH])))
    backtest = model.measure(whole.until(np.array([20 * MONTH])), start=16 * MONTH, stride=1)
    return _figures(backtest, model.seconds)


def metro(data: Path, seed: int) -> Figures:
    """The last year, day by day, beside last week's same hour."""
    source = str(data / "metro_traffic" / "Metro_Interstate_Traffic_Volume.csv")
    model = PanelForecaster(target="traffic_volume", horizon=24, test=365, validation=180 * 24, seed=seed)
    backtest = model.backtest(source)
    return _figures(backtest, model.seconds)


def traffic(data: Path, seed: int) -> Figures:
    """Squared error of the liquid time-constant networks' protocol."""
    source = str(data / "metro_traffic" / "Metro_Interstate_Traffic_Volume.csv")
    with tempfile.TemporaryDirectory() as folder:
        result = traffic_run(
            source,
            TrafficSettings(seed=seed, epochs=EPOCHS),
            Path(folder, "run"),
            progress=SilentProgress(),
            say=lambda _: None,
        )
    figures = {name: {"mse": float(value)} for name, value in result["table"].items()}
    figures["frontal"]["seconds"] = result["metrics"]["seconds_train"]
    return figures


ROWS: dict[str, Callable[[Path, int], Figures]] = {"m4": m4, "ett": ett, "metro": metro, "ltc-traffic": traffic}
GOALS = {
    "m4": {"smape": 13.0, "mase": 1.19}, "ett": {"nmse": 0.098}, "metro": {}, "ltc-traffic": {"mse": 0.17},
}  # fmt: skip
COLUMNS = ("smape", "mase", "rmse", "mse", "nmse", "seconds")


def main(words: list[str]) -> None:
    """Run and print as a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks panel", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="seeds 0, 1, … of every row (default: 3)")
    parser.add_argument("--only", help=f"one of {', '.join(ROWS)} (default: all)")
    parser.add_argument("--json", type=Path, help="write all figures of all seeds to this file")
    options = parser.parse_args(words)
    if options.only is not None and options.only not in ROWS:
        raise FrontalError(f"--only {options.only}: {did_you_mean(options.only, ROWS)}")
    data = os.environ.get("FRONTAL_DATA")
    if not data:
        raise FrontalError("set FRONTAL_DATA to the folder of the public data")
    print(f"{machine()}\n")
    print("| data | forecast | sMAPE | MASE | RMSE | MSE | NMSE | seconds | goal |")
    print("|---|---|---|---|---|---|---|---|---|")
    kept: dict[str, Any] = {}
    for name, run in ROWS.items():
        if options.only in (None, name):
            began = perf_counter()
            kept[name] = []
            for seed in range(options.seeds):
                kept[name].append(run(Path(data), seed))
                print(f"{name}, seed {seed}: {kept[name][-1]['frontal']}", file=sys.stderr, flush=True)
            _print(name, kept[name])
            print(f"| | (all of it) | | | | | | {perf_counter() - began:.0f} | |", flush=True)
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "runs": kept}, indent=1) + "\n")


def _figures(backtest: PanelBacktest, seconds: float) -> Figures:
    table = backtest.table()
    return {"frontal": {**table.pop("test"), "seconds": seconds}, **table}


def _print(name: str, runs: list[Figures]) -> None:
    goal = ", ".join(f"{measure} ≤ {value:g}" for measure, value in GOALS[name].items())
    for number, row in enumerate(runs[0]):
        seen: list[Mapping[str, float]] = [run[row] for run in runs]
        cells: list[str] = []
        for column in COLUMNS:
            values = [figures[column] for figures in seen if column in figures]
            spread = f" ± {np.std(values):.2g}" if row == "frontal" and len(values) > 1 else ""
            cells.append(f"{np.mean(values):.4g}{spread}" if values else "")
        print(f"| {'' if number else name} | {row} | {' | '.join(cells)} | {'' if number else goal} |", flush=True)
