"""Cells that torch.nn does not have, beside a loop by hand over their step and beside our LSTM, in training."""

from __future__ import annotations

from statistics import geometric_mean

import torch
from torch import Tensor

import frontal
from benchmarks.contenders import TorchContender, layer_contender, time_together
from benchmarks.report import Report, time_cells, time_columns
from benchmarks.speed.choices import Choices, Shape, shown
from benchmarks.speed.cosine import CosineLSTM
from benchmarks.speed.part import Part, mean_and_worst
from frontal.cell import Cell
from frontal.cells import named

NAMES = ("peephole", "coupled", "layer_norm_lstm", "gru_reset_before", "cosine")
LSTM_GATES = 4


def measure(choices: Choices, report: Report) -> Part:
    """One row a cell and shape; a gate is H rows of `weight_hh`."""
    part = Part()
    names = ["frontal", "loop"]
    report.table("cell", "gates", "B, T, I, H", *time_columns(names), "our LSTM ms", "time a gate / our LSTM's")
    for name in choices.cells:
        for shape in choices.shapes:
            gates, seconds = time_cell(name, shape, choices)
            share = (seconds["frontal"] / gates) / (seconds["our LSTM"] / LSTM_GATES)
            part.rows.append({"cell": name, "shape": shape, "gates": gates, "seconds": seconds, "gate_time": share})
            times = time_cells(names, seconds)
            report.row(name, gates, shown(shape), *times, f"{1e3 * seconds['our LSTM']:.3g}", f"{share:.2f}")
    report.table("cell", "loop / frontal", "worst", "time a gate / our LSTM's", "worst")
    for name in choices.cells:
        chosen = [row for row in part.rows if row["cell"] == name]
        mean, worst = mean_and_worst(row["seconds"]["loop"] / row["seconds"]["frontal"] for row in chosen)
        shares = [row["gate_time"] for row in chosen]
        gate = geometric_mean(shares)
        part.measured |= {f"{name} loop": mean, f"{name} gate": gate}
        report.row(name, f"{mean:.2f}", f"{worst:.2f}", f"{gate:.2f}", f"{max(shares):.2f}")
    return part


def time_cell(name: str, shape: Shape, choices: Choices) -> tuple[int, dict[str, float]]:
    """The cell's gates, and median seconds of one training run of the cell, its loop and our LSTM."""
    B, T, I, H = shape  # noqa: E741
    torch.manual_seed(0)
    cell = build(name, I, H)
    recurrent = frontal.Recurrent(cell, backend=choices.backend)
    parameters = dict(cell.named_parameters())
    by_hand = TorchContender("loop", lambda x: loop(cell, x), parameters)
    ours = TorchContender("frontal", lambda x: recurrent(x)[0], parameters)
    lstm = layer_contender("our LSTM", frontal.LSTM(I, H, backend=choices.backend))
    x, gradient = torch.randn(T, B, I), torch.randn(T, B, H)
    seconds = time_together(
        f"{name} {shape}", [by_hand, ours], x, gradient, choices.seconds, beside=[lstm], compared_steps=20
    )
    return cell.weight_hh.shape[0] // H, seconds


def build(name: str, input_size: int, hidden_size: int) -> Cell:
    """The user's cell, or one of the catalogue."""
    return CosineLSTM(input_size, hidden_size) if name == "cosine" else named(name)(input_size, hidden_size)


def loop(cell: Cell, x: Tensor) -> Tensor:
    """One step of the cell after another."""
    states, outputs = cell.initial_states(x.shape[1], x), []
    for step in x:
        states = cell(step, *states)
        outputs.append(states[0])
    return torch.stack(outputs)
