"""Every setting of the panel recipe: one home, one type, one default, one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from frontal.errors import FrontalError
from frontal.training.task_settings import TaskSettings

KIND = "panel-forecaster"  # of its runs


@dataclass(frozen=True)
class PanelSettings(TaskSettings):
    """Settings of `PanelForecaster`; `None` means: found in the training part, and said so."""

    layout: Literal["long", "columns", "rows"] | None = None
    """long: one row a series and step; columns: one column a series; rows: one row a series;
    default: by the titles of the columns"""
    unique_id: str | None = None
    """column that names the series; default: unique_id, series_id or item_id"""
    time: str | None = None
    """column of time stamps or step numbers; default: ds, or the column that reads as dates"""
    target: str | None = None
    """column to forecast; default: y, or the last column of numbers"""
    known: tuple[str, ...] = ()
    """features known ahead, also for the steps to forecast (neuralforecast: futr_exog)"""
    past: tuple[str, ...] = ()
    """features known up to the present only (hist_exog)"""
    static: tuple[str, ...] = ()
    """features of a series that do not change (stat_exog)"""
    keep: int | None = None
    """use the first steps of each series only; default: all"""
    horizon: int | None = None
    """steps to forecast; default: two days of hourly and two weeks of daily steps, one season, or 12"""
    context: int | None = None
    """past steps that a network reads; default: two of the longest period, or 3 horizons, at most half a series"""
    periods: tuple[int | str, ...] | None = None
    """seasonal periods [steps]; default: from the calendar (hourly 24 and 168, daily 7, monthly 12 …)"""
    panel: Literal["global", "each"] = "global"
    """global: one model learns from all series; each: every series has a model of its own"""
    multi_step: Literal["direct", "autoregressive"] = "direct"
    """direct: all steps at once; autoregressive: each step reads the answer before"""
    calendar: tuple[str, ...] | None = None
    """calendar features: hour, weekday, monthday, month, yearday; default: what suits the step"""
    calendar_code: Literal["sine", "one-hot"] = "sine"
    """how calendar features are written"""
    log: bool | None = None
    """forecast the logarithm; default: when all values are above 0 and most spreads grow with the level"""
    naive: Literal["season", "last"] | None = None
    """what the networks correct: the value one season before, or the last value; default: whichever errs less"""
    cell: str = "gru"
    """recurrent cell: a name of the catalogue, such as lstm, gru, elman"""
    hidden: int = 64
    """hidden units of each layer"""
    layers: int = 1
    """recurrent layers on top of each other"""
    segment: int | None = None
    """past steps read at a time; default: the shortest period where it divides the context, 1 if autoregressive"""
    linear: bool = True
    """add a linear map of the context beside the recurrent layers (direct only)"""
    members: int = 3
    """networks in the ensemble, each from a seed of its own, whose forecasts are averaged"""
    loss: Literal["absolute", "squared"] = "absolute"
    """error that training makes small, in the scale of each window"""
    epochs: int = 30
    """passes, at most"""
    batches: int = 100
    """batches of an epoch, at most; their windows are drawn anew each time"""
    batch_size: int = 128
    """windows in a batch, from all series"""
    patience: int = 10
    """epochs without improvement after which a member stops"""
    validation: int | None = None
    """last steps of each series held out for early stopping and intervals;
    default: the horizon, or 15 % of the series where they are few"""
    learning_rate: float = 0.002
    """size of a step, which falls to 0 along a cosine"""
    weight_decay: float = 0.0
    """pull of the weights towards zero"""
    clip_norm: float | None = 1.0
    """longest gradient that is let through, as a norm; none for no limit"""
    dropout: float = 0.0
    """part of the units dropped while training [0 to 1]"""
    seed: int = 0
    """seed of everything random"""
    test: int = 1
    """windows at the end of each series that the report keeps for testing"""
    test_stride: int | None = None
    """steps between two test windows; default: the horizon"""
    test_refit: bool = False
    """train anew before each test window"""
    refit: bool = True
    """train again on everything after the test, so that the forecast knows the latest values"""
    preset: str | None = None
    """a named set of settings"""

    presets: ClassVar[dict[str, dict[str, Any]]] = {}
    least: ClassVar = {
        "keep": 2, "horizon": 1, "context": 1, "hidden": 1, "layers": 1, "seed": 0, "segment": 1, "members": 1,
        "epochs": 1, "batches": 1, "patience": 1, "batch_size": 1, "validation": 1, "weight_decay": 0,
        "test": 0, "test_stride": 1,
    }  # fmt: skip
    positive: ClassVar = ("learning_rate", "clip_norm")
    parts: ClassVar = ("dropout",)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.periods is not None:
            object.__setattr__(self, "periods", tuple(_period(period) for period in self.periods))
        if self.multi_step == "autoregressive" and (self.segment or 1) > 1:
            raise FrontalError("multi_step='autoregressive' reads one step at a time; leave segment out")
        if self.multi_step == "autoregressive" and self.past:
            raise FrontalError(
                f"multi_step='autoregressive' feeds its answers back, and {', '.join(self.past)} in past are not known "
                "then; name them in known if they are, or choose multi_step='direct'"
            )
        if self.layout in ("columns", "rows") and (self.known or self.past):
            raise FrontalError(f"layout={self.layout!r} has no place for features by row; give the long layout")


def _period(given: object) -> int:
    text = str(given).strip()
    if isinstance(given, bool) or not text.isdecimal() or int(text) < 1:
        raise FrontalError(f"periods: {given!r} is not a whole number of steps >= 1; write periods=24,168")
    return int(text)
