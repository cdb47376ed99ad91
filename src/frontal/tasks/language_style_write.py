"""Writing in a style, in a blend of styles, and from one style into another."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from frontal.data.styled_set import END
from frontal.data.tokenizer import Tokenizer
from frontal.errors import FrontalError, did_you_mean
from frontal.layers.language_network import LanguageNetwork

Floats = NDArray[np.float64]
LONGEST = 400  # symbols that are written for a text, by default
SIDE_BY_SIDE = 256  # texts


@dataclass(frozen=True)
class Writer:
    """What writes: a network, its symbols, and the names of its styles.

    Attributes:
        network: with S styles.
        tokenizer: of K symbols.
        styles: S names.
    """

    network: LanguageNetwork
    tokenizer: Tokenizer
    styles: tuple[str, ...]

    def write(
        self, shares: Floats, *, seed: int = 0, temperature: float = 1.0, longest: int = LONGEST,
        prompts: Sequence[str] | None = None, before: Floats | None = None,
    ) -> list[str]:  # fmt: skip
        """Write a text in each of N blends of styles.

        A blend's vector is the mean of the styles' vectors by their shares. With `before` the prompts are
        read in other styles: what the network remembers of them stays, only the style beside each symbol
        that follows is another one.

        Args:
            shares: (N, S), each row adding up to 1.
            seed: of what is drawn.
            temperature: logits are divided by it.
            longest: symbols at most, those of the prompt not counted.
            prompts: N beginnings, which are continued; by default empty.
            before: the styles in which the prompts are read, (N, S); by default `shares`.

        Returns:
            N texts without their prompts; without an end where `longest` cut them off.
        """
        if not temperature > 0:
            raise FrontalError(f"temperature must be above 0, got {temperature!r}")
        prompts = [""] * len(shares) if prompts is None else prompts
        before = shares if before is None else before
        rng, texts = np.random.default_rng(seed), list[str]()
        for start in range(0, len(shares), SIDE_BY_SIDE):
            some = slice(start, start + SIDE_BY_SIDE)
            texts += self._write(shares[some], before[some], prompts[some], rng, temperature, longest)
        return texts

    @torch.inference_mode()
    def _write(
        self, shares: Floats, before: Floats, prompts: Sequence[str], rng: np.random.Generator, temperature: float,
        longest: int,
    ) -> list[str]:  # fmt: skip
        N, end = len(shares), int(self.tokenizer.encode(END)[-1])
        blends, which = np.unique(np.concatenate([shares, before]), axis=0, return_inverse=True)
        network = blended(self.network, blends)
        after, first = torch.from_numpy(which.reshape(2, N))
        read = [self.tokenizer.encode(prompt) for prompt in prompts]
        lengths = np.array([len(ids) for ids in read])
        symbols, states, ended = np.full(N, end), None, np.zeros(N, dtype=bool)
        said: list[list[int]] = [[] for _ in read]
        for t in range(int(lengths.max()) + longest):
            style = torch.where(torch.from_numpy(t <= lengths), first, after)
            logits, states = network(torch.from_numpy(symbols)[None], states, style=style)
            scores = logits[0].double().numpy() / temperature
            symbols = (scores + rng.gumbel(size=scores.shape)).argmax(1)  # drawn from the softmax
            for row in np.flatnonzero(~ended):
                if t < lengths[row]:
                    symbols[row] = read[row][t]
                elif symbols[row] == end or len(said[row]) == longest:
                    ended[row] = True
                else:
                    said[row].append(int(symbols[row]))
            if ended.all():
                break
        return [self.tokenizer.decode(ids) for ids in said]


def shares_of(asked: str | None, styles: tuple[str, ...]) -> Floats:
    """Return the share of each style, (S,), for a name, or for names with weights such as "irish=1,russian=3".

    Raises:
        FrontalError: no such style, or none is asked for; a weight that is no number >= 0, or none above 0.
    """
    if not styles:
        raise FrontalError(f"this model has learned no styles, so style={asked!r} has no meaning; leave it out")
    if asked is None:
        raise FrontalError(f"say in which style to write; {did_you_mean('', styles)}")
    found = np.zeros(len(styles))
    parts = [asked] if asked in styles else asked.split(",")
    for part in parts:
        name, weight = (part, "1") if part in styles or "=" not in part else part.rsplit("=", 1)
        name = name.strip()
        if name not in styles:
            raise FrontalError(f"no style is called {name!r}; {did_you_mean(name, styles)}")
        try:
            found[styles.index(name)] += float(weight)
        except ValueError:
            raise FrontalError(f"style {part.strip()!r}: {weight!r} is no number; type {name}=0.5") from None
    if not (np.isfinite(found).all() and (found >= 0).all() and found.sum() > 0):
        raise FrontalError(f"style {asked!r}: weights must be >= 0, and one of them above 0")
    return found / found.sum()


def blended(network: LanguageNetwork, shares: Floats) -> LanguageNetwork:
    """Return a network with the same weights whose M styles are blends of the S of `network`.

    Args:
        network: with styles; stays as it is.
        shares: (M, S).
    """
    assert network.style is not None
    other = copy(network)
    other._modules = dict(network._modules)  # the modules are the same, the table of them is not
    vectors = torch.from_numpy(shares).to(network.style.weight) @ network.style.weight.detach()
    other.style, other.styles = nn.Embedding.from_pretrained(vectors), len(shares)
    return other
