"""Back-propagation through time: whole, or truncated, with states that are carried from window to window."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor, nn

from frontal.errors import FrontalError

States = Any  # a tensor (layers · directions, B, size), or tuples and lists of such
PerStep = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Sequences:
    """B sequences side by side, time first.

    Attributes:
        inputs: (T, B, …).
        targets: (T, B, …).
        lengths: valid steps of each sequence, 1 .. T, (B,); None where all have T.
        fresh: bool, (B,), True where a sequence begins here instead of going on from the batch
            before; None lets all go on.
    """

    inputs: Tensor
    targets: Tensor
    lengths: Tensor | None = None
    fresh: Tensor | None = None


@dataclass(frozen=True)
class Window:
    """Steps `first` .. `stop` of some sequences; the loss counts those from `counted` on."""

    of: Sequences
    first: int
    counted: int
    stop: int
    keep: int  # the states before this step are where the next window begins


@final
class ThroughTime:
    """Cut long sequences into windows, for `train` or a loop of one's own.

    Truncated back-propagation TBPTT(k1, k2) (Williams & Peng 1990): after every k1 steps the loss of
    these steps is minimised, and its gradient goes back over at most k2 steps. A window of k2 steps
    begins with the states that the network had there, computed anew with the present weights, without
    gradient. With k1 = k2 windows follow one another; without k1 it is the whole sequence.

    States go on from one batch to the next but for the rows that are `fresh`, and never carry a
    gradient with them. `state_dict` saves them, `load_state_dict` goes on from there.

    Args:
        batches: something that can be iterated anew every epoch.
        k1: steps from one update to the next; None for T.
        k2: steps that a gradient goes back, at least k1; k1 by default.
        carry: go on with the states of the batch before; False begins each batch anew.

    Example:
        >>> import torch, frontal
        >>> from frontal.training.through_time import Sequences, ThroughTime
        >>> x, y = torch.randn(100, 4, 3), torch.randn(100, 4, 8)
        >>> windows = ThroughTime([Sequences(x, y)], k1=20, k2=40)
        >>> rnn, loss = frontal.GRU(3, 8), windows.loss(lambda outputs, targets: (outputs - targets).square().mean(-1))
        >>> for window, targets in windows:
        ...     loss(rnn, window, targets).backward()
    """

    def __init__(
        self, batches: Iterable[Sequences], *, k1: int | None = None, k2: int | None = None, carry: bool = True
    ) -> None:
        for name, value in (("k1", k1), ("k2", k2)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise FrontalError(f"{name} must be a whole number >= 1 or None, got {value!r}")
        if k2 is not None and (k1 is None or k2 < k1):
            raise FrontalError(
                f"k2 = {k2} must be at least k1 = {k1}: a gradient that goes back fewer steps than lie between two "
                "updates would leave steps out"
            )
        self.batches, self.k1, self.k2, self.carry = batches, k1, k2 or k1, carry
        self._states: States = None  # before the first step of the window at hand
        self._next: States = None  # where the next window begins
        self._final: States = None  # after the last step of the sequences so far

    def __iter__(self) -> Iterator[tuple[Window, Tensor]]:
        """Yield windows with the targets of their counted steps; each must go through the loss before the next."""
        for sequences in self.batches:
            _check(sequences)
            self._states = _without(self._final, sequences.fresh) if self.carry else None
            for window in self._windows(sequences):
                self._next = self._final = _NOT_RUN
                yield window, sequences.targets[window.counted : window.stop]
                if self._final is _NOT_RUN:
                    raise FrontalError("each window must go through `loss` before the next one is taken")
                self._states = self._next

    def _windows(self, sequences: Sequences) -> Iterator[Window]:
        T = len(sequences.inputs) if sequences.lengths is None else int(sequences.lengths.max())
        k1 = min(self.k1 or T, T)
        k2 = min(self.k2 or T, T)
        for counted in range(0, T, k1):
            stop = min(counted + k1, T)
            yield Window(sequences, max(0, stop - k2), counted, stop, max(0, min(stop + k1, T) - k2))

    def loss(self, per_step: PerStep) -> Callable[[nn.Module, Window, Tensor], Tensor]:
        """Return the loss that `train` wants: the mean over the counted, valid steps of a window.

        Args:
            per_step: from outputs (T, B, …) and targets (T, B, …) to the loss of each step, (T, B).
                With lengths it sees the valid steps in one row, (1, N, …).

        Returns:
            `loss(model, window, targets)`, where `model(inputs, states)` returns outputs (T, B, …)
            and new states, as frontal's layers do; with lengths it is called with `lengths=` as well.
        """

        def of_window(model: nn.Module, window: Window, targets: Tensor) -> Tensor:
            outputs, lengths = self._run(model, window)[window.counted - window.first :], window.of.lengths
            if lengths is not None:
                valid = torch.arange(window.counted, window.stop)[:, None] < lengths.cpu()
                outputs, targets = outputs[valid][None], targets[valid][None]  # (1, N, …)
            losses = per_step(outputs, targets)
            if losses.shape != targets.shape[:2]:
                raise FrontalError(
                    f"per_step must return one loss a step and sequence, (T, B) = {tuple(targets.shape[:2])}, "
                    f"got {tuple(losses.shape)}; do not take its mean"
                )
            return losses.mean()

        return of_window

    def _run(self, model: nn.Module, window: Window) -> Tensor:
        """Return outputs of the window's steps, and note where the next one begins and how the sequences end."""
        states, parts = self._states, []
        self._next = _detached(states)
        middle = min(max(window.keep, window.first), window.stop)
        for first, stop in ((window.first, middle), (middle, window.stop)):
            if stop > first:
                outputs, states = _run_rows(model, window.of, first, stop, states)
                parts.append(outputs)
            if stop == middle:
                self._next = _detached(states)
        self._final = _detached(states)
        return torch.cat(parts)

    def state_dict(self) -> dict[str, Any]:
        """Return the states after the sequences so far."""
        return {"states": self._final}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        self._final = saved["states"]


