"""Images by rows: MNIST, and idx files made here, whole and damaged."""

from __future__ import annotations

import gzip
import struct
from collections import Counter

import numpy as np
import pytest

from frontal.data import memory
from frontal.data.labelled import read_labelled
from frontal.errors import FrontalError


def write_idx(path, array, kind=0x08):
    data = struct.pack(f">HBB{array.ndim}I", 0, kind, array.ndim, *array.shape) + array.tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def test_mnist_by_rows(data_dir):
    data = read_labelled(data_dir / "mnist")
    assert data.split == ["train"] * 60000 + ["test"] * 10000
    assert Counter(data.labels[:60000])["1"] == 6742  # as LeCun's page counts them
    assert Counter(data.labels[60000:])["0"] == 980
    assert {sequence.shape for sequence in data.sequences} == {(28, 28)}
    with gzip.open(data_dir / "mnist" / "t10k-images-idx3-ubyte.gz") as file:
        raw = np.frombuffer(file.read()[16:], np.uint8).reshape(-1, 28, 28)
    assert (np.round(data.sequences[60123] * 255) == raw[123]).all()


@pytest.fixture
def images(tmp_path):
    rng = np.random.default_rng(0)
    for part, count in (("train", 4), ("t10k", 2)):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte", rng.integers(0, 256, (count, 3, 2), dtype=np.uint8))
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", np.arange(count, dtype=np.uint8) % 2)
    return tmp_path


def test_a_file_and_a_folder_of_images(images):
    data = read_labelled(images)
    assert (data.labels, data.split) == (["0", "1"] * 3, ["train"] * 4 + ["test"] * 2)
    assert (data.sequences[0].shape, data.channels) == ((3, 2), ("pixel_1", "pixel_2"))
    alone = read_labelled(images / "t10k-images-idx3-ubyte")
    assert (alone.labels, alone.split, alone.ids) == (["0", "1"], None, ["t10k 0", "t10k 1"])


def test_damaged_images_are_named(images):
    path = images / "train-images-idx3-ubyte"
    whole = path.read_bytes()
    for damaged, message in (
        (whole[:-1], r"should hold \(4, 3, 2\) values in 24 bytes after its header, and holds 23; it is cut off"),
        (whole + b"x", ".* and holds more"),
        (whole[:9], "is cut off in its header"),
        (b"\x01" + whole[1:], "is not an idx file"),
        (b"", "is not an idx file"),
    ):
        path.write_bytes(damaged)
        with pytest.raises(FrontalError, match=f"train-images-idx3-ubyte {message}"):
            read_labelled(images)
    path.write_bytes(whole)
    labels = images / "train-labels-idx1-ubyte.gz"
    labels.write_bytes(labels.read_bytes()[:-9])
    with pytest.raises(FrontalError, match=r"train-labels-idx1-ubyte\.gz is damaged"):
        read_labelled(images)
    write_idx(labels, np.zeros(3, np.uint8))
    with pytest.raises(FrontalError, match=r"has 4 images, the file of labels beside it \(3,\) labels"):
        read_labelled(images)
    labels.unlink()
    with pytest.raises(FrontalError, match="the file of their labels, train-labels-idx1-ubyte, should be beside it"):
        read_labelled(images)
    path.unlink()
    with pytest.raises(FrontalError, match="should hold two files of images"):
        read_labelled(images)


def test_images_beyond_memory(images, monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 30)
    with pytest.raises(FrontalError, match=r"4 × 3 × 2 × 4 bytes are 0\.0 GB, and 0\.0 GB are free"):
        read_labelled(images / "train-images-idx3-ubyte")
