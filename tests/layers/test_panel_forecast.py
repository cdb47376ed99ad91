"""Forecasting networks of panels: shapes, what they may see, and the feedback of answers."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from frontal.cells import named
from frontal.errors import FrontalError
from frontal.layers.panel_forecast import AutoregressiveForecast, DirectForecast


class Inputs(NamedTuple):
    past: Tensor
    ahead: Tensor
    static: Tensor
    naive: Tensor


def inputs(B: int, context: int, horizon: int, known: int, static: int, past_only: int = 0) -> Inputs:
    past = torch.randn(B, context, 2 + known + past_only)
    past[:, :, 1] = 1
    return Inputs(past, torch.randn(B, horizon, known), torch.randn(B, static), torch.randn(B, horizon))


def stirred(network: torch.nn.Module) -> torch.nn.Module:
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return network.eval()


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 5), st.integers(0, 2), st.integers(0, 2), st.booleans())
def test_untrained_networks_say_the_naive_forecast(B, segments, horizon, known, static, direct) -> None:
    window = inputs(B, 2 * segments, horizon, known, static)
    sizes = (2 + known, known, static)
    if direct:
        network = DirectForecast(named("gru"), sizes, 2 * segments, horizon, segment=2, hidden=3)
    else:
        network = AutoregressiveForecast(named("gru"), sizes, horizon, hidden=3)
    torch.testing.assert_close(network(window), window.naive)


@pytest.mark.parametrize("direct", [True, False])
def test_everything_given_matters(direct: bool) -> None:
    torch.manual_seed(1)
    window = inputs(2, 6, 3, 2, 1)
    network = stirred(
        DirectForecast(named("lstm"), (4, 2, 1), 6, 3, segment=3, hidden=4)
        if direct
        else AutoregressiveForecast(named("lstm"), (4, 2, 1), 3, hidden=4)
    )
    for tensor in window:
        tensor.requires_grad_()
    network(window).square().sum().backward()
    for name, tensor in window._asdict().items():
        assert tensor.grad.abs().sum() > 0, name


def test_a_known_feature_changes_its_own_step_only_if_direct() -> None:
    torch.manual_seed(2)
    window = inputs(2, 6, 4, 2, 0)
    network = stirred(DirectForecast(named("gru"), (4, 2, 0), 6, 4, hidden=4))
    before = network(window)
    window.ahead[:, 2] += 1
    changed = (network(window) != before).any(0)
    assert changed.tolist() == [False, False, True, False]


def test_feeding_back_is_reading_the_answers() -> None:
    """Free-running answers are those of teacher forcing with these answers as the truth."""
    torch.manual_seed(3)
    window = inputs(3, 5, 6, 2, 1)
    network = stirred(AutoregressiveForecast(named("gru"), (4, 2, 1), 6, hidden=4, layers=2))
    free = network(window)
    torch.testing.assert_close(network(window, free), free, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(network(window, torch.zeros_like(free))[:, 1:], free[:, 1:])


def test_teacher_forcing_never_reads_the_step_it_answers() -> None:
    torch.manual_seed(4)
    window = inputs(1, 5, 4, 0, 0)
    network = stirred(AutoregressiveForecast(named("gru"), (2, 0, 0), 4, hidden=4))
    truth = torch.randn(1, 4)
    before = network(window, truth)
    truth[0, 2] = 9.0
    assert (network(window, truth) != before)[0].tolist() == [False, False, False, True]
    truth[0, 3] = torch.nan
    assert network(window, truth).isfinite().all()


def test_what_is_refused() -> None:
    with pytest.raises(FrontalError, match="context 7 is no multiple of segment 3"):
        DirectForecast(named("gru"), (2, 0, 0), 7, 3, segment=3)
    with pytest.raises(FrontalError, match="features of the past are not known then"):
        AutoregressiveForecast(named("gru"), (3, 0, 0), 3)
