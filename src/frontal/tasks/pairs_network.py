"""The network of a translator: an encoder in both directions, and a decoder that looks at what it read."""

from __future__ import annotations

import torch
from torch import nn

from frontal.layers.decoder import Decoder
from frontal.layers.encoder_decoder import EncoderDecoder
from frontal.layers.encoder_decoder_encoder import Encoder
from frontal.layers.encoder_decoder_ends import Symbols
from frontal.tasks.pairs_settings import PairsSettings


def build_network(settings: PairsSettings, *, sources: int, targets: int, shared: bool) -> EncoderDecoder:
    """Return a network with new weights.

    Args:
        settings: with every guess filled in.
        sources: symbols of the source, the end included.
        targets: symbols of the target, the end included.
        shared: whether they are the same symbols, which then have the same vectors.
    """
    E, H, rate = settings.embedding or settings.hidden, settings.hidden, settings.dropout
    between = {"num_layers": settings.layers, "dropout": rate if settings.layers > 1 else 0.0}
    read, write = Symbols(sources, E, dropout=rate), Symbols(targets, E, dropout=rate)
    encoder = Encoder(read, settings.cell, H, bidirectional=True, **between)
    looks = settings.attention != "none"
    decoder = Decoder(
        write, settings.cell, H, attention=settings.attention if looks else None,
        memory_size=encoder.output_size if looks else None, input_feeding=settings.input_feeding,
        output_dropout=rate, **between,
    )  # fmt: skip
    if shared:
        read.vectors.weight = write.vectors.weight
    if settings.tied:
        nn.init.normal_(write.vectors.weight, std=E**-0.5)  # logits of about one
        decoder.head.linear.weight = write.vectors.weight
    with torch.no_grad():
        decoder.head.linear.bias.zero_()
    return EncoderDecoder(encoder, decoder)
