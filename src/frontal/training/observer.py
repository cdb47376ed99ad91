"""What is measured of a training while somebody follows it: a step now and then, and everything that leaps."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from math import hypot
from time import monotonic, perf_counter
from typing import Protocol, final

from torch import Tensor, nn

from frontal.layers.layer import Layer
from frontal.training.clip import total_norm
from frontal.training.history import Epoch, History
from frontal.training.live import EVERY, LiveLog, followed
from frontal.training.settings import TrainingSettings

DEAREST = 0.005  # part of the time that measuring may take
STEPS = 2000  # of a long training are told in each period that is e times as long
REST = "all else"


class Observer(Protocol):
    """Told by a training what it does."""

    def before(self) -> None:
        """A step begins."""

    def gradients(self) -> None:
        """The gradients of a step are there, not clipped yet."""

    def after(self, epoch: int, batch: int, loss: float, norm: float, rate: float) -> None:
        """A step was taken."""

    def epoch(self, epoch: Epoch) -> None:
        """An epoch is over."""

    def failed(self, message: str) -> None:
        """A step was not taken since its loss or gradient is not finite."""

    def end(self, history: History) -> None:
        """The training is over."""


def observer(model: nn.Module, settings: TrainingSettings, steps: int | None) -> Observer:
    """Return who is told about a training: nobody, unless it is followed (`frontal.training.live`)."""
    log = followed()
    return Silent() if log is None else Watch(log, model, settings, steps)


class Silent:
    """Listens to nothing."""

    def before(self) -> None:
        """Do nothing."""

    def gradients(self) -> None:
        """Do nothing."""

    def after(self, epoch: int, batch: int, loss: float, norm: float, rate: float) -> None:
        """Do nothing."""

    def epoch(self, epoch: Epoch) -> None:
        """Do nothing."""

    def failed(self, message: str) -> None:
        """Do nothing."""

    def end(self, history: History) -> None:
        """Do nothing."""


@final
class Watch:
    """Measures a step every half second, or so seldom that it takes at most 1/200 of the time.

    Of each such step: the norm of the gradient before clipping, and that of the update over that of the
    weights, of all and of every recurrent layer. Of all steps: the loss, the largest norm, and the part
    that was clipped.

    Args:
        log: where lines go.
        model, settings, steps: as in `train`.
    """

    def __init__(self, log: LiveLog, model: nn.Module, settings: TrainingSettings, steps: int | None) -> None:
        self._log, self._number, self._clip = log, log.begin(), settings.clip_norm
        self._parts = parts(model)
        self._jumps = Jumps()
        self._taken = 0
        self._due = 0.0
        self._old: dict[str, list[Tensor]] = {}  # weights before a step that is measured
        self._norms: dict[str, float] = {}
        self._cost = 0.0
        self._costs: deque[float] = deque(maxlen=5)  # seconds; the least of them counts, the others had to wait
        self._anew()
        log.tell(
            "start", self._number, epochs=settings.epochs, steps=steps, model=type(model).__name__,
            parameters=sum(p.numel() for p in model.parameters()), layers=list(self._parts), clip_norm=self._clip,
        )  # fmt: skip

    def before(self) -> None:
        """Keep the weights, if this step is to be measured."""
        began = perf_counter()
        if began >= self._due:
            self._old = {name: [p.detach().clone() for p in part] for name, part in self._parts.items()}
            self._cost = perf_counter() - began

    def gradients(self) -> None:
        """Measure the gradient of each part."""
        if self._old:
            began = perf_counter()
            self._norms = {
                name: total_norm([p.grad for p in part if p.grad is not None]) for name, part in self._parts.items()
            }
            self._cost += perf_counter() - began

    def after(self, epoch: int, batch: int, loss: float, norm: float, rate: float) -> None:
        """Count the step; tell what leapt, and what was measured."""
        self._taken += 1
        self._losses += loss
        self._largest = max(self._largest, norm)
        self._clipped += self._clip is not None and norm > self._clip
        self._counted += 1
        said = self._jumps.seen(loss, norm)
        if said is not None:
            text = f"{said} at step {self._taken} (epoch {epoch}, batch {batch})"
            self._log.tell("event", self._number, epoch=epoch, batch=batch, step=self._taken, text=text)
        if self._old:
            self._measured(epoch, batch, rate)

    def epoch(self, epoch: Epoch) -> None:
        """Tell what the run's log will have."""
        self._log.tell("epoch", self._number, step=self._taken, **vars(epoch))

    def failed(self, message: str) -> None:
        """Tell which batch it was."""
        self._log.tell("event", self._number, step=self._taken + 1, text=message)

    def end(self, history: History) -> None:
        """Tell why it ended."""
        self._log.tell(
            "end", self._number, step=self._taken, stopped=history.stopped, best_epoch=history.best_epoch,
            epochs=len(history.epochs),
        )  # fmt: skip

    def _measured(self, epoch: int, batch: int, rate: float) -> None:
        began = perf_counter()
        changes = {
            name: total_norm([p.detach() - old for p, old in zip(part, self._old[name], strict=True)])
            for name, part in self._parts.items()
        }
        sizes = {name: total_norm(old) for name, old in self._old.items()}
        self._log.tell(
            "step", self._number, epoch=epoch, batch=batch, step=self._taken, loss=self._losses / self._counted,
            learning_rate=rate, gradient_norm=self._largest, clipped=self._clipped / self._counted,
            update=_over(_norm(changes.values()), _norm(sizes.values())), gradients=self._norms,
            updates={name: _over(changes[name], sizes[name]) for name in self._parts},
        )  # fmt: skip
        self._old.clear()
        self._anew()
        now = perf_counter()
        self._costs.append(self._cost + now - began)
        self._due = now + max(EVERY, min(self._costs) / DEAREST, (monotonic() - self._log.began) / STEPS)

    def _anew(self) -> None:
        """Begin a new stretch of steps."""
        self._losses, self._largest, self._clipped, self._counted = 0.0, 0.0, 0, 0


