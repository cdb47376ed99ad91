"""Recurrent layers on a GPU: torch.nn's, which is cuDNN's, beside every frontal backend that runs there.

Forward and backward, A B A B, medians; outputs and every gradient must agree before anything is timed.
fp32 is IEEE's for everybody: cuDNN's TF32 is switched off.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any, get_args

import torch
from torch import nn

import frontal
from benchmarks.contenders import Contender, layer_contender, time_together
from benchmarks.machine import commit, machine
from benchmarks.report import Report, time_cells, time_columns
from frontal.compiler.choose import Backend
from frontal.errors import FrontalError

LAYERS = {"LSTM": (frontal.LSTM, nn.LSTM), "GRU": (frontal.GRU, nn.GRU)}
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
TOLERANCES = {"fp32": 1e-3, "bf16": 5e-2}
HIDDEN, BATCHES, STEPS = (64, 128, 256, 512, 1024), (16, 64), (256, 1024)
PEER = "torch.nn"


def main(words: list[str]) -> None:
    """Run and print as Markdown; a machine without a GPU raises `FrontalError`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks gpu", description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.5, help="of every contender in every row (default: 0.5)")
    parser.add_argument("--layers", nargs="+", choices=list(LAYERS), default=list(LAYERS), help="default: all")
    parser.add_argument("--dtypes", nargs="+", choices=list(DTYPES), default=list(DTYPES), help="default: all")
    parser.add_argument("--hidden", type=int, nargs="+", default=HIDDEN, help="H, and I with it")
    parser.add_argument("--batch", type=int, nargs="+", default=BATCHES, help="B")
    parser.add_argument("--steps", type=int, nargs="+", default=STEPS, help="T")
    parser.add_argument("--json", type=Path, help="write the medians, in seconds, to this file")
    parser.add_argument("--markdown", type=Path, help="write what is printed to this file")
    options = parser.parse_args(words)
    if not torch.cuda.is_available():
        raise FrontalError("gpu: torch sees no GPU here; run this on a machine with one and a torch built for it")
    torch.backends.cudnn.allow_tf32 = False
    report, device = Report(), torch.device("cuda")
    facts = {"machine": machine(), "gpu": torch.cuda.get_device_name(), "commit": commit()}
    report.say(f"{facts['gpu']}; {facts['machine']}, commit {facts['commit']}")
    backends = usable(device, report)
    names = [*backends, PEER]
    report.table("layer", "dtype", "H = I", "B, T", *time_columns(names))
    rows: list[dict[str, Any]] = []
    for layer, dtype, H, B, T in product(options.layers, options.dtypes, options.hidden, options.batch, options.steps):
        seconds = time_layer(layer, dtype, (B, T, H), backends, device, options.seconds)
        rows.append({"layer": layer, "dtype": dtype, "H": H, "B": B, "T": T, "seconds": seconds})
        report.row(layer, dtype, H, f"{B}, {T}", *time_cells(names, seconds))
    if options.json:
        options.json.write_text(json.dumps({**facts, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(report.markdown, encoding="utf-8")


def usable(device: torch.device, report: Report) -> list[str]:
    """The backends that run a small LSTM on this device; the report says of the others why not."""
    found: list[str] = []
    for backend in get_args(Backend):
        try:
            frontal.LSTM(2, 3, device=device, backend=backend)(torch.zeros(2, 1, 2, device=device))
        except FrontalError as error:
            report.say(f"Without backend {backend!r}: {error}")
        else:
            found.append(backend)
    return found


def time_layer(
    name: str,
    dtype: str,
    shape: tuple[int, int, int],
    backends: Sequence[str],
    device: torch.device,
    seconds: float,
) -> dict[str, float]:
    """Median seconds of one forward and backward of torch.nn's layer and of each backend, on the same weights."""
    B, T, H = shape
    torch.manual_seed(0)
    our_class, torch_class = LAYERS[name]
    kind: dict[str, Any] = {"device": device, "dtype": DTYPES[dtype]}
    theirs = torch_class(H, H, **kind)
    contenders: list[Contender] = [layer_contender(PEER, theirs)]
    for backend in backends:
        ours: Any = our_class(H, H, **kind, backend=backend)  # pyright: ignore[reportArgumentType]
        ours.load_state_dict(theirs.state_dict())
        contenders.append(layer_contender(backend, ours))
    return time_together(
        f"{name} {dtype} {shape}",
        contenders,
        torch.randn(T, B, H, **kind),
        torch.randn(T, B, H, **kind),
        seconds,
        tolerance=TOLERANCES[dtype],
        wait=torch.cuda.synchronize if device.type == "cuda" else lambda: None,
    )
