"""Stand-ins for the three recipes, and the true program in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

SOURCE = Path(__file__).resolve().parents[2] / "src"
FORECAST = [{"step": 1, "value": 450.25}, {"step": 2, "value": float("nan")}]
MEASURED = {
    "one_step": {"test": {"rmse": 1234.5678, "mase": 0.5}, "last value": {"rmse": 48.0, "mase": 1.5}},
    "rolling": {"test": 0.625, "last value": 1.75},
    "horizon": 12,
    "by_step": [{"step": step, "coverage_80": 0.5, "width_80": 30.0 + step, "score_80": 9.0} for step in range(1, 13)],
    "verdict": "The network wins.",
}


class Recipes(ModuleType):
    """Takes the place of `frontal.tasks.forecast`: remembers its arguments and raises what it is told to."""

    def __init__(self) -> None:
        super().__init__("frontal.tasks.forecast")
        self.calls: list[tuple[Any, ...]] = []
        self.tests: list[str | None] = []
        self.error: BaseException | None = None

    def forecast_run(
        self, source: str, settings: Any, out: Path, *, test: str | None, seeds: int, progress: Any, say: Any
    ) -> dict[str, Any]:
        self.calls.append((source, settings, out))
        self.tests.append(test)
        say("guessed: monthly")
        print("a library prints")
        if self.error:
            raise self.error
        for name in ("manifest.json", "report.html"):
            (out / name).write_text("{}", encoding="utf-8")
        metrics = {"coverage_80": 0.75, "coverage_95": 1.0, "width_80": 31.5, "width_95": 47.25}
        metrics |= {"seconds_train": 1.25, "seed": settings.seed}
        return {**MEASURED, "run": out, "metrics": metrics, "forecast": FORECAST, "notes": [], "over_seeds": []}

    def predict_run(self, run: Path, source: str | None, horizon: int | None, *, out: Any, say: Any) -> dict[str, Any]:
        self.calls.append((run, source, horizon, out))
        return {"forecast": FORECAST * 20}

    def evaluate_run(self, run: Path, source: str, *, say: Any) -> dict[str, Any]:
        self.calls.append((run, source))
        return {
            **MEASURED,
            "metrics": {"coverage_80": float("nan"), "coverage_95": float("nan")},
            "rolling": {},
        }


def program(*words: str, code: str | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run `python -m frontal WORDS`, or `code` with the words as its arguments, and wait for it."""
    start = ["-m", "frontal"] if code is None else ["-c", code]
    settings = {"capture_output": True, "text": True, "encoding": "utf-8", **options}
    return subprocess.run([sys.executable, *start, *words], env=environment(), check=False, timeout=60, **settings)


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(SOURCE), str(Path(__file__).parent)]),
        "COLUMNS": "80",
    }


PRETENDING = """
import sys
from recipes import Recipes
sys.modules["frontal.tasks.forecast"] = recipes = Recipes()
from frontal.cli import main
{prepare}
sys.exit(main())
"""
