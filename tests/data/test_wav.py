"""WAV files: against the standard library's and SciPy's readers, and any bytes."""

from __future__ import annotations

import io
import struct
import warnings
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.io import wavfile

from frontal.data import wav
from frontal.data.wav import parse_wav, read_wav
from frontal.errors import FrontalError

SOUND = np.array([0.0, 0.5, -0.5, 0.25, -1.0, 0.75])
GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def chunk(kind: bytes, body: bytes, size: int | None = None) -> bytes:
    return kind + struct.pack("<I", len(body) if size is None else size) + body + b"\0" * (len(body) % 2)


def form(code: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16, frame: int | None = None) -> bytes:
    frame = channels * bits // 8 if frame is None else frame
    return struct.pack("<HHIIHH", code, channels, rate, rate * frame % 2**32, frame, bits)


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def simple(samples: bytes = b"\0\x40", **how: int) -> bytes:
    return riff(chunk(b"fmt ", form(**how)), chunk(b"data", samples))


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_integers_equal_what_the_standard_library_wrote(width: int, channels: int) -> None:
    half = 2 ** (8 * width - 1)
    values = np.clip(
        np.round(np.stack([SOUND * (c + 1) / channels for c in range(channels)], 1) * half), -half, half - 1
    )
    raw = b"".join(
        int(v + (128 if width == 1 else 0)).to_bytes(width, "little", signed=width > 1) for v in values.ravel()
    )
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(width)
        writer.setframerate(11025)
        writer.writeframes(raw)
    samples, rate, notes = parse_wav(file.getvalue(), "x.wav")
    assert (samples.dtype, rate) == (np.float32, 11025)
    np.testing.assert_allclose(samples, (values / half).mean(1), atol=2e-7)
    assert [f"{channels} channels" in note for note in notes] == ([] if channels == 1 else [True])


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int32, np.float32, np.float64])
def test_scipy_writes_the_same(kind: type, tmp_path: Path) -> None:
    scale = {np.uint8: 128, np.int16: 2**15, np.int32: 2**31}.get(kind, 1)
    values = SOUND * (scale - 1 if scale > 1 else 1) + (128 if kind is np.uint8 else 0)
    wavfile.write(tmp_path / "x.wav", 44100, values.astype(kind))
    samples, rate, notes = read_wav(tmp_path / "x.wav")
    assert (rate, notes) == (44100, ())
    np.testing.assert_allclose(samples, (values.astype(kind) - (128.0 if kind is np.uint8 else 0)) / scale, atol=1e-7)


def test_extremes_stay_within_one() -> None:
    assert parse_wav(simple(b"\0\x80\xff\x7f"), "x").samples.tolist() == [-1, 32767 / 32768]
    assert parse_wav(simple(b"\0\xff\x80", bits=8), "x").samples.tolist() == [-1, 127 / 128, 0]


def test_other_chunks_are_stepped_over() -> None:
    data = riff(
        chunk(b"LIST", b"odd"), chunk(b"fmt ", form() + b"\0\0"), chunk(b"bext", b""), chunk(b"data", b"\0\x40")
    )
    assert parse_wav(data + b"rubbish", "x").samples.tolist() == [0.5]


def test_extended_format() -> None:
    tail = struct.pack("<HHI", 22, 24, 4)
    pcm = form(0xFFFE, bits=24) + tail + b"\x01\0" + GUID_TAIL
    assert parse_wav(riff(chunk(b"fmt ", pcm), chunk(b"data", b"\0\0\x40")), "x").samples.tolist() == [0.5]
    strange = pcm[:-1] + b"!"
    with pytest.raises(FrontalError, match="extended way that is not PCM"):
        parse_wav(riff(chunk(b"fmt ", strange), chunk(b"data", b"\0\0\x40")), "x")


