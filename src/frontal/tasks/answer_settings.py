"""Every setting of the question answering recipe: one home, one type, one default, one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from frontal.training.task_settings import TaskSettings

KIND = "answerer"  # of its runs


@dataclass(frozen=True)
class AnswerSettings(TaskSettings):
    """Settings of `Answerer`."""

    questions: int = 10_000
    """stories to learn from, for each task that is generated"""
    facts: int = 10
    """facts of a generated story, at most"""
    people: int = 6
    """people in generated stories"""
    places: int = 6
    """places in generated stories"""
    objects: int = 6
    """things in generated stories"""
    test: float = 0.1
    """part of the stories that the report keeps for testing; of generated tasks so many stories more [0 to 1]"""
    cell: str = "gru"
    """recurrent cell that reads words and facts: a name of the catalogue, such as gru, lstm"""
    hidden: int = 48
    """hidden units, and numbers that stand for a word"""
    hops: int = 2
    """how often the story is read, each time knowing what was found before; 0: once, without attention"""
    support: float = 0.0
    """weight of the loss that shows the attention the facts from which the answer follows; 0: it finds them alone"""
    dropout: float = 0.0
    """part of the features dropped while training [0 to 1]"""
    validation: float = 0.1
    """part of the stories to learn from that is held out for early stopping and calibration [0 to 1]"""
    patience: int | None = 5
    """epochs without improvement after which training stops; none for never"""
    epochs: int = 20
    """passes over the stories, at most"""
    batch_size: int = 64
    """questions in a batch"""
    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = "adam"
    """rule that turns gradients into steps"""
    learning_rate: float = 0.004
    """size of a step"""
    schedule: Literal["constant", "cosine", "linear"] = "cosine"
    """how the learning rate falls over the training"""
    clip_norm: float | None = 1.0
    """longest gradient that is let through, as a norm; none for no limit"""
    sure: float = 0.6
    """probability below which an answer is called unsure [0 to 1]"""
    seed: int = 0
    """seed of everything random, the generated stories too"""

    least: ClassVar = {
        "questions": 20, "facts": 2, "people": 2, "places": 2, "objects": 2, "hidden": 1, "hops": 0, "support": 0,
        "patience": 1, "epochs": 1, "batch_size": 1, "seed": 0,
    }  # fmt: skip
    positive: ClassVar = ("learning_rate", "clip_norm", "test")
    parts: ClassVar = ("test", "dropout", "validation", "sure")
