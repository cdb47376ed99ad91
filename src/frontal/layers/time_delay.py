"""The time-delay network: feed-forward layers that see some past steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast, final, get_args

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from frontal.cell import Cell
from frontal.errors import FrontalError, did_you_mean
from frontal.layers.layer import check_flag
from frontal.layers.sequence import Inputs, Lengths, read_inputs
from frontal.layers.time_delay_stream import TimeDelayStream

Nonlinearity = Literal["tanh", "relu", "sigmoid"]
History = tuple[Tensor, ...]


@final
class TimeDelay(nn.Module):
    """A time-delay network: layers that read a window of past steps, and have no state (Waibel et al. 1989).

    Each layer computes φ(W [x(t - (n-1) d); …; x(t - d); x(t)] + b) with n taps, d steps apart. It has
    no recurrent state: an output depends on `receptive_field` steps and no others. Before a sequence
    begins there are zeros.

    Deviations: there are as many outputs as inputs, and no sum over time at the end; tanh by default.
    The network of the paper is `TimeDelay(16, [8, 3], taps=[3, 5], nonlinearity="sigmoid")`.

    Args:
        input_size: features of one input step, I.
        widths: features of each layer's output, from bottom to top.
        taps: steps that a unit sees, n; one number, or one for each layer.
        dilation: steps from one tap to the next, d; one number, or one for each layer.
        nonlinearity: φ, "tanh", "relu" or "sigmoid".
        batch_first: sequences come and go as (B, T, features).
        device, dtype: of the parameters.

    Example:
        >>> import torch, frontal
        >>> network = frontal.TimeDelay(3, [16, 8], taps=3, dilation=[1, 2])
        >>> outputs, history = network(torch.randn(20, 2, 3), lengths=[20, 11])
        >>> outputs.shape, network.receptive_field
        (torch.Size([20, 2, 8]), 7)
    """

    def __init__(
        self,
        input_size: int,
        widths: Sequence[int],
        *,
        taps: int | Sequence[int] = 3,
        dilation: int | Sequence[int] = 1,
        nonlinearity: Nonlinearity = "tanh",
        batch_first: bool = False,
        device: Any = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if isinstance(widths, str) or not isinstance(widths, Sequence) or not widths:
            raise FrontalError(f"TimeDelay: widths must list the features of each layer, as in [16, 8]; got {widths!r}")
        if nonlinearity not in get_args(Nonlinearity):
            hint = did_you_mean(str(nonlinearity), get_args(Nonlinearity))
            raise FrontalError(f"TimeDelay: unknown nonlinearity {nonlinearity!r}; {hint}")
        check_flag("batch_first", batch_first, "TimeDelay")
        (self.input_size,) = _whole("input_size", input_size, 1)
        self.widths = _whole("widths", widths, len(widths))
        self.taps = _whole("taps", taps, len(widths))
        self.dilation = _whole("dilation", dilation, len(widths))
        self.nonlinearity, self.batch_first = nonlinearity, batch_first
        reads = [n * size for n, size in zip(self.taps, self.input_sizes, strict=True)]
        self.maps = nn.ModuleList(
            nn.Linear(read, width, device=device, dtype=dtype) for read, width in zip(reads, self.widths, strict=True)
        )

    @property
    def input_sizes(self) -> tuple[int, ...]:
        """Features of one step that each layer reads."""
        return (self.input_size, *self.widths[:-1])

    @property
    def output_size(self) -> int:
        """Features of the output."""
        return self.widths[-1]

    @property
    def delays(self) -> tuple[int, ...]:
        """How many steps back each layer looks."""
        return tuple((n - 1) * d for n, d in zip(self.taps, self.dilation, strict=True))

    @property
    def receptive_field(self) -> int:
        """Input steps that an output depends on, the present one among them."""
        return 1 + sum(self.delays)

    def forward(
        self,
        input: Tensor | PackedSequence,
        history: History | None = None,
        *,
        lengths: Lengths | None = None,
    ) -> tuple[Tensor | PackedSequence, History]:
        """Run along a sequence, or go on with one.

        Args:
            input: (T, B, I), (B, T, I) with `batch_first`, (T, I) without a batch, or a PackedSequence.
            history: what the last call returned, if this sequence goes on from there.
            lengths: valid steps of each sequence, 1 .. T, (B,). Steps beyond are never read, and zero in
                the output.

        Returns:
            Outputs in the layout of the input, (T, B, width of the last layer), and the history: for each
            layer its last inputs, (steps that it looks back, B, features), without B if the input has none.

        Raises:
            FrontalError: an argument has the wrong form, shape, dtype or device.
        """
        try:
            # of the cell it looks at the input size and at the parameters
            inputs = read_inputs(input, lengths, None, batch_first=self.batch_first, cell=cast(Cell, self))
            past = self._read_history(history, inputs)
        except FrontalError as error:
            raise FrontalError(f"TimeDelay: {error}") from error
        outputs, last = self._run(inputs.x, past, inputs.lengths)
        return inputs.layout.outputs(outputs, inputs.lengths), tuple(inputs.layout.states_out(h) for h in last)

    def empty_history(self, batch_size: int, like: Tensor | None = None) -> History:
        """Return what stands before a sequence begins: zeros, for each layer (steps back, B, features)."""
        like = next(self.parameters()) if like is None else like
        sizes = zip(self.delays, self.input_sizes, strict=True)
        return tuple(like.new_zeros(delay, batch_size, size) for delay, size in sizes)

    def stream(self, batch_size: int = 1) -> TimeDelayStream:
        """Return a `TimeDelayStream`, which runs the network one step at a time and keeps the history."""
        return TimeDelayStream(self._run, self.empty_history(batch_size), self.input_size)

    def extra_repr(self) -> str:
        """Sizes, and what is not usual."""
        shown = f"{self.input_size}, {list(self.widths)}, taps={list(self.taps)}, dilation={list(self.dilation)}"
        return f"{shown}, nonlinearity={self.nonlinearity!r}" + ", batch_first=True" * self.batch_first

    def _run(self, x: Tensor, past: History, lengths: Tensor | None = None) -> tuple[Tensor, History]:
        """Run x, (T, B, I), behind `past`; return the outputs and the new history."""
        T, valid, last = len(x), None, list[Tensor]()
        if lengths is not None:
            valid = (torch.arange(T, device=x.device)[:, None] < lengths)[..., None]  # (T, B, 1)
            x = torch.where(valid, x, 0)
        for linear, old, n, d in zip(self.maps, past, self.taps, self.dilation, strict=True):
            known = torch.cat([old, x])  # (delay + T, B, features)
            last.append(_newest(known, len(old), T, lengths))
            windows = torch.cat([known[k * d : k * d + T] for k in range(n)], -1)  # (T, B, taps · features)
            x = getattr(torch, self.nonlinearity)(linear(windows))
        return (x if valid is None else torch.where(valid, x, 0)), tuple(last)

    def _read_history(self, history: History | None, inputs: Inputs) -> History:
        """Check the caller's history and return it as (steps back, B, features) each."""
        like = inputs.x
        empty = self.empty_history(like.shape[1], like)
        if history is None:
            return empty
        shapes = [tuple(inputs.layout.states_out(e).shape) for e in empty]
        given = [tuple(h.shape) if isinstance(h, Tensor) else h for h in history]
        if given != shapes:
            raise FrontalError(f"history must be one tensor a layer, {shapes} for this input, got {given}")
        if any(h.dtype != like.dtype or h.device != like.device for h in history):
            raise FrontalError(f"history must be {like.dtype} on {like.device}, as the input is")
        return tuple(inputs.layout.states_in(h) for h in history)


def _newest(known: Tensor, delay: int, T: int, lengths: Tensor | None) -> Tensor:
    """Return the last `delay` valid steps of (delay + T, B, features)."""
    if lengths is None:
        return known[T:]
    steps = torch.arange(delay, device=known.device)[:, None] + lengths  # (delay, B)
    return known.gather(0, steps[..., None].expand(-1, -1, known.shape[2]))


def _whole(name: str, given: int | Sequence[int], count: int) -> tuple[int, ...]:
    """Return `count` whole numbers above 0; one number stands for all."""
    values = tuple(given) if isinstance(given, Sequence) else (given,) * count
    if len(values) != count or any(isinstance(v, bool) or not isinstance(v, int) or v < 1 for v in values):
        many = "" if count == 1 else f", or one for each of the {count} layers"
        raise FrontalError(f"TimeDelay: {name} must be a whole number >= 1{many}; got {given!r}")
    return values