def test_floats_are_cut_at_one_and_a_length_may_be_unknown() -> None:
    loud = np.array([0.5, 1.5, -2], dtype="<f4").tobytes()
    samples, _, notes = parse_wav(simple(loud, code=3, bits=32), "x.wav")
    assert samples.tolist() == [0.5, 1, -1]
    assert notes == ("x.wav: 2 of 3 samples lay beyond ±1 and were cut there.",)
    piped = riff(chunk(b"fmt ", form()), chunk(b"data", b"\0\x40\0\xc0", 0xFFFFFFFF)) + b"\x01"  # half a sample
    samples, _, notes = parse_wav(piped, "x.wav")
    assert samples.tolist() == [0.5, -0.5]
    assert "does not state its length" in notes[0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "x.wav is empty"),
        (b"RIFF", "not a WAV file"),
        (b"RIFF\0\0\0\0AVI LIST", "not a WAV file"),
        (b"fLaC" + bytes(40), "x.wav is a FLAC file.*ffmpeg -i 'x.wav'.*'x_pcm.wav'"),
        (b"RIFX" + bytes(40), "big-endian"),
        (riff(), "without a 'fmt ' chunk"),
        (riff(chunk(b"fmt ", form())), "without a 'data' chunk"),
        (riff(chunk(b"data", b"\0\0")), "samples come before"),
        (riff(chunk(b"fmt ", b"\x01\0\x01\0")), "'fmt ' chunk states 4 bytes; it needs 16"),
        (riff(chunk(b"fmt ", b"\x01\0\x01\0", 16)), "'fmt ' chunk is cut off"),
        (simple(channels=0), "states 0 channels"),
        (simple(channels=65, frame=130), "states 65 channels"),
        (simple(rate=0), "states 0 samples a second"),
        (simple(rate=4_000_000_000), "states 4,000,000,000 samples a second"),
        (simple(bits=12), "integers of 12 bits; expected 8, 16, 24, 32"),
        (simple(code=3, bits=16), "floats of 16 bits; expected 32, 64"),
        (simple(code=7, bits=8), r"compressed \(mu-law\)"),
        (simple(code=777), r"compressed \(format 777\)"),
        (simple(frame=4), "states 4 bytes for one sample of each channel, and 1 × 16 bits are 2"),
        (simple(b""), "holds no samples"),
        (simple(b"\0\0\0"), "3 bytes of samples are no multiple of 2"),
        (riff(chunk(b"fmt ", form()), chunk(b"data", b"\0" * 8, 100)), "cut off: it states 100 bytes .* holds 8"),
        (
            simple(struct.pack("<3f", 0, np.nan, np.inf), code=3, bits=32, rate=1),
            "2 samples are not finite.* at 1.000 s",
        ),
    ],
)
def test_refused(data: bytes, message: str) -> None:
    with pytest.raises(FrontalError, match=message):
        parse_wav(data, "x.wav")


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FrontalError, match=r"cannot read .*nowhere\.wav: No such file"):
        read_wav(tmp_path / "nowhere.wav")
    with pytest.raises(FrontalError, match="Is a directory"):
        read_wav(tmp_path)
    (tmp_path / "x.wav").write_bytes(simple(bytes(200)))
    monkeypatch.setattr(wav, "MOST_BYTES", 100)
    with pytest.raises(FrontalError, match=r"has 244 bytes, which become up to .* GiB of float32"):
        read_wav(tmp_path / "x.wav")


HEADER = st.builds(
    form,
    code=st.sampled_from([1, 3, 0xFFFE, 85]),
    channels=st.integers(0, 3),
    rate=st.sampled_from([0, 1, 8000, 2**32 - 1]),
    bits=st.sampled_from([0, 8, 16, 24, 32, 64]),
    frame=st.none() | st.integers(0, 9),
)
CHUNK = st.builds(
    chunk, st.sampled_from([b"data", b"fmt ", b"LIST"]), HEADER | st.binary(max_size=50), st.none() | st.integers(0, 99)
)
FILE = st.builds(lambda head, rest: riff(chunk(b"fmt ", head), *rest), HEADER, st.lists(CHUNK, max_size=3))


@settings(deadline=None, max_examples=400)
@given(data=st.one_of(st.binary(max_size=80), FILE, st.builds(lambda data, cut: data[:cut], FILE, st.integers(0, 120))))
@example(simple())
def test_any_bytes_give_sound_or_a_frontal_error(data: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            samples, rate, _ = parse_wav(data, "x.wav")
        except FrontalError as error:
            assert "x.wav" in str(error)
        else:
            assert samples.ndim == 1
            assert samples.size > 0
            assert np.abs(samples).max() <= 1
            assert rate > 0


@settings(deadline=None, max_examples=60)
@given(cut=st.integers(0, 43 + 200))
def test_a_file_cut_off_anywhere_is_refused(cut: int) -> None:
    with pytest.raises(FrontalError, match=r"x\.wav"):
        parse_wav(simple(bytes(200))[:cut], "x.wav")


def test_spoken_digits(data_dir: Path) -> None:
    files = sorted((data_dir / "fsdd" / "recordings").glob("*_0.wav"))
    assert len(files) == 60
    for file in files:
        samples, rate, notes = read_wav(file)
        expected_rate, expected = wavfile.read(file)
        assert (rate, notes) == (expected_rate, ())
        np.testing.assert_array_equal(samples, expected / np.float32(32768))
