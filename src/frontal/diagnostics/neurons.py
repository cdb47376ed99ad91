"""Which unit watches what: quotes, brackets, the weekday … found by itself, scored on data it was not chosen on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.frame import frame_of
from frontal.diagnostics.neuron_scores import Scores, Watcher, scores
from frontal.diagnostics.neurons_plot import draw
from frontal.diagnostics.predicate import Truth
from frontal.errors import FrontalError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Neurons:
    """What the units of a network watch.

    Attributes:
        best: for each predicate the unit that tells it best, by area.
        units: for each unit the predicate that it tells best, by area.
        rare: predicates that hold, or fail, too seldom to be told.
    """

    best: tuple[Watcher, ...]
    units: tuple[Watcher, ...]
    rare: tuple[str, ...]

    def of(self, predicate: str) -> Watcher:
        """Return the unit that tells a predicate best; an unknown or rare one raises `FrontalError`."""
        for watcher in self.best:
            if watcher.predicate == predicate:
                return watcher
        why = "holds, or fails, too seldom here" if predicate in self.rare else "was not asked for"
        raise FrontalError(f"{predicate!r} {why}; there are {', '.join(repr(w.predicate) for w in self.best)}")

    def to_frame(self) -> Any:
        """Return a table, a row a unit."""
        return frame_of({name: np.array([getattr(w, name) for w in self.units]) for name in Watcher.__annotations__})

    def plot(self) -> Figure:
        """Draw the best unit of each predicate, its area beside the control's."""
        return draw(self.best)

    def __str__(self) -> str:
        width = max((len(w.predicate) for w in self.best), default=0)
        return "\n".join(
            f"{w.predicate:<{width}}  {w.signal} {w.unit:>4} {'+' if w.sign > 0 else '-'}  "
            f"area {w.area:.3f}  control {w.control:.3f}  holds at {w.share:.1%}"
            for w in self.best
        )


def neurons(
    capture: Capture, truths: Mapping[str, Truth], *, signals: Sequence[str] | None = None, seed: int = 0
) -> Neurons:
    """Rank the units of a capture by how well each tells where predicates hold.

    The unit is chosen, and its sign, on the first half of the steps, and scored on the second. The
    control keeps everything but where the predicate holds: its labels are moved along the second
    half, so that they are as long and as many as before.

    Args:
        capture: of a model along data.
        truths: where each predicate holds, bool (N,), by name.
        signals: names of states or gates; by default every layer's states.
        seed: of the control.

    Raises:
        FrontalError: nothing to ask, or all of it too rare.
    """
    return best_of(scores(capture, truths, signals=signals, seed=seed))


def best_of(found: Scores) -> Neurons:
    """Return of each predicate its best unit, and of each unit its best predicate."""
    by_predicate = [found.watcher(int(found.strength[:, p].argmax()), p) for p in range(len(found.predicates))]
    by_unit = [found.watcher(u, int(found.strength[u].argmax())) for u in range(len(found.places))]
    return Neurons(_sorted(by_predicate), _sorted(by_unit), found.rare)


def _sorted(watchers: list[Watcher]) -> tuple[Watcher, ...]:
    return tuple(sorted(watchers, key=lambda watcher: -watcher.area))
