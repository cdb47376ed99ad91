"""The recurrent forecasters of neuralforecast and darts on the airline series: same training part, same points tested.

Each is trained once on the first two thirds with its own defaults (darts scaled to 0…1, as its guide does), then
forecasts twelve months from every month tested, as frontal does. Nothing is measured that is not installed:
pip install neuralforecast darts.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import numpy as np

from frontal.data.series import Series, read_series
from frontal.diagnostics import accuracy as acc
from frontal.diagnostics.accuracy import Floats

HORIZON, CONTEXT, PERIOD = 12, 24, 12
QUIET = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False, "accelerator": "cpu"}
Paths = Callable[[Series, int, int], Floats]


def installed() -> dict[str, Paths]:
    """Return what can be measured here, by name."""
    found: dict[str, Paths] = {}
    if find_spec("neuralforecast"):
        found |= {f"neuralforecast {name}": _neuralforecast(name) for name in ("LSTM", "GRU")}
    if find_spec("darts"):
        found |= {f"darts {name}": _darts(name) for name in ("RNNModel", "BlockRNNModel")}
    return found


def rows(seeds: int) -> Iterator[tuple[str, list[float], list[float]]]:
    """Yield name, MASE over the horizon and seconds of every seed."""
    series = read_series("airline")
    start = int(len(series) * 0.67)
    scale = acc.naive_scale(series.values[:start], PERIOD)
    origins = np.arange(start - 1, len(series) - HORIZON)
    actual = acc.futures(series.values, origins, HORIZON)
    for name, paths in installed().items():
        errors: list[float] = []
        seconds: list[float] = []
        for seed in range(seeds):
            began = perf_counter()
            with _quiet():
                said = paths(series, start, seed)
            seconds.append(perf_counter() - began)
            errors.append(acc.mase(actual, said, scale))
        yield name, errors, seconds


@contextmanager
def _quiet() -> Iterator[None]:
    """Their warnings and their trainers' reports are not ours to show."""
    for name in ("pytorch_lightning", "lightning_fabric", "darts"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _neuralforecast(name: str) -> Paths:
    def paths(series: Series, start: int, seed: int) -> Floats:
        library: Any = import_module("neuralforecast")
        models: Any = import_module("neuralforecast.models")
        frame = import_module("pandas").DataFrame({"unique_id": "airline", "ds": series.times, "y": series.values})
        model = getattr(models, name)(h=HORIZON, input_size=CONTEXT, random_seed=seed, **QUIET)
        forecaster = library.NeuralForecast(models=[model], freq="MS")
        test = len(series) - start
        said: Any = forecaster.cross_validation(frame, test_size=test, n_windows=None, step_size=1, val_size=0)
        return np.stack([window[name].to_numpy() for _, window in said.groupby("cutoff")])

    return paths


def _darts(name: str) -> Paths:
    def paths(series: Series, start: int, seed: int) -> Floats:
        library: Any = import_module("darts")
        models: Any = import_module("darts.models")
        transformers: Any = import_module("darts.dataprocessing.transformers")
        index = import_module("pandas").DatetimeIndex(np.asarray(series.times))
        whole: Any = library.TimeSeries.from_times_and_values(index, series.values.astype(np.float32), freq="MS")
        scaler = transformers.Scaler()
        training: Any = scaler.fit_transform(whole[:start])
        block = name == "BlockRNNModel"
        shape = {"output_chunk_length": HORIZON} if block else {"training_length": CONTEXT + HORIZON}
        model: Any = getattr(models, name)(
            model="LSTM", input_chunk_length=CONTEXT, random_state=seed, pl_trainer_kwargs=QUIET, **shape
        )
        model.fit(training)
        said: Any = model.historical_forecasts(
            scaler.transform(whole), start=start, forecast_horizon=HORIZON, stride=1, retrain=False,
            last_points_only=False,
        )  # fmt: skip
        return np.stack([scaler.inverse_transform(window).values()[:, 0] for window in said]).astype(np.float64)

    return paths
