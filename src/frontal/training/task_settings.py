"""What the settings of every task have in common: typed fields, presets, texts read as the field's type.

Free of torch, so that a command line can show the settings of a task.
"""

from __future__ import annotations

import types
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, ClassVar, Literal, Self, Union, get_args, get_origin, get_type_hints

from frontal.errors import FrontalError, did_you_mean

_TRUE, _FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}
_EXPECTED = {int: "a whole number", float: "a number", bool: "true or false", str: "a text", tuple: "a tuple of names"}


@dataclass(frozen=True)
class TaskSettings:
    """Base of a frozen dataclass of settings; a value that cannot be used raises `FrontalError`.

    Fields are int, float, bool, str, a `Literal` of texts or a tuple of texts, or None beside one of them.
    """

    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """named sets of settings, for `from_options`"""
    least: ClassVar[Mapping[str, float]] = {}
    """smallest value of a setting"""
    positive: ClassVar[tuple[str, ...]] = ()
    """settings that must be above 0"""
    parts: ClassVar[tuple[str, ...]] = ()
    """settings from 0 to below 1"""

    def __post_init__(self) -> None:
        for name, hint in _hints(type(self)).items():
            _check_type(name, getattr(self, name), hint)
        for name in self._given(self.least):
            if getattr(self, name) < self.least[name]:
                raise FrontalError(f"{name} must be at least {self.least[name]}, got {getattr(self, name)}")
        for name in self._given(self.positive):
            if not getattr(self, name) > 0:
                raise FrontalError(f"{name} must be greater than 0, got {getattr(self, name)}")
        for name in self._given(self.parts):
            if not 0 <= getattr(self, name) < 1:
                raise FrontalError(f"{name} must be at least 0 and below 1, got {getattr(self, name)}")

    @classmethod
    def from_options(cls, preset: str | None = None, **options: Any) -> Self:
        """Build settings from a preset and options that override it.

        Text is read as the field's type, a list as a tuple. An unknown preset or name, or a text
        that does not fit, raises `FrontalError`.
        """
        if preset is not None and preset not in cls.presets:
            raise FrontalError(f"unknown preset {preset!r}; {did_you_mean(preset, cls.presets)}")
        hints = _hints(cls)
        chosen: dict[str, Any] = {} if preset is None else {"preset": preset, **cls.presets[preset]}
        for name, value in options.items():
            if name not in hints:
                raise FrontalError(f"unknown setting {name!r}; {did_you_mean(name, hints)}")
            value = tuple(value) if isinstance(value, list) else value  # noqa: PLW2901
            chosen[name] = _parse(name, value, hints[name]) if isinstance(value, str) else value
        return cls(**chosen)

    def words(self, flags: Collection[str] = ()) -> list[str]:
        """Return what to type for these settings: those that are not as usual, or as the preset has them.

        Args:
            flags: names of settings with an option of their own; the rest goes through `--set`.
        """
        preset: str | None = getattr(self, "preset", None)
        usual = type(self)(**(self.presets[preset] if preset else {})).to_dict()
        words = ["--preset", preset] if preset else []
        for name, value in self.to_dict().items():
            if name == "preset" or value == usual[name]:
                continue
            flag = f"--{name.replace('_', '-')}"
            if name in flags and isinstance(value, bool):
                words += [flag] if value else []
            else:
                words += [flag, _typed(value)] if name in flags else ["--set", f"{name}={_typed(value)}"]
        return words

    def replace(self, **changes: Any) -> Self:
        """A copy with some settings changed."""
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Names and values that JSON can hold."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, saved: Any) -> Self:
        """The inverse of `to_dict`; unknown names, or what is no dictionary, raise `FrontalError`."""
        if not isinstance(saved, dict):
            raise FrontalError(f"settings must be names and values, got {type(saved).__name__}")
        if unknown := set(saved) - set(_hints(cls)):
            raise FrontalError(f"settings hold unknown names: {', '.join(sorted(unknown))}")
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in saved.items()})

    def _given(self, names: Mapping[str, Any] | tuple[str, ...]) -> list[str]:
        return [name for name in names if getattr(self, name) is not None]


def _typed(value: Any) -> str:
    """Return a setting as one would type it."""
    if isinstance(value, list):
        return ",".join(value)
    return str(value).casefold() if value is None or isinstance(value, bool) else str(value)


def _hints(settings: type[TaskSettings]) -> dict[str, Any]:
    hints = get_type_hints(settings)
    return {field.name: hints[field.name] for field in fields(settings)}


def _plain(hint: Any) -> tuple[Any, bool]:
    """The hint without None, and whether None is allowed."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint, False
    return next(part for part in get_args(hint) if part is not type(None)), True


def _kind(hint: Any) -> type:
    return {Literal: str, tuple: tuple}.get(get_origin(hint), hint)


def _check_type(name: str, value: Any, hint: Any) -> None:
    hint, optional = _plain(hint)
    if optional and value is None:
        return
    kind = _kind(hint)
    allowed = (int, float) if kind is float else kind
    if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
        raise FrontalError(f"{name}={value!r}: expected {_EXPECTED[kind]}{' or none' if optional else ''}")
    if get_origin(hint) is Literal and value not in get_args(hint):
        raise FrontalError(f"{name}={value!r}; {did_you_mean(str(value), get_args(hint))}")


def _parse(name: str, text: str, hint: Any) -> Any:
    """Read a text as the type of a field."""
    hint, optional = _plain(hint)
    kind = _kind(hint)
    word = text.strip().casefold()
    if optional and word in ("none", "auto") and hint is not str:
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
