"""Share of the flop rate of a plain matmul that the recurrent part reaches, elementwise maths included.

The recurrent part alone is an inference with one input feature, which leaves W·x next to nothing to do.
"""

from __future__ import annotations

from itertools import product

import torch
from torch import nn

import frontal
from benchmarks.contenders import TorchContender, layer_contender, time_together
from benchmarks.report import Report
from benchmarks.speed.choices import Choices
from benchmarks.speed.part import Part

HIDDEN, BATCHES, STEPS = (128, 256, 512, 650), (16, 32, 64), 100
SQUARE = 1024
NAMES = ("frontal", "torch.nn", "matmul")


def measure(choices: Choices, report: Report) -> Part:
    """One row a hidden size and batch; rates in GFLOP/s."""
    part = Part()
    report.table("LSTM, I 1", *(f"{name} GFLOP/s" for name in NAMES), "frontal, % of matmul", "torch.nn, %")
    hidden, batches, steps = ((8,), (2,), 3) if choices.tiny else (HIDDEN, BATCHES, STEPS)
    for H, B in product(hidden, batches):
        rates = flop_rates(B, steps, H, choices)
        shares = {name: rates[name] / rates["matmul"] for name in NAMES[:2]}
        part.rows.append({"H": H, "B": B, "T": steps, "flops_per_second": rates, "share": shares["frontal"]})
        cells = [f"{rates[name] / 1e9:.0f}" for name in NAMES] + [f"{100 * share:.0f}" for share in shares.values()]
        report.row(f"H {H}, B {B}, T {steps}", *cells)
    part.measured["peak"] = 100 * min(row["share"] for row in part.rows)
    return part


def flop_rates(B: int, T: int, H: int, choices: Choices) -> dict[str, float]:
    """Flops a second of the recurrent product, 2 · 4H · H · B · T, and of a square matmul."""
    torch.manual_seed(0)
    theirs, ours = nn.LSTM(1, H), frontal.LSTM(1, H, backend=choices.backend)
    ours.load_state_dict(theirs.state_dict())
    square = torch.randn(SQUARE, SQUARE)
    seconds = time_together(
        f"peak H {H}, B {B}",
        [layer_contender("torch.nn", theirs), layer_contender("frontal", ours)],
        torch.randn(T, B, 1),
        None,
        choices.seconds,
        beside=[TorchContender("matmul", lambda _: torch.mm(square, square), {})],
    )
    recurrent = 2 * 4 * H * H * B * T
    return {name: (2 * SQUARE**3 if name == "matmul" else recurrent) / taken for name, taken in seconds.items()}
