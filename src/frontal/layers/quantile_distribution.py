"""A distribution through given quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import final

import torch
from torch import Tensor

from frontal.errors import FrontalError
from frontal.layers.distribution import Distribution, checked_level


@final
@dataclass(frozen=True)
class QuantileDistribution(Distribution):
    """Straight lines between the quantiles, exponential tails beyond the outermost two of each side.

    Attributes:
        levels: τ, Q >= 2 of them, rising within 0 .. 1.
        values: the quantiles, (…, D, Q), rising.
    """

    levels: tuple[float, ...]
    values: Tensor

    def __post_init__(self) -> None:
        if len(self.levels) < 2:
            raise FrontalError(f"a distribution needs two quantiles or more, got the levels {self.levels}")

    @property
    def mean(self) -> Tensor:
        """The expected values, (…, D)."""
        taus, q = self.values.new_tensor(self.levels), self.values
        inner = (taus.diff() * (q[..., 1:] + q[..., :-1]) / 2).sum(-1)
        lower, upper = self._tails()
        return inner + taus[0] * (q[..., 0] - lower) + (1 - taus[-1]) * (q[..., -1] + upper)

    def log_density(self, values: Tensor) -> Tensor:
        """Return the log of the density: a constant between two quantiles."""
        taus, q = self.values.new_tensor(self.levels), self.values
        lower, upper = self._tails()
        tiny = torch.finfo(q.dtype).tiny
        place = self._place(values)  # 0 below all, Q above all
        at = place.clamp(1, len(self.levels) - 1)
        width = (q.diff() + tiny).log().gather(-1, at[..., None] - 1)[..., 0]
        inner = taus.diff().log()[at - 1] - width
        below = taus[0].log() - (lower + tiny).log() + (values - q[..., 0]) / (lower + tiny)
        above = (1 - taus[-1]).log() - (upper + tiny).log() - (values - q[..., -1]) / (upper + tiny)
        return torch.where(place == 0, below, torch.where(place == len(self.levels), above, inner))

    def cdf(self, values: Tensor) -> Tensor:
        """Return the probability of at most `values`."""
        return self._tail(values, *self._sides())

    def survival(self, values: Tensor) -> Tensor:
        """Return the probability of at least `values`."""
        levels, q = self._sides()
        mirrored = tuple(1 - level for level in reversed(levels))
        return self._tail(-values, mirrored, -q.flip(-1))

    def quantile(self, level: float) -> Tensor:
        """Return the values not exceeded with probability `level`."""
        level, levels, q = checked_level(level), self.levels, self.values
        lower, upper = self._tails()
        if level < levels[0]:
            return q[..., 0] - lower * log(levels[0] / level)
        if level > levels[-1]:
            return q[..., -1] + upper * log((1 - levels[-1]) / (1 - level))
        right = next(k for k, tau in enumerate(levels) if tau >= level)
        if levels[right] == level:
            return q[..., right]
        share = (level - levels[right - 1]) / (levels[right] - levels[right - 1])
        return q[..., right - 1] * (1 - share) + q[..., right] * share

    def sample(self, count: int) -> Tensor:
        """Draw `count` times, by the quantiles of uniform levels."""
        u = torch.rand(count, *self.values.shape[:-1]).to(self.values)
        taus, q = self.values.new_tensor(self.levels), self.values
        lower, upper = self._tails()
        at = torch.searchsorted(taus, u).clamp(1, len(self.levels) - 1)
        spread = q.expand(count, *q.shape)
        left, right = (spread.gather(-1, place[..., None])[..., 0] for place in (at - 1, at))
        inner = left + (right - left) * (u - taus[at - 1]) / (taus[at] - taus[at - 1])
        below = q[..., 0] - lower * (taus[0] / u).log()
        above = q[..., -1] + upper * ((1 - taus[-1]) / (1 - u)).log()
        return torch.where(u < taus[0], below, torch.where(u > taus[-1], above, inner))

    def _sides(self) -> tuple[tuple[float, ...], Tensor]:
        return self.levels, self.values

    def _tails(self) -> tuple[Tensor, Tensor]:
        """The scale of the lower and of the upper exponential tail, (…, D)."""
        levels, q = self.levels, self.values
        lower = (q[..., 1] - q[..., 0]) / log(levels[1] / levels[0])
        upper = (q[..., -1] - q[..., -2]) / log((1 - levels[-2]) / (1 - levels[-1]))
        return lower, upper

    def _place(self, values: Tensor) -> Tensor:
        """How many quantiles lie below each value, (…, D)."""
        return (values[..., None] > self.values).sum(-1)

    @staticmethod
    def _tail(values: Tensor, levels: tuple[float, ...], q: Tensor) -> Tensor:
        """The probability of at most `values`, exact in the lower tail."""
        taus, tiny = q.new_tensor(levels), torch.finfo(q.dtype).tiny
        place = (values[..., None] > q).sum(-1)
        at = place.clamp(1, len(levels) - 1)
        left, right = (q.gather(-1, k[..., None])[..., 0] for k in (at - 1, at))
        share = ((values - left) / (right - left + tiny)).clamp(0, 1)
        inner = taus[at - 1] + (taus[at] - taus[at - 1]) * share
        lower = (q[..., 1] - q[..., 0]) / log(levels[1] / levels[0]) + tiny
        upper = (q[..., -1] - q[..., -2]) / log((1 - levels[-2]) / (1 - levels[-1])) + tiny
        below = taus[0] * ((values - q[..., 0]) / lower).clamp(max=0).exp()
        above = 1 - (1 - taus[-1]) * (-(values - q[..., -1]) / upper).clamp(max=0).exp()
        return torch.where(place == 0, below, torch.where(place == len(levels), above, inner))
