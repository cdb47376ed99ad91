"""Reader of idx files, the format of MNIST: images with a label each, read row by row as sequences."""

from __future__ import annotations

import gzip
import struct
import zlib
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from frontal.data.labelled_pair import joined
from frontal.data.labelled_set import Labelled, assemble
from frontal.data.memory import refuse_too_large
from frontal.errors import FrontalError

_KINDS = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_PARTS = {"train": "train", "t10k": "test", "test": "test"}


def is_idx_images(path: Path) -> bool:
    """True for the name of a file of images, `train-images-idx3-ubyte.gz` or the like."""
    return path.is_file() and "images" in path.name and "idx3" in path.name


def read_idx(path: Path) -> Labelled:
    """Read a file of images, with the file of labels beside it; in a folder, training and test part.

    An image (rows, columns) is a sequence of `rows` steps; bytes are divided by 255.

    Raises:
        FrontalError: no file of labels, another number of labels than images, or a file that
            is no idx file or cut off.
    """
    if not path.is_dir():
        return _read_images(path, path.name.partition("-")[0])
    found = {_part(image): image for image in sorted(path.iterdir()) if is_idx_images(image) and _part(image)}
    if set(found) != {"train", "test"}:
        raise FrontalError(
            f"{path} should hold two files of images, such as train-images-idx3-ubyte.gz and "
            f"t10k-images-idx3-ubyte.gz; of these it has {len(found)}: give one file, or complete the folder"
        )
    return joined(str(path), *(_read_images(found[part], part) for part in ("train", "test")))


def _part(path: Path) -> str:
    return next((part for word, part in _PARTS.items() if word in path.name.casefold()), "")


def _read_images(path: Path, part: str) -> Labelled:
    images = _read_array(path)
    labels = _read_array(_labels_of(path))
    if images.ndim != 3:
        raise FrontalError(f"{path} holds an array of shape {images.shape}; images, (N, rows, columns), are expected")
    if labels.shape != images.shape[:1]:
        raise FrontalError(f"{path} has {len(images)} images, the file of labels beside it {labels.shape} labels")
    refuse_too_large(str(path), " × ".join(map(str, (*images.shape, "4 bytes"))), images.size * 4)
    values = images.astype(np.float32)  # (N, rows, columns)
    notes: list[str] = []
    if images.dtype == np.uint8:
        values /= 255
        notes.append("Pixels were divided by 255; each row of an image is a step.")
    channels = tuple(f"pixel_{number}" for number in range(1, images.shape[2] + 1))
    ids = [f"{part} {number}" for number in range(len(images))]
    texts = list(map(str, labels.tolist()))
    return assemble(Labelled(str(path), list(values), texts, channels, "numbers", False, ids, notes=notes))


def _labels_of(path: Path) -> Path:
    name = path.name.replace("images", "labels").replace("idx3", "idx1")
    names = [name, name.removesuffix(".gz"), name.removesuffix(".gz") + ".gz"]
    found = next((other for other in map(path.with_name, names) if other.is_file() and other != path), None)
    if found is None:
        raise FrontalError(f"{path} holds images; the file of their labels, {name}, should be beside it and is not")
    return found


def _read_array(path: Path) -> NDArray[Any]:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return _parse(file, str(path))  # pyright: ignore[reportArgumentType], a GzipFile reads like a file
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FrontalError(f"{path} is damaged: {error}") from None


def _parse(file: BinaryIO, name: str) -> NDArray[Any]:
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _KINDS or not 1 <= start[3] <= 4:
        raise FrontalError(f"{name} is not an idx file: it begins with {start!r}")
    sizes = file.read(4 * start[3])
    if len(sizes) < 4 * start[3]:
        raise FrontalError(f"{name} is cut off in its header")
    shape = struct.unpack(f">{start[3]}I", sizes)
    kind = np.dtype(_KINDS[start[2]])
    expected = prod(shape) * kind.itemsize
    refuse_too_large(name, " × ".join(map(str, (*shape, f"{kind.itemsize} bytes"))), expected)
    data = file.read(expected + 1)
    if len(data) != expected:
        more = "more" if len(data) > expected else f"{len(data)}; it is cut off"
        raise FrontalError(f"{name} should hold {shape} values in {expected} bytes after its header, and holds {more}")
    return np.frombuffer(data, dtype=kind).reshape(shape)
