"""Train a new cell for two calls and print how long each took; torch itself is warm before."""

from __future__ import annotations

import json
import sys
from time import perf_counter

import torch
from torch import nn

import frontal
from benchmarks.speed.cosine import CosineLSTM


def main(backend: str) -> None:
    x = torch.randn(20, 4, 8, requires_grad=True)
    _seconds(nn.LSTM(8, 16), x)
    rnn = frontal.Recurrent(CosineLSTM, 8, 16, backend=backend)  # pyright: ignore[reportArgumentType]
    print(json.dumps({"first": _seconds(rnn, x), "second": _seconds(rnn, x)}))


def _seconds(layer: nn.Module, x: torch.Tensor) -> float:
    began = perf_counter()
    layer(x)[0].sum().backward()
    return perf_counter() - began


if __name__ == "__main__":
    main(sys.argv[1])
