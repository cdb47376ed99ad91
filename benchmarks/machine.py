"""What a figure was measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import torch

from frontal import __version__


def machine() -> str:
    """One line: processor, cores, Python, torch, frontal."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{_processor()}, {cores} cores; Python {platform.python_version()}, torch {torch.__version__}, "
        f"frontal {__version__}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
