"""A language model that reads and answers one symbol at a time, as fast as it goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.nn.functional import log_softmax

from frontal.errors import FrontalError
from frontal.layers.decoder_generate import evaluating
from frontal.layers.language_network import LanguageNetwork, States
from frontal.layers.layer import Layer
from frontal.layers.stream import Stream
from frontal.layers.threads import threads_for

Floats = NDArray[np.floating[Any]]


@final
class LanguageStepper:
    """B texts, stepped side by side, without gradients and without dropout.

    A step gives what `network` gives in eval mode at the last symbol of the text so far. Weights
    that change are seen after `refresh`.

    Args:
        network: any `LanguageNetwork`.
        batch: texts side by side, B.
        states: to begin with, as the network returns them; zero by default.
        style: of a network with styles: a number for all texts, or (B,) numbers.

    Example:
        >>> from frontal.cells import named
        >>> stepper = LanguageStepper(LanguageNetwork(27, named("gru"), hidden=8, embedding=4), batch=2)
        >>> stepper.step([3, 5]).shape
        (2, 27)
    """

    def __init__(
        self, network: LanguageNetwork, batch: int = 1, *, states: Sequence[Any] | None = None,
        style: ArrayLike | None = None,
    ) -> None:  # fmt: skip
        if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
            raise FrontalError(f"batch must be a whole number >= 1, got {batch!r}")
        self.network, self.batch = network, batch
        self._style = _styles(network, style, batch)
        self._layers = [layer for layer in network.layers if isinstance(layer, Layer)]
        self._read_weights()
        self._streams = self._new_streams()
        if states is not None:
            self.states = states

    def refresh(self) -> None:
        """Read all weights anew; the states stay."""
        states = self.states
        self._read_weights()
        self._streams = self._new_streams()
        self.states = states

    @torch.no_grad()
    def _read_weights(self) -> None:
        network, device = self.network, self.network.bias.device
        styles = torch.zeros(1) if self._style is None else self._style.unique()
        ids = torch.arange(network.size, device=device)[:, None].expand(-1, len(styles))  # (K, styles)
        with evaluating(network):
            table = network.embedded(ids, None if self._style is None else styles.to(device))  # (K, styles, I)
        self._table = table.transpose(0, 1).flatten(0, 1).contiguous()  # (styles · K, I)
        self._first = torch.zeros(self.batch, dtype=torch.int64)  # (B,), where the symbols of a text's style begin
        if self._style is not None:
            self._first = torch.searchsorted(styles, self._style) * network.size
        self._first_of_all = int(self._first[0])
        weight = network.embedding.weight if network.weight is None else network.weight
        self._weight = weight.detach().T.contiguous().cpu()  # (H, K)
        self._bias = network.bias.detach().cpu()

    def step(self, ids: ArrayLike) -> Floats:
        """Read one symbol in each text.

        Args:
            ids: (B,), or a number if there is one text.

        Returns:
            Log-probabilities of the next symbol, (B, K), in the network's dtype.
        """
        return log_softmax(torch.from_numpy(self.logits(ids)), 1).numpy()

    def logits(self, ids: ArrayLike) -> Floats:
        """Read one symbol in each text, as `step`; return logits, (B, K): log-probabilities up to a constant a text."""
        if self.batch == 1:
            one = ids if isinstance(ids, int) else int(self._checked(ids)[0])
            if not 0 <= one < self.network.size:
                raise FrontalError(f"{one} is no symbol; there are {self.network.size}, from 0 on")
            x: Any = one + self._first_of_all
        else:
            x = torch.from_numpy(self._checked(ids)) + self._first
        for stream in self._streams:
            x = stream.step(x)
        with threads_for(self.batch * self.network.size):
            return torch.addmm(self._bias, x.cpu(), self._weight).numpy()

    @torch.no_grad()
    def read(self, ids: ArrayLike) -> Floats:
        """Read many symbols at once, on the layers' kernels.

        Args:
            ids: (N,) for one text, else (N, B).

        Returns:
            Log-probabilities of the symbol after each one, (N, K), or (N, B, K).
        """
        given = np.asarray(ids, dtype=np.int64)
        if given.ndim != 1 + (self.batch > 1) or given.shape[1:] != (self.batch,) * (given.ndim - 1):
            raise FrontalError(f"ids must be (N,) for one text, else (N, B), got {given.shape} for {self.batch} texts")
        columns = torch.from_numpy(self._checked(given.reshape(-1), len(given) * self.batch)).view(-1, self.batch)
        network, device = self.network, self.network.bias.device
        with evaluating(network):
            style = None if self._style is None else self._style.to(device)
            logits, self.states = network(columns.to(device), self.states, style=style)
        said = log_softmax(logits, 2).cpu().numpy()
        return said[:, 0] if given.ndim == 1 else said

    @property
    def states(self) -> States:
        """The states now, as the network returns them: one entry a layer, copies."""
        return tuple(stream.states for stream in self._streams)

    @states.setter
    def states(self, states: Sequence[Any]) -> None:
        if len(states) != len(self._streams):
            raise FrontalError(f"states must have one entry for each of {len(self._streams)} layers, got {len(states)}")
        for stream, state in zip(self._streams, states, strict=True):
            stream.states = state

    def select(self, rows: ArrayLike) -> None:
        """Go on with these texts, (N,), in place of all: some left out, some several times."""
        picked = torch.from_numpy(np.asarray(rows, dtype=np.int64))
        if picked.dim() != 1 or len(picked) == 0 or picked.min() < 0 or picked.max() >= self.batch:
            raise FrontalError(f"rows must be numbers of texts, 0 to {self.batch - 1}, at least one, got {rows!r}")
        states = [_rows(state, picked) for state in self.states]
        if len(picked) != self.batch:
            self.batch = len(picked)
            self._streams = self._new_streams()
        self.states = states
        self._first = self._first[picked]
        self._first_of_all = int(self._first[0])
        self._style = None if self._style is None else self._style[picked]

    def _new_streams(self) -> list[Stream]:
        """Make the streams; they keep the threads that they are made with."""
        with threads_for(self.batch * max(layer.output_size for layer in self._layers)):
            first, *others = self._layers
            return [Stream(first, self.batch, table=self._table), *(layer.stream(self.batch) for layer in others)]

    def _checked(self, ids: ArrayLike, count: int | None = None) -> NDArray[np.int64]:
        given = np.asarray(ids)
        count = self.batch if count is None else count
        if given.size != count or given.ndim > 1:
            raise FrontalError(f"a step takes one symbol for each of {self.batch} texts, got {given.shape}")
        given = given.astype(np.int64).reshape(count)
        if count and (int(given.min()) < 0 or int(given.max()) >= self.network.size):
            raise FrontalError(
                f"symbols are numbers from 0 to {self.network.size - 1}, got {given.min()}, {given.max()}"
            )
        return given


def _styles(network: LanguageNetwork, style: ArrayLike | None, batch: int) -> Tensor | None:
    if (style is None) == bool(network.styles):
        raise FrontalError(
            f"this network has {network.styles} styles; give one of them to each text"
            if network.styles
            else "this network has no styles; leave `style` out"
        )
    if style is None:
        return None
    given = torch.from_numpy(np.asarray(style, dtype=np.int64)).expand(batch).contiguous()
    if given.min() < 0 or given.max() >= network.styles:
        raise FrontalError(f"styles are numbers from 0 to {network.styles - 1}, got {style!r}")
    return given


def _rows(state: Any, rows: Tensor) -> Any:
    """Return some rows of states, each (1, B, size)."""
    if isinstance(state, Tensor):
        return state[:, rows.to(state.device)]
    return tuple(_rows(one, rows) for one in state)