@final
class Jumps:
    """Notices a loss or a gradient that leaps out of what went before.

    A loss leaps where it lies above its running mean by 8 times its usual distance from it, and by the
    size of the mean itself; a gradient where its norm is 10 times its running mean. The means go back
    some 20 steps, so many are seen before anything is said, and after something was.
    """

    MEMORY = 20  # steps

    def __init__(self) -> None:
        self._seen, self._quiet = 0, self.MEMORY
        self._loss = self._spread = self._norm = 0.0

    def seen(self, loss: float, norm: float) -> str | None:
        """Take the next step's loss and norm of the gradient; return what is to be said of them."""
        said: list[str] = []
        above = loss - self._loss
        if self._quiet:
            self._quiet -= 1
        else:
            if above > max(8 * self._spread, abs(self._loss)):
                said.append(f"loss jumped {loss / self._loss:.3g}×" if self._loss > 0 else f"loss jumped to {loss:.3g}")
            if said or norm > 10 * self._norm:
                said.append(f"gradient norm {norm:.3g}, {_over(norm, self._norm):.3g}× its mean")
        if said:
            self._quiet = self.MEMORY
        self._seen += 1
        weight = max(1 / self.MEMORY, 1 / self._seen)
        self._spread += weight * (abs(above) - self._spread) if self._seen > 1 else 0.0
        self._loss += weight * above
        self._norm += weight * (norm - self._norm)
        return "; ".join(said) or None


def parts(model: nn.Module) -> dict[str, list[nn.Parameter]]:
    """Return what is trained of each recurrent layer, by its name in the model, and of all else."""
    found: dict[str, list[nn.Parameter]] = {}
    taken: set[int] = set()
    for name, layer in _layers(model, ""):
        for parameter_name, parameter in layer.named_parameters():
            if parameter.requires_grad and id(parameter) not in taken:
                taken.add(id(parameter))
                title = f"{name}, layer {_depth(parameter_name, layer)}" if layer.num_layers > 1 else name
                found.setdefault(title, []).append(parameter)
    rest = [p for p in model.parameters() if p.requires_grad and id(p) not in taken]
    return found | ({REST: rest} if rest else {})


def _layers(module: nn.Module, name: str) -> Iterator[tuple[str, Layer]]:
    if isinstance(module, Layer):
        yield name or type(module).__name__, module
        return
    for child_name, child in module.named_children():
        yield from _layers(child, f"{name}.{child_name}" if name else child_name)


def _depth(parameter: str, layer: Layer) -> int:
    """Return which of a layer's layers a parameter belongs to: `weight_ih_l1_reverse`, `cells.3.weight_ih`."""
    cell = re.match(r"cells\.(\d+)\.", parameter)
    if cell:
        return int(cell[1]) // layer.directions
    own = re.search(r"_l(\d+)(_reverse)?$", parameter)
    return int(own[1]) if own else 0


def _norm(norms: Iterable[float]) -> float:
    return hypot(*norms)


def _over(a: float, b: float) -> float:
    return a / b if b else float("nan")
