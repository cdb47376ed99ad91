"""Every setting of the forecast recipe: one home, one type, one default, one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from frontal.errors import FrontalError
from frontal.training.task_settings import TaskSettings

COUNTS = "negative-binomial"  # the likelihood of counts

PRESETS: dict[str, dict[str, Any]] = {
    "tutorial": {
        "horizon": 1,
        "context": 1,
        "cell": "lstm",
        "hidden": 4,
        "log": False,
        "seasonal_difference": False,
        "scaling": "minmax-all",
        "linear": False,
        "members": 1,
        "validation": 0.0,
        "epochs": 100,
        "batch_size": 1,
        "optimizer": "adam",
        "learning_rate": 0.001,
        "weight_decay": 0.0,
        "clip_norm": None,
        "initialisation": "keras",
        "refit": False,
    },
    "stock": {
        "horizon": 1,
        "context": 60,
        "cell": "lstm",
        "hidden": 50,
        "layers": 4,
        "dropout": 0.2,
        "log": False,
        "seasonal_difference": False,
        "scaling": "minmax",
        "linear": False,
        "members": 1,
        "validation": 0.0,
        "epochs": 100,
        "batch_size": 32,
        "optimizer": "adam",
        "learning_rate": 0.001,
        "weight_decay": 0.0,
        "clip_norm": None,
        "initialisation": "keras",
        "refit": False,
    },
}


@dataclass(frozen=True)
class ForecastSettings(TaskSettings):
    """Settings of `Forecaster`; `None` means: guessed from the training part, and said so."""

    target: str | None = None
    """column to forecast; default: the last column of numbers"""
    time: str | None = None
    """column of time stamps; default: the column that reads as dates"""
    features: tuple[str, ...] = ()
    """further columns of numbers, known up to the present only, given to the network as inputs"""
    horizon: int | None = None
    """steps to forecast; default: one season, or 12 where there is none"""
    context: int | None = None
    """past steps that the network reads; default: one season, at least 8 and at most 32, or 16"""
    cell: str = "gru"
    """recurrent cell: a name of the catalogue, such as lstm, gru, elman"""
    hidden: int = 16
    """hidden units of each layer"""
    layers: int = 1
    """recurrent layers on top of each other"""
    seed: int = 0
    """seed of everything random"""
    test: float = 0.33
    """part of the series, at its end, that the report keeps for testing [0 to 1];
    `frontal forecast --test FILE` tests on a file that goes on where the data end"""
    period: int | None = None
    """seasonal period [steps], 1 for none; default: guessed from the training part"""
    log: bool | None = None
    """forecast the logarithm; default: when the spread grows with the level"""
    seasonal_difference: bool | None = None
    """forecast the change against one period earlier; default: when that makes the steps smaller"""
    scaling: Literal["window", "minmax", "minmax-all"] = "window"
    """window: relative to the last value read, in units of the training part's typical step;
    minmax: to 0…1 by the training part; minmax-all: by all data, test part included (it leaks)"""
    likelihood: Literal["none", "gaussian", "student", "negative-binomial", "quantiles"] = "none"
    """what the network answers with: none: values, by the squared error; otherwise distributions, by their
    likelihood; student: for rare large errors; negative-binomial: for counts, as they are; quantiles: of any shape"""
    intervals: Literal["errors", "conformal", "adaptive", "likelihood"] | None = None
    """how wide: errors: by the errors on held-out parts, all steps together; conformal: by those of each step;
    adaptive: by those, and wider after each miss; likelihood: as the network says; default: likelihood, else errors"""
    linear: bool = True
    """add a linear read-out of the context beside the recurrent one (with scaling=window)"""
    members: int = 5
    """networks in the ensemble, whose forecasts are averaged"""
    validation: float = 0.2
    """part of the training windows that each member holds out for early stopping, 0 for none [0 to 1]"""
    patience: int = 20
    """epochs without improvement after which a member stops"""
    epochs: int = 200
    """passes over the training windows, at most"""
    batch_size: int | None = None
    """windows in a batch; default: 64, or a sixteenth of them when that is more"""
    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = "adamw"
    """rule that turns gradients into steps"""
    learning_rate: float = 0.005
    """size of a step"""
    weight_decay: float = 0.01
    """pull of the weights towards zero"""
    clip_norm: float | None = 1.0
    """longest gradient that is let through, as a norm; none for no limit"""
    dropout: float = 0.0
    """part of the units dropped after every layer while training [0 to 1]"""
    initialisation: Literal["torch", "keras"] = "torch"
    """starting weights: torch's, the read-outs at zero where the linear one is there; or those of Keras,
    forget gates open"""
    refit: bool = True
    """train again on the whole series after the test, so that the forecast knows the latest values"""
    refit_every: int | None = None
    """test steps after which the backtest trains again on all before them; default: it trains once"""
    preset: str | None = None
    """a named set of settings; tutorial: the airline program as the introductions print it; stock: the
    one for share prices, 60 steps into four layers of 50 LSTM units; ltc-traffic: the published protocol for the
    hourly traffic of Interstate 94"""

    presets: ClassVar = PRESETS
    least: ClassVar = {
        "horizon": 1, "context": 1, "hidden": 1, "layers": 1, "seed": 0, "period": 1, "members": 1,
        "patience": 1, "epochs": 1, "batch_size": 1, "weight_decay": 0, "refit_every": 1,
    }  # fmt: skip
    positive: ClassVar = ("learning_rate", "clip_norm")
    parts: ClassVar = ("test", "validation", "dropout")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.members * self.validation > 1 + 1e-9 and self.members > 1:
            raise FrontalError(
                f"{self.members} members cannot each hold out a different {self.validation:.0%} of the windows; "
                f"set validation to at most {1 / self.members:.3g}"
            )
        if self.seasonal_difference and self.period == 1:
            raise FrontalError("seasonal_difference needs a period above 1; set period, or leave both out")
        if self.intervals == "likelihood" and self.likelihood == "none":
            raise FrontalError("intervals=likelihood needs a likelihood, such as likelihood=gaussian")
        if self.likelihood == COUNTS and (self.log or self.seasonal_difference or self.scaling != "window"):
            raise FrontalError(
                f"likelihood={COUNTS} is of the counts as they are; leave log, seasonal_difference and scaling out"
            )

    @property
    def interval_kind(self) -> str:
        """Where the intervals come from, with the default filled in."""
        return self.intervals or ("errors" if self.likelihood == "none" else "likelihood")
