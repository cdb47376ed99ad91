"""What of a fitted forecaster lies in its run, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from frontal.data.frequency import Frequency
from frontal.data.representation import Representation
from frontal.data.representation_counts import CountRepresentation
from frontal.data.series import Series
from frontal.errors import FrontalError
from frontal.tasks.forecast_intervals import LEVELS, Calibration
from frontal.tasks.forecast_model import ForecastModel
from frontal.tasks.forecast_settings import COUNTS, ForecastSettings
from frontal.tasks.forecast_windows import Windows
from frontal.training.run_directory import Run


def facts(model: ForecastModel, series: Series) -> dict[str, Any]:
    """Of a fitted model and the series that it continues, what JSON can hold."""
    return {
        "representation": asdict(model.windows.representation),
        "masked": model.windows.masked,
        "learned": model.learned,
        "members": len(model.networks),
        "series": {
            "name": series.name, "target": series.target, "time": series.time, "features": list(series.feature_names),
            "frequency": None if series.frequency is None else asdict(series.frequency),
        },
    }  # fmt: skip


def tensors(model: ForecastModel, series: Series) -> dict[str, Tensor]:
    """Of both, weights and figures."""
    windows, calibration = model.windows, model.calibration
    figures = {"center": windows.center, "scale": windows.scale, **vars(calibration)}
    arrays = {f"model.{name}": array for name, array in figures.items()}
    arrays |= {f"series.{name}": getattr(series, name) for name in ("values", "features", "observed")}
    if series.times is not None:
        arrays["series.times"] = series.times.astype(np.int64)
    found = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
    return found | {f"networks.{name}": tensor for name, tensor in model.networks.state_dict().items()}


def restored(run: Run, chosen: ForecastSettings) -> tuple[Series, ForecastModel]:
    """The series and the model of a run, by the settings with every guess filled in."""
    series = _restored_series(run)
    return series, _restored_model(run, chosen, series)


def _restored_model(run: Run, chosen: ForecastSettings, series: Series) -> ForecastModel:
    saved = run.settings
    kind = CountRepresentation if chosen.likelihood == COUNTS else Representation
    representation = kind(**saved["representation"])
    for name, types in {"masked": bool, "learned": int, "members": int}.items():
        if not isinstance(saved[name], types) or saved[name] < 0:
            raise FrontalError(f"{run.path}: {name} cannot be {saved[name]!r}")
    windows = Windows.of(chosen, representation, series.features, masked=saved["masked"])
    F, H, L = len(series.feature_names), windows.horizon, len(LEVELS)
    windows.center, windows.scale = _array(run, "model.center", (F,)), _array(run, "model.scale", (F,))
    model = ForecastModel.untrained(chosen, windows, saved["learned"])
    model.calibration = Calibration(
        error=_array(run, "model.error", (H,)),
        factor=_array(run, "model.factor", (L,)),
        scores=_array(run, "model.scores", (L, -1, H)),
        ordinary=_array(run, "model.ordinary", (-1,)),
    )
    model.networks = nn.ModuleList(model.build() for _ in range(saved["members"])).eval()
    start = len(prefix := "networks.")
    model.networks.load_state_dict({k[start:]: v for k, v in run.tensors.items() if k.startswith(prefix)})
    return model


def _restored_series(run: Run) -> Series:
    about = run.settings["series"]
    T, features = len(run.tensors["series.values"]), tuple(about["features"])
    times = _array(run, "series.times", (T,)) if "series.times" in run.tensors else None
    return Series(
        values=_array(run, "series.values", (T,)),
        features=_array(run, "series.features", (T, len(features))),
        observed=_array(run, "series.observed", (T,)),
        times=None if times is None else times.astype("datetime64[s]"),
        target=str(about["target"]),
        time=about["time"],
        feature_names=features,
        frequency=None if about["frequency"] is None else Frequency(**about["frequency"]),
        notes=[],
        name=str(about["name"]),
    )


def _array(run: Run, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """A tensor of the run as an array, which must have this shape; -1 stands for any size."""
    array = run.tensors[name].numpy()
    fits = array.ndim == len(shape) and all(want in (-1, size) for want, size in zip(shape, array.shape, strict=True))
    if not fits:
        raise FrontalError(f"{run.path}: {name} has shape {array.shape}, expected {shape}")
    return array
