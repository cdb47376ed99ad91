"""Mel bands and cepstral coefficients: against formulas written out, SciPy, and figures of librosa 0.11.0."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import scipy.fft
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import signal

from frontal.data import mel as room
from frontal.data.deltas import deltas, with_deltas
from frontal.data.mel import Mel, MelSettings, cosines
from frontal.data.mel_filters import SCALES, mel_filters
from frontal.data.wav import read_wav
from frontal.errors import FrontalError

TIME = np.arange(4000) / 8000
SOUND = (
    0.5 * np.sin(2 * np.pi * (300 + 400 * TIME) * TIME)
    + 0.2 * np.sin(2 * np.pi * 1800 * TIME)
    + 0.05 * np.sin(2 * np.pi * 3333 * TIME)
)
# Frame 24 of SOUND by librosa 0.11.0: stft (n_fft 256, hop 80, win 200, center False, 28 zeros in front, where it
# centres its window), filters.mel (20 bands, 20 to 4000 Hz), logarithm, feature.mfcc(n_mfcc=13), feature.delta(width=5)
LIBROSA = {
    "htk": {
        "bands": [-9.23207347, 5.81059701, -8.46825756, 2.75880212, -13.55820783],  # every fourth
        "mfcc": [-17.31329194, 1.33869176, 0.93983819, -6.66940693, -12.78633557],
        "deltas": [0.03951266, -0.03546732, -0.26606289, -0.50456335],
    },
    "slaney": {
        "bands": [-12.83992744, 1.35274545, -15.12552802, -2.95899856, -18.83954866],
        "mfcc": [-40.98220824, 4.93012145, 7.20438602, 1.92378609, -10.79668078],
    },
}


@pytest.mark.parametrize("scale", LIBROSA)
def test_librosa_says_the_same(scale: str) -> None:
    how = {"bands": 20, "scale": scale, "area": scale == "slaney"}
    bands, mfcc = Mel(8000, **how)(SOUND), Mel(8000, coefficients=13, **how)(SOUND)
    assert bands.shape == (48, 20)
    np.testing.assert_allclose(bands[24, ::4], LIBROSA[scale]["bands"], atol=2e-6)
    np.testing.assert_allclose(mfcc[24, :5], LIBROSA[scale]["mfcc"], atol=4e-6)
    if "deltas" in LIBROSA[scale]:
        np.testing.assert_allclose(deltas(mfcc)[24, :4], LIBROSA[scale]["deltas"], atol=1e-6)


def slow_filter(rate: float, transform: int, corners: list[float], band: int, bin_: int, area: bool) -> float:
    """The weight of one bin in one band, from the triangle's corners."""
    low, centre, high = corners[band : band + 3]
    hz = bin_ * rate / transform
    height = 2 / (high - low) if area else 1.0
    if low < hz <= centre:
        return height * (hz - low) / (centre - low)
    return height * (high - hz) / (high - centre) if centre < hz < high else 0.0


def slow_mel(hz: float, scale: str) -> float:
    if scale == "htk":
        return 1127 * math.log1p(hz / 700)  # 2595 log10 in natural logarithms, to four figures
    return hz * 15 / 1000 if hz < 1000 else 15 + 27 * math.log(hz / 1000) / math.log(6.4)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("area", [False, True])
def test_bands_equal_the_formula(scale: str, area: bool) -> None:
    low, high, bands = slow_mel(50, scale), slow_mel(7600, scale), 24
    corners = []
    for place in range(bands + 2):  # by bisection, in place of the inverse
        wanted, left, right = low + (high - low) * place / (bands + 1), 0.0, 8000.0
        for _ in range(80):
            middle = (left + right) / 2
            left, right = (middle, right) if slow_mel(middle, scale) < wanted else (left, middle)
        corners.append(left)
    expected = [[slow_filter(16000, 512, corners, band, b, area) for b in range(257)] for band in range(bands)]
    found = mel_filters(16000, 512, bands, 50, 7600, scale=scale, area=area)
    np.testing.assert_allclose(found, expected, atol=2e-4 if scale == "htk" else 1e-9)


