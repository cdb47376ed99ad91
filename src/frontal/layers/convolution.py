"""Convolutions over pictures, halved in height and width stage by stage."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, final

from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.attention import checked_size


@final
class Convolutions(nn.Module):
    """Stages of a 3 × 3 convolution, ReLU and 2 × 2 max-pooling.

    Args:
        channels: of a picture, C.
        stages: channels after each stage, N of them.
    """

    def __init__(self, channels: int, stages: Sequence[int] = (16, 32)) -> None:
        super().__init__()
        if not stages:
            raise FrontalError("Convolutions: stages must name the channels after each stage, such as (16, 32)")
        widths = [checked_size(self, "channels", channels), *(checked_size(self, "stages", s) for s in stages)]
        self.channels, self.output_channels, self.shrinks = channels, widths[-1], 2 ** len(stages)
        self.stages = nn.Sequential()
        for before, after in itertools.pairwise(widths):
            self.stages.extend([nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)])

    def forward(self, pictures: Tensor) -> Tensor:
        """Return feature maps, (N, stages[-1], H // 2ⁿ, W // 2ⁿ) after n stages, of pictures (N, C, H, W).

        Raises:
            FrontalError: other channels, whole numbers, or pictures too small to be halved n times.
        """
        check_pictures("Convolutions", pictures, ("N", "C", "H", "W"), self.channels)
        if min(pictures.shape[-2:]) < self.shrinks:
            raise FrontalError(
                f"Convolutions: {len(self.stages) // 3} stages need at least {self.shrinks} × {self.shrinks} pixels, "
                f"got {tuple(pictures.shape[-2:])}; take fewer stages"
            )
        return self.stages(pictures)


def check_pictures(where: str, given: Any, letters: tuple[str, ...], channels: int | None = None) -> None:
    """Raise `FrontalError` unless `given` is floating-point, with these dimensions and so many channels."""
    form = f"({', '.join(letters)})"
    if not isinstance(given, Tensor) or given.dim() != len(letters):
        shape = tuple(given.shape) if isinstance(given, Tensor) else type(given).__name__
        raise FrontalError(f"{where}: the input must be {form}, got {shape}")
    if channels is not None and given.shape[-3] != channels:
        raise FrontalError(f"{where}: pictures must have C = {channels} channels, {form}; got {tuple(given.shape)}")
    if not given.is_floating_point():
        raise FrontalError(f"{where}: pictures must be floating-point numbers, got {given.dtype}; use .float() / 255")
