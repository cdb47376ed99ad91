"""Write a recurrent cell once, in plain PyTorch; frontal checks it, fuses it through time, trains it,
looks inside it and ships it.

Importing `frontal` starts nothing: each name below is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from frontal._version import __version__

if TYPE_CHECKING:
    from frontal.cell import Cell
    from frontal.errors import FrontalError
    from frontal.layers import GRU, LSTM, RNN, EchoState, Recurrent, TimeDelay
    from frontal.tasks import load
    from frontal.tasks.answer_estimator import Answerer
    from frontal.tasks.classify_estimator import SequenceClassifier
    from frontal.tasks.forecast_panel import PanelForecaster
    from frontal.tasks.forecaster import Forecaster
    from frontal.tasks.language_model import LanguageModel
    from frontal.tasks.language_suggest import Keyboard
    from frontal.tasks.pairs_chat_model import Dialogue
    from frontal.tasks.pairs_translator import Translator

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "Answerer",
    "Cell",
    "Dialogue",
    "EchoState",
    "Forecaster",
    "FrontalError",
    "Keyboard",
    "LanguageModel",
    "PanelForecaster",
    "Recurrent",
    "SequenceClassifier",
    "TimeDelay",
    "Translator",
    "__version__",
    "load",
]

_HOMES = {
    "Cell": "frontal.cell",
    "Answerer": "frontal.tasks.answer_estimator",
    "Dialogue": "frontal.tasks.pairs_chat_model",
    "FrontalError": "frontal.errors",
    "Recurrent": "frontal.layers",
    "LSTM": "frontal.layers",
    "GRU": "frontal.layers",
    "RNN": "frontal.layers",
    "EchoState": "frontal.layers",
    "TimeDelay": "frontal.layers",
    "Forecaster": "frontal.tasks.forecaster",
    "PanelForecaster": "frontal.tasks.forecast_panel",
    "SequenceClassifier": "frontal.tasks.classify_estimator",
    "Translator": "frontal.tasks.pairs_translator",
    "LanguageModel": "frontal.tasks.language_model",
    "Keyboard": "frontal.tasks.language_suggest",
    "load": "frontal.tasks",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'frontal' has no attribute {name!r}", name=name, obj=None)
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