_NOT_RUN = object()


def _check(sequences: Sequences) -> None:
    T, B = sequences.inputs.shape[:2]
    if sequences.targets.shape[:2] != (T, B):
        raise FrontalError(
            "inputs and targets must have the same steps and sequences, (T, B, …): got "
            f"{tuple(sequences.inputs.shape)} and {tuple(sequences.targets.shape)}"
        )
    for name, value in (("lengths", sequences.lengths), ("fresh", sequences.fresh)):
        if value is not None and value.shape != (B,):
            raise FrontalError(f"{name} must have one entry a sequence, ({B},), got {tuple(value.shape)}")
    if sequences.lengths is not None and not ((sequences.lengths >= 1) & (sequences.lengths <= T)).all():
        raise FrontalError(f"lengths must lie within 1 .. T = {T}, got {sequences.lengths.tolist()}")


def _run_rows(model: nn.Module, of: Sequences, first: int, stop: int, states: States) -> tuple[Tensor, States]:
    """Run the steps first .. stop of the sequences that reach them; the states of the others stay."""
    inputs = of.inputs[first:stop]
    if of.lengths is None:
        return model(inputs, states)
    left = (of.lengths - first).clamp(max=stop - first)  # valid steps of each in this part
    if (left > 0).all():
        return model(inputs, states, lengths=left)
    rows = torch.nonzero(left > 0).flatten().to(inputs.device)
    if not len(rows):
        raise FrontalError(f"no sequence reaches step {first}")
    some, new = model(inputs[:, rows], _map(lambda s: s[:, rows], states), lengths=left[left > 0])
    shape = (stop - first, inputs.shape[1], *some.shape[2:])
    outputs = some.new_zeros(shape).index_copy(1, rows, some)
    return outputs, _map(lambda s, n: s.index_copy(1, rows, n), states, new)


def _detached(states: States) -> States:
    return _map(lambda s: s.detach(), states)


def _without(states: States, fresh: Tensor | None) -> States:
    """Return states that are zero where a sequence is fresh."""
    if fresh is None:
        return states
    return _map(lambda s: s.masked_fill(fresh.to(s.device)[:, None], 0), states)


def _map(function: Callable[..., Tensor], states: States, *others: States) -> States:
    if states is None:
        return None
    if isinstance(states, Tensor):
        return function(states, *others)
    return type(states)(_map(function, *parts) for parts in zip(states, *others, strict=True))
