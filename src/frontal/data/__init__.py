"""Data in: files, frames and arrays become tables and series, and everything guessed is said."""

from frontal.data.builtin import BUILTIN, builtin
from frontal.data.catalog import CATALOG, find
from frontal.data.frequency import Frequency, infer_frequency
from frontal.data.labelled import Labelled, read_labelled
from frontal.data.mel import Mel, MelSettings
from frontal.data.period import guess_period
from frontal.data.read import read_table
from frontal.data.resample import resample
from frontal.data.series import Series, read_series
from frontal.data.table import Table
from frontal.data.wav import read_wav

__all__ = [
    "BUILTIN",
    "CATALOG",
    "Frequency",
    "Labelled",
    "Mel",
    "MelSettings",
    "Series",
    "Table",
    "builtin",
    "find",
    "guess_period",
    "infer_frequency",
    "read_labelled",
    "read_series",
    "read_table",
    "read_wav",
    "resample",
]