@pytest.mark.parametrize("scale", SCALES)
def test_scales_and_their_inverses(scale: str) -> None:
    hz = np.array([0.0, 1, 500, 999, 1000, 1001, 4000, 22050])
    np.testing.assert_allclose(SCALES[scale].hz(SCALES[scale].mel(hz)), hz, atol=1e-8)
    assert SCALES["htk"].mel(np.array([1000.0]))[0] == pytest.approx(1000, abs=0.02)  # as the mel was defined
    assert SCALES["slaney"].mel(np.array([1000.0, 6400.0])).tolist() == pytest.approx([15, 42])


def test_cosines_equal_scipys() -> None:
    values = np.random.default_rng(0).normal(size=(5, 23))
    np.testing.assert_allclose(values @ cosines(23).T, scipy.fft.dct(values, type=2, norm="ortho"), atol=1e-12)


@settings(deadline=None, max_examples=40)
@given(
    rate=st.sampled_from([8000, 11025, 16000]),
    frame_ms=st.sampled_from([20, 25, 32]),
    hop_ms=st.sampled_from([5, 10, 12.5]),
    length=st.integers(600, 3000),
    seed=st.integers(0, 9),
)
def test_power_equals_scipys_spectrogram(rate: int, frame_ms: float, hop_ms: float, length: int, seed: int) -> None:
    how = MelSettings(rate, frame_ms, hop_ms, bands=20)
    sound = np.random.default_rng(seed).normal(size=length)
    window = signal.get_window("hann", how.frame)
    _, _, magnitude = signal.spectrogram(
        sound, rate, window, how.frame, how.frame - how.hop, how.transform, detrend=False, scaling="spectrum",
        mode="magnitude",
    )  # fmt: skip
    filters = mel_filters(rate, how.transform, 20, 20, rate / 2, scale="htk", area=False)
    expected = np.log((magnitude.T * window.sum()) ** 2 @ filters.T)
    assert Mel(how).frames(length) == len(expected)
    np.testing.assert_allclose(Mel(how)(sound), expected, atol=2e-5)


def test_one_frame_by_the_definition() -> None:
    """Window, Fourier sum, bands, logarithm and cosine sum, each written out."""
    sound = np.random.default_rng(1).normal(size=16)
    how = MelSettings(1000, frame_ms=16, hop_ms=8, bands=3, low_hz=0, coefficients=2)
    windowed = [x * (0.5 - 0.5 * math.cos(2 * math.pi * n / 16)) for n, x in enumerate(sound)]
    power = [
        abs(sum(x * complex(math.cos(2 * math.pi * k * n / 16), -math.sin(2 * math.pi * k * n / 16))
                for n, x in enumerate(windowed))) ** 2
        for k in range(9)
    ]  # fmt: skip
    filters = mel_filters(1000, 16, 3, 0, 500, scale="htk", area=False)
    logs = [math.log(sum(w * p for w, p in zip(row, power, strict=True))) for row in filters]
    expected = [
        math.sqrt((1 if k == 0 else 2) / 3) * sum(x * math.cos(math.pi * k * (m + 0.5) / 3) for m, x in enumerate(logs))
        for k in range(2)
    ]
    np.testing.assert_allclose(Mel(how)(sound), [expected], rtol=1e-6)


@settings(deadline=None, max_examples=80)
@given(
    length=st.integers(0, 700),
    cuts=st.lists(st.integers(0, 700), max_size=12),
    frame_ms=st.sampled_from([8, 10]),
    hop_ms=st.sampled_from([1, 4, 10, 25]),  # also longer than the frame
    batch=st.sampled_from([None, 2]),
    coefficients=st.sampled_from([None, 5]),
)
@example(length=700, cuts=list(range(0, 700, 60)), frame_ms=8, hop_ms=25, batch=None, coefficients=None)
def test_a_stream_equals_the_whole_for_any_chunks(length, cuts, frame_ms, hop_ms, batch, coefficients) -> None:
    mel = Mel(4000, frame_ms=frame_ms, hop_ms=hop_ms, bands=6, low_hz=100, coefficients=coefficients)
    sound = np.random.default_rng(length).normal(size=(length,) if batch is None else (batch, length))
    expected = mel.complete(sound)
    stream = mel.stream()
    for _ in range(2):  # the second time after a reset
        pieces = [stream.step(chunk) for chunk in np.split(sound, sorted(min(cut, length) for cut in cuts), axis=-1)]
        found = np.concatenate(pieces, axis=-2)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, atol=1e-5)
        stream.reset()


def test_long_sounds_are_worked_on_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Mel(8000)(SOUND)
    monkeypatch.setattr(room, "BLOCK", 7)
    np.testing.assert_allclose(Mel(8000)(SOUND), whole, atol=1e-5)


