"""The mean of the best epochs' weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from frontal.errors import FrontalError
from frontal.training.averaged import Averaged


def offered(scores: list[float], count: int) -> tuple[nn.Linear, Averaged, list[torch.Tensor]]:
    torch.manual_seed(0)
    model = nn.Linear(2, 3)
    averaged, weights = Averaged(model, count), []
    for score in scores:
        with torch.no_grad():
            model.weight += torch.randn(3, 2)
        weights.append(model.weight.detach().clone())
        averaged.offer(score)
    return model, averaged, weights


@pytest.mark.parametrize(
    ("scores", "count", "epochs"),
    [
        ([3.0, 1.0, 2.0, 1.5], 2, [2, 4]),
        ([1.0, 1.0, 1.0], 2, [1, 2]),
        ([5.0, 4.0], 3, [1, 2]),
        ([2.0, 1.0, 3.0], 1, [2]),
    ],
)
def test_it_is_the_mean_of_the_best(scores: list[float], count: int, epochs: list[int]):
    model, averaged, weights = offered(scores, count)
    assert averaged.epochs == epochs
    averaged.apply()
    assert_close(model.weight.detach(), sum(weights[epoch - 1] for epoch in epochs) / len(epochs))


def test_without_an_offer_nothing_changes():
    model, averaged, _ = offered([], 2)
    before = model.weight.detach().clone()
    averaged.apply()
    assert torch.equal(model.weight, before)


def test_a_tied_weight_stays_tied():
    model = nn.Sequential(nn.Embedding(4, 4), nn.Linear(4, 4))
    model[1].weight = model[0].weight
    averaged = Averaged(model, 2)
    averaged.offer(1.0)
    with torch.no_grad():
        model[0].weight += 2
    averaged.offer(2.0)
    wanted = model[0].weight.detach() - 1
    averaged.apply()
    assert model[1].weight is model[0].weight
    assert_close(model[0].weight.detach(), wanted)


def test_a_count_that_cannot_be_is_refused():
    with pytest.raises(FrontalError, match="count must be a whole number >= 1, got 0"):
        Averaged(nn.Linear(1, 1), 0)
