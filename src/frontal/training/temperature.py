"""One number that turns confident logits into probabilities that hold: temperature scaling."""

from __future__ import annotations

from math import log

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

LEAST, MOST, ROUNDS, POINTS = 0.05, 20.0, 3, 41


@torch.no_grad()
def fit_temperature(logits: Tensor, targets: Tensor) -> float:
    """Return T, within 0.05 .. 20, for which softmax(logits / T) is most likely to have given the targets.

    Guo et al. 2017, "On calibration of modern neural networks". The logits must come from sequences
    that were not trained on. One more that may belong to any class counts beside them, so that a few
    that are all answered rightly do not make the network certain (as in Platt 1999).

    Args:
        logits: (N, K).
        targets: classes, int64 (N,); negative ones do not count.
    """
    known = targets >= 0
    logits, targets = logits[known].double(), targets[known]
    N = len(targets)
    if not N:
        return 1.0
    low, high = log(LEAST), log(MOST)
    best = 0.0
    for _ in range(ROUNDS):
        grid = torch.linspace(low, high, POINTS, dtype=torch.float64)
        losses = torch.stack([cross_entropy(logits / t.exp(), targets, label_smoothing=1 / (N + 1)) for t in grid])
        place = int(losses.argmin())
        best = float(grid[place])
        low, high = float(grid[max(place - 1, 0)]), float(grid[min(place + 1, POINTS - 1)])
    return float(torch.tensor(best).exp())
