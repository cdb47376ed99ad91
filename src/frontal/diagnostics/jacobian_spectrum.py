"""By how much one step stretches and shrinks what the states remember."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from frontal.cell import Cell
from frontal.diagnostics.figure import new_figure
from frontal.diagnostics.frame import frame_of
from frontal.diagnostics.recording import Recording, evaluating, run_recorded
from frontal.errors import FrontalError
from frontal.layers import Recurrent
from frontal.layers.joined import Joined
from frontal.layers.threads import threads_for

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
SWEEPS = 10  # forwards and back, at most
SETTLED = 1e-4  # change of every exponent at which the sweeps end
TINY = 1e-300  # stands for what a step makes zero


@dataclass(frozen=True)
class JacobianSpectrum:
    """Of J_t = ∂s_{t+1} / ∂s_t with all states s of a cell side by side, S features, along one sequence.

    Attributes:
        name: of the layer.
        singular: singular values of every J_t, from large to small, (T, S).
        moduli: magnitudes of its eigenvalues, from large to small, (T, S).
        exponents: Lyapunov exponents over this sequence, from large to small, (S,): the logarithm by
            which directions grow, a step; above 0 a small change grows, far below 0 it is soon forgotten.
    """

    name: str
    singular: Floats
    moduli: Floats
    exponents: Floats

    @property
    def memory(self) -> float:
        """Steps in which the slowest direction shrinks to 1/e; infinite if it does not shrink."""
        return float(-1 / self.exponents[0]) if self.exponents[0] < 0 else float("inf")

    def to_frame(self) -> Any:
        """Return a table: step, rank, singular value, modulus of the eigenvalue."""
        T, S = self.singular.shape
        return frame_of({
            "step": np.repeat(np.arange(T), S), "rank": np.tile(np.arange(S), T),
            "singular": self.singular.flatten(), "modulus": self.moduli.flatten(),
        })  # fmt: skip

    def plot(self) -> Figure:
        """Draw the largest, the median and the smallest singular value by step, and the exponents."""
        figure = new_figure(9, 3.6)
        left, right = figure.subplots(1, 2)
        picks = {"largest": 0, "median": self.singular.shape[1] // 2, "smallest": -1}
        for name, rank in picks.items():
            left.plot(np.maximum(self.singular[:, rank], 1e-12), lw=1.4, label=name)
        left.axhline(1, color="#888888", lw=0.8, ls=":")
        left.set(yscale="log", xlabel="step", ylabel="singular value")
        left.set_title(f"{self.name}: the Jacobian of a step", loc="left", fontsize=10)
        left.legend(fontsize=8, frameon=False)
        right.plot(self.exponents, "o", ms=3)
        right.axhline(0, color="#888888", lw=0.8, ls=":")
        right.set(xlabel="rank", ylabel="Lyapunov exponent a step")
        for axes in (left, right):
            axes.spines[["top", "right"]].set_visible(False)
        return figure

    def __str__(self) -> str:
        top = self.singular[:, 0]
        return (
            f"{self.name}: a step stretches by up to {np.median(top):.3g} (median; at most {top.max():.3g}); largest "
            f"Lyapunov exponent {self.exponents[0]:.3g}, the slowest direction lasts {self.memory:.3g} steps"
        )


def jacobian_spectrum(model: nn.Module, *inputs: Any, sequence: int = 0, **named: Any) -> list[JacobianSpectrum]:
    """Measure the Jacobian of every step along one sequence, for each recurrent cell of a model.

    Args:
        model: any module with frontal's layers in it, or a cell; taken in evaluation mode, and left as it was.
        inputs, named: what it is called with; a cell with x, (T, B, I), and what else a layer takes.
        sequence: which of the batch.

    Raises:
        FrontalError: no recurrent layer, no such sequence, or a step without a finite Jacobian.
    """
    model = Recurrent(model) if isinstance(model, Cell) else model
    with evaluating(model), torch.no_grad():
        _, records = run_recorded(model, *inputs, **named)
    B = records[0].valid.shape[1]
    if not 0 <= sequence < B:
        raise FrontalError(f"sequence must be within 0 .. {B - 1}, got {sequence}")
    return [_spectrum(record, sequence) for record in records]


def singular_values(record: Recording, steps: Tensor, sequence: int) -> Floats:
    """Return those of the Jacobians of some steps of a sequence, from large to small, (n, S).

    Raises:
        FrontalError: a step without a finite Jacobian.
    """
    jacobians = _finite(_jacobians(record, steps, sequence), record)
    with threads_for(jacobians[0].numel()):
        return torch.linalg.svdvals(jacobians).numpy()


def _spectrum(record: Recording, sequence: int) -> JacobianSpectrum:
    steps = torch.nonzero(record.valid[:, sequence]).flatten()
    jacobians = _finite(_jacobians(record, steps, sequence), record)  # (T, S, S)
    jacobians = jacobians if record.direction == "forwards" else jacobians.flip(0)  # in the order of computation
    with threads_for(jacobians[0].numel()):
        singular = torch.linalg.svdvals(jacobians)
        moduli = torch.linalg.eigvals(jacobians).abs().sort(dim=-1, descending=True).values
        exponents = _exponents(jacobians)
    return JacobianSpectrum(record.name, singular.numpy(), moduli.numpy(), exponents.numpy())


def _jacobians(record: Recording, steps: Tensor, sequence: int) -> Tensor:
    """Return ∂s'/∂s of these steps, each (S, S): one backward pass a feature, all steps at once."""
    joined = Joined.of(record.cell)
    x = record.x[steps, sequence]
    read = torch.cat([x, x.new_zeros(len(steps), *joined.state_sizes)], -1)
    before = record.before[steps, sequence].detach().requires_grad_()
    with torch.enable_grad():
        after = joined.step(read, before)
        rows = [torch.autograd.grad(after[:, k].sum(), before, retain_graph=True)[0] for k in range(after.shape[1])]
    return torch.stack(rows, 1).double().cpu()


def _finite(jacobians: Tensor, record: Recording) -> Tensor:
    if not jacobians.isfinite().all():
        raise FrontalError(f"{record.name}: a step of this sequence has no finite Jacobian; the states have exploded")
    return jacobians


def _exponents(jacobians: Tensor) -> Tensor:
    """Return logarithms of the singular values of the product of all J_t, a step.

    The product itself would underflow: orthonormal directions go forwards through the steps and back
    through their transposes, again and again, which turns them into its right singular vectors.
    """
    back = jacobians.mT.flip(0)
    directions, growth = _through(jacobians, torch.eye(jacobians.shape[-1], dtype=jacobians.dtype))
    for _ in range(SWEEPS):
        before, (directions, _) = growth, _through(back, directions)
        directions, growth = _through(jacobians, directions)
        if (growth - before).abs().max() < SETTLED * len(jacobians):
            break
    return (growth / len(jacobians)).sort(descending=True).values


def _through(jacobians: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
    """Return where orthonormal directions end, and the logarithm by which each grew (Benettin et al. 1980)."""
    growth = torch.zeros(len(directions), dtype=jacobians.dtype)
    for jacobian in jacobians:
        directions, stretched = torch.linalg.qr(jacobian @ directions)
        growth += stretched.diagonal().abs().clamp(min=TINY).log()
    return directions, growth
