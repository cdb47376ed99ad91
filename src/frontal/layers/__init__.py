"""Cells through time: any cell in `Recurrent`, and drop-ins for torch.nn's LSTM, GRU and RNN."""

from frontal.layers.block_diagonal import BlockDiagonal
from frontal.layers.drop_in import GRU, LSTM, RNN
from frontal.layers.recurrent import Recurrent
from frontal.layers.stacked import Stacked

__all__ = ["GRU", "LSTM", "RNN", "BlockDiagonal", "Recurrent", "Stacked"]
