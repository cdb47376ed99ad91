"""How much of the past helps: the loss against the steps since the states were cleared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from frontal.diagnostics.experiment import placed
from frontal.diagnostics.figure import new_figure
from frontal.diagnostics.frame import frame_of
from frontal.diagnostics.intervene import clamp, intervening, states_of
from frontal.diagnostics.recording import evaluating
from frontal.diagnostics.subject import Piece, Subject
from frontal.diagnostics.subject_pairs import Sources, Targets, moments
from frontal.diagnostics.subject_sequences import Sequences
from frontal.diagnostics.subject_series import Series
from frontal.diagnostics.subject_text import Text
from frontal.errors import FrontalError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
AT_ONCE = 1 << 15  # symbols


@dataclass(frozen=True)
class ContextLength:
    """Losses by the steps that were read since the states were cleared.

    Attributes:
        steps: k, (m,).
        loss: mean at the same targets for every k, (m,).
        error: standard error of the mean, (m,).
        right: share of the targets that the first guess had right, (m,); None for a series.
        targets: how many there are.
        unit: of the loss.
    """

    steps: NDArray[np.intp]
    loss: Floats
    error: Floats
    right: Floats | None
    targets: int
    unit: str

    @property
    def reach(self) -> int:
        """The least k from which the loss stays within two standard errors of the last one."""
        beyond = np.nonzero(self.loss - self.loss[-1] > 2 * self.error[-1])[0]
        return int(self.steps[min(beyond[-1] + 1, len(self.steps) - 1)] if len(beyond) else self.steps[0])

    def to_frame(self) -> Any:
        """Return a table: steps, loss, error, and right where there is such a share."""
        shares = {} if self.right is None else {"right": self.right}
        return frame_of({"steps": self.steps, "loss": self.loss, "error": self.error, **shares})

    def plot(self) -> Figure:
        """Draw the loss against the steps since the states were cleared."""
        figure = new_figure(7, 3.6)
        axes = figure.subplots()
        axes.errorbar(self.steps, self.loss, 2 * self.error, lw=1.5, color="#5e3c99", elinewidth=0.6)
        axes.set(xscale="log", xlabel="steps since the states were cleared", ylabel=f"loss, {self.unit}")
        axes.spines[["top", "right"]].set_visible(False)
        return figure

    def __str__(self) -> str:
        return f"{self.loss[0]:.4f} after {self.steps[0]} step, {self.loss[-1]:.4f} after {self.steps[-1]} {self.unit}"


def context_length(
    subject: Subject, *, most: int = 128, targets: int = 256, first: int = 0,
    progress: Callable[[float], None] | None = None,
) -> ContextLength:  # fmt: skip
    """Measure a model's loss at the same targets with the states cleared k steps before each, for every k.

    For every target and every k the model begins with states of zero k steps before: a text, or a
    sequence, is read from there on; of a window all is read, and the states are cleared.

    Args:
        subject: the model and the data.
        most: the greatest k.
        targets: how many there are: symbols behind one another, windows, or sequences.
        first: step of the text at which the first target may stand.
        progress: called with the share that is done, 0 .. 1.

    Raises:
        FrontalError: there are not so many steps, or targets without a loss.
    """
    with evaluating(subject.model), torch.no_grad():
        found = list(_losses(subject, most, targets, first, progress or (lambda share: None)))
    if not found:
        raise FrontalError(f"{subject.name} has nothing whose loss is known, so its context cannot be measured")
    steps, losses, right = zip(*found, strict=True)
    loss = np.stack(losses)  # (m, targets)
    count = loss.shape[1]
    error = loss.std(1, ddof=1) / np.sqrt(count) if count > 1 else np.full(len(loss), np.nan)
    shares = None if right[0] is None else np.array([share.mean() for share in right])
    unit = "squared error, in the network's units" if subject.kind == "series" else "nats"
    return ContextLength(np.array(steps), loss.mean(1), error, shares, count, unit)


Part = tuple[int, Floats, Floats | None]
Tell = Callable[[float], None]


@singledispatch
def _losses(subject: Subject, most: int, targets: int, first: int, tell: Tell) -> Iterator[Part]:
    """Yield k, the loss of every target, and whether the first guess was right."""
    raise FrontalError(f"the context of a {type(subject).__name__} cannot be measured")


@_losses.register
def _of_text(subject: Text, most: int, targets: int, first: int, tell: Tell) -> Iterator[Part]:
    most = min(most, len(subject) - 2)
    begin = min(max(first - most, 0), max(len(subject) - most - targets, 0))
    count = min(targets, len(subject) - most - begin)  # windows of `most` symbols that contain every target at every k
    starts = torch.arange(begin, begin + count + most - 1)
    losses, rights = [], []
    for some in starts.split(max(1, AT_ONCE // most)):
        at = some + torch.arange(most)[:, None]  # (most, B)
        at = at.clamp_max(len(subject) - 2)
        named = {name: value.expand(len(some)) for name, value in subject.named.items()}
        logits, _ = subject.model(subject.ids[at], None, **named)
        came = subject.ids[at + 1]
        losses.append(-logits.log_softmax(-1).gather(2, came[..., None])[..., 0])
        rights.append(logits.argmax(-1) == came)
        tell((int(some[-1]) - begin + 1) / len(starts))
    loss, right = torch.cat(losses, 1).double().numpy(), torch.cat(rights, 1).double().numpy()  # (most, starts)
    for k in range(1, most + 1):
        those = slice(most - k, most - k + count)  # from which k symbols lead to the targets
        yield k, loss[k - 1, those], right[k - 1, those]


@_losses.register
def _of_series(subject: Series, most: int, targets: int, first: int, tell: Tell) -> Iterator[Part]:
    known = torch.nonzero(subject.followed.isfinite())[:, 0][-targets:]
    windows, followed = subject.windows[known], subject.followed[known]
    if not len(known):
        return
    for k in _spaced(min(most, subject.T)):
        step = subject.T - k - 1  # after which all states are zero
        states = states_of(subject.model) if step >= 0 else []
        with intervening(subject.model, [clamp(s, None, steps=slice(step, step + 1)) for s in states]):
            said = subject.model(windows).flatten(1)[:, 0]
        tell(k / min(most, subject.T))
        yield k, (said - followed).square().double().numpy(), None


@_losses.register
def _of_sequences(subject: Sequences, most: int, targets: int, first: int, tell: Tell) -> Iterator[Part]:
    ends = torch.from_numpy(subject.starts[1:] - 1)
    known: list[int] = torch.nonzero(subject.labels[ends] >= 0)[:targets, 0].tolist()
    if not known:
        return
    labels = subject.labels[ends[known]]
    sequences: list[Tensor] = [subject.sequences[k] for k in known]
    longest = min(most, max(map(len, sequences)))
    for k in _spaced(longest):
        parts = [x[-k:] for x in sequences]
        lengths = torch.tensor([len(x) for x in parts])
        outputs = subject.model(pad_sequence(parts), lengths)
        logits = outputs[lengths - 1, torch.arange(len(parts))] if outputs.dim() == 3 else outputs
        logs = logits.log_softmax(-1)
        tell(k / longest)
        yield k, -logs.gather(1, labels[:, None])[:, 0].double().numpy(), (logs.argmax(-1) == labels).double().numpy()


@_losses.register
def _of_targets(subject: Targets, most: int, targets: int, first: int, tell: Tell) -> Iterator[Part]:
    rows = min(targets, len(subject.sequences))
    piece, lengths = Piece(0, int(subject.starts[rows]), fresh=True), subject.lengths[:rows].tolist()
    places = moments(lengths)
    steps, states = subject.starts[:rows] + places, states_of(subject.model)
    longest = min(most, int(places.max()) + 1)
    for k in _spaced(longest):
        last = (steps - k)[places >= k].tolist()  # step of each target after which all states are zero
        forget = [clamp(state, None, steps=slice(step, step + 1)) for step in last for state in states]
        with intervening(subject.model, placed(forget, lengths, 0)):
            outputs, _ = subject.run(piece, None)
        tell(k / longest)
        yield k, subject.losses(piece, outputs)[steps].double().numpy(), None


@_losses.register
def _of_sources(subject: Sources, most: int, targets: int, first: int, tell: Tell) -> Iterator[Part]:
    sequences = subject.sequences[:targets]
    longest = min(most, max(map(len, sequences)))
    for k in _spaced(longest):
        parts = [x[-k:] for x in sequences]
        lengths = torch.tensor([len(x) for x in parts])
        said = subject.model(pad_sequence(parts), lengths, torch.arange(len(parts)))
        tell(k / longest)
        yield k, said.losses.double().numpy(), None


def _spaced(most: int, count: int = 24) -> list[int]:
    """Return whole numbers from 1 to `most`, ever wider apart."""
    return sorted({round(x) for x in np.geomspace(1, most, count).tolist()})
