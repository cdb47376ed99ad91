"""Two models along the same data, step beside step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_read import Capture
from frontal.errors import FrontalError

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
UNKNOWN = "�"


@dataclass(frozen=True)
class Compared:
    """Two captures of the same data.

    Attributes:
        a, b: steps of each after which both have read the same, (m,) each.
        loss_a, loss_b: losses of what came between one such step and the next, (m,); NaN where there are none.
        units: how many `unit`s stand there, (m,).
        unit: what a loss is counted by: symbol, character, answer, step.
        measure: what a mean is, in words.
    """

    a: Indices
    b: Indices
    loss_a: Floats
    loss_b: Floats
    units: Floats
    unit: str
    measure: str

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where both have a loss, (m,)."""
        return np.isfinite(self.loss_a) & np.isfinite(self.loss_b)

    @property
    def means(self) -> tuple[float, float]:
        """Mean loss of each, by unit."""
        if not self.known.any():
            return float("nan"), float("nan")
        count = self.units[self.known].sum()
        return float(self.loss_a[self.known].sum() / count), float(self.loss_b[self.known].sum() / count)

    @property
    def b_better(self) -> float:
        """Share of the steps with a loss at which that of B is smaller."""
        return float((self.loss_b < self.loss_a)[self.known].mean()) if self.known.any() else float("nan")

    def __str__(self) -> str:
        a, b = self.means
        return f"A {a:.4g}, B {b:.4g} {self.measure}; B is better at {self.b_better:.0%} of the {self.unit}s"


def compared(a: Capture, b: Capture) -> Compared:
    """Lay two captures of the same data side by side.

    Raises:
        FrontalError: they are of different kinds, or of different data.
    """
    kinds = a.index.kind, b.index.kind
    if kinds[0] != kinds[1]:
        raise FrontalError(
            f"A reads {_article(kinds[0])} and B {_article(kinds[1])}; compare two models on the same data"
        )
    if all("sequence" in one.index.tracks and "guess" not in one.index.tracks for one in (a, b)):
        return _sequences(a, b)
    return _texts(a, b) if kinds[0] == "text" else _series(a, b)


def _texts(a: Capture, b: Capture) -> Compared:
    shown = [_shown(capture) for capture in (a, b)]
    ends = [np.cumsum([len(symbol) for symbol in symbols]) for symbols in shown]
    texts = ["".join(symbols) for symbols in shown]
    pairs = enumerate(zip(*texts, strict=False))
    other = next((k for k, (one, two) in pairs if one != two and UNKNOWN not in (one, two)), None)
    if other is not None:
        near = [text[max(other - 10, 0) : other + 10] for text in texts]
        raise FrontalError(
            f"the two looks read different texts: at character {other} A has {near[0]!r} and B {near[1]!r}; "
            "open both runs on the same text"
        )
    common, at_a, at_b = np.intersect1d(ends[0], ends[1], return_indices=True)
    if not len(common):
        raise FrontalError("the symbols of the two texts never end at the same character")
    alike = len(common) == len(shown[0]) or len(common) == len(shown[1])
    alike = alike and all(len(ends[k][ends[k] <= common[-1]]) == len(common) for k in range(2))
    losses = _between(a.track("surprise"), at_a), _between(b.track("surprise"), at_b)
    unit = "symbol" if alike else "character"
    units = np.ones(len(common)) if alike else np.append(np.diff(common), np.nan)
    return Compared(at_a, at_b, *losses, units, unit, f"nats a {unit}")


def _between(surprise: NDArray[Any], steps: Indices) -> Floats:
    """Return the sum of the losses from each step to the one before the next, (m,); NaN for the last."""
    upto = np.append(0.0, np.cumsum(surprise.astype(np.float64)))
    found = np.full(len(steps), np.nan)
    found[:-1] = np.diff(upto[steps])
    return found


def _series(a: Capture, b: Capture) -> Compared:
    _, at_a, at_b = np.intersect1d(a.track("place"), b.track("place"), return_indices=True)
    values = a.track("value")[at_a], b.track("value")[at_b]
    if not len(at_a) or not np.allclose(*values, equal_nan=True):
        raise FrontalError("the two looks read different series; open both runs on the same file")
    follows = a.track("followed")[at_a], b.track("followed")[at_b]
    both = np.isfinite(follows[0]) & np.isfinite(follows[1])
    if both.any() and not np.allclose(follows[0][both], follows[1][both], atol=1e-4):
        raise FrontalError(
            "the two networks answer in different units, as their windows are scaled differently, so that their errors "
            "cannot be compared"
        )
    losses = _errors(a)[at_a], _errors(b)[at_b]
    return Compared(at_a, at_b, *losses, np.ones(len(at_a)), "answer", "squared error, in the networks' units")


def _errors(capture: Capture) -> Floats:
    return (capture.track("answer") - capture.track("followed")).astype(np.float64) ** 2


def _sequences(a: Capture, b: Capture) -> Compared:
    facts = a.index.facts, b.index.facts
    names = [(list(f["names"] or []), len(f["starts"]), list(f.get("classes", ()))) for f in facts]
    if names[0][2] != names[1][2]:
        raise FrontalError(f"A knows the classes {_few(names[0][2])} and B {_few(names[1][2])}; they must be the same")
    if names[0] != names[1]:
        raise FrontalError("the two looks read different sequences; open both runs on the same data")
    numbers = a.track("sequence"), b.track("sequence")
    if len(a) == len(b) and np.array_equal(*numbers):
        at_a = at_b = np.arange(len(a))
    else:  # as many sequences, but of other frames: both have read all of one at its end
        at_a, at_b = (np.append(np.nonzero(np.diff(n))[0], len(n) - 1) for n in numbers)
    losses = a.track("surprise").astype(np.float64)[at_a], b.track("surprise").astype(np.float64)[at_b]
    return Compared(at_a, at_b, *losses, np.ones(len(at_a)), "step", "nats a step")


def _shown(capture: Capture) -> list[str]:
    symbols = capture.index.facts["symbols"]
    return [symbols[k] for k in capture.track("symbol").tolist()]


def _article(kind: str) -> str:
    return f"a {kind}" if kind in ("text", "sound") else kind


def _few(names: list[str]) -> str:
    return ", ".join(names[:6]) + (" …" if len(names) > 6 else "")
