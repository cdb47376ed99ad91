"""Linear read-outs that are solved for, not trained step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from frontal.errors import FrontalError
from frontal.layers.reservoir_threads import threads_for_products

BLOCK = 128  # columns of the symmetric sums that are added at a time, only from the diagonal down
ROWS = 512  # that are added at a time
FREE = 1e4  # how much freer than a weight the bias is where no rows have tied it yet


@final
class Readout(nn.Module):
    """W s + b with weights that something else solves for: buffers, which are saved and moved, not trained.

    Args:
        features: of what it reads, F.
        dtype: of the weights.
    """

    weight: Tensor  # (O, F); O is 0 until there is a solution
    bias: Tensor  # (O,)

    def __init__(self, features: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.register_buffer("weight", torch.empty(0, features, dtype=dtype))
        self.register_buffer("bias", torch.empty(0, dtype=dtype))
        self.register_load_state_dict_pre_hook(_take_the_size)

    @property
    def outputs(self) -> int:
        """Features of an answer, O; 0 until there is a solution."""
        return len(self.bias)

    def take(self, solution: tuple[Tensor, Tensor]) -> None:
        """Use W, (O, F), and b, (O,)."""
        weight, bias = solution
        self.weight, self.bias = weight.to(self.weight), bias.to(self.bias)

    def forward(self, seen: Tensor) -> Tensor:
        """Map (…, F) to (…, O)."""
        return linear(seen, self.weight, self.bias)


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
        self.ridge = checked_ridge(ridge)
        self.gram = torch.zeros(
            features + 1, features + 1, dtype=torch.float64
        )  # right above the diagonal blocks: not kept
        self.moment = torch.zeros(features + 1, outputs, dtype=torch.float64)
        self.rows = 0

    def add(self, states: Tensor, answers: Tensor) -> None:
        """Take rows: states (M, F), answers (M, O)."""
        with threads_for_products(len(self.gram)):
            for start in range(0, len(states), ROWS):
                some = states[start : start + ROWS]
                rows = torch.ones(len(some), len(self.gram), dtype=torch.float64)
                rows[:, :-1] = some
                for a in range(0, len(self.gram), BLOCK):
                    self.gram[a:, a : a + BLOCK].addmm_(rows[:, a:].T, rows[:, a : a + BLOCK])
                self.moment.addmm_(rows.T, answers[start : start + ROWS].double())
        self.rows += len(states)

    def penalised(self) -> Tensor:
        """Return Σ s sᵀ with the penalty, (F + 1, F + 1), in double precision; the bias is last."""
        if self.rows == 0:
            raise FrontalError("there is nothing to fit: no step counts")
        penalty = torch.full((len(self.gram),), self.ridge, dtype=torch.float64)
        penalty[-1] = 0
        return self.gram.tril() + self.gram.tril(-1).T + penalty.diag()

    def solve(self) -> tuple[Tensor, Tensor]:
        """Return W, (O, F), and b, (O,), in double precision; no rows so far raises `FrontalError`."""
        penalised = self.penalised()
        try:
            with threads_for_products(len(penalised)):
                if self.ridge == 0:  # states may depend on one another
                    return _parts(torch.linalg.lstsq(penalised, self.moment, driver="gelsd").solution)
                return _parts(torch.linalg.solve(penalised, self.moment))
        except torch.linalg.LinAlgError as error:  # pyright: ignore[reportPrivateImportUsage]
            raise FrontalError(f"ridge = {self.ridge} is too small for these states: {error}; raise it") from error


@final
class RecursiveLeastSquares:
    """The answer of `Ridge` after every row, without solving anew: the online read-out (Plackett 1950).

    Args:
        features: of a row s, F.
        outputs: of an answer y, O.
        ridge: as in `Ridge`, above 0.
        known: W, (O, F), and b, (O,), that the penalty pulls towards, if not towards zero.
    """

    def __init__(self, features: int, outputs: int, ridge: float, known: tuple[Tensor, Tensor] | None = None) -> None:
        if not checked_ridge(ridge) > 0:
            raise FrontalError(f"the online read-out needs a ridge above 0, got {ridge!r}")
        self.inverse = torch.eye(features + 1, dtype=torch.float64) / ridge
        self.inverse[-1, -1] = FREE / ridge
        self.weight = torch.zeros(features + 1, outputs, dtype=torch.float64)
        if known is not None:
            self.weight = torch.cat([known[0].T, known[1][None]]).double()

    @classmethod
    def after(cls, sums: Ridge) -> RecursiveLeastSquares:
        """Go on from the rows that a `Ridge` has taken; its ridge must be above 0."""
        features, outputs = len(sums.gram) - 1, sums.moment.shape[1]
        online = cls(features, outputs, sums.ridge, known=sums.solve())
        online.inverse = torch.linalg.inv(sums.penalised())
        return online

    def learn(self, state: Tensor, answer: Tensor, forgetting: float = 1.0) -> Tensor:
        """Take one row.

        Args:
            state: (F,).
            answer: (O,).
            forgetting: what the past weighs against this row, above 0 and up to 1; 1 forgets nothing.

        Returns:
            What was predicted before the answer was known, (O,).
        """
        if not 0 < forgetting <= 1:
            raise FrontalError(f"forgetting must be above 0 and at most 1, got {forgetting!r}")
        row = torch.cat([state, state.new_ones(1)]).double()
        predicted = row @ self.weight
        gain = self.inverse @ row
        gain = gain / (forgetting + row @ gain)
        self.weight += torch.outer(gain, answer.double() - predicted)
        self.inverse = (self.inverse - torch.outer(gain, row @ self.inverse)) / forgetting
        self.inverse = (self.inverse + self.inverse.T) / 2
        return predicted

    def solve(self) -> tuple[Tensor, Tensor]:
        """Return W, (O, F), and b, (O,), as they are now."""
        return _parts(self.weight)


def checked_ridge(ridge: float) -> float:
    """Return a penalty; raise `FrontalError` unless it is a number >= 0."""
    if isinstance(ridge, bool) or not isinstance(ridge, int | float) or not 0 <= ridge < float("inf"):
        raise FrontalError(f"ridge must be a number >= 0, got {ridge!r}")
    return float(ridge)


def _take_the_size(readout: nn.Module, state_dict: Mapping[str, Any], prefix: str, *_: Any) -> None:
    """Make room for as many answers as a saved read-out has."""
    saved = state_dict.get(f"{prefix}bias")
    if isinstance(readout, Readout) and isinstance(saved, Tensor) and saved.dim() == 1:
        readout.weight = readout.weight.new_empty(len(saved), readout.weight.shape[1])
        readout.bias = readout.bias.new_empty(len(saved))


def _parts(found: Tensor) -> tuple[Tensor, Tensor]:
    """Split (F + 1, O) into W, (O, F), and b, (O,)."""
    return found[:-1].T.clone(memory_format=torch.contiguous_format), found[-1].clone()
