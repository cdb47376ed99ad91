"""Every setting of a dialogue: one home, one type, one default, one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from frontal.errors import FrontalError
from frontal.tasks.pairs_settings import PairsSettings
from frontal.training.task_settings import TaskSettings


@dataclass(frozen=True)
class ChatSettings(TaskSettings):
    """Settings of `Dialogue`."""

    memory: int = 2
    """turns before the question that are read with it, the other's answers included; 0 for none"""
    doubt: float = 0.05
    """part of known exchanges, a word left out of each question, that counts as out of depth by the question, and by
    the answer [0 to 1]"""
    hide: float = 0.5
    """part of the exchanges that are learned once more with a word hidden, so that an unknown one does no harm"""
    test: float = 0.1
    """part of the conversations that the report keeps for testing [0 to 1]"""
    validation: float = 0.1
    """part of the conversations that stops the training and sets the bars [0 to 1]"""
    cell: str = "gru"
    """recurrent cell of both halves: a name of the catalogue, such as lstm, gru"""
    hidden: int = 128
    """hidden units of each layer and direction"""
    layers: int = 1
    """recurrent layers on top of each other, in each half"""
    dropout: float = 0.3
    """part of the features dropped around and between the recurrent layers while training [0 to 1]"""
    epochs: int | None = None
    """passes over the exchanges, at most; default: 15, and more where they are few"""
    patience: int | None = 4
    """epochs without improvement after which training stops; none for never"""
    batch_size: int | None = None
    """exchanges in a batch; default: a hundredth of them, from 8 to 64"""
    learning_rate: float = 0.004
    """size of a step"""
    beams: int = 6
    """beams of the search for an answer"""
    groups: int = 3
    """groups of beams, which look for different answers"""
    diversity: float = 0.5
    """what a word costs a group for every beam of an earlier group that has just used it (Vijayakumar et al. 2018)"""
    temperature: float = 0.0
    """0 gives the best answer; above, one of those found is drawn by its log-probability divided by this"""
    seed: int = 0
    """seed of everything random"""

    least: ClassVar = {
        "memory": 0, "hidden": 1, "layers": 1, "epochs": 1, "patience": 1, "batch_size": 1, "beams": 1, "groups": 1,
        "diversity": 0, "temperature": 0, "seed": 0, "hide": 0,
    }  # fmt: skip
    positive: ClassVar = ("learning_rate",)
    parts: ClassVar = ("doubt", "test", "validation", "dropout")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.hide > 1:
            raise FrontalError(f"hide must be at most 1, got {self.hide}")
        if self.beams % self.groups:
            raise FrontalError(f"beams must be a multiple of groups, got {self.beams} and {self.groups}")
        if self.test + self.validation >= 1:
            raise FrontalError(f"test {self.test} and validation {self.validation} leave nothing to learn from")

    def of_pairs(self) -> PairsSettings:
        """Return the settings of the encoder and decoder below: words, each side with its own."""
        assert self.epochs is not None
        return PairsSettings(
            symbols="words", min_count=1, vocabulary=20_000, shared=False, valid=0.0, test=0.0, cell=self.cell,
            hidden=self.hidden, layers=self.layers, dropout=self.dropout, label_smoothing=0.0, epochs=self.epochs,
            patience=self.patience, batch_size=self.batch_size, learning_rate=self.learning_rate, beams=self.beams,
            average=1, seed=self.seed,
        )  # fmt: skip
