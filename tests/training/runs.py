"""Small runs to save, and what is in them."""

from __future__ import annotations

from pathlib import Path

import torch

from frontal.training.run_directory import read_run, save_run

NAN = float("nan")


def save(path: Path, number: int) -> Path:
    """A run all of whose files tell the same number."""
    return save_run(
        path,
        kind="forecaster",
        settings={"number": number, "cell": "größe", "context": (1, 2), "step": None},
        tensors={"weight": torch.full((3, 2), float(number)), "count": torch.tensor(number)},
        metrics={"rmse": number + 0.5, "coverage": NAN},
        log=[{"epoch": 1, "loss": number}, {"epoch": 2, "loss": float("inf")}],
        files={"forecast.csv": f"n\n{number}\n".encode(), "forecast.png": bytes(range(256))},
    )


def number_of(path: Path) -> int:
    """The number that all files agree on."""
    run = read_run(path)
    numbers = {
        run.settings["number"],
        int(run.tensors["count"]),
        int(run.tensors["weight"][2, 1]),
        int(run.metrics["rmse"] - 0.5),
        run.log[0]["loss"],
        int(run.files["forecast.csv"].split()[1]),
    }
    assert len(numbers) == 1
    return numbers.pop()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
