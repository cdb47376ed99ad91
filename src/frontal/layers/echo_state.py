"""The echo state network: fixed reservoirs and a read-out that is solved for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self, cast, final

import torch
from torch import Generator, Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.readout import RecursiveLeastSquares, Ridge
from frontal.layers.recurrent import Recurrent
from frontal.layers.reservoir import Reservoir
from frontal.layers.threads import threads_for

CHUNK = 1000  # steps whose states are held at a time
LEAST_RIDGE = 1e-12


@final
class EchoState(nn.Module):
    """Reservoirs of fixed random weights, and a linear read-out of their states (Jaeger 2001).

    Nothing is trained step by step: `fit` solves for the read-out, from sums over the steps, so that a
    long series never has all its states in memory. `predict` goes on from where `fit`, or the last
    `predict`, ended; `generate` runs free, each answer read back as the next input or fed back.

    Args:
        input_size: features of the input, I.
        units: of each reservoir, N.
        layers: reservoirs, each reading the one below; the read-out sees all of them.
        feedback: features of the answer that every step also reads, of the step before; 0 for none.
        noise: spread of random numbers on what is fed back while fitting; without some, a network that
            runs free on its own answers soon runs away (Jaeger 2002).
        ridge: penalty on the read-out's weights, at least 0.
        see_input: whether the read-out sees the input beside the states.
        seed: of the weights.
        dtype: of the states; the read-out is solved in double precision.
        reservoir: further options of `Reservoir`: spectral_radius, leak, input_scale, bias_scale, density.

    Example:
        >>> import torch
        >>> from frontal.layers.echo_state import EchoState
        >>> x = torch.sin(torch.arange(500) / 5)[:, None]
        >>> network = EchoState(1, 100, leak=0.5).fit(x[:-1], x[1:], washout=50)
        >>> network.generate(20).shape
        torch.Size([20, 1])
    """

    weight: Tensor
    bias: Tensor

    def __init__(  # noqa: PLR0913
        self,
        input_size: int,
        units: int = 500,
        *,
        layers: int = 1,
        feedback: int = 0,
        noise: float = 0.0,
        ridge: float = 1e-6,
        see_input: bool = False,
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
        **reservoir: Any,
    ) -> None:
        super().__init__()
        for name, value, least in (("layers", layers, 1), ("feedback", feedback, 0)):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise FrontalError(f"EchoState: {name} must be a whole number >= {least}, got {value!r}")
        widths = [input_size + feedback] + [units] * (layers - 1)
        cells = [Reservoir(w, units, seed=seed + k, dtype=dtype, **reservoir) for k, w in enumerate(widths)]
        self.reservoirs = nn.ModuleList(Recurrent(cell) for cell in cells)
        self.input_size, self.feedback, self.ridge, self.see_input = input_size, feedback, ridge, see_input
        Ridge(1, 1, ridge)  # tells a wrong one
        if not noise >= 0:
            raise FrontalError(f"EchoState: noise must be at least 0, got {noise!r}")
        self.dtype, self.noise, self.seed = dtype, noise, seed
        self._states: list[Tensor] | None = None
        self._said: Tensor | None = None
        self._online: RecursiveLeastSquares | None = None
        self.register_buffer("weight", torch.empty(0))
        self.register_buffer("bias", torch.empty(0))

    @property
    def features(self) -> int:
        """What the read-out sees of a step."""
        units = sum(cast(Recurrent, layer).output_size for layer in self.reservoirs)
        return units + self.see_input * (self.input_size + self.feedback)

    def fit(self, x: Any, y: Any, *, washout: int = 0, lengths: Sequence[int] | None = None) -> Self:
        """Solve for the read-out.

        Args:
            x: inputs, (T, I), or (T, B, I) for several sequences.
            y: answers, (T, O) or (T, B, O).
            washout: steps at the beginning of each sequence that do not count.
            lengths: valid steps of each sequence, (B,).
        """
        x, y = self._grid("x", x, self.input_size), self._grid("y", y, self.feedback or None)
        if x.shape[:2] != y.shape[:2]:
            raise FrontalError(f"x and y must have as many steps: {tuple(x.shape)} and {tuple(y.shape)}, (T, B, …)")
        ends = torch.full((x.shape[1],), len(x)) if lengths is None else torch.as_tensor(lengths)
        if isinstance(washout, bool) or not isinstance(washout, int) or not 0 <= washout < int(ends.min()):
            raise FrontalError(
                f"washout must be a whole number from 0 to below the shortest sequence, {int(ends.min())} steps; "
                f"got {washout!r}"
            )
        readout = Ridge(self.features, y.shape[2], self.ridge)
        self.reset()
        for start, seen in self._run(x, self._taught(y)):
            steps = torch.arange(start, start + len(seen))[:, None]
            counts = (steps >= washout) & (steps < ends)  # (chunk, B)
            readout.add(seen[counts], y[start : start + len(seen)][counts])
        weight, bias = readout.solve()
        self.weight, self.bias = weight.to(self.dtype), bias.to(self.dtype)
        self._said, self._online = y[-1], None
        return self

    def predict(self, x: Any) -> Tensor:
        """Answer a sequence step by step, going on from the states as they are; `reset` begins anew.

        Args:
            x: (T, I) or (T, B, I); with feedback the network reads its own answers.

        Returns:
            (T, O) or (T, B, O).
        """
        self._check_fitted()
        grid = self._grid("x", x, self.input_size)
        if self.feedback:
            return self._shaped(torch.cat([self._own(step[None]) for step in grid]), x)
        return self._shaped(torch.cat([self._answer(seen) for _, seen in self._run(grid, None)]), x)

    def generate(self, steps: int, x: Any = None) -> Tensor:
        """Run free for so many steps, (steps, O).

        Each answer is the next input, where both have the same size; with feedback it is fed back, and
        `x`, (steps, I), may drive the network besides.
        """
        self._check_fitted()
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
            raise FrontalError(f"steps must be a whole number >= 1, got {steps!r}")
        outputs = len(self.bias)
        if not self.feedback and outputs != self.input_size:
            raise FrontalError(
                f"an answer of {outputs} features cannot be read back as an input of {self.input_size}; "
                "give the network feedback="
            )
        if self._said is None or self._said.shape[0] != 1:
            raise FrontalError("generate goes on from one sequence: fit or predict one first")
        driven = torch.zeros(steps, self.input_size) if x is None else x
        inputs = self._grid("x", driven, self.input_size)
        if len(inputs) != steps:
            raise FrontalError(f"x must have as many steps as are asked for, {steps}, got {len(inputs)}")
        told = [self._own(inputs[t : t + 1] if self.feedback else self._said[None]) for t in range(steps)]
        return torch.cat(told)[:, 0]

    def learn(self, x: Any, y: Any, *, forgetting: float = 1.0) -> Tensor:
        """Go on learning, after every step, by recursive least squares; return what was predicted before each.

        Args:
            x, y: (T, I) and (T, O), of one sequence.
            forgetting: what the past weighs against the next step; taken at the first call.
        """
        x, y = self._grid("x", x, self.input_size), self._grid("y", y, self.feedback or None)
        if x.shape[1] != 1 or x.shape[:2] != y.shape[:2]:
            raise FrontalError(
                f"learn takes one sequence, x (T, I) and y (T, O); got {tuple(x.shape)}, {tuple(y.shape)}"
            )
        if self._online is None:
            self._online = RecursiveLeastSquares(self.features, y.shape[2], max(self.ridge, LEAST_RIDGE), forgetting)
        told: list[Tensor] = []
        for start, seen in self._run(x, self._taught(y)):
            pairs = zip(seen[:, 0], y[start : start + len(seen), 0], strict=True)
            told += [self._online.learn(state, answer) for state, answer in pairs]
        weight, bias = self._online.solve()
        self.weight, self.bias, self._said = weight.to(self.dtype), bias.to(self.dtype), y[-1]
        return torch.stack(told).to(self.dtype)

    def states(self, x: Any) -> Tensor:
        """Return what the read-out would see of every step, (T, B, features), from zero states on."""
        grid = self._grid("x", x, self.input_size)
        self.reset()
        return torch.cat([seen for _, seen in self._run(grid, None)])

    def reset(self) -> None:
        """Begin anew, with states of zero."""
        self._states = self._said = None

    def _taught(self, y: Tensor) -> Tensor | None:
        """Return what is fed back when the right answers are known: those of the step before."""
        if not self.feedback:
            return None
        before = torch.zeros_like(y[:1]) if self._said is None else self._said[None]
        fed = torch.cat([before, y[:-1]])
        drawn = torch.randn(fed.shape, generator=Generator().manual_seed(self.seed), dtype=torch.float64)
        return fed + self.noise * drawn.to(fed)

    def _own(self, x: Tensor) -> Tensor:
        """Take one step, (1, B, I), with the network's own last answer fed back."""
        fed = None
        if self.feedback:
            said = x.new_zeros(x.shape[1], self.feedback) if self._said is None else self._said
            fed = said[None]
        ((_, seen),) = self._run(x, fed)
        return self._answer(seen)

    @torch.no_grad()
    def _run(self, x: Tensor, fed: Tensor | None) -> Iterator[tuple[int, Tensor]]:
        """Yield the first step of each chunk, and what the read-out sees of its steps, (chunk, B, features)."""
        for start in range(0, len(x), CHUNK):
            read = x[start : start + CHUNK]
            if fed is not None:
                read = torch.cat([read, fed[start : start + CHUNK]], -1)
            elif self.feedback:
                read = torch.cat([read, read.new_zeros(*read.shape[:2], self.feedback)], -1)
            seen, current, finals = [read] if self.see_input else [], read, []
            with threads_for(x.shape[1] * self.features):
                for k, layer in enumerate(self.reservoirs):
                    current, final = layer(current, None if self._states is None else self._states[k])
                    seen.append(current)
                    finals.append(final)
            self._states = finals
            yield start, seen[0] if len(seen) == 1 else torch.cat(seen, -1)

    def _answer(self, seen: Tensor) -> Tensor:
        answers = nn.functional.linear(seen, self.weight, self.bias)
        self._said = answers[-1]
        return answers

    def _grid(self, name: str, values: Any, width: int | None) -> Tensor:
        """Return values as (T, B, features) in the network's dtype, checked."""
        grid = torch.as_tensor(values).to(self.dtype)
        grid = grid[:, None] if grid.dim() == 2 else grid
        if grid.dim() != 3 or (width is not None and grid.shape[-1] != width):
            features = "features" if width is None else f"{width} features"
            shape = tuple(torch.as_tensor(values).shape)
            raise FrontalError(f"{name} must be (T, {features}), or (T, B, {features}); got {shape}")
        if not len(grid):
            raise FrontalError(f"{name} has no steps")
        if not torch.isfinite(grid).all():
            step = int(torch.nonzero(~torch.isfinite(grid).flatten(1).all(1))[0])
            raise FrontalError(f"{name} is not finite at step {step}; fill what is missing first")
        return grid

    def _check_fitted(self) -> None:
        if not self.weight.numel():
            raise FrontalError("this EchoState has no read-out yet; call fit(x, y) first")

    @staticmethod
    def _shaped(answers: Tensor, like: Any) -> Tensor:
        return answers[:, 0] if torch.as_tensor(like).dim() == 2 else answers
