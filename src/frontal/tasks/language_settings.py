"""Every setting of the language model: one home, one type, one default, one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from frontal.errors import FrontalError
from frontal.training.task_settings import TaskSettings

# Zaremba et al. sum the loss over the 20 steps of a window and here it is their mean, hence 20 times their rate of 1,
# and a twentieth of their clipping at 5; their rate is halved from the fifth pass on, here it falls along a line.
PRESETS: dict[str, dict[str, Any]] = {
    "quick": {"hidden": 192, "embedding": 64, "epochs": 1, "minutes": 2.0, "dropout": 0.0},
    "large": {
        "hidden": 1024, "layers": 3, "embedding": 256, "dropout": 0.4, "weight_drop": 0.2, "epochs": 60,
        "minutes": None, "streams": 128, "window": 128, "learning_rate": 0.002,
    },
    "zaremba-small": {
        "symbols": "words", "vocabulary": 10_000, "hidden": 200, "layers": 2, "embedding": 200, "dropout": 0.0,
        "streams": 20, "window": 20, "optimizer": "sgd", "learning_rate": 20.0, "schedule": "linear", "epochs": 13,
        "minutes": None, "patience": None, "clip_norm": 0.25,
    },
}  # fmt: skip


@dataclass(frozen=True)
class LanguageSettings(TaskSettings):
    """Settings of `LanguageModel`; `None` means: guessed from the text, and said so."""

    symbols: Literal["characters", "bytes", "bpe", "words"] = "characters"
    """what is predicted one after the other: characters, bytes, pieces of words (byte-pair encoding), or words"""
    vocabulary: int = 10_000
    """words or pieces of words that are known, at most"""
    min_count: int = 1
    """how often a character or word must occur in training to be known"""
    style: bool = False
    """the texts have styles (an author, a language, a role), and the model writes in each: a column of a table, a file
    or a folder a style, the endings of files, the roles of a play"""
    text: str | None = None
    """column of the texts in a table of texts with styles; default: found by its name"""
    label: str | None = None
    """column of their styles; default: found by its name"""
    most_styles: int | None = None
    """styles that are learned, the largest; default: all, and eight roles of a play"""
    glob: str | None = None
    """which files of a folder, such as *.py; default: all that are text"""
    test: float = 0.05
    """part of the characters that the report keeps for testing, a million at most: files drawn by chance, or the end
    of a single one [0 to 1]"""
    validation: float = 0.05
    """part of the characters that is held out to choose the best pass, 200 000 at most, chosen as for test [0 to 1]"""
    cell: str = "lstm"
    """recurrent cell: a name of the catalogue, such as lstm, gru, layer_norm_lstm"""
    hidden: int = 384
    """hidden units of each layer"""
    layers: int = 1
    """recurrent layers on top of each other"""
    embedding: int = 128
    """numbers that stand for a symbol"""
    tied: bool = False
    """the answer uses the weights of the embedding; the last layer then has its size"""
    dropout: float = 0.1
    """part of the features dropped before, between and behind the layers, by one mask a window [0 to 1]"""
    embedding_dropout: float = 0.0
    """part of the symbols that are dropped, a window each [0 to 1]"""
    weight_drop: float = 0.0
    """part of the recurrent weights that are dropped, a window each [0 to 1]"""
    zoneout: float = 0.0
    """probability that a unit keeps its old state [0 to 1]"""
    activation_penalty: float = 0.0
    """pull of the outputs towards zero"""
    temporal_penalty: float = 0.0
    """pull of the outputs towards those of the step before"""
    streams: int | None = None
    """places of the text that are read side by side; default: up to 32, fewer for a short text"""
    window: int = 64
    """symbols of a stream from one update to the next, over which the gradient goes back; the state goes on"""
    epochs: int = 5
    """passes over the training part, at most"""
    minutes: float | None = 15.0
    """time for training, at most: where the passes would take longer, there are as many as fit in; none for no limit"""
    patience: int | None = 5
    """passes without improvement after which training stops; none for never"""
    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = "adam"
    """rule that turns gradients into steps"""
    learning_rate: float = 0.01
    """size of a step"""
    schedule: Literal["constant", "cosine", "linear"] = "cosine"
    """how the learning rate falls over the training"""
    weight_decay: float = 0.0
    """pull of the weights towards zero"""
    clip_norm: float | None = 1.0
    """longest gradient that is let through, as a norm; none for no limit"""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """where the network is trained; auto: on a GPU if there is one"""
    seed: int = 0
    """seed of everything random"""
    preset: str | None = None
    """a named set of settings; quick: a small network in two minutes; large: for a GPU; zaremba-small: words, 2 layers
    of 200 units as in Zaremba et al. 2014"""

    presets: ClassVar = PRESETS
    least: ClassVar = {
        "vocabulary": 1, "min_count": 1, "hidden": 1, "layers": 1, "embedding": 1, "activation_penalty": 0,
        "temporal_penalty": 0, "streams": 1, "window": 2, "epochs": 1, "patience": 1, "weight_decay": 0, "seed": 0,
        "most_styles": 2,
    }  # fmt: skip
    positive: ClassVar = ("minutes", "learning_rate", "clip_norm")
    parts: ClassVar = ("test", "validation", "dropout", "embedding_dropout", "weight_drop", "zoneout")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.test + self.validation >= 1:
            raise FrontalError(f"test {self.test} and validation {self.validation} leave nothing to learn from")
        for name in ("text", "label", "most_styles"):
            if getattr(self, name) is not None and not self.style:
                raise FrontalError(f"{name}={getattr(self, name)} is for texts with styles; set style=true (--style)")
        if self.style and self.device == "cuda":
            raise FrontalError("texts with styles are learned on the CPU; leave device out")
        if self.style and (self.glob or self.activation_penalty or self.temporal_penalty):
            raise FrontalError("glob, activation_penalty and temporal_penalty are for texts without styles")
        if self.symbols == "bpe" and self.vocabulary < 256:
            raise FrontalError(f"byte-pair encoding has the 256 bytes at least, got vocabulary={self.vocabulary}")
