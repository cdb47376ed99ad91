"""What it costs to keep everything that a network does: time, memory, disk, and how fast a unit is read back.

An untrained LSTM reads random symbols; every state and gate is written.
"""

from __future__ import annotations

import argparse
import resource
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np

from benchmarks.machine import machine
from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.subject_text import Text
from frontal.layers.language_network import LanguageNetwork

SYMBOLS = 100
SWITCHES = 200


def main(words: list[str]) -> None:
    """Print the figures as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks capture", description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000, help="symbols of the text (default: 100000)")
    parser.add_argument("--hidden", type=int, default=512, help="units (default: 512)")
    options = parser.parse_args(words)
    model = LanguageNetwork(SYMBOLS, named("lstm"), hidden=options.hidden, embedding=64)
    generator = np.random.default_rng(0)
    subject = Text(model, generator.integers(0, SYMBOLS, options.steps), [str(i) for i in range(SYMBOLS)], "random")
    before = _megabytes()
    with TemporaryDirectory() as folder:
        began = perf_counter(), process_time()
        kept = capture(subject, Path(folder) / "kept")
        wall, processor = perf_counter() - began[0], process_time() - began[1]
        memory = _megabytes() - before
        disk = sum(file.stat().st_size for file in kept.folder.iterdir()) / 1e6
        switches: list[float] = []
        for unit in generator.integers(0, options.hidden, SWITCHES).tolist():
            switched = perf_counter()
            kept.unit("h", unit)
            switches.append(1000 * (perf_counter() - switched))
    figures = {
        "wall s": wall, "processor s": processor, "memory over the model, MB": memory, "disk, MB": disk,
        "a unit read back, ms: median": np.median(switches),
        "a unit read back, ms: 95 of 100": np.quantile(switches, 0.95),
    }  # fmt: skip
    title = f"{options.steps} steps, {options.hidden} LSTM units, {len(kept.signals)} signals"
    print(f"{machine()}\n\n| {title} | |\n|---|---|")
    for name, value in figures.items():
        print(f"| {name} | {value:.1f} |")


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
