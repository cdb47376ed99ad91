"""What the networks believe: distributions of the coming values, in the series' own terms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from frontal.data.representation import Floats
from frontal.data.representation_counts import CountRepresentation
from frontal.diagnostics.probabilistic import Certainty, crps_samples
from frontal.layers.distribution import Distribution
from frontal.layers.head_distribution import DistributionHead
from frontal.layers.head_gaussian import Gaussian
from frontal.layers.head_negative_binomial import NegativeBinomial
from frontal.layers.head_quantiles import Quantiles
from frontal.layers.head_student import StudentT
from frontal.tasks.forecast_losses import placed
from frontal.tasks.forecast_settings import COUNTS
from frontal.tasks.forecast_windows import Shown
from frontal.training.seed import seeded

DRAWN = 200  # samples of each distribution for its CRPS
QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


def head_for(likelihood: str, horizon: int, features: int) -> DistributionHead:
    """An untrained head for each step of the horizon."""
    if likelihood == COUNTS:
        return NegativeBinomial(features, horizon)
    if likelihood == "quantiles":
        return Quantiles(features, QUANTILES, horizon)
    return {"gaussian": Gaussian, "student": StudentT}[likelihood](features, horizon)


@dataclass(frozen=True)
class Beliefs:
    """Distributions of the H values after each of N origins.

    The networks speak of working values relative to `bases`, in units of the representation's scale;
    with counts, their location is the log of the mean count, relative and scaled likewise, and the
    distributions are of the counts themselves.

    Attributes:
        representation: how the series was shown.
        head: of one of the networks; they only differ in their weights.
        outputs: of the networks, (N, H, P).
        bases: what the outputs are relative to, in working units, (N, H).
    """

    representation: Shown
    head: DistributionHead
    outputs: Tensor
    bases: Floats

    def worked_mean(self) -> Floats:
        """The middle of the distributions, in working units, (N, H): medians of quantiles, else means."""
        if isinstance(self.representation, CountRepresentation):
            return self.representation.working(_array(self._distribution().mean))
        return self.bases + _array(self.head.predict(self.outputs.double())) * self.representation.scale

    def worked_quantile(self, level: float) -> Floats:
        """Quantiles of the coming values, in working units, (N, H)."""
        found = _array(self._distribution().quantile(level))
        if isinstance(self.representation, CountRepresentation):
            return self.representation.working(found)
        return self.bases + found * self.representation.scale

    def surprise(self, values: Floats) -> Floats:
        """Return the probability of something at least as far out as values (N, H), NaN where they are."""
        known = ~np.isnan(values)
        p = self._distribution().surprise(torch.from_numpy(self._relative(np.where(known, values, 1.0))))
        return np.where(known, _array(p), np.nan)

    def log_density(self, values: Floats) -> Floats:
        """Return the log of the density at values (N, H) of the series, in nats per its unit, NaN where they are."""
        known, shown = ~np.isnan(values), self.representation
        filled = np.where(known, values, 1.0)
        found = _array(self._distribution().log_density(torch.from_numpy(self._relative(filled))))
        if not isinstance(shown, CountRepresentation):
            found = found - np.log(shown.scale) - (np.log(filled) if shown.log else 0.0)
        return np.where(known, found, np.nan)

    def certainty(self, values: Floats) -> Certainty:
        """Compare with what came, values (N, H) of the series, NaN where unknown; the CRPS is that of 200 samples."""
        known, shown = ~np.isnan(values), self.representation
        filled = np.where(known, values, 1.0)
        found, relative = self._distribution(), torch.from_numpy(self._relative(filled))
        with seeded(0):
            drawn = _array(found.sample(DRAWN))
        if not isinstance(shown, CountRepresentation):
            drawn = shown.back(self.bases + drawn * shown.scale)
        figures = crps_samples(filled, drawn), 1 - _array(found.survival(relative)), _array(found.cdf(relative))
        crps, below, at_most = (np.where(known, figure, np.nan) for figure in figures)
        return Certainty(self.log_density(values), crps, below, at_most)

    def _relative(self, values: Floats) -> Floats:
        """Values of the series as the distributions see them."""
        if isinstance(self.representation, CountRepresentation):
            return values
        return (self.representation.working(values) - self.bases) / self.representation.scale

    def _distribution(self) -> Distribution:
        outputs = self.outputs.double()
        if isinstance(self.representation, CountRepresentation):
            outputs = placed(self.head, outputs, torch.from_numpy(self.bases), self.representation.scale)
        return self.head.distribution(outputs)


def _array(tensor: Tensor) -> Floats:
    return tensor.detach().double().numpy()
