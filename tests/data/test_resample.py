"""Other sampling rates: against SciPy's polyphase filter, and tones whose samples are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import signal

from frontal.data.resample import CROSSINGS, CUTOFF, KAISER_BETA, phases, resample
from frontal.errors import FrontalError


@settings(deadline=None, max_examples=60)
@given(length=st.integers(1, 300), up=st.integers(1, 12), down=st.integers(1, 12), seed=st.integers(0, 99))
@example(length=300, up=160, down=441, seed=0)
@example(length=1, up=441, down=160, seed=0)
@example(length=200, up=441, down=160, seed=1)
def test_scipy_with_the_same_window_says_the_same(length: int, up: int, down: int, seed: int) -> None:
    """SciPy filters the stretched signal; its FIR is made here by its own firwin."""
    sound = np.random.default_rng(seed).uniform(-1, 1, length).astype(np.float32)
    found = resample(sound, down, up)
    up, down = (np.array([up, down]) // np.gcd(up, down)).tolist()
    largest = max(up, down)
    taps = signal.firwin(2 * CROSSINGS * largest + 1, CUTOFF / largest, window=("kaiser", KAISER_BETA))
    expected = signal.resample_poly(sound.astype(np.float64), up, down, window=taps) if up != down else sound
    assert found.dtype == np.float32
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=2e-4)


@pytest.mark.parametrize(("up", "down"), [(1, 2), (2, 1), (5, 3), (160, 441)])
def test_phases_are_every_nth_tap_of_one_filter(up: int, down: int) -> None:
    taps, half = phases(up, down)
    middle = CROSSINGS * max(up, down)
    whole = signal.firwin(2 * middle + 1, CUTOFF / max(up, down), window=("kaiser", KAISER_BETA))
    for phase in {0, 1 % up, up - 1}:
        places = middle + phase - up * np.arange(-half + 1, half + 1)
        expected = np.where((places >= 0) & (places < len(whole)), whole[places.clip(0, len(whole) - 1)], 0)
        np.testing.assert_allclose(taps[phase], expected / expected.sum(), atol=1e-7)


@pytest.mark.parametrize(("rate", "target"), [(8000, 16000), (44100, 16000), (16000, 44100), (48000, 8000)])
def test_a_tone_stays_the_same_tone(rate: int, target: int) -> None:
    tone = 0.8 * np.sin(2 * np.pi * 1000.3 * np.arange(rate) / rate)
    expected = 0.8 * np.sin(2 * np.pi * 1000.3 * np.arange(target) / target)
    found = resample(tone.astype(np.float32), rate, target)
    middle = slice(target // 10, -target // 10)
    assert np.abs(found - expected)[middle].max() < 1e-5 * 8


def test_what_the_target_cannot_hold_is_gone() -> None:
    tone = np.sin(2 * np.pi * 4400 * np.arange(16000) / 16000).astype(np.float32)  # beyond 4 kHz
    assert np.abs(resample(tone, 16000, 8000)[500:-500]).max() < 1e-4
    edge = np.sin(2 * np.pi * 3600 * np.arange(16000) / 16000).astype(np.float32)
    assert np.abs(resample(edge, 16000, 8000)[500:-500]).max() == pytest.approx(1, abs=0.01)


def test_channels_silence_and_constants() -> None:
    sound = np.random.default_rng(0).normal(size=(2, 500)).astype(np.float32)
    both = resample(sound, 3, 2)
    assert np.array_equal(both, np.stack([resample(channel, 3, 2) for channel in sound]))
    assert resample(sound, 8000, 8000.0).tolist() == sound.tolist()
    assert resample(sound[0, :0], 8000, 16000).shape == (0,)
    flat = resample(np.full(4000, 0.5, dtype=np.float32), 44100, 16000)
    np.testing.assert_allclose(flat[200:-200], 0.5, atol=1e-6)
    assert phases(3, 2)[0].shape == (3, 2 * phases(3, 2)[1])


@pytest.mark.parametrize(
    ("rate", "target", "message"),
    [
        (0, 8000, "rate=0 Hz: a sampling rate is a number above 0"),
        (8000, float("nan"), "target=nan Hz"),
        (8000, -1, "target=-1 Hz"),
        (8000, 7999.999, "8000 Hz to 8000 Hz is the ratio"),
        (999_983, 1_000_003, "ratio up to 100,000"),
    ],
)
def test_refused(rate: float, target: float, message: str) -> None:
    with pytest.raises(FrontalError, match=message):
        resample(np.zeros(10, dtype=np.float32), rate, target)
