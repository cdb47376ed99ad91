"""The settings of the traffic protocol; free of torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from frontal.training.task_settings import TaskSettings

PROTOCOL = "ltc-traffic"


@dataclass(frozen=True)
class TrafficSettings(TaskSettings):
    """Settings of `traffic_run`; the defaults are those of Hasani et al. 2021."""

    cell: str = "lstm"
    """recurrent cell: a name of the catalogue"""
    hidden: int = 32
    """hidden units"""
    sequence: int = 32
    """hours of a sequence"""
    stride: int = 4
    """hours between the starts of two sequences"""
    epochs: int = 200
    """passes; the weights of the epoch that is best on the validation sequences are kept"""
    batch_size: int = 16
    """sequences in a batch"""
    learning_rate: float = 0.001
    """size of a step"""
    seed: int = 0
    """seed of the starting weights and of the order of the batches"""
    preset: str | None = PROTOCOL
    """the name of the protocol"""

    presets: ClassVar[dict[str, dict[str, object]]] = {PROTOCOL: {}}
    least: ClassVar = {"hidden": 1, "sequence": 2, "stride": 1, "epochs": 1, "batch_size": 1, "seed": 0}
    positive: ClassVar = ("learning_rate",)
