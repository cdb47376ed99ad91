"""Encoders of frames, pictures and patches: shapes, places, padding, and recurrent layers behind them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.testing import assert_close

import frontal
from frontal.errors import FrontalError
from frontal.layers.attention_luong import LuongGeneral
from frontal.layers.convolution import Convolutions
from frontal.layers.convolution_frames import FrameEncoder
from frontal.layers.convolution_image import ImageEncoder
from frontal.layers.convolution_patches import PatchEncoder
from frontal.layers.convolution_positions import sine_positions


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def maps_by_hand(layer: Convolutions, picture: Tensor) -> Tensor:
    """Feature maps of one picture, (C, H, W), pixel by pixel."""
    for convolution in list(layer.stages)[::3]:
        assert isinstance(convolution, nn.Conv2d) and convolution.bias is not None
        C, H, W = picture.shape
        padded = torch.zeros(C, H + 2, W + 2, dtype=picture.dtype)
        padded[:, 1:-1, 1:-1] = picture
        picture = torch.zeros(convolution.out_channels, H // 2, W // 2, dtype=picture.dtype)
        for k in range(convolution.out_channels):
            for i in range(H // 2 * 2):
                for j in range(W // 2 * 2):
                    seen = padded[:, i : i + 3, j : j + 3] * convolution.weight[k]
                    value = (seen.sum() + convolution.bias[k]).clamp(min=0)
                    picture[k, i // 2, j // 2] = torch.maximum(picture[k, i // 2, j // 2], value)
    return picture


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.integers(4, 7), st.integers(4, 7), st.integers(1, 2), st.sampled_from([(2,), (2, 3)]))
def test_pictures_and_patches_are_those_of_the_formula(H: int, W: int, C: int, stages: tuple[int, ...]):
    image, patch = (
        ImageEncoder(C, 8, stages=stages, grid=1).double(),
        PatchEncoder(C, 8, stages=stages).double(),
    )
    patch.convolutions.load_state_dict(image.convolutions.state_dict())
    pictures = torch.randn(2, C, H, W, dtype=torch.float64)
    with torch.no_grad():
        maps = torch.stack([maps_by_hand(image.convolutions, picture) for picture in pictures])
        expected = maps.mean((2, 3)) @ image.linear.weight.T + image.linear.bias
        assert_close(image(pictures), expected)
        patches = patch(pictures)
        rows, columns = H // 2 ** len(stages), W // 2 ** len(stages)
        assert patches.shape == (2, rows * columns, 8)
        places = [(i, j) for i in range(rows) for j in range(columns)]
        for s, (i, j) in enumerate(places):
            row = [f(i * 10_000 ** (-k / 2)) for f in (math.sin, math.cos) for k in (0, 1)]
            column = [f(j * 10_000 ** (-k / 2)) for f in (math.sin, math.cos) for k in (0, 1)]
            mapped = patch.linear(maps[:, :, i, j])
            assert_close(patches[:, s], mapped + torch.tensor(row + column, dtype=torch.float64))


def test_a_grid_tells_what_stands_where():
    """Two pictures with one spot, in unlike corners: with one region they are the same."""
    pictures = torch.zeros(2, 1, 32, 32)
    pictures[0, 0, 11:13, 11:13] = pictures[1, 0, 19:21, 19:21] = 1
    torch.manual_seed(1)
    one, four = ImageEncoder(1, 5, grid=1), ImageEncoder(1, 5, grid=2)
    assert_close(*one(pictures))
    assert not torch.allclose(*four(pictures))


def test_places_differ():
    places = sine_positions(5, 7, 8)
    assert places.shape == (35, 8)
    apart = torch.cdist(places, places) + 10 * torch.eye(35)
    assert float(apart.min()) > 0.1


class Counting(nn.Module):
    """Counts the pictures that it is given."""

    output_size = 3

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.seen = ImageEncoder(1, 3).double(), 0

    def forward(self, pictures: Tensor) -> Tensor:
        self.seen += len(pictures)
        return self.inner(pictures)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=3))
def test_frames_beyond_the_lengths_are_not_even_computed(lengths: list[int]):
    image = Counting()
    layer = FrameEncoder(image)
    frames = torch.randn(len(lengths), 4, 1, 8, 9, dtype=torch.float64)
    beyond = ~(torch.arange(4) < torch.tensor(lengths)[:, None])
    clean = frames.clone().requires_grad_()
    features = layer(clean, lengths)
    assert image.seen == sum(lengths)
    dirty = frames.clone()
    dirty[beyond] = math.nan
    dirty.requires_grad_()
    assert_close(layer(dirty, lengths), features, rtol=0, atol=0)
    wanted = [*layer.parameters()]
    of_clean = torch.autograd.grad(features.square().sum(), [clean, *wanted])
    of_dirty = torch.autograd.grad(layer(dirty, lengths).square().sum(), [dirty, *wanted])
    assert_close(of_dirty, of_clean, rtol=0, atol=0)
    assert features[beyond].abs().sum() == of_dirty[0][beyond].abs().sum() == 0
    for b, n in enumerate(lengths):
        for t in range(n):
            assert_close(features[b, t], image.inner(frames[b, t : t + 1])[0])
    assert_close(layer(frames)[~beyond], features[~beyond])


def test_gradients():
    frames = torch.randn(2, 2, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    layer = FrameEncoder(ImageEncoder(1, 2, stages=(2, 2), grid=1)).double()
    assert torch.autograd.gradcheck(lambda x: layer(x, [2, 1]), (frames,))
    patch = PatchEncoder(1, 4, stages=(2,)).double()
    assert torch.autograd.gradcheck(patch, (frames.detach()[0].requires_grad_(),))


def test_a_film_is_learned_by_the_direction_of_its_motion():
    """A spot that moves left or right: one frame says nothing."""
    steps = torch.arange(6)
    x = torch.zeros(40, 6, 1, 8, 8)
    right = torch.arange(40) % 2 == 1
    for n in range(40):
        column = steps + 1 if right[n] else 6 - steps
        x[n, steps, 0, n % 8, column] = 1
    encoder, rnn = FrameEncoder(ImageEncoder(1, 12, stages=(8,))), frontal.LSTM(12, 12, batch_first=True)
    head = nn.Linear(12, 1)
    model = nn.ModuleList([encoder, rnn, head])
    optimiser = torch.optim.Adam(model.parameters(), 0.01)
    guess = torch.zeros(40)
    for _ in range(60):
        outputs, _ = rnn(encoder(x, [6] * 40), lengths=[6] * 40)
        guess = head(outputs[:, -1])[:, 0]
        loss = nn.functional.binary_cross_entropy_with_logits(guess, right.float())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert torch.equal(guess > 0, right)


def test_attention_finds_the_bright_patch():
    pictures, place = torch.zeros(64, 1, 8, 8), torch.arange(64) % 16
    for n, s in enumerate(place.tolist()):
        pictures[n, 0, s // 4 * 2 : s // 4 * 2 + 2, s % 4 * 2 : s % 4 * 2 + 2] = 1
    encoder, attention = PatchEncoder(1, 16, stages=(8,)), LuongGeneral(4, 16)
    head = nn.Linear(16, 16)
    optimiser = torch.optim.Adam(nn.ModuleList([encoder, attention, head]).parameters(), 0.01)
    query = torch.ones(64, 4)
    context, weights = attention.attend(query, attention.prepare(encoder(pictures)))
    for _ in range(120):
        context, weights = attention.attend(query, attention.prepare(encoder(pictures)))
        loss = nn.functional.cross_entropy(head(context), place)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert float((head(context).argmax(-1) == place).float().mean()) == 1
    assert weights.shape == (64, 16)


ERRORS: dict[str, tuple[Callable[[], Any], str]] = {
    "channels": (lambda: ImageEncoder(3, 4)(torch.zeros(2, 1, 8, 8)), r"C = 3 channels, \(N, C, H, W\); got \(2, 1, 8"),
    "dimensions": (lambda: ImageEncoder(3, 4)(torch.zeros(3, 8, 8)), r"must be \(N, C, H, W\), got \(3, 8, 8\)"),
    "bytes": (lambda: PatchEncoder(1, 4)(torch.zeros(1, 1, 8, 8).byte()), r"got torch.uint8; use .float\(\) / 255"),
    "too small": (
        lambda: PatchEncoder(1, 4)(torch.zeros(1, 1, 3, 9)),
        r"2 stages need at least 4 × 4 pixels, got \(3, 9\)",
    ),
    "frames": (lambda: FrameEncoder(ImageEncoder(1, 2))(torch.zeros(2, 1, 8, 8)), r"\(B, T, C, H, W\), got \(2, 1, 8"),
    "no tensor": (lambda: FrameEncoder(ImageEncoder(1, 2))([1]), "got list"),
    "lengths": (lambda: FrameEncoder(ImageEncoder(1, 2))(torch.zeros(2, 3, 1, 8, 8), [4, 1]), r"lengths\[0\] is 4"),
    "no size": (lambda: FrameEncoder(nn.Conv2d(1, 1, 3)), "a whole number `output_size`, got Conv2d"),
    "no stages": (lambda: ImageEncoder(1, 4, stages=()), "stages must name the channels"),
    "stage": (lambda: ImageEncoder(1, 4, stages=(4, 0)), "stages must be a whole number >= 1, got 0"),
    "grid": (lambda: ImageEncoder(1, 4, grid=0), "grid must be a whole number >= 1"),
    "size": (lambda: ImageEncoder(1, 0), "size must be a whole number >= 1"),
    "positions": (lambda: PatchEncoder(1, 6), "a multiple of 4, got 6"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_what_cannot_be_used_is_refused(case: str):
    run, message = ERRORS[case]
    with pytest.raises(FrontalError, match=message):
        run()
