"""One streaming step without gradients: the call itself."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

import frontal
from benchmarks.agreement import check_agreement
from benchmarks.report import Report, time_cells, time_columns
from benchmarks.speed.choices import Choices
from benchmarks.speed.part import Part
from benchmarks.timing import Run, medians

INPUT, HIDDEN = 64, 128
NAMES = ["frontal stream", "nn.LSTM", "nn.LSTMCell", "frontal layer"]


def measure(choices: Choices, report: Report) -> Part:
    """One row."""
    I, H = (2, 4) if choices.tiny else (INPUT, HIDDEN)  # noqa: E741
    steps, runs = contenders(I, H, choices.backend)
    with torch.no_grad():
        check_agreement("one step", {name: dict(zip("hc", step(), strict=True)) for name, step in steps.items()})
        seconds = dict(zip(runs, medians(list(runs.values()), choices.seconds), strict=True))
    report.table("one step", *time_columns(NAMES))
    report.row(f"B 1, T 1, I {I}, H {H}", *time_cells(NAMES, seconds))
    measured = {f"step {name}": seconds[name] / seconds["frontal stream"] for name in NAMES[1:3]}
    return Part([{"shape": (1, 1, I, H), "seconds": seconds}], measured)


def contenders(input_size: int, hidden_size: int, backend: Any) -> tuple[dict[str, Run], dict[str, Run]]:
    """By name: one step from given states, which returns the new h and c, (1, H); and what is timed.

    The two differ for the stream alone, which keeps its states and is timed as it goes on.
    """
    torch.manual_seed(0)
    theirs, ours = nn.LSTM(input_size, hidden_size), frontal.LSTM(input_size, hidden_size, backend=backend)
    cell = nn.LSTMCell(input_size, hidden_size)
    ours.load_state_dict(theirs.state_dict())
    cell.load_state_dict({key.removesuffix("_l0"): tensor for key, tensor in theirs.state_dict().items()})
    x, h, c = torch.randn(1, 1, input_size), torch.randn(1, 1, hidden_size), torch.randn(1, 1, hidden_size)

    def layer(module: nn.Module) -> Run:
        def run() -> tuple[Tensor, Tensor]:
            _, (new_h, new_c) = module(x, (h, c))
            return new_h[0], new_c[0]

        return run

    def fresh_stream() -> tuple[Tensor, Tensor]:
        stream = ours.stream(1, (h, c))
        return stream.step(x[0]), stream.states[1][0]

    stream, x_t = ours.stream(1, (h, c)), x[0]
    others = {
        "nn.LSTM": layer(theirs),
        "nn.LSTMCell": lambda: cell(x_t, (h[0], c[0])),
        "frontal layer": layer(ours),
    }
    return {"frontal stream": fresh_stream, **others}, {"frontal stream": lambda: stream.step(x_t), **others}
