"""Cells through time: any cell in `Recurrent`, and drop-ins for torch.nn's LSTM, GRU and RNN."""

from frontal.layers.drop_in import GRU, LSTM, RNN
from frontal.layers.recurrent import Recurrent

__all__ = ["GRU", "LSTM", "RNN", "Recurrent"]
