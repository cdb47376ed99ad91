"""The goals of the compiler on a CPU. Ratios are geometric means over the shapes, peer / frontal."""

from __future__ import annotations

from benchmarks.goals import Goal
from benchmarks.speed import cells

GOALS = (
    Goal("LSTM training", "LSTM training, nn.LSTM / frontal", 1.6),
    Goal("LSTM training worst", "LSTM training, worst shape", 1.1),
    Goal("LSTM inference", "LSTM inference, nn.LSTM / frontal", 1.4),
    Goal("LSTM inference worst", "LSTM inference, worst shape", 1.0),
    Goal("GRU training", "GRU training, nn.GRU / frontal", 3.5),
    Goal("GRU training worst", "GRU training, worst shape", 1.0),
    Goal("RNN training", "RNN training, nn.RNN / frontal", 2.5),
    Goal("RNN training worst", "RNN training, worst shape", 1.0),
    *(Goal(f"{cell} loop", f"{cell} training, loop by hand / frontal", 8) for cell in cells.NAMES),
    *(Goal(f"{cell} gate", f"{cell} training, time a gate / our LSTM's", 1.3, at_most=True) for cell in cells.NAMES),
    Goal("lengths", "unequal lengths, training, nn.LSTM packed / frontal", 6),
    Goal("step nn.LSTM", "one streaming step, nn.LSTM / frontal", 4),
    Goal("step nn.LSTMCell", "one streaming step, nn.LSTMCell / frontal", 2),
    Goal("peak", "recurrent part, share of a 1024³ matmul's flop rate, worst of H ≥ 128, B ≥ 16", 75, "%"),
    Goal("first use cold", "first use of a cell, both kernels compiled", 3, "s", at_most=True),
    Goal("first use cached", "first use of a cell in a new process, from the cache", 0.1, "s", at_most=True),
    Goal("airline", "training step of the airline model", 0.25, "ms", at_most=True),
    Goal("stock", "training step of the stock model, plain torch / frontal", 2),
    Goal("memory frontal", "peak memory in training, of nn.LSTM's", 1.2, at_most=True),
    Goal("memory recompute", "peak memory in training with recompute=True, of nn.LSTM's", 0.5, at_most=True),
)
