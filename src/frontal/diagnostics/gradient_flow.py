"""Does the gradient survive the way back through time?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from frontal.diagnostics.figure import new_figure
from frontal.diagnostics.frame import frame_of
from frontal.diagnostics.recording import Recording, run_recorded, untouched
from frontal.errors import FrontalError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Verdict = Literal["healthy", "vanishing", "exploding"]
Floats = NDArray[np.float64]

FAINT = 0.01  # of its largest norm: what a gradient must keep to count as arrived
GROWS, SHRINKS = 1.1, 0.9  # factor a step beyond which it explodes or vanishes, however short the sequence
REMEDY: dict[Verdict, str] = {
    "healthy": "nothing to do",
    "vanishing": "a gated cell (LSTM, GRU) if it has none, gates opened with frontal.layers.initialise.chrono or "
    "forget_bias, orthogonal or identity recurrent weights, or the "
    "penalty frontal.training.penalties.vanishing_gradient_penalty",
    "exploding": "clip_norm=1 in the training settings, a smaller spectral radius "
    "(frontal.layers.initialise.spectral_radius), or a gated cell",
}


@dataclass(frozen=True)
class FlowOfCell:
    """The gradient that reaches the states of one cell.

    Attributes:
        name: of the layer.
        norms: ‖∂L/∂s‖ by steps back from the last step that the loss depends on, mean over the
            sequences, (T,): first that of the states with which this step begins, last that of the
            initial states.
        carried: the part of it that comes from that last step alone, (T,). A loss at every step feeds
            the gradient anew all along; only this part tells what survives the way back.
        rate: by which factor `carried` grows, a step back; the slope of a line through the logarithms.
        reach: steps back until `carried` is below 1 % of its largest, T if it never is.
        verdict: "healthy", "vanishing" or "exploding".
    """

    name: str
    norms: Floats
    carried: Floats
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
        """Return a table: layer, steps back, norm, carried."""
        return frame_of({
            "layer": [cell.name for cell in self.cells for _ in cell.norms],
            "steps_back": [back for cell in self.cells for back in range(1, len(cell.norms) + 1)],
            "norm": [float(norm) for cell in self.cells for norm in cell.norms],
            "carried": [float(norm) for cell in self.cells for norm in cell.carried],
        })  # fmt: skip

    def plot(self) -> Figure:
        """Draw the norms against steps back, on a logarithmic scale; dashed what the last step alone sends."""
        figure = new_figure(7, 4)
        axes = figure.subplots()
        for cell in self.cells:
            back = np.arange(1, len(cell.norms) + 1)
            (line,) = axes.plot(back, _seen(cell.norms), lw=1.5, label=f"{cell.name}: {cell.verdict}")
            if not np.allclose(cell.norms, cell.carried, rtol=1e-3, atol=0):
                axes.plot(back, _seen(cell.carried), lw=1.2, ls="--", color=line.get_color())
        axes.set_yscale("log")
        axes.invert_xaxis()
        axes.set_xlabel("steps back from the last one that the loss depends on")
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
    with untouched(model), torch.enable_grad():
        outputs, records = _call(model, inputs)
        value = loss(outputs, targets) if loss is not None else _last_outputs(records)
        if not isinstance(value, Tensor) or value.dim() != 0 or not value.requires_grad:
            raise FrontalError("the loss must be a scalar tensor that depends on the model's outputs")
        arrived = _gradients(value, [record.after for record in records])
        if not any(gradient.any() for gradient in arrived):
            raise FrontalError("the loss does not depend on any recurrent layer of the model")
        whole = _gradients(value, [record.nudges for record in records])
        carried = _from_last_steps(records, arrived)
    return GradientFlow(tuple(map(_flow, records, arrived, whole, carried)))


def _call(model: nn.Module, inputs: Any) -> tuple[Any, list[Recording]]:
    if isinstance(inputs, dict):
        return run_recorded(model, **inputs)
    return run_recorded(model, *inputs) if isinstance(inputs, tuple | list) else run_recorded(model, inputs)


def _last_outputs(records: list[Recording]) -> Tensor:
    record = records[-1]
    output = next(iter(record.states(record.after).values()))  # (T, B, size)
    return output[record.ends, torch.arange(output.shape[1], device=output.device)].sum()


def _gradients(of: Tensor, to: list[Tensor], arriving: Tensor | None = None) -> list[Tensor]:
    """Return the gradients of a tensor, zero where it does not depend on one."""
    found = torch.autograd.grad(of, to, arriving, retain_graph=True, allow_unused=True)
    return [torch.zeros_like(t) if gradient is None else gradient for gradient, t in zip(found, to, strict=True)]


def _from_last_steps(records: list[Recording], arrived: list[Tensor]) -> list[Tensor]:
    """Return the gradients of the states, each (T, B, S), that the last steps of the uppermost cells send back.

    Args:
        records: from input to output.
        arrived: for each the gradient of what its steps gave, (T, B, S), not through its own later steps.
    """
    sent = [torch.zeros_like(record.nudges) for record in records]
    for k in reversed(range(len(records))):
        if not sent[k].any() and arrived[k].any():  # no cell above it has sent anything down
            last = torch.where(_last_step(records[k], arrived[k])[..., None], arrived[k], 0)
            found = _gradients(records[k].after, [record.nudges for record in records], last)
            sent = [a + b for a, b in zip(sent, found, strict=True)]
    return sent


def _last_step(record: Recording, arrived: Tensor) -> Tensor:
    """Return where the last step of each sequence is that a gradient arrives at, bool (T, B)."""
    there = arrived.ne(0).any(-1) & record.valid  # NaN counts
    later = there if record.direction == "backwards" else there.flip(0)
    first = later & (later.cumsum(0) == 1)
    return first if record.direction == "backwards" else first.flip(0)


def _flow(record: Recording, arrived: Tensor, whole: Tensor, carried: Tensor) -> FlowOfCell:
    last = _last_step(record, arrived)
    norms, sent = _by_steps_back(whole, last, record), _by_steps_back(carried, last, record)
    felt = np.nonzero((sent > 0) & (sent >= FAINT * sent.max()))[0]
    rate = rate_of(sent)
    return FlowOfCell(record.name, norms, sent, rate, int(felt[-1]) + 1 if len(felt) else 0, judged(rate, len(sent)))


def judged(rate: float, steps: int) -> Verdict:
    """Return what a factor a step does to a gradient over so many steps."""
    change = steps * log(rate) if rate > 0 else -inf
    if rate >= GROWS or change > -log(FAINT):
        return "exploding"
    return "vanishing" if rate < SHRINKS or change < log(FAINT) else "healthy"


def _by_steps_back(gradient: Tensor, last: Tensor, record: Recording) -> Floats:
    """Return the mean norm of gradients (T, B, S) over the sequences, by steps back from the `last` step of each."""
    norms = gradient.double().norm(dim=-1).cpu()  # (T, B)
    last, valid = last.cpu(), record.valid.cpu()
    ends, seen = last.long().argmax(0), last.any(0)  # (B,)
    if not seen.any():
        return np.zeros(int(valid.sum(0).max()))
    forwards = record.direction == "forwards"
    steps = torch.where(seen, ends + 1 if forwards else valid.sum(0) - ends, 0)  # that lead to it, (B,)
    back = torch.arange(int(steps.max()))[:, None]  # (T, 1)
    there = back < steps
    step = torch.where(there, ends - back if forwards else ends + back, 0)
    picked = torch.where(there, norms.gather(0, step), 0)
    return (picked.sum(1) / there.sum(1)).numpy()


def _seen(norms: Floats) -> Floats:
    return np.where(norms > 0, norms, np.nan)


def rate_of(norms: Floats) -> float:
    """Return the factor a step back of norms by steps back, from the steps where there is a gradient to speak of."""
    if not np.isfinite(norms).all():
        return inf
    known = np.nonzero(norms > 0)[0]
    if len(known) < 2:
        return 1.0 if len(known) == len(norms) else 0.0
    return float(np.exp(np.polyfit(known, np.log(norms[known]), 1)[0]))
