"""Wall-clock medians of runs taken in turn: A B A B."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter
from typing import Any

Run = Callable[[], Any]
LEAST, MOST = 3, 10_000  # rounds


def medians(
    runs: Sequence[Run], seconds: float, *, wait: Callable[[], None] = lambda: None,
    clock: Callable[[], float] = perf_counter,
) -> list[float]:  # fmt: skip
    """Take the runs in turn until each has had its seconds, after one round that is not counted.

    Args:
        runs: what is timed.
        seconds: of each run, at least; three rounds are taken in any case.
        wait: called before each clock reading, for devices that work behind the caller's back.
        clock: `time.process_time` counts processor seconds, where others use the machine too.

    Returns:
        Median seconds of one call of each.
    """
    for run in runs:
        run()
    times: list[list[float]] = [[] for _ in runs]
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        while len(times[0]) < LEAST or (len(times[0]) < MOST and min(map(sum, times)) < seconds):
            for run, taken in zip(runs, times, strict=True):
                wait()
                began = clock()
                run()
                wait()
                taken.append(clock() - began)
    finally:
        if collecting:
            gc.enable()
    return [median(taken) for taken in times]
