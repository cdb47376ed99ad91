"""What a layer does to its cells against overfitting, within the recurrence."""

from __future__ import annotations

from dataclasses import dataclass

from frontal.cell import Cell
from frontal.errors import FrontalError
from frontal.layers.recurrent_dropout import RecurrentDropout, weights_dropped
from frontal.layers.zoneout import Zoneout


@dataclass(frozen=True)
class Regularisation:
    """Rates, each 0 .. 1, 0 for none.

    Attributes:
        recurrent_dropout: of what recurrent weights multiply, one mask a sequence; in training.
        zoneout: of every state, or one rate a state; after training its expectation.
        weight_drop: of the recurrent weights; in training.
    """

    recurrent_dropout: float = 0.0
    zoneout: float | tuple[float, ...] = 0.0
    weight_drop: float = 0.0

    def prepare(self, cell: Cell, where: str) -> None:
        """Make what stands around a cell; raise `FrontalError` unless every rate is right for it."""
        rates = self.zoneout if isinstance(self.zoneout, tuple) else (self.zoneout,)
        named = {"recurrent_dropout": [self.recurrent_dropout], "zoneout": rates, "weight_drop": [self.weight_drop]}
        for name, given in named.items():
            for rate in given:
                if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
                    raise FrontalError(f"{where}: {name} must be within 0 .. 1, got {rate!r}")
        for training in (True, False):
            self.around(cell, training=training)

    def around(self, cell: Cell, *, training: bool) -> Cell:
        """Return the cell as it runs, in training or after it."""
        if training and self.weight_drop:
            cell = weights_dropped(cell, self.weight_drop)
        if training and self.recurrent_dropout:
            cell = RecurrentDropout.of(cell, self.recurrent_dropout)
        return Zoneout.of(cell, self.zoneout, training) if self.zoneout else cell
