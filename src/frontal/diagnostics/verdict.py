"""One verdict on networks that answer with a number of coming values: gradient, memory, step and gates together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from frontal.diagnostics.frame import frame_of
from frontal.diagnostics.gradient_flow import REMEDY, GradientFlow, Verdict, gradient_flow
from frontal.diagnostics.jacobian_spectrum import JacobianSpectrum, jacobian_spectrum
from frontal.diagnostics.memory_reach import MemoryReach, memory_reach
from frontal.diagnostics.saturation import GateSaturation, Saturation, saturation
from frontal.diagnostics.verdict_plot import draw
from frontal.errors import FrontalError
from frontal.layers.layer import Layer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SPECTRA = 4  # windows along which Jacobians are taken
Row = dict[str, Any]


@dataclass(frozen=True)
class NetworkDiagnosis:
    """One network.

    Attributes:
        flow: gradient of the loss.
        memory: influence of the inputs on the last output of the recurrent layer.
        answer: influence of the inputs on the answer; what goes past the layer counts too.
        spectra: of each cell, along some of the windows.
        gates: how often each is at its ends.
    """

    flow: GradientFlow
    memory: MemoryReach
    answer: MemoryReach
    spectra: tuple[tuple[JacobianSpectrum, ...], ...]
    gates: Saturation

    @property
    def exponents(self) -> list[np.ndarray[Any, Any]]:
        """Lyapunov exponents of each cell, mean over the windows, each (S,)."""
        return [np.mean([spectrum.exponents for spectrum in spectra], axis=0) for spectra in self.spectra]


@dataclass(frozen=True)
class Diagnosis:
    """Several networks that were trained for one purpose."""

    networks: tuple[NetworkDiagnosis, ...]

    @property
    def verdict(self) -> Verdict:
        """What most networks are; of two that are as common the worse."""
        found = [network.flow.verdict for network in self.networks]
        kinds: tuple[Verdict, ...] = ("exploding", "vanishing", "healthy")
        return max(kinds, key=found.count)

    @property
    def remedy(self) -> str:
        """What to try."""
        return REMEDY[self.verdict]

    def to_rows(self) -> list[Row]:
        """One row a network and cell."""
        return [
            {
                "network": number,
                "layer": cell.name,
                "verdict": cell.verdict,
                "gradient, x a step back": cell.rate,
                "reaches, steps": cell.reach,
                "inputs felt, steps": network.memory.steps,
                "Lyapunov exponent": float(exponents[0]),
                "units stuck": sum(len(gate.stuck) for gate in network.gates.gates if gate.layer == cell.name),
            }
            for number, network in enumerate(self.networks, start=1)
            for cell, exponents in zip(network.flow.cells, network.exponents, strict=True)
        ]

    def gate_rows(self) -> list[Row]:
        """One row a layer and gate, all networks together."""
        found: dict[tuple[str, str], list[GateSaturation]] = {}
        for network in self.networks:
            for gate in network.gates.gates:
                found.setdefault((gate.layer, gate.gate), []).append(gate)
        return [
            {
                "layer": layer,
                "gate": name,
                "high": float(np.mean([gate.high for gate in gates])),
                "low": float(np.mean([gate.low for gate in gates])),
                "units stuck": sum(len(gate.stuck) for gate in gates),
                "of units": sum(len(gate.high) for gate in gates),
                "memory halves in": _median(gate.half_life for gate in gates),
            }
            for (layer, name), gates in found.items()
        ]

    def to_frame(self) -> Any:
        """Return `to_rows` as a data frame."""
        rows = self.to_rows()
        return frame_of({name: [row[name] for row in rows] for name in rows[0]})

    def plot(self) -> Figure:
        """Draw gradients, influence of the inputs, Lyapunov exponents and gates."""
        flows = [cell for network in self.networks for cell in network.flow.cells]
        memories = [network.memory for network in self.networks]
        exponents = [e for network in self.networks for e in network.exponents]
        return draw(flows, memories, exponents, self.gate_rows())

    def __str__(self) -> str:
        count = sum(network.flow.verdict == self.verdict for network in self.networks)
        whole = len(self.networks)
        where = "" if whole == 1 else f" in {count} of {whole} networks"
        answers = [network.answer.steps for network in self.networks]
        least, most = min(answers), max(answers)
        steps = f"{least}" if least == most else f"{least} to {most}"
        return f"gradient: {self.verdict}{where}\ntry: {self.remedy}\nanswers move with inputs up to {steps} steps back"


def diagnose(
    networks: Iterable[nn.Module], windows: Tensor, following: Tensor, loss: Callable[[Any, Any], Tensor]
) -> Diagnosis:
    """Look into networks that read windows with a recurrent layer and answer each with some numbers.

    Args:
        networks: each with a layer of frontal that reads the windows; left as they are.
        windows: (N, T, C).
        following: what the answers should be, (N, horizon).
        loss: from answers and `following` to a scalar.

    Raises:
        FrontalError: there is no network or no window, or a network without a recurrent layer.
    """
    found = tuple(_diagnosed(network, windows, following, loss) for network in networks)
    if not found or not len(windows):
        raise FrontalError(f"{len(found)} networks and {len(windows)} windows: at least one of each is needed")
    return Diagnosis(found)


def _diagnosed(network: nn.Module, windows: Tensor, following: Tensor, loss: Callable[..., Tensor]) -> NetworkDiagnosis:
    flow = gradient_flow(network, (windows, following), loss)
    layer = next(part for part in network.modules() if isinstance(part, Layer))
    memory = memory_reach(layer, windows, batch_first=True)
    answer = memory_reach(network, windows, batch_first=True, every_step=False)
    picked = windows[torch.linspace(0, len(windows) - 1, min(SPECTRA, len(windows))).long()]
    along = [jacobian_spectrum(network, picked, sequence=k) for k in range(len(picked))]
    spectra = tuple(zip(*along, strict=True))
    return NetworkDiagnosis(flow, memory, answer, spectra, saturation(network, windows))


def _median(half_lives: Iterable[Any]) -> float | None:
    known = [half_life for half_life in half_lives if half_life is not None]
    return float(np.median(known)) if known else None
