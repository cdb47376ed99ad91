"""Unequal lengths, uniform in 1 .. T: `lengths=` beside nn.LSTM on a PackedSequence, and unpacked."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import frontal
from benchmarks.contenders import TorchContender, layer_contender, time_together
from benchmarks.report import Report, time_cells, time_columns
from benchmarks.speed.choices import TINY, Choices, Shape, shown
from benchmarks.speed.part import Part, mean_and_worst

SHAPES: tuple[Shape, ...] = ((32, 60, 50, 50), (50, 50, 65, 128), (32, 100, 128, 256))
NAMES = ["frontal", "packed", "unpacked"]


def measure(choices: Choices, report: Report) -> Part:
    """One row a shape and mode; the goal speaks of training."""
    part = Part()
    report.table("LSTM, lengths in 1 .. T", "mode", *time_columns(NAMES))
    for shape in TINY[1:] if choices.tiny else SHAPES:
        for mode in ("training", "inference"):
            seconds = time_lengths(shape, mode, choices)
            part.rows.append({"shape": shape, "mode": mode, "seconds": seconds})
            report.row(shown(shape), mode, *time_cells(NAMES, seconds))
    times = [row["seconds"] for row in part.rows if row["mode"] == "training"]
    mean, worst = mean_and_worst(seconds["packed"] / seconds["frontal"] for seconds in times)
    report.table("mode", "packed / frontal, geometric mean", "worst")
    report.row("training", f"{mean:.2f}", f"{worst:.2f}")
    part.measured["lengths"] = mean
    return part


def time_lengths(shape: Shape, mode: str, choices: Choices) -> dict[str, float]:
    """Median seconds of each; unpacked computes the padding as well, so it is only timed."""
    B, T, I, H = shape  # noqa: E741
    torch.manual_seed(0)
    theirs, ours = nn.LSTM(I, H), frontal.LSTM(I, H, backend=choices.backend)
    ours.load_state_dict(theirs.state_dict())
    lengths = torch.randint(1, T + 1, (B,))
    lengths[0] = T

    def packed(x: Tensor) -> Tensor:
        output, _ = theirs(pack_padded_sequence(x, lengths, enforce_sorted=False))
        return pad_packed_sequence(output)[0]

    unpacked, frontals = layer_contender("unpacked", theirs), layer_contender("frontal", ours)
    contenders = [
        TorchContender("packed", packed, unpacked.parameters),
        TorchContender("frontal", lambda x: ours(x, lengths=lengths)[0], frontals.parameters),
    ]
    x, gradient = torch.randn(T, B, I), torch.randn(T, B, H)
    given = gradient if mode == "training" else None
    return time_together(f"lengths {shape} {mode}", contenders, x, given, choices.seconds, beside=[unpacked])
