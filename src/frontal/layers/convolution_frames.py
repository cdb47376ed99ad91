"""A film as a sequence of vectors."""

from __future__ import annotations

from typing import final

from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.attention_mask import valid_steps
from frontal.layers.convolution import check_pictures
from frontal.layers.sequence import Lengths


@final
class FrameEncoder(nn.Module):
    """(B, T, C, H, W) to (B, T, F): the same encoder on every frame.

    Args:
        image: from pictures (N, C, H, W) to features (N, F), with `output_size` F; an `ImageEncoder`.

    Example:
        >>> import torch, frontal
        >>> from frontal.layers import FrameEncoder, ImageEncoder
        >>> frames, lengths = torch.rand(2, 6, 1, 16, 16), [6, 4]
        >>> features = FrameEncoder(ImageEncoder(1, 20))(frames, lengths)
        >>> outputs, _ = frontal.GRU(20, 8, batch_first=True)(features, lengths=lengths)
        >>> features.shape, outputs.shape
        (torch.Size([2, 6, 20]), torch.Size([2, 6, 8]))
    """

    def __init__(self, image: nn.Module) -> None:
        super().__init__()
        size = getattr(image, "output_size", None)
        if not isinstance(image, nn.Module) or not isinstance(size, int):
            raise FrontalError(
                f"FrameEncoder: the encoder must be a module with a whole number `output_size`, got {image!r}"
            )
        self.image, self.output_size = image, size

    def forward(self, frames: Tensor, lengths: Lengths | None = None) -> Tensor:
        """Return features, (B, T, F).

        Args:
            frames: (B, T, C, H, W).
            lengths: valid frames of each film, 0 .. T, (B,). Frames beyond are never read, not even
                computed, and zero in the features.
        """
        check_pictures("FrameEncoder", frames, ("B", "T", "C", "H", "W"))
        B, T = frames.shape[:2]
        if lengths is None:
            return self.image(frames.flatten(0, 1)).unflatten(0, (B, T))
        valid = valid_steps(lengths, B, T, frames.device, "FrameEncoder")
        features = self.image(frames[valid])  # (valid frames, F)
        return features.new_zeros(B, T, self.output_size).masked_scatter(valid[..., None], features)
