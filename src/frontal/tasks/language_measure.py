"""How surprised a model is by a text, in every unit that people compare."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from frontal.data.corpus_ids import Ids
from frontal.layers.language_network import LanguageNetwork

PART = 4096  # symbols from which a text is read in parts side by side
BEFORE = 256  # symbols that a part reads of the one before, to have states
MOST = 64  # parts
WINDOW = 256  # symbols at a time


@dataclass(frozen=True)
class Surprise:
    """What a text of so many symbols cost.

    Attributes:
        nats: of all symbols together, -Σ ln p.
        symbols, characters, bytes: how many the text has; bytes in UTF-8.
        unknown: symbols that the model cannot spell, whose content nobody paid for.
    """

    nats: float
    symbols: int
    characters: int
    bytes: int
    unknown: int = 0

    @property
    def nats_per_character(self) -> float:
        """Nats a character."""
        return self.nats / self.characters

    @property
    def bits_per_character(self) -> float:
        """Bits a character."""
        return self.nats / self.characters / log(2)

    @property
    def bits_per_byte(self) -> float:
        """Bits a byte of UTF-8, which compares symbols of all kinds."""
        return self.nats / self.bytes / log(2)

    @property
    def perplexity(self) -> float:
        """Of how many equally likely symbols each was as hard to guess."""
        return exp(min(self.nats / self.symbols, 700))

    def metrics(self) -> dict[str, Any]:
        """Return all units by name."""
        return {
            "nats_per_character": self.nats_per_character, "bits_per_character": self.bits_per_character,
            "bits_per_byte": self.bits_per_byte, "perplexity": self.perplexity, "symbols": self.symbols,
            "characters": self.characters, "unknown": self.unknown,
        }  # fmt: skip


@torch.inference_mode()
def surprise_of(network: LanguageNetwork, ids: Ids, start: int, style: int | None = None) -> NDArray[np.float64]:
    """Return -ln p of every symbol given those before it, (N,); of the first, given the symbol `start`.

    A text of more than 4096 symbols is read in up to 64 parts side by side, each from 256 symbols
    before its own on, which is where its states come from.
    """
    N, device = len(ids), network.bias.device
    parts = min(max(N // PART, 1), MOST)
    before = BEFORE if parts > 1 else 0
    size = -(-max(N - before, 1) // parts)  # symbols of a part; the first one has those before, too
    at = np.arange(-1, before + size)[:, None] + np.arange(parts) * size  # (1 + before + size, parts)
    symbols = np.where((at >= 0) & (at < N), ids[at.clip(0, N - 1)], start)
    x = torch.from_numpy(symbols.astype(np.int64)).to(device)
    of_style = None if style is None else torch.full((parts,), style, device=device)
    states, costs = None, list[Tensor]()
    for first in range(0, len(x) - 1, WINDOW):
        stop = min(first + WINDOW, len(x) - 1)
        logits, states = network(x[first:stop], states, style=of_style)
        costs.append(cross_entropy(logits.flatten(0, 1), x[first + 1 : stop + 1].flatten(), reduction="none"))
    cost = torch.cat(costs).view(-1, parts).double().cpu().numpy()  # (before + size, parts)
    return np.concatenate([cost[:before, 0], cost[before:].T.flatten()])[:N]
