"""Train one LSTM and print by how many bytes the resident memory rose at most; Linux tells."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path

import torch
from torch import Tensor, nn

import frontal
from frontal.errors import FrontalError

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
RESET_PEAK = "5"  # proc(5)


def main(kind: str, backend: str, *shape: str) -> None:
    B, T, I, H = map(int, shape)  # noqa: E741
    layer = build(kind, backend, I, H)
    train(layer, torch.randn(3, 2, I), torch.randn(3, 2, H))  # compiles, and wakes the threads
    x, gradient = torch.randn(T, B, I), torch.randn(T, B, H)
    layer.zero_grad()
    gc.collect()
    if not CLEAR.exists():
        raise FrontalError("peak memory is read from /proc, which Linux alone has; leave out the part `memory`")
    CLEAR.write_text(RESET_PEAK)
    before = resident("VmRSS")
    for _ in range(2):
        train(layer, x, gradient)
    print(json.dumps(resident("VmHWM") - before))


def build(kind: str, backend: str, input_size: int, hidden_size: int) -> nn.Module:
    if kind == "nn.LSTM":
        return nn.LSTM(input_size, hidden_size)
    options = {"recompute": True} if kind == "recompute" else {}
    return frontal.LSTM(input_size, hidden_size, backend=backend, **options)  # pyright: ignore


def train(layer: nn.Module, x: Tensor, gradient: Tensor) -> None:
    layer.zero_grad()
    layer(x.detach().requires_grad_())[0].backward(gradient)


def resident(field: str) -> int:
    """Bytes."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
