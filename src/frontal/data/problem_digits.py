"""Handwritten digits, read row by row or point by point."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch
from torch import Generator, Tensor

from frontal.data.problem import TEST_SEED, Drawn, Problem, only_last
from frontal.errors import FrontalError

SIDE = 28
FILES = {"train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
         "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")}  # fmt: skip


def read_idx(path: Path) -> Tensor:
    """Read a file in MNIST's IDX format, gzipped or not, of bytes; anything else raises `FrontalError`."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    dims = raw[3] if len(raw) > 3 else 0
    start = 4 + 4 * dims
    shape = [int.from_bytes(raw[4 + 4 * k : 8 + 4 * k], "big") for k in range(dims)]
    if raw[:3] != b"\x00\x00\x08" or len(raw) != start + torch.Size(shape).numel():
        raise FrontalError(f"{path} is no IDX file of bytes: its header is {raw[:4].hex()}, its length {len(raw)}")
    return torch.frombuffer(bytearray(raw[start:]), dtype=torch.uint8).view(shape)


@cache
def digits(part: str) -> tuple[Tensor, Tensor]:
    """Return images (N, 28, 28) in 0 .. 1 and labels (N,) of MNIST from $FRONTAL_DATA/mnist."""
    home = os.environ.get("FRONTAL_DATA")
    if home is None:
        raise FrontalError("the digits are not part of frontal: set FRONTAL_DATA to a folder with mnist/ in it")
    found = [_file(Path(home) / "mnist", name) for name in FILES[part]]
    images, labels = map(read_idx, found)
    return images.float() / 255, labels.long()


def _file(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise FrontalError(f"{folder} has neither {name} nor {name}.gz")


def _digits(width: int) -> Callable[[Generator, int, int], Drawn]:
    """Draw test images where a generator was seeded for testing."""

    def draw(generator: Generator, size: int, length: int) -> Drawn:
        images, labels = digits("test" if generator.initial_seed() >= TEST_SEED else "train")
        picked = torch.randint(len(images), (size,), generator=generator)
        steps = images[picked].view(size, -1, width).transpose(0, 1)[:length]  # (T, B, width)
        return Drawn(steps.contiguous(), labels[picked].expand(len(steps), size), only_last(len(steps), size))

    return draw


PROBLEMS = (
    Problem(
        "digits-by-row", "Which digit is it, read row by row?", "LeCun et al. 1998; reads $FRONTAL_DATA/mnist",
        "classes",
        SIDE, 10, (SIDE, SIDE), SIDE, 1, 0.114, 0.98, _digits(SIDE),
    ),
    Problem(
        "digits-by-point", "Which digit is it, read point by point?",
        "Le, Jaitly & Hinton 2015; reads $FRONTAL_DATA/mnist",
        "classes", 1, 10, (SIDE * SIDE, SIDE * SIDE), SIDE * SIDE,
        1, 0.114, 0.95, _digits(1),
    ),
)  # fmt: skip
