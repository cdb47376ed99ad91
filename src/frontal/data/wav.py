"""WAV files become samples: the RIFF container and its PCM, read without any library."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError

MOST_BYTES = 1 << 30  # of a file; its samples take up to four times as much as float32
MOST_CHANNELS = 64
MOST_RATE = 1_000_000  # Hz
UNKNOWN_SIZE = 0xFFFF_FFFF  # what programs write that cannot go back to fill in a size

_CHUNK = Struct("<4sI")
_FORMAT = Struct("<HHIIHH")  # code, channels, rate, bytes a second, bytes a frame, bits
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")  # a code in front of it makes the GUID of that code
_OTHER_CODES = {2: "ADPCM", 6: "A-law", 7: "mu-law", 17: "IMA ADPCM", 49: "GSM", 80: "MPEG", 85: "MP3"}
_KNOWN_OTHERS = {
    b"RIFX": "a big-endian WAV file",
    b"RF64": "a 64-bit WAV file (RF64)",
    b"OggS": "an Ogg file",
    b"fLaC": "a FLAC file",
    b"ID3": "an MP3 file",
    b"FORM": "an AIFF file",
    b"caff": "a CAF file",
    b".snd": "an AU file",
}


class Wav(NamedTuple):
    """Sound in memory: `samples, rate, notes = read_wav(path)`."""

    samples: NDArray[np.float32]
    """(N,) one channel, in [-1, 1]"""
    rate: int
    """samples a second, in Hz"""
    notes: tuple[str, ...]
    """what was done to the sound on the way, in plain sentences"""


@dataclass(frozen=True)
class _Coding:
    code: int
    channels: int
    rate: int
    bits: int

    @property
    def frame_bytes(self) -> int:
        return self.channels * self.bits // 8


def read_wav(path: str | os.PathLike[str]) -> Wav:
    """Read an uncompressed WAV file: integers of 8, 16, 24 or 32 bits, floats of 32 or 64.

    Several channels are averaged, and floats beyond ±1 are cut there; the notes say so.

    Raises:
        FrontalError: the file cannot be opened, is larger than `MOST_BYTES`, or is no such WAV file;
            see also `parse_wav`.
    """
    place = Path(path)
    try:
        size = place.stat().st_size
        if size > MOST_BYTES:
            raise FrontalError(
                f"{place} has {size:,} bytes, which become up to {4 * size / 2**30:.1f} GiB of float32 in memory; "
                f"files of at most {MOST_BYTES:,} bytes are read: cut it into pieces"
            )
        data = place.read_bytes()
    except OSError as error:
        raise FrontalError(f"cannot read {place}: {error.strerror or error}") from None
    return parse_wav(data, str(place))


def parse_wav(data: bytes, name: str) -> Wav:
    """Return the sound in the bytes of a WAV file; `name` stands in messages.

    Raises:
        FrontalError: not a WAV file, compressed, cut off, without samples, or with sizes, a rate, or
            channels that contradict each other; NaN or infinite samples.
    """
    notes: list[str] = []
    coding, samples = _find(data, name, notes)
    sound = _decode(samples, coding, name, notes)  # (N, channels)
    if coding.channels > 1:
        notes.append(f"{name} has {coding.channels} channels; their mean was taken.")
    return Wav(sound.mean(axis=1, dtype=np.float64).astype(np.float32), coding.rate, tuple(notes))


def _find(data: bytes, name: str, notes: list[str]) -> tuple[_Coding, memoryview]:
    """Return how samples are coded, and their bytes."""
    _check_head(data, name)
    coding = None
    for kind, place, size in _chunks(data):
        body = memoryview(data)[place : place + size]
        if kind == b"fmt ":
            coding = _coding(bytes(body), size, name)
        elif kind == b"data":
            if coding is None:
                raise FrontalError(f"{name}: samples come before the chunk that says how they are coded ('fmt ')")
            return coding, _whole(body, size, coding, name, notes)
    missing = "'fmt ' chunk, which says how samples are coded" if coding is None else "'data' chunk, the samples"
    raise FrontalError(f"{name} is a WAV file without a {missing}; it may be cut off")


def _check_head(data: bytes, name: str) -> None:
    for magic, meaning in _KNOWN_OTHERS.items():
        if data.startswith(magic):
            raise FrontalError(f"{name} is {meaning}, where an uncompressed WAV file is expected; {_convert(name)}")
    if not data:
        raise FrontalError(f"{name} is empty, where a WAV file is expected")
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise FrontalError(f"{name} is not a WAV file: it does not start with RIFF, a size and WAVE")


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, place of the content, and size as stated, which may reach beyond the end."""
    place = 12
    while place + _CHUNK.size <= len(data):
        kind, size = _CHUNK.unpack_from(data, place)
        yield kind, place + _CHUNK.size, size
        place += _CHUNK.size + size + size % 2


