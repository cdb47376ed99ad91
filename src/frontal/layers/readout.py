"""Linear read-outs that are solved for, not trained step by step."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from frontal.errors import FrontalError


@final
class Ridge:
    """Least squares with a penalty on the weights, from sums that grow as rows come: no row is kept.

    Minimises Σ ‖W s + b - y‖² + ridge ‖W‖²; the bias has no penalty. Sums are in double precision.

    Args:
        features: of a row s, F.
        outputs: of an answer y, O.
        ridge: at least 0.
    """

    def __init__(self, features: int, outputs: int, ridge: float) -> None:
        if not ridge >= 0:
            raise FrontalError(f"ridge must be at least 0, got {ridge!r}")
        self.ridge = ridge
        self.gram = torch.zeros(features + 1, features + 1, dtype=torch.float64)
        self.moment = torch.zeros(features + 1, outputs, dtype=torch.float64)
        self.rows = 0

    def add(self, states: Tensor, answers: Tensor) -> None:
        """Take rows: states (M, F), answers (M, O)."""
        rows = torch.cat([states, states.new_ones(len(states), 1)], 1).double()
        self.gram += rows.T @ rows
        self.moment += rows.T @ answers.double()
        self.rows += len(rows)

    def solve(self) -> tuple[Tensor, Tensor]:
        """Return W, (O, F), and b, (O,), in double precision; no rows so far raises `FrontalError`."""
        if self.rows == 0:
            raise FrontalError("there is nothing to fit: the washout leaves no step")
        penalty = torch.full((len(self.gram),), self.ridge, dtype=torch.float64)
        penalty[-1] = 0
        penalised = self.gram + penalty.diag()
        if self.ridge == 0:  # states may depend on one another
            found = torch.linalg.lstsq(penalised, self.moment, driver="gelsd").solution
        else:
            found = torch.linalg.solve(penalised, self.moment)
        return found[:-1].T.contiguous(), found[-1].contiguous()


@final
class RecursiveLeastSquares:
    """The same answer after every row, without solving anew: the online read-out (Plackett 1950).

    Args:
        features: of a row s, F.
        outputs: of an answer y, O.
        ridge: as in `Ridge`, above 0.
        forgetting: what the past weighs against the next row, above 0 and up to 1; 1 forgets nothing.
    """

    def __init__(self, features: int, outputs: int, ridge: float, forgetting: float = 1.0) -> None:
        if not ridge > 0:
            raise FrontalError(f"the online read-out needs a ridge above 0, got {ridge!r}")
        if not 0 < forgetting <= 1:
            raise FrontalError(f"forgetting must be above 0 and at most 1, got {forgetting!r}")
        self.forgetting = forgetting
        self.inverse = torch.eye(features + 1, dtype=torch.float64) / ridge
        self.inverse[-1, -1] = FREE / ridge
        self.weight = torch.zeros(features + 1, outputs, dtype=torch.float64)

    def learn(self, state: Tensor, answer: Tensor) -> Tensor:
        """Take one row, state (F,) and answer (O,); return what was predicted before, (O,)."""
        row = torch.cat([state, state.new_ones(1)]).double()
        predicted = row @ self.weight
        gain = self.inverse @ row
        gain = gain / (self.forgetting + row @ gain)
        self.weight += torch.outer(gain, answer.double() - predicted)
        self.inverse = (self.inverse - torch.outer(gain, row @ self.inverse)) / self.forgetting
        self.inverse = (self.inverse + self.inverse.T) / 2
        return predicted

    def solve(self) -> tuple[Tensor, Tensor]:
        """Return W, (O, F), and b, (O,), as they are now."""
        return self.weight[:-1].T.contiguous(), self.weight[-1].clone()


FREE = 1e8  # how much freer the bias is than the weights
