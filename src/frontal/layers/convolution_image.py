"""A whole picture as one vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d

from frontal.layers.attention import checked_size
from frontal.layers.convolution import Convolutions


@final
class ImageEncoder(nn.Module):
    """(B, C, H, W) to (B, F): convolutions, their maps averaged over a grid of regions, a linear map.

    For pictures of any size; a caption begins with the vector, a video is one vector a frame
    (`FrameEncoder`).

    Args:
        channels: C.
        size: F.
        stages: channels after each stage of `Convolutions`.
        grid: regions in height and in width, 1 or more; the more, the better known is what stands where.

    Example:
        >>> import torch
        >>> from frontal.layers import ImageEncoder
        >>> ImageEncoder(3, 20)(torch.rand(5, 3, 28, 32)).shape
        torch.Size([5, 20])
    """

    def __init__(self, channels: int, size: int, *, stages: Sequence[int] = (16, 32), grid: int = 4) -> None:
        super().__init__()
        self.output_size, self.grid = checked_size(self, "size", size), checked_size(self, "grid", grid)
        self.convolutions = Convolutions(channels, stages)
        self.linear = nn.Linear(self.convolutions.output_channels * grid * grid, size)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return features, (B, F), of pictures, (B, C, H, W)."""
        maps = adaptive_avg_pool2d(self.convolutions(pictures), self.grid)  # (B, K, grid, grid)
        return self.linear(maps.flatten(1))
