"""The echo state network: fixed reservoirs and a read-out that is solved for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self, final

import torch
from torch import Generator, Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.readout import Readout, RecursiveLeastSquares, Ridge, checked_ridge
from frontal.layers.reservoir_stack import Chunk, ReservoirStack
from frontal.layers.reservoir_values import checked_lengths, checked_steps, checked_values

LEAST_RIDGE = 1e-8  # of learning online from nothing, which needs one
NOISE_SEED = 500_009  # from that of the weights


@final
class EchoState(nn.Module):
    """Reservoirs of fixed random weights, and a linear read-out of their states.

    Jaeger, The "echo state" approach, GMD report 148, 2001; Lukoševičius, A practical guide to applying
    echo state networks, 2012. Nothing is trained step by step: `fit` solves for the read-out, from sums
    over the steps, so that a long series never has all its states in memory. `predict` goes on from where
    `fit`, or the last `predict`, ended; `generate` runs free, each answer read back as the next input or
    fed back; `learn` improves the read-out while a series arrives.

    Args:
        input_size: features of the input, I.
        units: of each reservoir, N.
        layers: reservoirs, each reading the one below; the read-out sees all of them.
        feedback: features of the answer that every step also reads, of the step before; 0 for none.
        noise: spread of random numbers on what is fed back while fitting; without some, a network that
            runs free on its own answers soon runs away (Jaeger 2002).
        ridge: penalty on the read-out's weights, at least 0.
        see_input: whether the read-out sees the input, and the answer fed back, beside the states.
        seed: of the weights.
        dtype: of the states; the read-out is solved for in double precision.
        reservoir: further options of `Reservoir`: spectral_radius, leak, input_scale, bias_scale, density.

    Example:
        >>> import torch, frontal
        >>> x = torch.sin(torch.arange(500) / 5)[:, None]
        >>> network = frontal.EchoState(1, 100, leak=0.5).fit(x[:-1], x[1:], washout=50)
        >>> network.generate(20).shape
        torch.Size([20, 1])
    """

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
        checked_steps("EchoState: feedback", feedback, 0)
        checked_steps("EchoState: input_size", input_size, 1)
        if isinstance(noise, bool) or not isinstance(noise, int | float) or not noise >= 0:
            raise FrontalError(f"EchoState: noise must be a number >= 0, got {noise!r}")
        self.input_size, self.feedback, self.noise, self.seed = input_size, feedback, float(noise), seed
        self.ridge = checked_ridge(ridge)
        self.stack = ReservoirStack(
            input_size + feedback, units, layers=layers, see_input=see_input, seed=seed, dtype=dtype, **reservoir
        )
        self.readout = Readout(self.stack.features, dtype)
        self._sums: Ridge | None = None
        self._online: RecursiveLeastSquares | None = None
        self.reset()

    def fit(self, x: Any, y: Any, *, washout: int = 0, lengths: Sequence[int] | Tensor | None = None) -> Self:
        """Solve for the read-out, from states of zero on.

        Args:
            x: inputs, (T, I), or (T, B, I) for several sequences.
            y: answers, (T, O) or (T, B, O).
            washout: steps at the beginning of each sequence that do not count.
            lengths: valid steps of each sequence, (B,); steps beyond are never read.
        """
        x, y, ends = self._pairs(x, y, lengths)
        checked_steps("washout", washout, 0)
        shortest = len(x) if ends is None else int(ends.min())
        if washout >= shortest:
            raise FrontalError(f"washout must be below the shortest sequence, {shortest} steps; got {washout}")
        sums = Ridge(self.stack.features, y.shape[2], self.ridge)
        self.reset()
        for chunk in self._run(x, self._taught(y, self.noise), ends):
            first = min(max(0, washout - chunk.start), len(chunk.seen))
            seen, answers = chunk.seen[first:], y[chunk.start + first :][: len(chunk.seen) - first]
            if ends is None:
                sums.add(seen.flatten(0, 1), answers.flatten(0, 1))
            else:
                steps = torch.arange(chunk.start + first, chunk.start + first + len(seen))
                sums.add(seen[steps[:, None] < ends], answers[steps[:, None] < ends])
        self.readout.take(sums.solve())
        self._said, self._sums, self._online = _at(y, ends), sums, None
        return self

    def predict(self, x: Any, *, lengths: Sequence[int] | Tensor | None = None) -> Tensor:
        """Answer every step, going on from the states as they are; `reset` begins anew.

        Args:
            x: (T, I) or (T, B, I); with feedback the network reads its own answers.
            lengths: valid steps of each sequence, (B,); answers beyond are zero.

        Returns:
            (T, O) or (T, B, O).
        """
        self._check_fitted()
        given = torch.as_tensor(x)
        ends = checked_lengths(lengths, given)
        grid = checked_values("x", given, self.input_size, self.stack.dtype, ends)
        if self.feedback:
            if ends is not None:
                raise FrontalError("lengths go with a network without feedback; predict one sequence at a time")
            answers = torch.cat([self._own(step) for step in grid.split(1)])
        else:
            answers = torch.cat([self.readout(chunk.seen) for chunk in self._run(grid, None, ends)])
            self._said = _at(answers, ends)
        if ends is not None:
            answers = torch.where((torch.arange(len(grid))[:, None] < ends)[..., None], answers, 0)
        return answers[:, 0] if given.dim() == 2 else answers

    def generate(self, steps: int, x: Any = None) -> Tensor:
        """Run free from where the network is.

        Each answer is the next input, where both have the same size; with feedback it is fed back, and
        `x`, (steps, I) or (steps, B, I), may drive the network besides, else it is zero.

        Returns:
            (steps, O) after one sequence, (steps, B, O) after several.
        """
        self._check_fitted()
        checked_steps("steps", steps, 1)
        outputs, said = self.readout.outputs, self._said
        if not self.feedback and outputs != self.input_size:
            raise FrontalError(
                f"an answer of {outputs} features cannot be read back as an input of {self.input_size}; "
                "give the network feedback="
            )
        if said is None:
            raise FrontalError("generate goes on from a sequence: fit or predict one first")
        if not self.feedback:
            if x is not None:
                raise FrontalError("without feedback the answers are the input; leave out x")
            told = [self._own(None) for _ in range(steps)]
        else:
            driven = torch.zeros(steps, len(said), self.input_size) if x is None else torch.as_tensor(x)
            inputs = checked_values("x", driven, self.input_size, self.stack.dtype)
            if inputs.shape[:2] != (steps, len(said)):
                raise FrontalError(f"x must be ({steps}, {len(said)}, {self.input_size}), got {tuple(driven.shape)}")
            told = [self._own(step) for step in inputs.split(1)]
        answers = torch.cat(told)
        return answers[:, 0] if len(said) == 1 else answers

    def learn(self, x: Any, y: Any, *, forgetting: float = 1.0) -> Tensor:
        """Go on with a series and improve the read-out after every step, by recursive least squares.

        After `fit` what it has seen counts on; with forgetting 1 the read-out is that of a `fit` on all of it.

        Args:
            x, y: (T, I) and (T, O), of one sequence.
            forgetting: what the past weighs against the next step, above 0 and up to 1.

        Returns:
            What was predicted at each step before its answer was known, (T, O).
        """
        x, y, _ = self._pairs(x, y, None)
        if x.shape[1] != 1:
            raise FrontalError(f"learn takes one sequence, x (T, I) and y (T, O); got {x.shape[1]} sequences")
        if self._online is None:
            self._online = self._begin_online(y.shape[2])
        if self._online.weight.shape[1] != y.shape[2]:
            raise FrontalError(f"y must have {self._online.weight.shape[1]} features, as before; got {y.shape[2]}")
        told: list[Tensor] = []
        for chunk in self._run(x, self._taught(y, 0.0)):
            pairs = zip(chunk.seen[:, 0], y[chunk.start :, 0], strict=False)
            told += [self._online.learn(state, answer, forgetting) for state, answer in pairs]
        self.readout.take(self._online.solve())
        self._said = y[-1]
        return torch.stack(told).to(y)

    def reset(self) -> None:
        """Begin anew, with states of zero."""
        self._states: list[Tensor] | None = None
        self._said: Tensor | None = None  # the last answer, (B, O)

    def _begin_online(self, outputs: int) -> RecursiveLeastSquares:
        if self._sums is not None and self.ridge > 0:
            return RecursiveLeastSquares.after(self._sums)
        fitted = self.readout.outputs > 0
        known = (self.readout.weight, self.readout.bias) if fitted else None
        width = self.readout.outputs if fitted else outputs
        return RecursiveLeastSquares(self.stack.features, width, max(self.ridge, LEAST_RIDGE), known)

    def _taught(self, y: Tensor, noise: float) -> Tensor | None:
        """Return what is fed back when the right answers are known: those of the step before, (T, B, O)."""
        if not self.feedback:
            return None
        before = torch.zeros_like(y[:1]) if self._said is None else self._said[None]
        fed = torch.cat([before, y[:-1]])
        drawn = torch.randn(fed.shape, generator=Generator().manual_seed(self.seed + NOISE_SEED), dtype=torch.float64)
        return fed + (noise * drawn).to(fed)

    def _own(self, x: Tensor | None) -> Tensor:
        """Take one step, (1, B, I), with the network's own last answer fed back, or read if there is no x."""
        said = self._said
        if x is None:
            x, fed = said[None] if said is not None else None, None
        else:
            fed = (x.new_zeros(x.shape[1], self.feedback) if said is None else said)[None]
        (chunk,) = self._run(x, fed)
        answer = self.readout(chunk.seen)
        self._said = answer[0]
        return answer

    def _run(self, x: Any, fed: Tensor | None, lengths: Tensor | None = None) -> Iterator[Chunk]:
        """Go on through x, (T, B, I), with what is fed back beside it."""
        if self._states is not None and self._states[0].shape[1] != x.shape[1]:
            raise FrontalError(
                f"the network has read {self._states[0].shape[1]} sequences and cannot go on with {x.shape[1]}; "
                "call reset() first"
            )
        read = x if fed is None else torch.cat([x, fed], -1)
        for chunk in self.stack.run(read, self._states, lengths):
            self._states = chunk.states
            yield chunk

    def _pairs(self, x: Any, y: Any, lengths: Any) -> tuple[Tensor, Tensor, Tensor | None]:
        x, y = torch.as_tensor(x), torch.as_tensor(y)
        ends = checked_lengths(lengths, x)
        grids = (
            checked_values("x", x, self.input_size, self.stack.dtype, ends),
            checked_values("y", y, self.feedback or None, self.stack.dtype, ends),
        )
        if x.shape[:-1] != y.shape[:-1]:
            raise FrontalError(f"x and y must have as many steps and sequences: {tuple(x.shape)}, {tuple(y.shape)}")
        return *grids, ends

    def _check_fitted(self) -> None:
        if not self.readout.outputs:
            raise FrontalError("this EchoState has no read-out yet; call fit(x, y) first")


def _at(grid: Tensor, lengths: Tensor | None) -> Tensor:
    """Return the last valid step of (T, B, O)."""
    return grid[-1] if lengths is None else grid[lengths - 1, torch.arange(len(lengths))]
