"""The recipe behind `frontal diagnose`: what happens inside the networks of a run, along real data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from frontal.diagnostics.verdict import Diagnosis, diagnose
from frontal.errors import FrontalError

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


def diagnose_run(forecaster: Explained, source: str, *, say: Say) -> Diagnosis:
    """Look inside the networks of an estimator along the last windows of `source`.

    Args:
        forecaster: a fitted estimator with windows to show.
        source: a file, "-" or a built-in name.
        say: called with every sentence a person should read.
    """
    if not hasattr(forecaster, "examples"):
        raise FrontalError(
            f"a {type(forecaster).__name__} has no windows to look along; frontal diagnose is for forecasts of one "
            "series. In Python, frontal.diagnostics.watch looks into any network"
        )
    series = forecaster.read(source)
    for note in series.notes:
        say(note)
    networks, windows, following = forecaster.examples(series)
    known = ~torch.isnan(following).any(1)
    windows, following = windows[known][-MOST:], following[known][-MOST:]
    if not len(windows):
        raise FrontalError(f"{source}: no window is followed by all steps of the horizon; give a longer series")
    say(f"Looking into {len(networks)} networks along the last {len(windows)} windows of {windows.shape[1]} steps.")
    return diagnose(networks, windows, following, nn.functional.mse_loss)


def as_json(found: Diagnosis) -> dict[str, Any]:
    """Return all figures as JSON can hold them."""
    return {
        "verdict": found.verdict,
        "remedy": found.remedy,
        "text": str(found),
        "table": found.to_rows(),
        "gates": found.gate_rows(),
        "networks": [
            {
                "gradient": [asdict(cell) for cell in network.flow.cells],
                "memory": asdict(network.memory),
                "answer": asdict(network.answer),
                "exponents": network.exponents,
            }
            for network in found.networks
        ],
    }
