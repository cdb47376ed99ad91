"""What a figure was measured on, and with what."""

from __future__ import annotations

import os
import platform
import subprocess
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


def commit() -> str:
    """The commit of this repository, and whether files differ from it; "unknown" outside of one."""
    folder = Path(__file__).resolve().parent
    try:
        words = ["git", "-C", str(folder), "describe", "--always", "--dirty= with changes", "--abbrev=7", "--exclude=*"]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
