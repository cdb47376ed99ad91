"""Problems of dynamics: what is the next value of a system that one watches?"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import torch
from torch import Generator, Tensor

from frontal.data.problem import TEST_SEED, Drawn, Problem
from frontal.errors import FrontalError

STEP = 0.1  # of the Runge-Kutta method for Mackey-Glass
TAU, SETTLE = 17.0, 500  # delay in units of time; steps before the first one that counts
LORENZ_STEP, LORENZ_SETTLE = 0.02, 500
MEMORY = 10  # of NARMA10
POOL = 2000  # steps of the series from which windows are drawn


def mackey_glass(steps: int, count: int, generator: Generator, tau: float = TAU) -> Tensor:
    """Return dx/dt = 0.2 x(t - τ) / (1 + x(t - τ)¹⁰) - 0.1 x(t), one value a unit of time, (steps, count).

    Mackey & Glass 1977; Runge-Kutta of order 4 in steps of 0.1, the delayed value interpolated halfway
    between steps; random starts between 0.5 and 1.3, 500 units before the first value.
    """
    each = round(1 / STEP)
    lag = round(tau / STEP)
    past = 0.5 + 0.8 * torch.rand(1, count, generator=generator, dtype=torch.float64).expand(lag + 1, count)
    history = list(past)

    def slope(x: Tensor, delayed: Tensor) -> Tensor:
        return 0.2 * delayed / (1 + delayed**10) - 0.1 * x

    for _ in range((SETTLE + steps) * each):
        x, first, last = history[-1], history[-lag - 1], history[-lag]
        middle = (first + last) / 2
        a = slope(x, first)
        b = slope(x + STEP / 2 * a, middle)
        c = slope(x + STEP / 2 * b, middle)
        d = slope(x + STEP * c, last)
        history.append(x + STEP / 6 * (a + 2 * b + 2 * c + d))
    return torch.stack(history[-steps * each :: each])


def lorenz(steps: int, count: int, generator: Generator, step: float = LORENZ_STEP) -> Tensor:
    """Return the three coordinates of Lorenz' system (1963; σ 10, ρ 28, β 8/3) every `step`, (steps, count, 3)."""
    state = torch.randn(count, 3, generator=generator, dtype=torch.float64) + torch.tensor([0.0, 0.0, 25.0])

    def slope(s: Tensor) -> Tensor:
        x, y, z = s.unbind(-1)
        return torch.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z], -1)

    seen: list[Tensor] = []
    for _ in range(LORENZ_SETTLE + steps):
        a = slope(state)
        b = slope(state + step / 2 * a)
        c = slope(state + step / 2 * b)
        d = slope(state + step * c)
        state = state + step / 6 * (a + 2 * b + 2 * c + d)
        seen.append(state)
    return torch.stack(seen[-steps:])


def narma10(steps: int, count: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """Return the input, uniform in 0 .. 0.5, and the answer of NARMA10 (Atiya & Parlos 2000), each (steps, count).

    y(t+1) = 0.3 y(t) + 0.05 y(t) Σ y(t-i) + 1.5 u(t-9) u(t) + 0.1, i = 0 .. 9; a sequence that leaves
    the bounded range is drawn anew.
    """
    u = 0.5 * torch.rand(steps, count, generator=generator, dtype=torch.float64)
    y = torch.zeros(steps, count, dtype=torch.float64)
    for t in range(steps - 1):
        recent = y[max(0, t - MEMORY + 1) : t + 1].sum(0)
        old = u[t - MEMORY + 1] if t >= MEMORY - 1 else torch.zeros(count, dtype=torch.float64)
        y[t + 1] = 0.3 * y[t] + 0.05 * y[t] * recent + 1.5 * old * u[t] + 0.1
    wild = ~(y.abs().amax(0) < 1)
    if wild.any():
        u[:, wild], y[:, wild] = narma10(steps, int(wild.sum()), generator)
    return u, y


@cache
def _pool(name: str, part: str) -> Tensor:
    """Return long series of a system, (POOL, 32, features), scaled by the mean and the spread of the training part."""
    run = {"mackey-glass": mackey_glass, "lorenz": lorenz}[name]
    values = run(POOL, 32, Generator().manual_seed(0 if part == "train" else 1)).view(POOL, 32, -1)
    known = values if part == "train" else run(POOL, 32, Generator().manual_seed(0)).view(POOL, 32, -1)
    return ((values - known.mean((0, 1))) / known.std((0, 1))).float()


def _next(name: str) -> Callable[[Generator, int, int], Drawn]:
    def draw(generator: Generator, size: int, length: int) -> Drawn:
        if length >= POOL:
            raise FrontalError(f"{name}: length must be below {POOL}, got {length}")
        pool = _pool(name, "test" if generator.initial_seed() >= TEST_SEED else "train")
        first = torch.randint(POOL - length, (size,), generator=generator)
        series = torch.randint(pool.shape[1], (size,), generator=generator)
        values = pool[torch.arange(length + 1)[:, None] + first, series]  # (T + 1, B, features)
        return _after_warm_up(values[:-1], values[1:])

    return draw


def _narma(generator: Generator, size: int, length: int) -> Drawn:
    u, y = narma10(length, size, generator)
    return _after_warm_up(2 * u[..., None] - 0.5, (y[..., None] - 0.38) / 0.11)


def _after_warm_up(inputs: Tensor, targets: Tensor) -> Drawn:
    """Ask for the second half, when the network knows where the system is."""
    asked = torch.zeros(targets.shape[:2], dtype=torch.bool)
    asked[len(asked) // 2 :] = True
    return Drawn(inputs.float(), targets.float(), asked)


PROBLEMS = (
    Problem(
        "mackey-glass", "What is the next value? In spreads of the series; chance is the last value",
        "Mackey & Glass 1977, τ = 17", "numbers", 1, 1, (100, 100), 200, 4, 0.021, 1e-4,
        _next("mackey-glass"),
    ),
    Problem(
        "lorenz", "Where is the point next? In spreads of each coordinate; chance is where it was",
        "Lorenz 1963, every 0.02", "numbers", 3, 3, (100, 100), 200, 4, 0.022, 1e-4, _next("lorenz"),
    ),
    Problem(
        "narma10", "What does a system with a memory of ten steps answer? Chance is its mean",
        "Atiya & Parlos 2000; scaled", "numbers", 1, 1, (100, 100), 200, 2 * MEMORY, 1.0, 0.1, _narma,
    ),
)  # fmt: skip
