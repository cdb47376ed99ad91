"""A fitted forecaster of a panel as plain values and tensors, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from frontal.data.frequency import Frequency
from frontal.data.panel import Panel, PanelRoles, roles_as_dict
from frontal.data.panel_windows import WindowPlan
from frontal.errors import FrontalError
from frontal.tasks.forecast_panel_model import PanelModel
from frontal.tasks.forecast_panel_settings import PanelSettings
from frontal.training.run_directory import Run

_FLOATS = ("values", "known", "past", "static")
_INTEGERS = ("starts", "lengths", "steps")
_NAMES = ("known_names", "past_names", "static_names")


def panel_contents(models: list[PanelModel], panel: Panel) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return what `restored_panel` and `restored_models` read: plain values, and tensors."""
    settings: dict[str, Any] = {
        "panel": {
            "ids": list(panel.ids), "name": panel.name, "numbered": panel.numbered, "roles": roles_as_dict(panel.roles),
            "frequency": None if panel.frequency is None else asdict(panel.frequency),
            "categories": {name: list(found) for name, found in panel.categories.items()},
            **{name: list(getattr(panel, name)) for name in _NAMES},
        },
        "models": [
            {"plan": asdict(model.plan), "sizes": list(model.sizes), "members": len(model.networks)} for model in models
        ],
    }  # fmt: skip
    arrays = {f"panel.{name}": getattr(panel, name) for name in (*_FLOATS, *_INTEGERS)}
    if panel.times is not None:
        arrays["panel.times"] = panel.times.astype("datetime64[s]").astype(np.int64)
    tensors = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
    for number, model in enumerate(models):
        prefix = f"model.{number}."
        tensors |= {prefix + name: torch.from_numpy(getattr(model, name)) for name in ("error", "factor")}
        tensors |= {f"{prefix}networks.{name}": tensor for name, tensor in model.networks.state_dict().items()}
    return settings, tensors


def restored_panel(run: Run) -> Panel:
    """The series that were learned."""
    about = run.settings["panel"]
    S, N = len(about["ids"]), len(run.tensors["panel.values"])
    wide = {"known": len(about["known_names"]), "past": len(about["past_names"])}
    shapes = {
        "values": (N,),
        "static": (S, len(about["static_names"])),
        "starts": (S + 1,),
        "lengths": (S,),
        "steps": (N,),
    }
    shapes |= {name: (N, count) for name, count in wide.items()}
    arrays: dict[str, Any] = {name: _array(run, f"panel.{name}", shapes[name]) for name in (*_FLOATS, *_INTEGERS)}
    _check_rows(run, arrays["starts"], arrays["lengths"], N)
    times = _array(run, "panel.times", (N,)).astype("datetime64[s]") if "panel.times" in run.tensors else None
    roles = _tuples(about["roles"])
    names: dict[str, Any] = {name: tuple(about[name]) for name in _NAMES}
    return Panel(
        ids=tuple(map(str, about["ids"])), **arrays, times=times,
        frequency=None if about["frequency"] is None else Frequency(**about["frequency"]),
        roles=PanelRoles(**roles), categories={name: tuple(found) for name, found in about["categories"].items()},
        numbered=bool(about["numbered"]), name=str(about["name"]), **names,
    )  # fmt: skip


def restored_models(run: Run, chosen: PanelSettings) -> list[PanelModel]:
    """The trained models."""
    models: list[PanelModel] = []
    for number, saved in enumerate(run.settings["models"]):
        plan = WindowPlan(**_tuples(saved["plan"]))
        past, ahead, static = saved["sizes"]
        prefix = f"model.{number}."
        model = PanelModel(
            plan, (int(past), int(ahead), int(static)), nn.ModuleList(),
            _array(run, f"{prefix}error", (plan.horizon,)), _array(run, f"{prefix}factor", (2,)),
        )  # fmt: skip
        model.networks = nn.ModuleList(model.build(chosen) for _ in range(saved["members"])).eval()
        start = len(prefix := f"{prefix}networks.")
        model.networks.load_state_dict({k[start:]: v for k, v in run.tensors.items() if k.startswith(prefix)})
        models.append(model)
    return models


def _tuples(saved: dict[str, Any]) -> dict[str, Any]:
    """Lists, as JSON has them, become tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in saved.items()}


def _check_rows(run: Run, starts: NDArray[Any], lengths: NDArray[Any], rows: int) -> None:
    counts = np.diff(starts)
    if not len(lengths) or starts[0] != 0 or starts[-1] != rows or (lengths < 1).any() or (lengths > counts).any():
        raise FrontalError(f"{run.path}: panel.starts and panel.lengths do not fit {rows} rows")


def _array(run: Run, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """A tensor of the run as an array, which must have this shape."""
    array = run.tensors[name].numpy()
    if array.shape != shape:
        raise FrontalError(f"{run.path}: {name} has shape {array.shape}, expected {shape}")
    return array
