"""Folders of sounds: spoken digits, rates, channels, damaged files."""

from __future__ import annotations

import wave
from collections import Counter

import numpy as np
import pytest

from frontal.data.labelled import read_labelled
from frontal.errors import FrontalError


def write_wav(path, samples, rate=8000, channels=1):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.asarray(samples, dtype="<i2").tobytes())


def test_spoken_digits(data_dir):
    """600 recordings of 6 speakers; the first five of each digit and speaker are the test part."""
    data = read_labelled(data_dir / "fsdd")
    assert (len(data), data.rate, data.channels) == (600, 8000.0, ("sound",))
    assert Counter(data.labels) == dict.fromkeys("0123456789", 60)
    for name, label, part in zip(data.ids, data.labels, data.split, strict=True):
        digit, _, index = name.removeprefix("recordings/").removesuffix(".wav").split("_")
        assert (label, part) == (digit, "test" if int(index) < 5 else "train")
    with wave.open(str(data_dir / "fsdd" / data.ids[7])) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert (np.round(data.sequences[7][:, 0] * 32768) == samples).all()


def test_folders_are_labels(tmp_path):
    for name, value in (("cat/a", 100), ("cat/b", 200), ("dog/a", 300)):
        write_wav(tmp_path / f"{name}.wav", [value, -value])
    data = read_labelled(tmp_path)
    assert (data.labels, data.split, data.ids) == (["cat", "cat", "dog"], None, ["cat/a.wav", "cat/b.wav", "dog/a.wav"])
    write_wav(tmp_path / "c.wav", [1])
    with pytest.raises(FrontalError, match=r"c\.wav lies beside the folders that name the labels"):
        read_labelled(tmp_path)


def test_folders_of_training_and_test(tmp_path):
    for name in ("train/cat/a", "train/dog/a", "test/cat/b"):
        write_wav(tmp_path / f"{name}.wav", [1, 2])
    data = read_labelled(tmp_path)
    assert list(zip(data.labels, data.split, strict=True)) == [("cat", "test"), ("cat", "train"), ("dog", "train")]


def test_one_sound_has_no_label(tmp_path):
    write_wav(tmp_path / "7_anna_0.wav", [1, 2, 3])
    data = read_labelled(tmp_path / "7_anna_0.wav")
    assert (data.labels, data.ids, data.sequences[0].shape) == (None, ["7_anna_0.wav"], (3, 1))


def test_two_rates_are_refused_or_made_one(tmp_path):
    seconds = np.arange(0, 0.25, 1 / 16000)
    write_wav(tmp_path / "a" / "1.wav", 8000 * np.sin(2 * np.pi * 440 * seconds), 16000)
    write_wav(tmp_path / "b" / "2.wav", 8000 * np.sin(2 * np.pi * 440 * seconds[::2]), 8000)
    with pytest.raises(FrontalError, match=r"a/1.wav has 16000 samples a second, .*b/2.wav 8000; ask for .*=8000"):
        read_labelled(tmp_path)
    data = read_labelled(tmp_path, rate=8000)
    assert data.rate == 8000
    assert any("Resampled to 8000 samples a second: 1 files" in note for note in data.notes)
    one, other = (sequence[:, 0] for sequence in data.sequences)
    assert len(one) == len(other) == 2000
    assert np.abs(one - other)[100:-100].max() < 2e-3
    with pytest.raises(FrontalError, match="rate=-1 is not a number of samples a second"):
        read_labelled(tmp_path, rate=-1)


def test_stereo_is_averaged_and_said(tmp_path):
    write_wav(tmp_path / "a" / "1.wav", [[100, 300], [0, 200]], channels=2)
    write_wav(tmp_path / "b" / "2.wav", [1])
    data = read_labelled(tmp_path)
    assert (np.round(data.sequences[0][:, 0] * 32768) == [200, 100]).all()
    assert any("2 channels" in note for note in data.notes)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a sound at all, but some text"])
def test_a_damaged_sound_is_named(tmp_path, content):
    write_wav(tmp_path / "a" / "1.wav", [1, 2])
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.wav").write_bytes(content)
    with pytest.raises(FrontalError, match=r"b/2\.wav"):
        read_labelled(tmp_path)


def test_names_that_tell_no_label(tmp_path):
    write_wav(tmp_path / "one.wav", [1])
    with pytest.raises(FrontalError, match=r"one\.wav: the label cannot be told; put the files into a folder a label"):
        read_labelled(tmp_path)
