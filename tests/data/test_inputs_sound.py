"""Sound for a network: scaled frames, the same whole and in pieces, and after saving."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.data.inputs_sound import SoundInputs
from frontal.data.mel import Mel, MelSettings
from frontal.errors import FrontalError

RANDOM = np.random.default_rng(0)
SOUNDS = [RANDOM.normal(scale=0.1 * (k + 1), size=(n, 1)).astype(np.float32) for k, n in enumerate((400, 3000, 1234))]
LEARNED = SoundInputs.learned(SOUNDS, MelSettings(8000, bands=12), "channel")


def test_frames_have_mean_0_and_spread_1() -> None:
    encoded = LEARNED.encode_all(SOUNDS)
    assert [len(frames) for frames in encoded] == [LEARNED.mel.frames(len(sound)) for sound in SOUNDS]
    frames = torch.cat(encoded).double()
    torch.testing.assert_close(frames.mean(0), torch.zeros(12, dtype=torch.float64), atol=1e-5, rtol=0)
    torch.testing.assert_close(frames.std(0, correction=0), torch.ones(12, dtype=torch.float64), atol=1e-5, rtol=0)
    expected = Mel(8000, bands=12)(SOUNDS[1][:, 0])
    mean, spread = LEARNED.numbers.mean, LEARNED.numbers.spread
    assert mean is not None
    assert spread is not None
    np.testing.assert_allclose((encoded[1] * spread + mean).numpy(), expected, atol=1e-4)


@settings(deadline=None, max_examples=40)
@given(cuts=st.lists(st.integers(0, 3000), max_size=10), flat=st.booleans())
def test_pieces_give_the_same(cuts: list[int], flat: bool) -> None:
    sound = SOUNDS[1][:, 0] if flat else SOUNDS[1]
    stream = LEARNED.stream()
    pieces = [stream.step(chunk) for chunk in np.split(sound, sorted(cuts))]
    torch.testing.assert_close(torch.cat(pieces), LEARNED.encode(sound), atol=1e-4, rtol=0)


def test_saved_and_read_again() -> None:
    same = SoundInputs.from_dict(json.loads(json.dumps(LEARNED.to_dict())))
    assert same.mel.settings == LEARNED.mel.settings
    assert torch.equal(same.encode(SOUNDS[0]), LEARNED.encode(SOUNDS[0]))
    assert (same.kind, same.size, same.tokens) == ("sound", 12, False)


def test_silence_and_what_is_refused() -> None:
    silent = SoundInputs.learned([np.zeros((500, 1), dtype=np.float32)], MelSettings(8000), "channel")
    assert torch.equal(silent.encode(np.zeros(500)), torch.zeros(4, 40))
    with pytest.raises(FrontalError, match="shorter than one frame"):
        LEARNED.encode(np.zeros((199, 1)))
    assert LEARNED.stream().step(np.zeros((199, 1))).shape == (0, 12)
    with pytest.raises(FrontalError, match=r"one channel, got \(9, 2\)"):
        LEARNED.encode(np.zeros((9, 2)))
