"""Does the gradient survive the way back through time?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log
from typing import Any, Literal

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor, nn

from frontal.diagnostics.capture import Recording, recording
from frontal.diagnostics.frame import frame_of
from frontal.errors import FrontalError

Verdict = Literal["healthy", "vanishing", "exploding"]
Floats = NDArray[np.float64]

FAINT = 0.01  # of its largest norm: what a gradient must keep to count as arrived
GROWS, SHRINKS = 1.1, 0.9  # factor a step beyond which it explodes or vanishes, however short the sequence
REMEDY: dict[Verdict, str] = {
    "healthy": "nothing to do",
    "vanishing": "take a gated cell (LSTM, GRU) with frontal.layers.initialise.chrono or forget_bias, orthogonal or "
    "identity recurrent weights, or add frontal.training.penalties.vanishing_gradient_penalty",
    "exploding": "clip_norm=1 in the training settings, a smaller spectral radius "
    "(frontal.layers.initialise.spectral_radius), or a gated cell",
}


@dataclass(frozen=True)
class FlowOfCell:
    """The gradient that reaches the states of one cell.

    Attributes:
        name: of the layer.
        norms: ‖∂L/∂s‖ by steps back, mean over the sequences, (T,): first that of the states with
            which the last step begins, last that of the initial states.
        rate: by which factor it grows on its way back, a step; the slope of a line through the logarithms.
        reach: steps back until it is below 1 % of its largest, T if it never is.
        verdict: "healthy", "vanishing" or "exploding".
    """

    name: str
    norms: Floats
    rate: float
    reach: int
    verdict: Verdict

    @property
    def remedy(self) -> str:
        """What to try."""
        return REMEDY[self.verdict]

    @property
    def half_life(self) -> float:
        """Steps in which the gradient halves; infinite if it does not shrink."""
        return log(2) / -log(self.rate) if 0 < self.rate < 1 else inf if self.rate >= 1 else 0.0


@dataclass(frozen=True)
class GradientFlow:
    """The gradient of a loss with regard to the states of every recurrent cell, step by step."""

    cells: tuple[FlowOfCell, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of the cells': exploding, then vanishing."""
        found = {cell.verdict for cell in self.cells}
        return next(v for v in ("exploding", "vanishing", "healthy") if v in found)

    @property
    def remedy(self) -> str:
        """What to try."""
        return REMEDY[self.verdict]

    def to_frame(self) -> Any:
        """Return a table: layer, steps back, norm."""
        return frame_of({
            "layer": [cell.name for cell in self.cells for _ in cell.norms],
            "steps_back": [back for cell in self.cells for back in range(1, len(cell.norms) + 1)],
            "norm": [float(norm) for cell in self.cells for norm in cell.norms],
        })  # fmt: skip

    def plot(self) -> Figure:
        """Draw the norms against steps back, on a logarithmic scale."""
        figure = Figure(figsize=(7, 4), layout="constrained")
        axes = figure.subplots()
        for cell in self.cells:
            shown = np.where(cell.norms > 0, cell.norms, np.nan)
            axes.plot(np.arange(1, len(shown) + 1), shown, lw=1.5, label=f"{cell.name}: {cell.verdict}")
        axes.set_yscale("log")
        axes.invert_xaxis()
        axes.set_xlabel("steps before the end of the sequence")
        axes.set_ylabel("‖∂L/∂state‖")
        axes.set_title(f"gradient through time: {self.verdict}", loc="left", fontsize=11)
        axes.legend(fontsize=9, frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        return figure

    def __str__(self) -> str:
        lines = [
            f"{cell.name}: {cell.verdict}; the gradient changes by {cell.rate:.3g} × a step back and reaches "
            f"{cell.reach} of {len(cell.norms)} steps"
            for cell in self.cells
        ]
        return "\n".join([*lines, f"try: {self.remedy}"])


def gradient_flow(
    model: nn.Module, batch: tuple[Any, Any] | Tensor, loss: Callable[[Any, Any], Tensor] | None = None
) -> GradientFlow:
    """Measure the gradient of a loss with regard to the states of every recurrent cell at every step.

    The states are all of a cell's side by side. The model runs as it is, in its own mode; its
    gradients, its mode and torch's random state are as before.

    Args:
        model: any module with frontal's layers in it.
        batch: inputs and targets; without `loss` the inputs alone. A tuple or dictionary of inputs
            is spread over the call.
        loss: from the model's outputs and the targets to a scalar; by default the sum of all outputs
            at the last valid step of every recurrent layer's last cell.

    Raises:
        FrontalError: no recurrent layer, or a loss that does not depend on one.
    """
    inputs, targets = batch if isinstance(batch, tuple) and loss is not None else (batch, None)
    with torch.random.fork_rng(devices=[]), torch.enable_grad(), recording(model) as records:
        outputs = _call(model, inputs)
        value = loss(outputs, targets) if loss is not None else _last_outputs(records)
        if not isinstance(value, Tensor) or value.dim() != 0 or not value.requires_grad:
            raise FrontalError("the loss must be a scalar tensor that depends on the model's outputs")
        found = torch.autograd.grad(value, [record.nudges for record in records], allow_unused=True)
    if all(gradient is None or not gradient.any() for gradient in found):
        raise FrontalError("the loss does not depend on any recurrent layer of the model")
    flows = [_flow(r, torch.zeros_like(r.nudges) if g is None else g) for r, g in zip(records, found, strict=True)]
    return GradientFlow(tuple(flows))


def _call(model: nn.Module, inputs: Any) -> Any:
    if isinstance(inputs, dict):
        return model(**inputs)
    return model(*inputs) if isinstance(inputs, tuple | list) else model(inputs)


def _last_outputs(records: list[Recording]) -> Tensor:
    record = records[-1]
    output = next(iter(record.states(record.after).values()))  # (T, B, size)
    last = (record.valid.sum(0) - 1) if record.direction == "forwards" else torch.zeros_like(record.valid[0]).long()
    return output[last, torch.arange(output.shape[1])].sum()


def _flow(record: Recording, gradient: Tensor) -> FlowOfCell:
    norms = _by_steps_back(gradient.double().norm(dim=-1).cpu(), record)
    largest = norms.max(initial=0.0)
    arrived = np.nonzero(norms >= FAINT * largest)[0] if largest > 0 else np.array([], int)
    rate = _rate(norms)
    reach = int(arrived[-1]) + 1 if len(arrived) else 0
    return FlowOfCell(record.name, norms, rate, reach, _judged(norms, rate))


def _judged(norms: Floats, rate: float) -> Verdict:
    whole = rate ** len(norms) if rate < GROWS else inf
    if not np.isfinite(norms).all() or whole > 1 / FAINT:
        return "exploding"
    return "vanishing" if rate < SHRINKS or whole < FAINT else "healthy"


def _by_steps_back(norms: Tensor, record: Recording) -> Floats:
    """Return the mean over sequences of norms (T, B) by steps back from the last one; of those that are so long."""
    lengths = record.valid.sum(0).cpu()  # (B,)
    back = torch.arange(int(lengths.max()))[:, None]  # (T, 1)
    there = back < lengths
    step = (lengths - 1 - back).clamp(min=0) if record.direction == "forwards" else back.expand(there.shape)
    picked = torch.where(there, norms.gather(0, step), 0)
    return (picked.sum(1) / there.sum(1)).numpy()


def _rate(norms: Floats) -> float:
    """Return the factor a step back, from the steps where there is a gradient to speak of."""
    known = np.nonzero(norms > 0)[0]
    if len(known) < 2:
        return 1.0 if len(norms) < 2 else 0.0
    slope = np.polyfit(known, np.log(norms[known]), 1)[0]
    return float(np.exp(slope))
