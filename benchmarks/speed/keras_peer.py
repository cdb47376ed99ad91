"""Keras' LSTM on JAX, compiled; a peer where both are installed."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.agreement import Results
from benchmarks.timing import Run


@cache
def installed() -> bool:
    return find_spec("keras") is not None and find_spec("jax") is not None


class KerasLSTM:
    """`keras.layers.LSTM` with the weights of an `nn.LSTM`; both order the gates i, f, g, o."""

    def __init__(self, name: str, torchs: nn.LSTM) -> None:
        os.environ["KERAS_BACKEND"] = "jax"
        jax, keras = import_module("jax"), import_module("keras")  # optional; the backend is chosen before
        self.name = name
        self._jax: Any = jax
        layer: Any = keras.layers.LSTM(torchs.hidden_size, return_sequences=True)
        layer.build((None, None, torchs.input_size))
        weights = torchs.state_dict()
        bias = weights["bias_ih_l0"] + weights["bias_hh_l0"]
        layer.set_weights([weights["weight_ih_l0"].T.numpy(), weights["weight_hh_l0"].T.numpy(), bias.numpy()])
        self._weights = [variable.value for variable in layer.trainable_variables]
        rest = [variable.value for variable in layer.non_trainable_variables]
        self._forward = jax.jit(lambda weights, x: layer.stateless_call(weights, rest, x)[0])
        self._both = jax.jit(self._forward_and_backward)

    def inference(self, x: Tensor) -> Run:
        given = self._batch_first(x)

        def run() -> dict[str, Any]:
            return {"output": self._forward(self._weights, given).block_until_ready()}

        return run

    def training(self, x: Tensor, gradient: Tensor) -> Run:
        given, upstream = self._batch_first(x), self._batch_first(gradient)

        def run() -> dict[str, Any]:
            output, (weights, inputs) = self._jax.block_until_ready(self._both(self._weights, given, upstream))
            return {"output": output, "input": inputs, "weights": weights}

        return run

    def read(self, result: Any) -> Results:
        """Tensors under torch's names and in torch's layout; Keras has one bias for both of torch's."""
        read = {name: _tensor(result[name]).transpose(0, 1) for name in ("output", "input") if name in result}
        if "weights" in result:
            kernel, recurrent, bias = map(_tensor, result["weights"])
            read |= {"weight_ih": kernel.T, "weight_hh": recurrent.T, "bias_ih": bias, "bias_hh": bias}
        return read

    def _forward_and_backward(self, weights: Any, x: Any, gradient: Any) -> Any:
        output, backward = self._jax.vjp(self._forward, weights, x)
        return output, backward(gradient)

    def _batch_first(self, tensor: Tensor) -> Any:
        return self._jax.numpy.asarray(tensor.transpose(0, 1).contiguous().numpy())


def _tensor(array: Any) -> Tensor:
    return torch.from_dlpack(array).clone()
