"""How often the truth is read while training goes on: the schedules of scheduled sampling (Bengio et al. 2015).

Each gives the share of steps at which a decoder reads the right symbol rather than its own, from the
number of training steps so far, for `teacher_forcing`.
"""

from __future__ import annotations

from math import log, tanh

from frontal.errors import FrontalError


def linear_decay(step: int, *, slope: float, start: float = 1.0, floor: float = 0.0) -> float:
    """Return max(floor, start - slope · step); slope >= 0 and 0 <= floor <= start <= 1."""
    _check_step(step)
    if not slope >= 0 or not 0 <= floor <= start <= 1:
        raise FrontalError(
            f"linear_decay needs slope >= 0 and 0 <= floor <= start <= 1, got slope={slope!r}, start={start!r}, "
            f"floor={floor!r}"
        )
    return max(floor, start - slope * step)


def exponential_decay(step: int, *, base: float) -> float:
    """Return base ** step; base within 0 .. 1, such as 0.999."""
    _check_step(step)
    if not 0 <= base <= 1:
        raise FrontalError(f"exponential_decay needs a base within 0 .. 1, got {base!r}")
    return base**step


def inverse_sigmoid_decay(step: int, *, k: float) -> float:
    """Return k / (k + exp(step / k)); k >= 1; about half is left after k · log(k) steps."""
    _check_step(step)
    if not k >= 1:
        raise FrontalError(f"inverse_sigmoid_decay needs k >= 1, got {k!r}")
    return 0.5 * (1 - tanh((step / k - log(k)) / 2))


def _check_step(step: int) -> None:
    if not step >= 0:
        raise FrontalError(f"steps are counted from 0, got {step!r}")
