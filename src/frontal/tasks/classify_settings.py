"""Every setting of the classification recipe: one home, one type, one default, one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from frontal.errors import FrontalError
from frontal.training.task_settings import TaskSettings

PRESETS: dict[str, dict[str, Any]] = {
    "tutorial": {
        "cell": "lstm",
        "hidden": 30,
        "pooling": "last",
        "scaling": "none",
        "dropout": 0.0,
        "noise": 0.0,
        "members": 1,
        "validation": 0.0,
        "patience": None,
        "epochs": 10,
        "batch_size": 128,
        "optimizer": "rmsprop",
        "learning_rate": 0.001,
        "schedule": "constant",
        "weight_decay": 0.0,
        "clip_norm": None,
    },
    "rows": {
        "cell": "lstm",
        "hidden": 32,
        "scaling": "all",
        "dropout": 0.0,
        "validation": 0.0,
        "epochs": 60,
        "batch_size": 128,
        "optimizer": "adam",
        "learning_rate": 0.006,
        "schedule": "cosine",
        "weight_decay": 0.0,
    },
}


@dataclass(frozen=True)
class ClassifySettings(TaskSettings):
    """Settings of `SequenceClassifier`; `None` means: guessed from the training part, and said so."""

    label: str | None = None
    """column of the labels; default: guessed by its name, else by what it holds"""
    time: str | None = None
    """column that orders the rows of a sequence; default: guessed by its name, else the order of the file"""
    id: str | None = None
    """column that tells the sequences apart; default: guessed by its name"""
    per_step: bool = False
    """a label for every step of a sequence, in place of one for the whole"""
    rate: float | None = None
    """samples a second to which sound is resampled; default: as recorded"""
    test: float = 0.25
    """part of the sequences that the report keeps for testing, where the data have no split of their own [0 to 1]"""
    sound: Literal["mel", "mfcc"] = "mel"
    """what is heard, a frame of 25 ms every 10 ms: mel bands, or cepstral coefficients"""
    bands: int = 40
    """mel bands of a frame; of the coefficients the first third is kept"""
    scaling: Literal["channel", "all", "none"] = "channel"
    """channel: each channel to mean 0 and spread 1; all: all channels by one mean and spread; none: as they are"""
    min_count: int | None = None
    """how often a token must occur in training to be known; default: 1 where there are few, else 2"""
    vocabulary: int = 20_000
    """tokens that are known, at most"""
    embedding: int = 64
    """numbers that stand for a token"""
    cell: str = "gru"
    """recurrent cell: a name of the catalogue, such as lstm, gru, elman"""
    hidden: int = 64
    """hidden units of each layer"""
    layers: int = 1
    """recurrent layers on top of each other"""
    bidirectional: bool | None = None
    """read backwards as well, which rules out answers while the sequence arrives; default: where every step is
    labelled"""
    pooling: Literal["last", "mean", "max"] = "mean"
    """what the answer is made of: the output after the last step, or the mean or maximum over all of them"""
    dropout: float = 0.2
    """part of the features dropped before each layer and the answer while training [0 to 1]"""
    noise: float = 0.3
    """spread of the noise added to the numbers while training, in spreads of their channel"""
    cut: float = 0.0
    """part of the sequences that are cut off at a random step in each pass of the training, so that answers before
    the end can be trusted [0 to 1]"""
    class_weights: Literal["none", "balanced"] = "none"
    """balanced: rare classes weigh as much as frequent ones"""
    label_smoothing: float = 0.0
    """part of the goal that is spread over all classes [0 to 1]"""
    members: int = 1
    """networks in the ensemble, whose logits are averaged"""
    validation: float = 0.2
    """part of the training sequences that each member holds out for early stopping and calibration [0 to 1]"""
    patience: int | None = 30
    """epochs without improvement after which a member stops; none for never"""
    epochs: int = 200
    """passes over the training sequences, at most"""
    batch_size: int | None = None
    """sequences in a batch; default: a twentieth of them, from 8 to 128"""
    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = "adamw"
    """rule that turns gradients into steps"""
    learning_rate: float = 0.003
    """size of a step"""
    schedule: Literal["constant", "cosine", "linear"] = "constant"
    """how the learning rate falls over the training"""
    weight_decay: float = 0.01
    """pull of the weights towards zero"""
    clip_norm: float | None = 1.0
    """longest gradient that is let through, as a norm; none for no limit"""
    seed: int = 0
    """seed of everything random"""
    preset: str | None = None
    """a named set of settings; tutorial: MNIST by rows as the introductions print it; rows: the same to convergence"""

    presets: ClassVar = PRESETS
    least: ClassVar = {
        "bands": 3, "min_count": 1, "vocabulary": 1, "embedding": 1, "hidden": 1, "layers": 1, "noise": 0, "members": 1,
        "patience": 1, "epochs": 1, "batch_size": 1, "weight_decay": 0, "seed": 0,
    }  # fmt: skip
    positive: ClassVar = ("rate", "learning_rate", "clip_norm")
    parts: ClassVar = ("test", "dropout", "cut", "label_smoothing", "validation")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cut and self.per_step:
            raise FrontalError("cut is for one label a sequence; with per_step=True every step has its own")
        if self.members > 1 and self.members * self.validation > 1 + 1e-9:
            raise FrontalError(
                f"{self.members} members cannot each hold out a different {self.validation:.0%} of the sequences; "
                f"set validation to at most {1 / self.members:.3g}"
            )
