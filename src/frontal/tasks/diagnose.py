"""The recipe behind `frontal diagnose`: what happens inside the networks of a run, along real data."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor, nn

from frontal.diagnostics.gradient_flow import GradientFlow, gradient_flow
from frontal.diagnostics.jacobian_spectrum import JacobianSpectrum, jacobian_spectrum
from frontal.diagnostics.memory_reach import MemoryReach, memory_reach
from frontal.diagnostics.saturation import GateSaturation, Saturation, saturation
from frontal.errors import FrontalError
from frontal.layers.layer import Layer
from frontal.training.atomic import write_atomic

MOST = 256  # windows that are looked at
Say = Callable[[str], None]


class Explained(Protocol):
    """A fitted estimator whose networks can be looked into."""

    def read(self, data: Any) -> Any:
        """Read data with the columns that were fitted."""
        ...

    def examples(self, data: Any) -> tuple[nn.ModuleList, Tensor, Tensor]:
        """Return networks, windows (N, T, C) and what follows each (N, …), NaN where it is unknown."""
        ...


def diagnose_run(forecaster: Explained, source: str, *, out: Path, say: Say) -> dict[str, Any]:
    """Look inside the first network of an estimator along the windows of `source`, and draw what is there.

    Args:
        forecaster: a fitted estimator with windows to show.
        source: a file, "-" or a built-in name.
        out: where the pictures go, a PNG.
        say: called with every sentence a person should read.

    Returns:
        Figures of the gradient's flow, the memory, the step's Jacobian and the gates, as JSON can hold them.
    """
    networks, windows, following = forecaster.examples(forecaster.read(source))
    known = ~torch.isnan(following).any(1)
    windows, following = windows[known][-MOST:], following[known][-MOST:]
    if not len(windows):
        raise FrontalError(f"{source}: no window is followed by all steps of the horizon; give a longer series")
    say(f"looking at the last {len(windows)} windows through the first of {len(networks)} networks")
    network = networks[0]
    flow = gradient_flow(network, (windows, following), nn.functional.mse_loss)
    reach = memory_reach(network, windows, batch_first=True)
    gates = saturation(network, windows)
    spectra = _spectra(network, windows)
    write_atomic(out, _png(flow, reach, gates))
    return {
        "windows": len(windows),
        "steps": windows.shape[1],
        "verdict": flow.verdict,
        "remedy": flow.remedy,
        "cells": [
            {"layer": c.name, "verdict": c.verdict, "rate": c.rate, "reach": c.reach, "norms": c.norms.tolist()}
            for c in flow.cells
        ],
        "memory": {"steps": reach.steps, "influence": reach.influence.tolist()},
        "jacobians": [{"layer": s.name, "exponent": float(s.exponents[0])} for s in spectra],
        "gates": [_gate(gate) for gate in gates.gates],
        "files": [str(out)],
        "text": "\n".join(map(str, (flow, reach, *spectra, gates))),
    }


def _gate(gate: GateSaturation) -> dict[str, Any]:
    half_life = None if gate.half_life is None else float(np.median(gate.half_life))
    shares = {"high": float(gate.high.mean()), "low": float(gate.low.mean())}
    return {"layer": gate.layer, "gate": gate.gate, **shares, "stuck": gate.stuck, "half_life": half_life}


def _spectra(network: nn.Module, windows: Tensor) -> list[JacobianSpectrum]:
    layers = [part for part in network.modules() if isinstance(part, Layer)]
    return jacobian_spectrum(layers[0], windows[-1:])


def _png(flow: GradientFlow, reach: MemoryReach, gates: Saturation) -> bytes:
    """The three pictures below one another."""
    rows = [_pixels(picture.plot()) for picture in (flow, reach, gates)]
    width = max(row.shape[1] for row in rows)
    height = sum(row.shape[0] * width // row.shape[1] for row in rows)
    figure, top = Figure(figsize=(width / 110, height / 110)), 1.0
    for row in rows:
        share = row.shape[0] * width / row.shape[1] / height
        axes = figure.add_axes((0, top - share, 1, share))
        axes.imshow(row)
        axes.axis("off")
        top -= share
    image = BytesIO()
    figure.savefig(image, format="png", dpi=110)
    return image.getvalue()


def _pixels(figure: Figure) -> Any:
    canvas = FigureCanvasAgg(figure)
    figure.set_dpi(110)
    canvas.draw()
    return canvas.buffer_rgba()
