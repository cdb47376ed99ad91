"""Runs are taken in turn; goals are judged without rounding."""

import gc
from collections.abc import Callable

from benchmarks.goals import Goal, say_goals
from benchmarks.report import Report, time_cells, time_columns

from benchmarks import timing


def test_runs_take_turns_after_a_round_that_does_not_count() -> None:
    clock, order = [0.0], []

    def lasting(name: str, *seconds: float) -> Callable[[], None]:
        left = iter(seconds)

        def run() -> None:
            order.append(name)
            clock[0] += next(left)

        return run

    runs = [lasting("A", 100, 1, 5, 2), lasting("B", 100, 4, 4, 7)]
    assert timing.medians(runs, seconds=6, clock=lambda: clock[0]) == [2, 4]
    assert "".join(order) == "ABABABAB"
    assert gc.isenabled()


def test_goals_are_met_missed_or_not_measured() -> None:
    goals = [Goal("a", "speed", 1.6), Goal("b", "time", 0.25, "ms", at_most=True), Goal("c", "memory", 1.2)]
    report = Report()
    records = say_goals(goals, {"a": 1.5999, "b": 0.25}, report)
    assert [record["met"] for record in records] == [False, True, None]
    assert report.lines[-3:] == [
        "| speed | ≥ 1.6 × | 1.6 × | **missed** |",
        "| time | ≤ 0.25 ms | 0.25 ms | met |",
        "| memory | ≥ 1.2 × | not measured |  |",
    ]


def test_ratios_are_peer_over_the_first() -> None:
    names = ["frontal", "torch.nn", "Keras"]
    assert time_columns(names) == ["frontal ms", "torch.nn ms", "Keras ms", "torch.nn / frontal", "Keras / frontal"]
    assert time_cells(names, {"frontal": 0.002, "torch.nn": 0.003}) == ["2", "3", "", "1.50", ""]