def test_silence_and_units() -> None:
    assert np.all(Mel(8000)(np.zeros(400)) == np.float32(math.log(1e-10)))
    how = Mel(MelSettings(16000), hop_ms=20).settings
    assert (how.frame, how.hop, how.transform, how.features, how.top_hz) == (400, 320, 512, 40, 8000)
    assert Mel(how, coefficients=13).settings.features == 13
    tone = np.argmax(Mel(8000)(np.sin(2 * np.pi * 1000 * TIME)).mean(0))
    corners = SCALES["htk"].hz(np.linspace(*SCALES["htk"].mel(np.array([20.0, 4000.0])), 42))
    assert corners[tone] < 1000 < corners[tone + 2]


def test_deltas_are_slopes() -> None:
    line = (np.outer(np.arange(9), [2.0, -0.5]) + 3).astype(np.float32)
    assert deltas(line)[2:-2].tolist() == [[2.0, -0.5]] * 5
    assert deltas(line)[0, 0] == pytest.approx(2 * (1 * 1 + 2 * 2) / 10)  # the first frame repeated
    values = np.random.default_rng(0).normal(size=(3, 12, 4)).astype(np.float32)
    for t in range(3, 9):  # the line of least squares through seven frames
        fit = np.polyfit(np.arange(-3, 4), values[1, t - 3 : t + 4], 1)[0]
        np.testing.assert_allclose(deltas(values, 3)[1, t], fit, atol=1e-6)
    stacked = with_deltas(values)
    assert stacked.shape == (3, 12, 12)
    np.testing.assert_array_equal(stacked[..., 8:], deltas(deltas(values)))
    assert deltas(values[0, :0]).shape == (0, 4)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"scale": "bark"}, "scale='bark'; choose from: 'htk', 'slaney'"),
        ({"scale": "slany"}, "did you mean 'slaney'"),
        ({"rate": 0}, "rate=0: a number above 0"),
        ({"frame_ms": float("nan")}, "frame_ms=nan"),
        ({"floor": -1}, "floor=-1"),
        ({"bands": 0}, "bands=0: 1 at least"),
        ({"coefficients": 41}, "coefficients=41: 1 to 40"),
        ({"high_hz": 4001}, "high_hz=4001: expected 0 ≤ low_hz < high_hz ≤ 4000"),
        ({"low_hz": 4000}, "low_hz=4000"),
        ({"frame_ms": 0.1}, "a frame of 0.1 ms every 10 ms is 1 samples"),
        ({"hop_ms": 0.01}, "every 0.01 ms is 200 samples every 0"),
        ({"bands": 128}, r"band \d+ from \d+ to \d+ Hz holds no bin .* 31\.2 Hz apart; use fewer bands than 128"),
    ],
)
def test_settings_refused(how: dict[str, object], message: str) -> None:
    with pytest.raises(FrontalError, match=message):
        Mel(**{"settings": how.pop("rate", 8000), **how})


@pytest.mark.parametrize(
    ("sound", "message"),
    [
        (np.zeros(199), r"199 samples are 24\.9 ms at 8000 Hz, shorter than one frame of 25 ms"),
        (np.zeros((1, 2, 3)), r"shape \(1, 2, 3\)"),
        (np.array([0.0, np.nan]), "sample 1 is nan"),
    ],
)
def test_sound_refused(sound: np.ndarray, message: str) -> None:
    with pytest.raises(FrontalError, match=message):
        Mel(8000)(sound)
    stream = Mel(8000).stream()
    stream.step(np.zeros((2, 5)))
    with pytest.raises(FrontalError, match=r"shape \(3, 5\), where the stream began"):
        stream.step(np.zeros((3, 5)))
    with pytest.raises(FrontalError, match="width=0"):
        deltas(np.zeros((3, 3), dtype=np.float32), 0)
    with pytest.raises(FrontalError, match=r"\(T, F\)"):
        deltas(np.zeros(3, dtype=np.float32))


def test_spoken_digits(data_dir: Path) -> None:
    for file in sorted((data_dir / "fsdd" / "recordings").glob("*_0.wav")):
        samples, rate, _ = read_wav(file)
        features = Mel(rate, coefficients=13)(samples)
        assert len(features) == 1 + (len(samples) - 200) // 80
        assert np.isfinite(features).all()
