"""Many to many of unlike lengths: an encoder that reads, a decoder that writes."""

from __future__ import annotations

from typing import Any, Unpack, final

import torch
from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.decoder import Decoded, Decoder
from frontal.layers.decoder_finished import Generated
from frontal.layers.decoder_generate import evaluating
from frontal.layers.decoder_search import SearchOptions
from frontal.layers.encoder_decoder_bridge import Bridge, state_shapes
from frontal.layers.encoder_decoder_encoder import Encoder
from frontal.layers.sequence import Lengths


@final
class EncoderDecoder(nn.Module):
    """An encoder reads the whole source; a decoder begins where it ended (Sutskever et al. 2014).

    Any cells on both sides; where their states are unlike, in number or size, a linear map stands
    between (the bridge). With attention the decoder also looks at what the encoder said at every step.

    Args:
        encoder: reads the source.
        decoder: writes the target.
        bridge: False refuses unlike states.

    Example:
        >>> import torch
        >>> from frontal.layers import Decoder, Encoder, EncoderDecoder, Symbols
        >>> encoder = Encoder(Symbols(10, 16), "gru", 24, bidirectional=True)
        >>> decoder = Decoder(Symbols(11, 16), "lstm", 32, attention="additive", memory_size=encoder.output_size)
        >>> model = EncoderDecoder(encoder, decoder)
        >>> source, targets = torch.randint(10, (3, 7)), torch.randint(11, (3, 5))
        >>> outputs, weights = model(source, targets, lengths=[7, 2, 4])
        >>> outputs.shape, weights.shape, model.loss(outputs, targets, [5, 3, 4]).shape
        (torch.Size([3, 5, 11]), torch.Size([3, 5, 7]), torch.Size([]))
        >>> written = model.generate(source, lengths=[7, 2, 4], max_length=9, stop=10, beams=4)
        >>> written.outputs.shape == (3, int(written.lengths.max()))
        True
    """

    def __init__(self, encoder: Encoder, decoder: Decoder, *, bridge: bool = True) -> None:
        super().__init__()
        for name, part, kind in (("encoder", encoder, Encoder), ("decoder", decoder, Decoder)):
            if not isinstance(part, kind):
                raise FrontalError(f"EncoderDecoder: the {name} must be a {kind.__name__}, got {type(part).__name__}")
        if not isinstance(bridge, bool):
            raise FrontalError(f"EncoderDecoder: bridge must be True or False, got {bridge!r}")
        if decoder.look is not None and decoder.look.attention.memory_size != encoder.output_size:
            raise FrontalError(
                f"EncoderDecoder: the decoder's attention looks at a memory of {decoder.look.attention.memory_size} "
                f"features, but the encoder gives {encoder.output_size}; use memory_size={encoder.output_size}"
            )
        self.encoder, self.decoder = encoder, decoder
        self.bridge = Bridge(state_shapes(encoder.recurrent), state_shapes(decoder.recurrent), mapped=bridge)

    def forward(
        self,
        source: Tensor,
        targets: Tensor,
        *,
        lengths: Lengths | None = None,
        target_lengths: Lengths | None = None,
        teacher_forcing: float = 1.0,
    ) -> Decoded:
        """Say what comes at each step of the targets, given the source and the targets before.

        Args:
            source: (B, S) or (B, S, …).
            targets: (B, T) or (B, T, D), a stop symbol at their end included, if there is to be one.
            lengths: valid steps of the source, 1 .. S, (B,).
            target_lengths: valid steps of the targets, 0 .. T, (B,).
            teacher_forcing: how often the targets are read, see `Decoder.forward`.

        Returns:
            Outputs, (B, T, count) or (B, T, D), and weights, (B, T, S), or None without attention.
        """
        found = self.features(
            source, targets, lengths=lengths, target_lengths=target_lengths, teacher_forcing=teacher_forcing
        )
        return Decoded(self.decoder.head(found.outputs), found.weights)

    def features(
        self,
        source: Tensor,
        targets: Tensor,
        *,
        lengths: Lengths | None = None,
        target_lengths: Lengths | None = None,
        teacher_forcing: float = 1.0,
    ) -> Decoded:
        """Return what the decoder's head reads, (B, T, H), in place of what it says; arguments as for `forward`."""
        if isinstance(source, Tensor) and isinstance(targets, Tensor) and len(source) != len(targets):
            raise FrontalError(f"EncoderDecoder: there are {len(source)} sources, but {len(targets)} targets")
        memory, states = self._read(source, lengths)
        return self.decoder.features(
            targets,
            memory,
            states,
            lengths=target_lengths,
            memory_lengths=None if memory is None else lengths,
            teacher_forcing=teacher_forcing,
        )

    def loss(self, outputs: Tensor, targets: Tensor, target_lengths: Lengths | None = None) -> Tensor:
        """Return the mean loss over valid steps of the targets: cross-entropy, or the squared error of values."""
        return self.decoder.head.loss(outputs, targets, target_lengths)

    def generate(self, source: Tensor, *, lengths: Lengths | None = None, **search: Unpack[SearchOptions]) -> Generated:
        """Write what belongs to a source, in evaluation mode; arguments as for `Decoder.generate`."""
        with evaluating(self), torch.no_grad():
            memory, states = self._read(source, lengths)
        return self.decoder.generate(memory, states, memory_lengths=None if memory is None else lengths, **search)

    def _read(self, source: Tensor, lengths: Lengths | None) -> tuple[Tensor | None, Any]:
        """Return the memory, None where nobody looks at it, and the decoder's first states."""
        memory, states = self.encoder(source, lengths)
        return None if self.decoder.look is None else memory, self.bridge(states)
