"""A language model: what symbol comes next, after every symbol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding, linear

from frontal.cell import Cell
from frontal.errors import FrontalError
from frontal.layers.dropout import drop
from frontal.layers.recurrent import Recurrent

SPREAD = 0.1  # of the weights of the answer at the start, as in Merity et al. 2018
States = tuple[Any, ...]


@final
class LanguageNetwork(nn.Module):
    """Embedding, recurrent layers of any cell, and logits of the next symbol.

    Dropout is variational: one mask a stream and call, the same at all steps, on the embedded
    symbols, between layers and before the logits (Gal & Ghahramani 2016; Merity et al. 2018).

    Args:
        size: number of symbols, K.
        cell: a cell class.
        hidden: units of each layer.
        embedding: numbers that stand for a symbol.
        num_layers: layers on top of one another.
        tied: the logits use the embedding's weights (Inan et al. 2017; Press & Wolf 2017). The last
            layer then has as many units as a symbol has numbers, as in Merity et al. 2018.
        styles: number of styles S, of which each stream is written in one; 0 for none.
        style_size: numbers that stand for a style, beside each embedded symbol.
        dropout: share of the features dropped in training at the three places above.
        embedding_dropout: share of the symbols whose whole embedding is dropped in training.
        weight_drop, zoneout: inside each layer, see `frontal.layers.layer.Options`.

    Example:
        >>> import torch
        >>> from frontal.cells import named
        >>> network = LanguageNetwork(27, named("gru"), hidden=32, embedding=16)
        >>> logits, states = network(torch.zeros(10, 4, dtype=torch.int64))
        >>> logits.shape
        torch.Size([10, 4, 27])
    """

    def __init__(  # noqa: PLR0913
        self, size: int, cell: type[Cell], *, hidden: int, embedding: int, num_layers: int = 1, tied: bool = False,
        styles: int = 0, style_size: int = 32, dropout: float = 0.0, embedding_dropout: float = 0.0,
        weight_drop: float = 0.0, zoneout: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__()
        if tied and num_layers == 1 and hidden != embedding:
            raise FrontalError(
                f"tied weights: the last layer has the size of the embedding, so with one layer hidden = {hidden} "
                f"and embedding = {embedding} must be equal"
            )
        self.size, self.styles = size, styles
        self.dropout, self.embedding_dropout = dropout, embedding_dropout
        self.embedding = nn.Embedding(size, embedding)
        self.style = nn.Embedding(styles, style_size) if styles else None
        sizes = [hidden] * (num_layers - 1) + [embedding if tied else hidden]
        layers: list[Recurrent] = []
        width = embedding + (style_size if styles else 0)
        for units in sizes:
            layers.append(Recurrent(cell, width, units, weight_drop=weight_drop, zoneout=zoneout))
            width = layers[-1].output_size
        self.layers = nn.ModuleList(layers)
        if tied and width != embedding:
            raise FrontalError(
                f"tied weights need a cell whose output has its number of units; {cell.__name__} gives {width}"
            )
        self.bias = nn.Parameter(torch.zeros(size))
        self.weight = None if tied else nn.Parameter(torch.empty(size, width))  # (K, H)
        nn.init.uniform_(self.embedding.weight if self.weight is None else self.weight, -SPREAD, SPREAD)

    def forward(
        self, ids: Tensor, states: Sequence[Any] | None = None, *, style: Tensor | None = None
    ) -> tuple[Tensor, States]:
        """Return logits of the symbol after each one, (T, B, K), and the states after the last one.

        Args:
            ids: int64, (T, B).
            states: to begin with, as they were returned: one entry a layer; zero by default.
            style: int64, (B,), for a network with styles.

        Raises:
            FrontalError: ids or styles have the wrong form.
        """
        outputs, states = self.run(ids, states, style=style)
        return self.answer(outputs), states

    def run(
        self, ids: Tensor, states: Sequence[Any] | None = None, *, style: Tensor | None = None
    ) -> tuple[Tensor, States]:
        """Return what the last layer gives, (T, B, H), and the states after the last symbol."""
        if ids.dim() != 2 or ids.dtype != torch.int64:
            raise FrontalError(f"symbols must be int64, (T, B), got {tuple(ids.shape)} of {ids.dtype}")
        given = [None] * len(self.layers) if states is None else list(states)
        if len(given) != len(self.layers):
            raise FrontalError(f"states must have one entry for each of {len(self.layers)} layers, got {len(given)}")
        x, after = self.embedded(ids, style), list[Any]()
        for layer, state in zip(self.layers, given, strict=True):
            x, new = layer(self.locked(x), state)
            after.append(new)
        return x, tuple(after)

    def embedded(self, ids: Tensor, style: Tensor | None = None) -> Tensor:
        """Return what the first layer reads, (T, B, I), before dropout."""
        weight = self.embedding.weight
        if self.training and self.embedding_dropout:
            weight = weight * drop(weight.new_ones(len(weight), 1), self.embedding_dropout)
        x = embedding(ids, weight)
        if self.style is None:
            if style is not None:
                raise FrontalError("this network has no styles; leave `style` out")
            return x
        if style is None or style.shape != ids.shape[1:] or style.dtype != torch.int64:
            raise FrontalError(f"style must be int64, (B,) = ({ids.shape[1]},), one of {self.styles} a stream")
        return torch.cat([x, self.style(style).expand(len(ids), -1, -1)], -1)

    def answer(self, outputs: Tensor) -> Tensor:
        """Return logits, (T, B, K), from what the last layer gave, (T, B, H)."""
        return linear(self.locked(outputs), self.embedding.weight if self.weight is None else self.weight, self.bias)

    def locked(self, x: Tensor) -> Tensor:
        """Drop features, (T, B, F), by one mask for all steps; in training."""
        if not self.training or not self.dropout:
            return x
        return x * drop(x.new_ones(1, *x.shape[1:]), self.dropout)
