"""Keras' LSTM on JAX computes what nn.LSTM does; only where both are installed."""

import pytest
import torch
from benchmarks.agreement import check_agreement
from benchmarks.contenders import layer_contender
from benchmarks.speed import keras_peer
from torch import nn


@pytest.mark.skipif(not keras_peer.installed(), reason="needs keras and jax, which frontal does not depend on")
@pytest.mark.filterwarnings("default")
def test_outputs_and_gradients_are_torchs() -> None:
    theirs = nn.LSTM(2, 5)
    contenders = [layer_contender("torch.nn", theirs), keras_peer.KerasLSTM("Keras", theirs)]
    x, gradient = torch.randn(7, 3, 2), torch.randn(7, 3, 5)
    for runs in (
        {who.name: who.read(who.inference(x)()) for who in contenders},
        {who.name: who.read(who.training(x, gradient)()) for who in contenders},
    ):
        check_agreement("Keras", runs, 1e-5)
    assert runs["Keras"].keys() == {"output", "input", "weight_ih", "weight_hh", "bias_ih", "bias_hh"}
