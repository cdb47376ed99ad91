"""End-to-end recipes, one a file, and the door back to what they saved."""

from __future__ import annotations

from importlib import import_module
from os import PathLike
from typing import Any

from frontal.errors import FrontalError

KINDS = {  # of a run: the module and the class that read it
    "forecaster": ("frontal.tasks.forecaster", "Forecaster"),
    "panel-forecaster": ("frontal.tasks.forecast_panel", "PanelForecaster"),
    "classifier": ("frontal.tasks.classify_estimator", "SequenceClassifier"),
    "translator": ("frontal.tasks.pairs_translator", "Translator"),
    "answerer": ("frontal.tasks.answer_estimator", "Answerer"),
    "dialogue": ("frontal.tasks.pairs_chat_model", "Dialogue"),
    "language-model": ("frontal.tasks.language_model", "LanguageModel"),
}


def load(run: str | PathLike[str]) -> Any:
    """Read a run directory back into the fitted estimator that was saved.

    Raises:
        FrontalError: not a run, half written, changed since (the file is named), or from a newer version.
    """
    from frontal.training.run_directory import read_run

    saved = read_run(run)
    if saved.kind not in KINDS:
        raise FrontalError(f"{saved.path} holds a {saved.kind}; frontal.load reads: {', '.join(KINDS)}")
    module, name = KINDS[saved.kind]
    return getattr(import_module(module), name).load(saved)
