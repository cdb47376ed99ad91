"""LSTM, GRU and RNN beside torch.nn's, a loop by hand over torch's own cell, and Keras on JAX."""

from __future__ import annotations

import torch
from torch import Tensor, nn

import frontal
from benchmarks.contenders import Contender, TorchContender, layer_contender, time_together
from benchmarks.report import Report, time_cells, time_columns
from benchmarks.speed import keras_peer
from benchmarks.speed.choices import Choices, Shape, shown
from benchmarks.speed.part import Part, mean_and_worst

LAYERS = {
    "LSTM": (frontal.LSTM, nn.LSTM, nn.LSTMCell),
    "GRU": (frontal.GRU, nn.GRU, nn.GRUCell),
    "RNN": (frontal.RNN, nn.RNN, nn.RNNCell),
}
MODES = ("training", "inference")
KERAS = "Keras JAX"


def measure(choices: Choices, report: Report) -> Part:
    """One row a layer, shape and mode."""
    part = Part()
    names = ["frontal", "torch.nn", "loop", *([KERAS] if keras_peer.installed() else [])]
    report.table("layer", "B, T, I, H", "mode", *time_columns(names))
    for name in choices.layers:
        for shape in choices.shapes:
            for mode in MODES:
                seconds = time_layer(name, shape, mode, choices)
                part.rows.append({"layer": name, "shape": shape, "mode": mode, "seconds": seconds})
                report.row(name, shown(shape), mode, *time_cells(names, seconds))
    report.table("layer", "mode", "against", "geometric mean", "worst")
    for name in choices.layers:
        for mode in MODES:
            chosen = [row["seconds"] for row in part.rows if (row["layer"], row["mode"]) == (name, mode)]
            for peer in names[1:]:
                ratios = [seconds[peer] / seconds["frontal"] for seconds in chosen if peer in seconds]
                if not ratios:
                    continue
                mean, worst = mean_and_worst(ratios)
                report.row(name, mode, peer, f"{mean:.2f}", f"{worst:.2f}")
                if peer == "torch.nn":
                    part.measured |= {f"{name} {mode}": mean, f"{name} {mode} worst": worst}
    return part


def time_layer(name: str, shape: Shape, mode: str, choices: Choices) -> dict[str, float]:
    """Median seconds of one run of each contender, all on the same weights."""
    B, T, I, H = shape  # noqa: E741
    torch.manual_seed(0)
    our_class, torch_class, cell_class = LAYERS[name]
    theirs, cell = torch_class(I, H), cell_class(I, H)
    ours = our_class(I, H, backend=choices.backend)
    ours.load_state_dict(theirs.state_dict())
    cell.load_state_dict({key.removesuffix("_l0"): tensor for key, tensor in theirs.state_dict().items()})
    contenders: list[Contender] = [
        layer_contender("torch.nn", theirs),
        layer_contender("frontal", ours),
        TorchContender("loop", lambda x: loop(cell, x), dict(cell.named_parameters())),
    ]
    if name == "LSTM" and keras_peer.installed():
        contenders.append(keras_peer.KerasLSTM(KERAS, theirs))
    x, gradient = torch.randn(T, B, I), torch.randn(T, B, H)
    given = gradient if mode == "training" else None
    return time_together(f"{name} {shape} {mode}", contenders, x, given, choices.seconds)


def loop(cell: nn.Module, x: Tensor) -> Tensor:
    """What a custom cell costs without a compiler: one step of torch's own cell after another."""
    state, outputs = None, []
    for step in x:
        state = cell(step, state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(outputs)
