"""The standard problems by name."""

from __future__ import annotations

from frontal.data import problem_digits, problem_dynamics, problem_languages, problem_memory
from frontal.data.problem import Drawn, Problem
from frontal.errors import FrontalError, did_you_mean

__all__ = ["PROBLEMS", "Drawn", "Problem", "problem"]

PROBLEMS = {
    each.name: each
    for module in (problem_memory, problem_languages, problem_dynamics, problem_digits)
    for each in module.PROBLEMS
}


def problem(name: str) -> Problem:
    """Return the problem of that name; an unknown name raises `FrontalError` with the nearest one."""
    if name not in PROBLEMS:
        raise FrontalError(f"no problem is named {name!r}; {did_you_mean(name, PROBLEMS)}")
    return PROBLEMS[name]
