"""How a series becomes what the networks read and what they are to answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from frontal.data.representation import Floats, Representation, based, cut
from frontal.data.representation_counts import CountRepresentation
from frontal.data.series import Series
from frontal.tasks.forecast_settings import COUNTS, ForecastSettings

Indices = NDArray[np.intp]
Shown = Representation | CountRepresentation


@dataclass
class Windows:
    """Windows of the past, relative and scaled, with features, phase and mask.

    Attributes:
        context, horizon: steps read and steps answered.
        period: of the season, 1 for none.
        representation: how the series is shown to the networks.
        phase: whether the networks are told the phase of the season.
        masked: whether they are told which values of the window are known and not filled in.
        center, scale: mean and spread of each feature, (F,).
    """

    context: int
    horizon: int
    period: int
    representation: Shown
    phase: bool
    masked: bool
    center: Floats
    scale: Floats

    @classmethod
    def of(cls, chosen: ForecastSettings, representation: Shown, features: Floats, *, masked: bool) -> Self:
        """By the settings; `features` (T, F) set their scale."""
        period, spread = chosen.period or 1, features.std(0)
        return cls(
            chosen.context or 1, chosen.horizon or 1, period, representation,
            phase=period > 1 and not representation.season and representation.anchored, masked=masked,
            center=features.mean(0), scale=np.where(spread > 0, spread, 1.0),
        )  # fmt: skip

    @property
    def channels(self) -> int:
        """Channels of a step, C."""
        return 1 + len(self.center) + 2 * self.phase + self.masked

    def channel_names(self, series: Series) -> list[str]:
        """Names of the C channels."""
        phase = ["sine of the season", "cosine of the season"] if self.phase else []
        return [series.target, *series.feature_names, *phase, *(["known"] if self.masked else [])]

    @property
    def least_values(self) -> int:
        """Values of the past that a forecast needs."""
        return self.context + self.representation.season

    def inputs(self, windows: Floats, series: Series, origins: Indices, shift: int) -> Tensor:
        """What the networks read, (N, context, C): scaled windows, features, sine and cosine of the phase, mask.

        Args:
            windows: of the flattened series, (N, context); beyond the end of `series` taken as known.
            series: whose features and mask are read.
            origins: index of the last value of each window, (N,).
            shift: steps from the start of the fitted series to the start of this one.
        """
        representation = self.representation
        channels = [(windows - representation.anchors(windows)) / representation.scale]
        for feature, center, scale in zip(series.features.T, self.center, self.scale, strict=True):
            channels.append((cut(feature, origins, 1 - self.context, 1) - center) / scale)
        if self.phase:
            steps = origins[:, None] + np.arange(1 - self.context, 1) + shift  # (N, context)
            turn = 2 * np.pi * steps / self.period
            channels += [np.sin(turn), np.cos(turn)]
        if self.masked:
            known = cut(self.known(series), origins - representation.season, 1 - self.context, 1)
            channels.append(np.where(np.isnan(known), 1.0, known))
        return torch.from_numpy(np.stack(channels, axis=2)).float()

    def examples(self, series: Series, shift: int = 0) -> tuple[Tensor, Tensor, Floats, Indices]:
        """Return every window of a series that something follows, as the networks see it.

        Args:
            series: long enough for one window.
            shift: steps from the start of the fitted series to the start of this one.

        Returns:
            Windows (N, context, C), what follows (N, horizon), NaN where that is unknown or filled in,
            both scaled; what each is relative to (N, 1), and the index of the last value of each window (N,).
        """
        representation = self.representation
        flat = representation.flatten(series.values)
        ends = np.arange(self.context - 1, len(flat) - 1)
        windows = cut(flat, ends, 1 - self.context, 1)  # (N, context)
        anchors = representation.anchors(windows)  # (N, 1)
        known = np.where(self.known(series) > 0, flat, np.nan)
        futures = cut(known, ends, 1, 1 + self.horizon)  # (N, horizon)
        origins = ends + representation.season
        targets = torch.from_numpy((futures - anchors) / representation.scale).float()
        return self.inputs(windows, series, origins, shift), targets, anchors, origins

    def likely_targets(self, series: Series, origins: Indices, anchors: Floats) -> Tensor:
        """What networks of distributions are to make likely: scaled, (N, horizon), NaN where unknown.

        Unlike those of `examples`, none builds on another, so that each step has its own distribution.
        """
        representation, season = self.representation, self.representation.season
        bases = based(representation.recent(series.values, origins), anchors, self.horizon)
        futures = self.futures(series, origins)
        if season:
            steps = np.arange(self.horizon)
            earlier = origins[:, None] + 1 - season + steps % season
            futures = np.where(series.observed[earlier], futures, np.nan)
        return torch.from_numpy((representation.working(futures) - bases) / representation.scale).float()

    def counted_targets(self, series: Series, origins: Indices, anchors: Floats) -> Tensor:
        """What networks of counts are to make likely: counts beside what the log of their mean is relative to.

        (N, horizon, 2), NaN where unknown.
        """
        futures = self.futures(series, origins)
        bases = based(self.representation.recent(series.values, origins), anchors, self.horizon)
        return torch.from_numpy(np.stack([futures, np.where(np.isnan(futures), np.nan, bases)], 2)).float()

    def futures(self, series: Series, origins: Indices) -> Floats:
        """What came after each origin, (N, horizon), NaN beyond the end and where values were filled in."""
        return cut(np.where(series.observed, series.values, np.nan), origins, 1, 1 + self.horizon)

    def known(self, series: Series) -> Floats:
        """1 where a value of the flattened series needs nothing that was filled in, else 0; (T - season,)."""
        season, observed = self.representation.season, series.observed
        return (observed[season:] & observed[: len(observed) - season]).astype(np.float64)


def represent(chosen: ForecastSettings, values: Floats, whole: Floats) -> Shown:
    """The representation that the settings ask for, by the training part; `whole` only where they say it leaks."""
    if chosen.likelihood == COUNTS:
        return CountRepresentation.of(values)
    season = (chosen.period or 0) if chosen.seasonal_difference else 0
    if chosen.scaling == "window":
        return Representation.anchor(values, log=bool(chosen.log), season=season)
    values = whole if chosen.scaling == "minmax-all" else values
    return Representation.minmax(values, log=bool(chosen.log), season=season)
