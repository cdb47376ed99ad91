"""Cells through time: any cell in `Recurrent`, and drop-ins for torch.nn's LSTM, GRU and RNN; attention."""

from frontal.layers.attention import Attention, Memory
from frontal.layers.attention_additive import Additive
from frontal.layers.attention_location import LocationSensitive
from frontal.layers.attention_luong import LuongConcat, LuongDot, LuongGeneral
from frontal.layers.attention_monotonic import Monotonic
from frontal.layers.attention_self import SelfAttention
from frontal.layers.block_diagonal import BlockDiagonal
from frontal.layers.drop_in import GRU, LSTM, RNN
from frontal.layers.recurrent import Recurrent
from frontal.layers.stacked import Stacked
from frontal.layers.time_delay import TimeDelay

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "Additive",
    "Attention",
    "BlockDiagonal",
    "LocationSensitive",
    "LuongConcat",
    "LuongDot",
    "LuongGeneral",
    "Memory",
    "Monotonic",
    "Recurrent",
    "SelfAttention",
    "Stacked",
    "TimeDelay",
]
