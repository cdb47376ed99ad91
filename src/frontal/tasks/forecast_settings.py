"""Every setting of the forecast recipe: one home, one type, one default, one sentence."""

from __future__ import annotations

import types
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, Self, Union, get_args, get_origin, get_type_hints

from frontal.errors import FrontalError, did_you_mean


@dataclass(frozen=True)
class ForecastSettings:
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
    """part of the series, at its end, that the report keeps for testing [0 to 1]"""
    period: int | None = None
    """seasonal period [steps], 1 for none; default: guessed from the training part"""
    log: bool | None = None
    """forecast the logarithm; default: when the spread grows with the level"""
    seasonal_difference: bool | None = None
    """forecast the change against one period earlier; default: when that makes the steps smaller"""
    scaling: Literal["window", "minmax", "minmax-all"] = "window"
    """window: relative to the last value read, in units of the training part's typical step;
    minmax: to 0…1 by the training part; minmax-all: by all data, test part included (it leaks)"""
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
    """part of the units dropped between layers while training [0 to 1]"""
    initialisation: Literal["torch", "keras"] = "torch"
    """starting weights: torch's, the read-outs at zero where the linear one is there; or those of Keras,
    forget gates open"""
    refit: bool = True
    """train again on the whole series after the test, so that the forecast knows the latest values"""
    preset: str | None = None
    """a named set of settings; tutorial: the airline program as the introductions print it"""

    def __post_init__(self) -> None:
        for name, hint in get_type_hints(type(self)).items():
            _check_type(name, getattr(self, name), hint)
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is not None and value < least:
                raise FrontalError(f"{name} must be at least {least}, got {value}")
        for name in ("learning_rate", "clip_norm"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise FrontalError(f"{name} must be greater than 0, got {value}")
        for name in ("test", "validation", "dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise FrontalError(f"{name} must be at least 0 and below 1, got {getattr(self, name)}")
        for name in ("scaling", "optimizer", "initialisation"):
            known = get_args(get_type_hints(type(self))[name])
            if getattr(self, name) not in known:
                raise FrontalError(f"{name}={getattr(self, name)!r}; {did_you_mean(str(getattr(self, name)), known)}")
        if self.members * self.validation > 1 + 1e-9 and self.members > 1:
            raise FrontalError(
                f"{self.members} members cannot each hold out a different {self.validation:.0%} of the windows; "
                f"set validation to at most {1 / self.members:.3g}"
            )
        if self.dropout and self.layers == 1:
            raise FrontalError("dropout acts between layers and there is one layer; set layers to 2 or more")
        if self.seasonal_difference and self.period == 1:
            raise FrontalError("seasonal_difference needs a period above 1; set period, or leave both out")

    @classmethod
    def from_options(cls, preset: str | None = None, **options: Any) -> Self:
        """Build settings from a preset and options that override it.

        Text is read as the field's type, a list as a tuple. An unknown preset or name, or a text
        that does not fit, raises `FrontalError`.
        """
        if preset is not None and preset not in PRESETS:
            raise FrontalError(f"unknown preset {preset!r}; {did_you_mean(preset, PRESETS)}")
        hints = get_type_hints(cls)
        chosen: dict[str, Any] = {"preset": preset, **(PRESETS[preset] if preset else {})}
        for name, value in options.items():
            if name not in hints:
                raise FrontalError(f"unknown setting {name!r}; {did_you_mean(name, hints)}")
            value = tuple(value) if isinstance(value, list) else value  # noqa: PLW2901
            chosen[name] = _parse(name, value, hints[name]) if isinstance(value, str) else value
        return cls(**chosen)

    def replace(self, **changes: Any) -> Self:
        """A copy with some settings changed."""
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Names and values that JSON can hold."""
        return {**asdict(self), "features": list(self.features)}

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`; unknown names raise `FrontalError`."""
        unknown = set(saved) - {field.name for field in fields(cls)}
        if unknown:
            raise FrontalError(f"settings hold unknown names: {', '.join(sorted(unknown))}")
        return cls(**{**saved, "features": tuple(saved.get("features", ()))})


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
}

_LEAST = {
    "horizon": 1, "context": 1, "hidden": 1, "layers": 1, "seed": 0, "period": 1, "members": 1,
    "patience": 1, "epochs": 1, "batch_size": 1, "weight_decay": 0,
}  # fmt: skip


_TRUE, _FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}
_EXPECTED = {int: "a whole number", float: "a number", bool: "true or false", str: "a text", tuple: "a tuple of names"}


def _kind(hint: Any) -> tuple[type, bool]:
    """The plain type behind a field's hint, and whether None is allowed."""
    optional = get_origin(hint) in (Union, types.UnionType)
    kind = next(part for part in get_args(hint) if part is not type(None)) if optional else hint
    return {Literal: str, tuple: tuple}.get(get_origin(kind), kind), optional


def _check_type(name: str, value: Any, hint: Any) -> None:
    kind, optional = _kind(hint)
    allowed = (int, float) if kind is float else kind
    fits = isinstance(value, allowed) and (kind is bool or not isinstance(value, bool))
    if not fits and not (optional and value is None):
        raise FrontalError(f"{name}={value!r}: expected {_EXPECTED[kind]}{' or none' if optional else ''}")


def _parse(name: str, text: str, hint: Any) -> Any:
    """Read a text as the type of a field."""
    kind, optional = _kind(hint)
    word = text.strip().casefold()
    if optional and word in ("none", "auto") and kind is not str:
        return None
    if kind is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind is bool and word in _TRUE | _FALSE:
        return word in _TRUE
    if kind is str:
        return text
    with suppress(ValueError):
        if kind in (int, float):
            return kind(word)
    raise FrontalError(f"{name}={text!r}: expected {_EXPECTED[kind]}")
