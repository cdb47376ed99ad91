"""How many steps back an input still moves the output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor, nn

from frontal.diagnostics.capture import evaluating
from frontal.diagnostics.frame import frame_of
from frontal.errors import FrontalError

Floats = NDArray[np.float64]
PROBES = 8  # random directions of the output
FAINT = 0.01  # of the largest influence


@dataclass(frozen=True)
class MemoryReach:
    """The influence of inputs on the last output.

    Attributes:
        influence: root mean square of ∂ last output / ∂ input by steps back, (T,), the largest is 1;
            first that of the last step itself.
        steps: how many steps back it is last above `faint`.
        faint: the share of the largest influence that still counts.
    """

    influence: Floats
    steps: int
    faint: float

    def to_frame(self) -> Any:
        """Return a table: steps back, influence."""
        return frame_of({"steps_back": np.arange(len(self.influence)), "influence": self.influence})

    def plot(self) -> Figure:
        """Draw the influence against steps back."""
        figure = Figure(figsize=(7, 3.6), layout="constrained")
        axes = figure.subplots()
        axes.plot(np.maximum(self.influence, 1e-12), lw=1.5)
        axes.axhline(self.faint, color="#888888", lw=0.8, ls=":")
        axes.axvline(self.steps, color="#d55e00", lw=1, label=f"reach: {self.steps} steps")
        axes.set(yscale="log", xlabel="steps before the last output", ylabel="influence on the last output")
        axes.legend(fontsize=9, frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        return figure

    def __str__(self) -> str:
        whole = " (as far as the sequences go)" if self.steps == len(self.influence) - 1 else ""
        return f"an input moves the last output from up to {self.steps} steps back{whole}"


def memory_reach(
    model: nn.Module | Callable[[Tensor], Any], x: Tensor, *, batch_first: bool | None = None, faint: float = FAINT
) -> MemoryReach:
    """Measure how far back inputs move the last output of a model.

    Args:
        model: from x to outputs, a tensor with steps laid out as in x, or one without steps, (B, …);
            a tuple's first element counts. In evaluation mode, and left as it was.
        x: (T, B, I), or (B, T, I) with `batch_first`, all sequences of one length.
        batch_first: by default what the model says of itself, else False.
        faint: the share of the largest influence from which an input counts as felt.

    Raises:
        FrontalError: x is no such tensor, or the output does not depend on it.
    """
    if x.dim() != 3 or not x.is_floating_point():
        raise FrontalError(f"x must be floating-point numbers, (T, B, I) or (B, T, I), got {x.dtype} {tuple(x.shape)}")
    first = bool(getattr(model, "batch_first", False)) if batch_first is None else batch_first
    time = 1 if first else 0
    inputs = x.detach().clone().requires_grad_()
    module = model if isinstance(model, nn.Module) else nn.Identity()
    with evaluating(module), torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        outputs = model(inputs)
        outputs = outputs[0] if isinstance(outputs, tuple) else outputs
        last = outputs.select(time, -1) if outputs.shape[:2] == x.shape[:2] else outputs
        total = torch.zeros(x.shape[time], dtype=torch.float64)
        for _ in range(PROBES):
            if not last.requires_grad:
                break
            (found,) = torch.autograd.grad(last, inputs, torch.randn_like(last), retain_graph=True, allow_unused=True)
            if found is not None:
                total += found.double().square().movedim(time, 0).flatten(1).mean(1).cpu()
    influence = total.sqrt().flip(0).numpy()
    if not influence.any():
        raise FrontalError("the last output does not depend on the input")
    influence /= influence.max()
    return MemoryReach(influence, int(np.nonzero(influence >= faint)[0][-1]), faint)
