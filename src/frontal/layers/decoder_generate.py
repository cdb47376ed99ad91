"""A decoder that reads what it writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from frontal.layers.decoder_finished import Generated
from frontal.layers.decoder_search import Search, beam_search
from frontal.layers.decoder_steps import DecoderState, Steps
from frontal.layers.encoder_decoder_ends import End
from frontal.layers.head_regression import Regression
from frontal.layers.head_softmax import Softmax


def write_symbols(
    steps: Steps, state: DecoderState, begin: Tensor, target: End, head: Softmax, how: Search
) -> Generated:
    """Write the likeliest sequences of symbols; begin, (B, size), is the first input."""

    def advance(symbols: Tensor | None, state: DecoderState) -> tuple[Tensor, Tensor | None, DecoderState]:
        x = begin if symbols is None else target(symbols[:, None])[:, 0]
        said, state = steps.step(x, state)
        return head(said).log_softmax(-1), state.weights, state

    return beam_search(advance, state, len(begin), how)


def write_values(
    steps: Steps, state: DecoderState, begin: Tensor, target: End, head: Regression, length: int
) -> Generated:
    """Write `length` steps of values; begin, (B, size), is the first input."""
    outputs: list[Tensor] = []
    seen: list[Tensor] = []
    x = begin
    for _ in range(length):
        said, state = steps.step(x, state)
        outputs.append(head.predict(head(said)))
        x = target(outputs[-1][:, None])[:, 0]
        seen += [] if state.weights is None else [state.weights]
    lengths = torch.full((len(x),), length, device=x.device)
    return Generated(torch.stack(outputs, 1), lengths, None, torch.stack(seen, 1) if seen else None)


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Put a module into evaluation mode, and every part of it back."""
    modes: list[tuple[nn.Module, bool]] = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training
