"""Dropout inside the recurrence, with one mask for a whole sequence; and dropout of recurrent weights."""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor
from torch.nn.functional import dropout, linear
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from frontal.cell import Cell, bound
from frontal.errors import FrontalError
from frontal.layers.around import Around

PRODUCTS = (linear, torch.matmul, torch.mm, Tensor.matmul, Tensor.mm, Tensor.__matmul__)


@final
class RecurrentDropout(Around):
    """A cell in which whatever `weight_hh` multiplies is masked first (Gal & Ghahramani 2016).

    The mask, zero for the share `rate` and 1 / (1 - rate) elsewhere, is drawn once a sequence and
    unit and holds for all steps; the state itself is not masked.

    Args:
        inner: a cell with a parameter `weight_hh`.
        rate: share of the units, 0 .. 1.
    """

    def __init__(self, inner: Cell, rate: float) -> None:
        self.width = _recurrent_weight(inner, "recurrent_dropout").shape[-1]
        super().__init__(inner, self.width)
        self.rate = self.checked("recurrent_dropout", rate, 0, 1)

    def extended(self, x: Tensor) -> Tensor:
        """Return x, (T, B, I), beside its mask, (T, B, I + width)."""
        x = super().extended(x)
        mask = dropout(x.new_ones(1, x.shape[1], self.width), self.rate)
        return torch.cat([x, mask.expand(len(x), -1, -1)], -1)

    def step(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Advance one step; x is (B, I + width)."""
        x, mask = x[:, : -self.width], x[:, -self.width :]
        weight = _recurrent_weight(self.inner, "recurrent_dropout")
        with _Masking(weight, mask) as masking:
            new = self.inner(x, *states)
        if not masking.masked:
            raise FrontalError(
                f"recurrent_dropout masks what weight_hh is multiplied with, but the step of "
                f"{type(self.inner).__name__} multiplies nothing with it by linear or matmul; use zoneout"
            )
        return new


class _Masking(TorchFunctionMode):
    """Masks what is multiplied with a weight, or with anything made of it."""

    def __init__(self, weight: Tensor, mask: Tensor) -> None:
        super().__init__()
        self.weights, self.mask, self.masked = [weight], mask, False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation."""
        kwargs = kwargs or {}
        if not any(self._is_weight(leaf) for leaf in tree_leaves((args, kwargs))):
            return func(*args, **kwargs)
        if func in PRODUCTS:
            self.masked = True
            return func(args[0] * self.mask, *args[1:], **kwargs)
        made = func(*args, **kwargs)
        self.weights += [leaf for leaf in tree_leaves(made) if isinstance(leaf, Tensor)]
        return made

    def _is_weight(self, leaf: object) -> bool:
        return any(leaf is weight for weight in self.weights)


def weights_dropped(cell: Cell, rate: float) -> Cell:
    """Return the cell with a share of the numbers in `weight_hh` zeroed (DropConnect, Merity et al. 2018)."""
    return bound(cell, {"weight_hh": dropout(_recurrent_weight(cell, "weight_drop"), rate)})


def _recurrent_weight(cell: Cell, option: str) -> Tensor:
    weight = cell._parameters.get("weight_hh")
    if weight is None:
        names = ", ".join(name for name, _ in cell.named_parameters()) or "none"
        raise FrontalError(
            f"{option} needs a parameter weight_hh, which multiplies the state; {type(cell).__name__} has {names}; "
            "use zoneout"
        )
    return weight
