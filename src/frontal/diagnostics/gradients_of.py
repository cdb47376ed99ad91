"""How far the loss of each step reaches back: gradients of a window of steps, told apart by where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from frontal.diagnostics.gradient_flow import FAINT, REMEDY, Verdict, judged, rate_of
from frontal.diagnostics.gradient_rows import Read, Rows, States, gradient_rows, window_piece
from frontal.diagnostics.jacobian_spectrum import singular_values
from frontal.diagnostics.past import Past
from frontal.diagnostics.recording import evaluating, recording
from frontal.errors import FrontalError

COMMON = 4  # a quarter of the losses

Floats = NDArray[np.floating[Any]]
Steps = NDArray[np.int64]


@dataclass(frozen=True)
class WindowGradients:
    """Gradients of the losses in a window of n steps, with regard to a cell's states after each of them.

    A loss at step t' and the states s_t after step t: ∂L_t'/∂s_t, through all that comes between.

    Attributes:
        layer: of the cell, and its direction.
        states: their names, which stand side by side in s.
        first: step with which the window begins.
        steps: those that have a loss, (L,), counted from `first`.
        losses: there, (L,).
        triangle: ‖∂L_t'/∂s_t‖, (L, n); 0 where a state comes after the loss.
        whole: ‖∂ΣL/∂s_t‖ of all losses of the window together, (n,).
        shares: what each loss gives to `whole`, (L, n): its gradient along the direction of the whole.
            They add up to it; a loss that pulls the other way counts below 0.
        carried: mean of `triangle` by steps back, (n,) at most, first the loss's own step; as far as a quarter of
            the losses reach.
        rate: by which factor `carried` grows, a step back.
        reach: steps back until `carried` is below 1 % of its largest for good.
        verdict: "healthy", "vanishing" or "exploding"; None where no loss has two steps behind it.
    """

    layer: str
    states: tuple[str, ...]
    first: int
    steps: Steps
    losses: Floats
    triangle: Floats
    whole: Floats
    shares: Floats
    carried: Floats
    rate: float
    reach: int
    verdict: Verdict | None

    @property
    def remedy(self) -> str:
        """What to try."""
        return "" if self.verdict is None else REMEDY[self.verdict]

    def by_distance(self) -> tuple[list[str], Floats]:
        """Return distances in words, and what the losses so far away give to `whole`, (distances, n)."""
        n = self.whole.shape[0]
        away = np.abs(self.steps[:, None] - np.arange(n))  # (L, n)
        edges = [0, *(1 << k for k in range(7) if 1 << k < max(n, 2)), n]
        parts = [np.where((away >= low) & (away < high), self.shares, 0).sum(0) for low, high in pairwise(edges)]
        names = [f"{low}" if high - low == 1 else f"{low}–{high - 1}" for low, high in pairwise(edges)]
        return names, np.stack(parts)

    def __str__(self) -> str:
        if self.verdict is None:
            return f"{self.layer}: too few steps lead to a loss here to say how its gradient changes"
        way = "holds at" if round(self.rate, 2) == 1 else "falls" if self.rate < 1 else "grows"
        back = len(self.carried) - 1
        reach = f"all {back} steps of the window" if self.reach >= back else f"{self.reach} steps"
        return f"{self.layer}: {self.verdict}; norm {way} ×{self.rate:.2f} per step back, effective reach {reach}"


@dataclass(frozen=True)
class Connectivity:
    """How much each input moves each answer: ‖∂a_t'/∂x_t‖, a the score of the likeliest answer at step t'.

    After Madsen, "Visualizing memorization in RNNs", Distill 2019. x is what the first recurrent layer
    reads: of a symbol its embedding.

    Attributes:
        first: step with which the window begins.
        steps: those that have an answer, (L,), counted from `first`.
        scores: there, (L,).
        values: (L, n).
        reach: for each answer, steps back to the farthest input that moves it by 1 % of the most, (L,).
    """

    first: int
    steps: Steps
    scores: Floats
    values: Floats
    reach: Steps


def window_gradients(
    past: Past, first: int, stop: int, *, layer: str | None = None, state: str | None = None
) -> WindowGradients:
    """Measure how each loss of a window reaches the states before it.

    Exact, in one run forwards and one back for as many losses as there is room for. The states at the
    beginning of the window are those of a run from the beginning of the data.

    Args:
        past: of the subject: `Past(subject)`.
        first, stop: steps of the window, 256 at most.
        layer: name of a cell in a capture; by default the last.
        state: one of its states, "h"; by default all of them side by side.

    Raises:
        FrontalError: no such window, layer or state, or no loss in the window.
    """
    target = States(layer, state)
    rows = gradient_rows(past, first, stop, past.subject.each_loss, target)
    if not len(rows.steps):
        raise FrontalError(
            f"no step from {first} to {stop - 1} of {past.subject.name} has a loss; choose a window with the end of "
            "a sequence in it, or data with labels"
        )
    record, vectors = target.record(rows.records), rows.vectors  # (L, n, S)
    triangle = vectors.norm(dim=2)
    together = vectors.sum(0)  # (n, S)
    whole = together.norm(dim=1)
    direction = together / whole.clamp_min(torch.finfo(whole.dtype).tiny)[:, None]
    shares = torch.einsum("lns,ns->ln", vectors, direction)
    along = _by_lag(triangle.double().numpy(), rows, forwards=record.direction == "forwards")
    felt = np.flatnonzero((along > 0) & (along >= FAINT * along.max(initial=0)))
    rate, reach = rate_of(along), int(felt[-1]) if len(felt) else 0
    return WindowGradients(
        record.name, target.names(record), first, rows.steps, rows.values.numpy(), triangle.numpy(), whole.numpy(),
        shares.numpy(), along, rate, reach, judged(rate, len(along)) if len(along) > 2 else None,
    )  # fmt: skip


def connectivity(past: Past, first: int, stop: int) -> Connectivity:
    """Measure how much each input of a window moves each answer in it; arguments as for `window_gradients`."""
    rows = gradient_rows(past, first, stop, past.subject.each_score, Read())
    values = rows.vectors.norm(dim=2).numpy()
    felt = (values > 0) & (values >= FAINT * values.max(axis=1, initial=0, keepdims=True))
    reach = np.where(felt, np.abs(rows.back), 0).max(axis=1, initial=0)
    return Connectivity(first, rows.steps, rows.values.numpy(), values, reach)


def window_stretch(past: Past, first: int, stop: int, *, layer: str | None = None) -> Floats:
    """Return the singular values of the Jacobian ∂s_t / ∂s_t-1 of each step of a window, from large to small, (n, S).

    With all states s of a cell side by side; above 1 a step stretches a direction, below 1 it forgets it.
    Arguments as for `window_gradients`.
    """
    piece = window_piece(past.subject, first, stop)
    begin = past.before(piece.first)
    with evaluating(past.subject.model), torch.no_grad(), recording(past.subject.model) as records:
        past.subject.run(piece, begin)
    record = States(layer, None).record(records)
    sequences, times = record.valid.T.nonzero()[first - piece.first : stop - piece.first].unbind(1)
    parts = [singular_values(record, times[sequences == k], k) for k in sequences.unique().tolist()]
    return np.concatenate(parts)


def _by_lag(triangle: Floats, rows: Rows, *, forwards: bool) -> NDArray[np.float64]:
    """Return the mean norm by steps back, the way that the cell goes.

    They are counted from the loss; where none of the cell's steps leads to it, as to the answer at the end from
    a direction that ends at the beginning, from the last step that the cell takes.
    """
    back = rows.back if forwards else -rows.back
    felt = (triangle > 0) & (np.abs(back) < triangle.shape[1])
    ahead = ~(felt & (back > 0)).any(1)
    back = back - np.where(felt & ahead[:, None], back, 0).min(1, initial=0, keepdims=True)
    known = (back >= 0) & (back < triangle.shape[1])
    counts = np.bincount(back[known])
    common = int(np.argmin(np.append(counts >= counts.max(initial=0) / COMMON, False)))
    return (np.bincount(back[known], weights=triangle[known]) / np.maximum(counts, 1))[:common]
