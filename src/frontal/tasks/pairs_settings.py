"""Every setting of a translator: one home, one type, one default, one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from frontal.errors import FrontalError
from frontal.training.task_settings import TaskSettings

PRESETS: dict[str, dict[str, Any]] = {
    "large": {
        "hidden": 512,
        "layers": 2,
        "vocabulary": 8000,
        "dropout": 0.4,
        "epochs": 30,
        "average": 5,
        "learning_rate": 0.001,
    },
    "toy": {
        "symbols": "characters",
        "hidden": 128,
        "embedding": 64,
        "shared": False,
        "dropout": 0.0,
        "label_smoothing": 0.0,
        "batch_size": 64,
        "epochs": 14,
        "average": 1,
        "learning_rate": 0.005,
        "beams": 3,
    },
}


@dataclass(frozen=True)
class PairsSettings(TaskSettings):
    """Settings of `Translator`; `None` means: guessed from the training part, and said so."""

    swap: bool = False
    """translate the second side into the first"""
    symbols: Literal["bpe", "words", "characters", "bytes"] = "bpe"
    """what a text is spelled with; bpe: pieces of words, learned from the training part"""
    vocabulary: int | None = None
    """pieces or words that are known, at most; default: a seventh of the pairs, from 400 to 8000"""
    min_count: int = 2
    """how often a word must occur to be known; characters and bpe know all"""
    shared: bool = True
    """one set of symbols for both sides, and one set of vectors"""
    longest: int = 100
    """symbols of a side; longer pairs are not learned, and of a longer text only so much is translated"""
    valid: float = 0.05
    """part of the pairs that stops the training, where the data have no such part [0 to 1]"""
    test: float = 0.1
    """part of the pairs that the report keeps for testing, where the data have no such part [0 to 1]"""
    cell: str = "gru"
    """recurrent cell of both halves: a name of the catalogue, such as lstm, gru"""
    hidden: int = 256
    """hidden units of each layer and direction"""
    layers: int = 1
    """recurrent layers on top of each other, in each half"""
    embedding: int | None = None
    """numbers that stand for a symbol; default: as many as hidden units"""
    attention: Literal["general", "additive", "concat", "location", "none"] = "general"
    """how the decoder looks at what the encoder read; none: it sees its last state only"""
    input_feeding: bool = False
    """each step reads what the one before found, which is several times as slow to train"""
    tied: bool | None = None
    """the decoder writes with the vectors that it reads; default: where embedding = hidden, which it needs"""
    dropout: float = 0.3
    """part of the features dropped around and between the recurrent layers while training [0 to 1]"""
    label_smoothing: float = 0.1
    """part of the goal that is spread over all symbols [0 to 1]"""
    epochs: int = 10
    """passes over the training pairs, at most"""
    patience: int | None = 3
    """epochs without improvement after which training stops; none for never"""
    stop_on: Literal["loss", "bleu"] = "loss"
    """what must improve on the validation part: its loss, or BLEU, which takes longer"""
    average: int = 3
    """best epochs whose weights are averaged, where that lowers the validation loss"""
    batch_size: int | None = None
    """pairs in a batch, those of like length together; default: a hundredth of them, from 8 to 64"""
    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = "adam"
    """rule that turns gradients into steps"""
    learning_rate: float = 0.002
    """size of a step"""
    schedule: Literal["constant", "cosine", "linear"] = "cosine"
    """how the learning rate falls over the training"""
    warmup: int = 200
    """batches over which the learning rate first rises, at most a tenth of all"""
    clip_norm: float | None = 1.0
    """longest gradient that is let through, as a norm; none for no limit"""
    beams: int = 5
    """beams of the search for a translation"""
    length_power: float = 0.6
    """scores are log-probability / ((5 + length) / 6) ** this; 0 favours short translations (Wu et al. 2016)"""
    coverage: float = 0.0
    """reward for translations that look at all of the source (Wu et al. 2016)"""
    seed: int = 0
    """seed of everything random"""
    preset: str | None = None
    """a named set of settings; large: two layers of 512; toy: letter by letter, in about a minute"""

    presets: ClassVar = PRESETS
    least: ClassVar = {
        "vocabulary": 1, "min_count": 1, "longest": 1, "hidden": 1, "layers": 1, "embedding": 1, "epochs": 1,
        "patience": 1, "average": 1, "batch_size": 1, "warmup": 0, "beams": 1, "length_power": 0, "coverage": 0,
        "seed": 0,
    }  # fmt: skip
    positive: ClassVar = ("learning_rate", "clip_norm")
    parts: ClassVar = ("valid", "test", "dropout", "label_smoothing")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tied and self.embedding not in (None, self.hidden):
            raise FrontalError(
                f"tied=True needs embedding = hidden, got {self.embedding} and {self.hidden}; set tied=false"
            )
        if self.coverage and self.attention == "none":
            raise FrontalError("coverage is about what the attention looks at; it needs one")