def _coding(body: bytes, size: int, name: str) -> _Coding:
    if len(body) < _FORMAT.size:
        what = "is cut off" if len(body) < size else f"states {size} bytes"
        raise FrontalError(f"{name}: the 'fmt ' chunk {what}; it needs {_FORMAT.size} at least")
    code, channels, rate, _, frame_bytes, bits = _FORMAT.unpack_from(body)
    if code == _EXTENSIBLE:
        if len(body) < 40 or body[26:40] != _GUID_TAIL:
            raise FrontalError(f"{name} is coded in an extended way that is not PCM; {_convert(name)}")
        code = int.from_bytes(body[24:26], "little")
    possible = {_PCM: (8, 16, 24, 32), _FLOAT: (32, 64)}.get(code)
    if possible is None:
        other = _OTHER_CODES.get(code, f"format {code}")
        raise FrontalError(f"{name} is compressed ({other}), where PCM is expected; {_convert(name)}")
    if bits not in possible:
        kind = "integers" if code == _PCM else "floats"
        expected = ", ".join(map(str, possible))
        raise FrontalError(f"{name}: {kind} of {bits} bits; expected {expected}; {_convert(name)}")
    if not 1 <= channels <= MOST_CHANNELS:
        raise FrontalError(f"{name} states {channels} channels; expected 1 to {MOST_CHANNELS}; is it damaged?")
    if not 1 <= rate <= MOST_RATE:
        raise FrontalError(f"{name} states {rate:,} samples a second; expected 1 to {MOST_RATE:,}; is it damaged?")
    coding = _Coding(code, channels, rate, bits)
    if frame_bytes != coding.frame_bytes:
        raise FrontalError(
            f"{name} states {frame_bytes} bytes for one sample of each channel, and {channels} × {bits} bits "
            f"are {coding.frame_bytes}; is it damaged?"
        )
    return coding


def _whole(body: memoryview, size: int, coding: _Coding, name: str, notes: list[str]) -> memoryview:
    """Return the bytes of the samples, if as many are there as stated."""
    if size == UNKNOWN_SIZE:
        size = len(body) - len(body) % coding.frame_bytes
        notes.append(f"{name} does not state its length; all {size // coding.frame_bytes:,} samples were read.")
    if size > len(body):
        raise FrontalError(f"{name} is cut off: it states {size:,} bytes of samples and holds {len(body):,}")
    if size % coding.frame_bytes:
        raise FrontalError(
            f"{name}: {size:,} bytes of samples are no multiple of {coding.frame_bytes}, the bytes of one sample "
            "of each channel; is it cut off?"
        )
    if size == 0:
        raise FrontalError(f"{name} holds no samples")
    return body[:size]


def _decode(data: memoryview, coding: _Coding, name: str, notes: list[str]) -> NDArray[np.float32]:
    """Return samples (N, channels)."""
    if coding.code == _FLOAT:
        sound = np.frombuffer(data, dtype="<f4" if coding.bits == 32 else "<f8")
        sound = _limited(sound, coding, name, notes)
    elif coding.bits == 8:
        sound = np.frombuffer(data, dtype=np.uint8).astype(np.float32) / 128 - 1
    elif coding.bits == 24:
        padded = np.zeros((len(data) // 3, 4), dtype=np.uint8)
        padded[:, 1:] = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
        sound = padded.view("<i4")[:, 0].astype(np.float32) / np.float32(2**31)
    else:
        sound = np.frombuffer(data, dtype=f"<i{coding.bits // 8}").astype(np.float32)
        sound /= np.float32(2 ** (coding.bits - 1))
    return sound.astype(np.float32, copy=False).reshape(-1, coding.channels)


def _limited(sound: NDArray[np.floating], coding: _Coding, name: str, notes: list[str]) -> NDArray[np.floating]:
    wrong = np.flatnonzero(~np.isfinite(sound))
    if wrong.size:
        seconds = int(wrong[0]) // coding.channels / coding.rate
        raise FrontalError(
            f"{name}: {wrong.size:,} samples are not finite; the first at {seconds:.3f} s; write the file again"
        )
    beyond = int((np.abs(sound) > 1).sum())
    if beyond:
        notes.append(f"{name}: {beyond:,} of {sound.size:,} samples lay beyond ±1 and were cut there.")
    return sound.clip(-1, 1)


def _convert(name: str) -> str:
    stem = Path(name).stem
    return f"convert it first, such as with: ffmpeg -i {name!r} -c:a pcm_s16le {stem + '_pcm.wav'!r}"
