"""Data in: files, frames and arrays become tables and series, and everything guessed is said."""

from frontal.data.builtin import BUILTIN, builtin
from frontal.data.frequency import Frequency, infer_frequency
from frontal.data.period import guess_period
from frontal.data.read import read_table
from frontal.data.series import Series, read_series
from frontal.data.table import Table

__all__ = [
    "BUILTIN",
    "Frequency",
    "Series",
    "Table",
    "builtin",
    "guess_period",
    "infer_frequency",
    "read_series",
    "read_table",
]
