"""Reader of folders of WAV files: the label is the sub-folder, or the first word of the file's name."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from frontal.data.labelled_clean import listed
from frontal.data.labelled_set import Labelled, assemble
from frontal.data.memory import refuse_large_files
from frontal.data.resample import resample
from frontal.data.wav import Wav, read_wav
from frontal.errors import FrontalError

_NAME = re.compile(r"(?P<label>[^_]+)_(?P<speaker>.+)_(?P<index>\d+)")
_SPLIT_FOLDERS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
_NOTES = 5  # of what was done to single files
TEST_RECORDINGS = 5  # of each digit and speaker, in the Free Spoken Digit Dataset's own split


def sounds_in(folder: Path) -> list[Path]:
    """The WAV files in a folder and three levels of folders below it, in order of name."""
    found = (path for depth in range(4) for path in folder.glob("/".join("*" * (depth + 1))))
    return sorted(path for path in found if path.suffix.lower() == ".wav" and path.is_file())


def read_wavs(path: Path, *, rate: float | None = None) -> Labelled:
    """Read a folder of WAV files by label, or one file without a label; (T, 1) samples in [-1, 1].

    `cat/a.wav` is labelled "cat"; where the files lie in one folder, `cat_anna_3.wav` is.
    `train/cat/a.wav` and `test/cat/b.wav` give the split. Digits named as in the Free Spoken
    Digit Dataset take its split: recordings 0 to 4 of each digit and speaker are the test part.

    Args:
        path: the folder or file.
        rate: samples a second to which sounds of another rate are resampled.

    Raises:
        FrontalError: a file that is damaged or no WAV; sampling rates that differ while none is
            asked for; labels that neither folders nor names tell.
    """
    files = sounds_in(path) if path.is_dir() else [path]
    if not files:
        raise FrontalError(f"{path} holds no WAV file, nor does a folder below it")
    refuse_large_files(str(path), files, 4, "a byte may become a number of 32 bits")
    notes: list[str] = []
    labels, split = _labels(path, files, notes) if path.is_dir() else (None, None)
    sounds, common = _at_one_rate(files, [read_wav(file) for file in files], rate, notes)
    ids = [str(file.relative_to(path)) if path.is_dir() else file.name for file in files]
    sequences = [sound[:, None] for sound in sounds]
    return assemble(
        Labelled(str(path), list(sequences), labels, ("sound",), "numbers", False, ids, split, common, notes)
    )


def _labels(folder: Path, files: list[Path], notes: list[str]) -> tuple[list[str], list[str] | None]:
    """The label of each file, and the part that it belongs to."""
    inner = [file.relative_to(folder).parts[:-1] for file in files]
    split = None
    if all(parts and parts[0].casefold() in _SPLIT_FOLDERS for parts in inner):
        split = [_SPLIT_FOLDERS[parts[0].casefold()] for parts in inner]
        inner = [parts[1:] for parts in inner]
        notes.append("The folders train and test give the split.")
    if len(set(inner)) > 1:
        lost = next((file for file, parts in zip(files, inner, strict=True) if not parts), None)
        if lost is not None:
            raise FrontalError(f"{lost} lies beside the folders that name the labels; move it into one of them")
        notes.append("The folder of a file is its label.")
        return ["/".join(parts) for parts in inner], split
    names = [_NAME.fullmatch(file.stem) for file in files]
    for file, name in zip(files, names, strict=True):
        if name is None:
            raise FrontalError(
                f"{file}: the label cannot be told; put the files into a folder a label, "
                "or name them LABEL_SPEAKER_NUMBER.wav"
            )
    found = [name for name in names if name]
    notes.append("The label is the part of a file's name before the first _.")
    labels = [name["label"] for name in found]
    if split is None and set(labels) <= set("0123456789"):
        split = ["test" if int(name["index"]) < TEST_RECORDINGS else "train" for name in found]
        notes.append(f"Recordings 0 to {TEST_RECORDINGS - 1} of each digit and speaker are the test part.")
    return labels, split if split and len(set(split)) == 2 else None


def _at_one_rate(
    files: list[Path], sounds: list[Wav], rate: float | None, notes: list[str]
) -> tuple[list[NDArray[np.float32]], float]:
    other = next((place for place, sound in enumerate(sounds) if sound.rate != sounds[0].rate), None)
    if rate is None and other is not None:
        raise FrontalError(
            f"two sampling rates: {files[0]} has {sounds[0].rate} samples a second, {files[other]} "
            f"{sounds[other].rate}; ask for one, rate={min(sounds[0].rate, sounds[other].rate)}"
        )
    if rate is not None and not rate > 0:
        raise FrontalError(f"rate={rate} is not a number of samples a second")
    said = [note for sound in sounds for note in sound.notes]
    notes.extend(said[:_NOTES])
    if len(said) > _NOTES:
        notes.append(f"The like was done to the sound {len(said) - _NOTES} times more.")
    target = float(rate or sounds[0].rate)
    changed = [str(file) for file, sound in zip(files, sounds, strict=True) if sound.rate != target]
    if changed:
        notes.append(f"Resampled to {target:g} samples a second: {len(changed)} files ({listed(changed)}).")
    return [resample(sound.samples, sound.rate, target) for sound in sounds], target
