"""Whoever computes something else is not timed."""

from pathlib import Path

import pytest
import torch
from benchmarks.agreement import check_agreement
from benchmarks.contenders import TorchContender, time_together
from benchmarks.speed import cells, layers, lengths, tutorial
from benchmarks.speed.child import ask
from benchmarks.speed.choices import Choices
from torch import Tensor, nn

from frontal.errors import FrontalError

CHOICES = Choices(seconds=0.001, backend="auto", shapes=(), layers=(), cells=(), tiny=True)
SHAPE = (2, 3, 1, 4)


@pytest.fixture(autouse=True)
def no_timing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("timed all the same")

    monkeypatch.setattr("benchmarks.contenders.medians", refuse)
    monkeypatch.setattr(tutorial, "medians", refuse)


@pytest.mark.parametrize("wrong", [1.01, float("nan"), float("inf")])
def test_a_wrong_figure_stops(wrong: float) -> None:
    right = torch.ones(2, 3)
    check_agreement("a", {"x": {"h": right}, "y": {"h": right + 1e-5}})
    given = right.clone()
    given[1, 2] = wrong
    with pytest.raises(FrontalError, match="h of y and of x differ"):
        check_agreement("a", {"x": {"h": right}, "y": {"h": given}})


def test_a_missing_tensor_or_another_shape_stops() -> None:
    with pytest.raises(FrontalError, match="only one of y and x gave bias"):
        check_agreement("a", {"x": {"h": torch.ones(1), "bias": torch.ones(1)}, "y": {"h": torch.ones(1)}})
    with pytest.raises(FrontalError, match=r"\(1, 3\) and \(3,\)"):
        check_agreement("a", {"x": {"h": torch.ones(3)}, "y": {"h": torch.ones(1, 3)}})


@pytest.mark.parametrize("mode", layers.MODES)
def test_a_wrong_loop_is_not_timed(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    right = layers.loop
    monkeypatch.setattr(layers, "loop", lambda cell, x: right(cell, x) * 1.01)
    with pytest.raises(FrontalError, match=rf"GRU .* {mode}: output of loop and of torch.nn differ"):
        layers.time_layer("GRU", SHAPE, mode, CHOICES)


def test_wrong_gradients_are_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = cells.loop

    def detached(cell: cells.Cell, x: Tensor) -> Tensor:
        output = right(cell, x)
        return output + (0 * x.sum() + 0.1 * (x.sum() - x.sum().detach()))

    monkeypatch.setattr(cells, "loop", detached)
    with pytest.raises(FrontalError, match="input of frontal and of loop differ"):
        cells.time_cell("cosine", SHAPE, CHOICES)


def test_a_parameter_without_gradient_is_noticed() -> None:
    weight = nn.Parameter(torch.ones(1))
    with_it = TorchContender("with", lambda x: x * weight, {"weight": weight})
    without = TorchContender("without", lambda x: x * weight.detach(), {"weight": weight})
    x = torch.ones(1, 1, 1)
    with pytest.raises(FrontalError, match="only one of without and with gave weight"):
        time_together("a", [with_it, without], x, x, 0.001)


def test_lengths_that_are_not_heeded_are_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf(nn.LSTM):
        def __init__(self, *sizes: int, backend: str) -> None:
            super().__init__(*sizes)

        def forward(self, x: Tensor, lengths: Tensor) -> object:  # pyright: ignore
            return super().forward(x)

    monkeypatch.setattr(lengths.frontal, "LSTM", Deaf)
    with pytest.raises(FrontalError, match="output of frontal and of packed differ"):
        lengths.time_lengths((5, 9, 2, 3), "training", CHOICES)


def test_a_model_that_trains_otherwise_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Doubled(nn.LSTM):
        def __init__(self, *sizes: int, backend: str, **options: float) -> None:
            super().__init__(*sizes, **options)

        def forward(self, x: Tensor) -> object:  # pyright: ignore
            output, states = super().forward(x)
            return -output, states

    monkeypatch.setattr(tutorial.frontal, "LSTM", Doubled)
    with pytest.raises(FrontalError, match="airline after three steps"):
        tutorial.time_model(tutorial.AIRLINE, CHOICES)


def test_a_process_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(FrontalError, match="unknown backend 'cpuu'"):
        ask("benchmarks.speed.first_use_child", "cpuu", FRONTAL_CACHE=str(tmp_path))
