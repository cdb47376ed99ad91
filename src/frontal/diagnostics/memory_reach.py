"""How many steps back an input still moves the output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from frontal.diagnostics.figure import new_figure
from frontal.diagnostics.frame import frame_of
from frontal.diagnostics.recording import evaluating
from frontal.errors import FrontalError
from frontal.layers.sequence import Lengths

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
PROBES = 16  # random mixtures of the output's features, if there are more
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
        figure = new_figure(7, 3.6)
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
    model: nn.Module | Callable[..., Any],
    x: Tensor,
    *,
    lengths: Lengths | None = None,
    batch_first: bool | None = None,
    every_step: bool | None = None,
    faint: float = FAINT,
) -> MemoryReach:
    """Measure how far back inputs move the last output of a model.

    Args:
        model: from x to outputs; a tuple's first element counts. In evaluation mode, and left as it was.
        x: (T, B, I), or (B, T, I) with `batch_first`.
        lengths: valid steps of each sequence, (B,); handed to the model under this name.
        batch_first: by default what the model says of itself, else False.
        every_step: whether the outputs have steps, laid out as in x, or are one answer a sequence,
            (B, …). By default they have if they are of three dimensions and the first two are those of x.
        faint: the share of the largest influence from which an input counts as felt.

    Raises:
        FrontalError: x is no such tensor, the output does not depend on it, or may be read in two ways.
    """
    if x.dim() != 3 or not x.is_floating_point():
        raise FrontalError(
            f"x must be floating-point numbers, (T, B, I) or (B, T, I), got {x.dtype} {tuple(x.shape)}; "
            "for tokens hand over the part of the model behind the embedding, and what it reads"
        )
    first = bool(getattr(model, "batch_first", False)) if batch_first is None else batch_first
    inputs = x.detach().clone().requires_grad_()
    T, B = (x.shape[1], x.shape[0]) if first else x.shape[:2]
    steps = torch.full((B,), T) if lengths is None else torch.as_tensor(lengths).cpu()
    with evaluating(model if isinstance(model, nn.Module) else nn.Identity()), torch.enable_grad():
        outputs = model(inputs) if lengths is None else model(inputs, lengths=lengths)
        answers = _answers(outputs[0] if isinstance(outputs, tuple) else outputs, x, steps, first, every_step)
        gradients = _gradients(answers, inputs)  # (K, T, B, I) or (K, B, T, I)
    felt = gradients.double().square().mean((0, 3)).cpu()
    influence = _by_steps_back(felt.T if first else felt, steps).sqrt().numpy()
    if not np.isfinite(influence).all():
        raise FrontalError("the gradient of the last output is not finite; the states have exploded")
    if not influence.any():
        raise FrontalError("the last output does not depend on the input")
    influence /= influence.max()
    return MemoryReach(influence, int(np.nonzero(influence >= faint)[0][-1]), faint)


def _answers(outputs: Tensor, x: Tensor, steps: Tensor, first: bool, every_step: bool | None) -> Tensor:
    """Return the last output of each sequence, (B, features)."""
    B, alike = len(steps), outputs.shape[:2] == x.shape[:2]
    if every_step is None and alike and outputs.dim() == 2:
        raise FrontalError(
            f"outputs {tuple(outputs.shape)} may be one number a step, or several for each sequence; "
            "say every_step=True or every_step=False"
        )
    if every_step and not alike:
        raise FrontalError(f"outputs {tuple(outputs.shape)} have no steps laid out as those of x, {tuple(x.shape)}")
    if alike and every_step is not False:
        ends, rows = (steps - 1).to(outputs.device), torch.arange(B, device=outputs.device)
        outputs = outputs[rows, ends] if first else outputs[ends, rows]
    if not outputs.dim() or len(outputs) != B:
        raise FrontalError(f"outputs must be laid out as x, or (B, …) with B = {B}; got {tuple(outputs.shape)}")
    return outputs.reshape(B, -1)


def _gradients(answers: Tensor, inputs: Tensor) -> Tensor:
    """Return the gradients of each feature of the answers, or of random mixtures if they are many."""
    if not answers.requires_grad:
        return inputs.new_zeros(1, *inputs.shape)
    B, D = answers.shape
    mixtures = torch.randn(PROBES, D, generator=torch.Generator().manual_seed(0)) if D > PROBES else torch.eye(D)
    found = [
        torch.autograd.grad(answers, inputs, row.to(answers).expand(B, D), retain_graph=True, allow_unused=True)[0]
        for row in mixtures
    ]
    return torch.stack([torch.zeros_like(inputs) if gradient is None else gradient for gradient in found])


def _by_steps_back(felt: Tensor, steps: Tensor) -> Tensor:
    """Return the mean over sequences of (T, B), by steps back from the last of each."""
    back = torch.arange(int(steps.max()))[:, None]  # (T, 1)
    there = back < steps
    picked = torch.where(there, felt.gather(0, (steps - 1 - back).clamp(min=0)), 0)
    return picked.sum(1) / there.sum(1)
