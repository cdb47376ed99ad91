"""A picture as a memory of patches, to attend over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from torch import Tensor, nn

from frontal.layers.attention import checked_size
from frontal.layers.convolution import Convolutions
from frontal.layers.convolution_positions import sine_positions


@final
class PatchEncoder(nn.Module):
    """(B, C, H, W) to (B, S, F): one vector for each of the S = H // 2ⁿ · W // 2ⁿ places after n stages.

    What an attention looks at when a caption is written (Xu et al. 2015). Each vector is a linear map of
    what stands at its place, plus sines that tell the place, row by row.

    Args:
        channels: C.
        size: F, a multiple of 4.
        stages: channels after each stage of `Convolutions`.

    Example:
        >>> import torch
        >>> from frontal.layers import Additive, PatchEncoder
        >>> memory = PatchEncoder(1, 20)(torch.rand(3, 1, 28, 28))
        >>> attention = Additive(8, 20)
        >>> context, weights = attention.attend(torch.randn(3, 8), attention.prepare(memory))
        >>> memory.shape, context.shape, weights.shape
        (torch.Size([3, 49, 20]), torch.Size([3, 20]), torch.Size([3, 49]))
    """

    def __init__(self, channels: int, size: int, *, stages: Sequence[int] = (16, 32)) -> None:
        super().__init__()
        self.output_size = checked_size(self, "size", size)
        sine_positions(1, 1, size)  # refuses a size that it cannot have
        self.convolutions = Convolutions(channels, stages)
        self.linear = nn.Linear(self.convolutions.output_channels, size)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return patches, (B, S, F), row by row, of pictures, (B, C, H, W)."""
        maps = self.convolutions(pictures)  # (B, K, rows, columns)
        rows, columns = maps.shape[-2:]
        patches = self.linear(maps.flatten(2).transpose(1, 2))
        return patches + sine_positions(rows, columns, self.output_size).to(patches)
