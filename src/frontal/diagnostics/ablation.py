"""What each unit is worth: how much greater the loss becomes when it alone is held at a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from frontal.diagnostics.experiment import placed, sequence_lengths
from frontal.diagnostics.figure import new_figure
from frontal.diagnostics.frame import frame_of
from frontal.diagnostics.intervene import cells_of, clamp, intervening, resolved
from frontal.diagnostics.past import Past
from frontal.diagnostics.recording import evaluating
from frontal.diagnostics.subject import Subject
from frontal.errors import FrontalError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
NUMBERS = 1 << 23  # factors and terms of the changes of one batch


@dataclass(frozen=True)
class Ablation:
    """Loss with each unit held at a value over some steps.

    Attributes:
        signal: layer and state.
        units: their numbers, (U,).
        loss: mean over the steps as ever.
        delta: how much greater it is with each unit held, (U,).
        seconds: that it took.
    """

    signal: str
    units: NDArray[np.intp]
    loss: float
    delta: Floats
    seconds: float

    @property
    def order(self) -> NDArray[np.intp]:
        """Places of the units in `units`, the one whose loss would hurt most first."""
        return np.argsort(-self.delta, kind="stable")

    def to_frame(self) -> Any:
        """Return a table: unit, delta."""
        return frame_of({"unit": self.units, "delta": self.delta})

    def plot(self, most: int = 20) -> Figure:
        """Draw the units that matter most."""
        first = self.order[:most][::-1]
        figure = new_figure(6, 0.6 + 0.22 * len(first))
        axes = figure.subplots()
        axes.barh([str(self.units[k]) for k in first], self.delta[first], color="#5e3c99")
        axes.set(xlabel="greater loss with the unit held", ylabel=f"unit of {self.signal}")
        axes.spines[["top", "right"]].set_visible(False)
        return figure

    def __str__(self) -> str:
        rows = [f"{self.signal}, loss {self.loss:.4f}"]
        return "\n".join(rows + [f"  unit {self.units[k]:>4}  {self.delta[k]:+.4f}" for k in self.order[:10]])


def ablation(
    subject: Subject,
    signal: str,
    first: int,
    stop: int,
    *,
    units: Sequence[int] | None = None,
    value: float | NDArray[np.floating[Any]] = 0.0,
    past: Past | None = None,
    progress: Callable[[int], None] | None = None,
) -> Ablation:
    """Hold each unit of a state at a value over some steps, one unit at a time, and measure the loss there.

    Many units are measured at once: each in its own copy of the steps, side by side in one batch.

    Args:
        subject: the model and the data.
        signal: layer and state, "layers.0/h"; "h" alone is the last layer's.
        first, stop: the steps; of data in sequences, those that hold them are run whole.
        units: which; by default all.
        value: what a unit is held at: one for all, or (U,), each one's mean, say.
        past: of the subject, where there is one already.
        progress: called with the number of units done.

    Raises:
        FrontalError: there is no such state, unit or step, or the steps have no loss.
    """
    if not 0 <= first < stop <= len(subject):
        raise FrontalError(f"{subject.name} has the steps 0 to {len(subject)}; {first} to {stop} are not among them")
    signal = resolved(subject.model, signal, gates=False)
    layer, k = cells_of(subject.model)[signal.rpartition("/")[0]]
    cell = layer.bound_cells()[k]
    sizes = dict(zip(cell.states, cell.state_sizes, strict=True))
    chosen = range(sizes[signal.rpartition("/")[2]]) if units is None else units
    values = np.broadcast_to(np.asarray(value, dtype=np.float64), len(chosen))
    began, piece = perf_counter(), subject.around(first, stop)
    states, lengths = (past or Past(subject)).before(piece.first), sequence_lengths(subject, piece)
    counted = slice(first - piece.first, None)

    def losses(changes: Sequence[Any], copies: int) -> Floats:
        with intervening(subject.model, placed(changes, lengths, piece.first)):
            outputs, _ = subject.run(piece, states, copies)
        each = subject.each_loss(piece, outputs)[:, counted].double().numpy()
        if np.isnan(each).all():
            raise FrontalError(f"{subject.name} has no loss at the steps {first} to {stop}; choose more of them")
        return np.nanmean(each, axis=1)

    some = max(1, NUMBERS // (max(lengths) * len(lengths) * 2 * sum(sizes.values())))
    found: list[Floats] = []
    with evaluating(subject.model), torch.no_grad():
        usual = losses([], 1)
        for at in range(0, len(chosen), some):
            batch = list(zip(chosen[at : at + some], values[at : at + some], strict=True))
            changes = [
                clamp(signal, unit, float(held), steps=slice(first, stop), sequences=copy)
                for copy, (unit, held) in enumerate(batch)
            ]
            found.append(losses(changes, len(batch)))
            if progress is not None:
                progress(at + len(batch))
    return Ablation(signal, np.array(chosen), float(usual[0]), np.concatenate(found) - usual, perf_counter() - began)
