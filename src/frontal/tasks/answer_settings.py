"""Every setting of the question answering recipe: one home, one type, one default, one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from frontal.training.task_settings import TaskSettings

KIND = "answerer"  # of its runs
BATCHES, FEWEST_EPOCHS, MOST_EPOCHS = 1100, 5, 100
SMALLEST, LARGEST, PART = 8, 64, 50  # of batches, where nothing is said


@dataclass(frozen=True)
class AnswerSettings(TaskSettings):
    """Settings of `Answerer`; `None` means: guessed from the number of questions to learn from."""

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
    patience: int | None = None
    """epochs without improvement after which training stops; none for never"""
    epochs: int | None = None
    """passes over the stories, at most; default: as many as make 1100 batches, from 5 to 100"""
    batch_size: int | None = None
    """questions in a batch; default: a fiftieth of them, from 8 to 64"""
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

    def complete(self, questions: int) -> AnswerSettings:
        """Return the settings with the guesses for so many questions to learn from."""
        batch = self.batch_size or min(max(questions // PART, SMALLEST), LARGEST)
        batches = max(1, round(questions * (1 - self.validation) / batch))
        epochs = self.epochs or min(max(round(BATCHES / batches), FEWEST_EPOCHS), MOST_EPOCHS)
        return self.replace(batch_size=batch, epochs=epochs)
