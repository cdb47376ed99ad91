"""What every recurrent layer has in common: its options, its call and its explanation."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from typing import Any, TypedDict

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from frontal.cell import Cell
from frontal.compiler.choose import Backend, check_backend
from frontal.errors import FrontalError
from frontal.layers.explanation import Explanation, explain_cells
from frontal.layers.regularise import Regularisation
from frontal.layers.sequence import Lengths, States, read_inputs, read_states
from frontal.layers.stack import run_stack
from frontal.layers.stream import Stream


class Options(TypedDict, total=False):
    """What every recurrent layer takes by name, beyond torch.nn.

    Attributes:
        backend: "auto", or the name of what must run the cells.
        recompute: keep only about √T states for the gradient and run the sequence once more for it.
        recurrent_dropout: share of the units masked, for a whole sequence, where recurrent weights
            multiply them; in training mode (Gal & Ghahramani 2016).
        zoneout: probability that a unit keeps its old state, one for all states or a tuple with one
            each; in training mode drawn, else its expectation (Krueger et al. 2017).
        weight_drop: share of the recurrent weights zeroed in training mode (Merity et al. 2018).
        residual: each layer but the first adds its input to its output (Wu et al. 2016).
    """

    backend: Backend
    recompute: bool
    recurrent_dropout: float
    zoneout: float | tuple[float, ...]
    weight_drop: float
    residual: bool


class Layer(nn.Module, ABC):
    """Cells in layers and directions; a subclass keeps the parameters and hands out the cells."""

    def __init__(  # noqa: PLR0913
        self,
        *,
        num_layers: int,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        backend: Backend = "auto",
        recompute: bool = False,
        recurrent_dropout: float = 0.0,
        zoneout: float | tuple[float, ...] = 0.0,
        weight_drop: float = 0.0,
        residual: bool = False,
    ) -> None:
        super().__init__()
        where = type(self).__name__
        if not isinstance(num_layers, int) or isinstance(num_layers, bool) or num_layers < 1:
            raise FrontalError(f"{where}: num_layers must be a whole number >= 1, got {num_layers!r}")
        for name, flag in (
            ("batch_first", batch_first),
            ("bidirectional", bidirectional),
            ("recompute", recompute),
            ("residual", residual),
        ):
            check_flag(name, flag, where)
        if isinstance(dropout, bool) or not isinstance(dropout, int | float) or not 0 <= dropout <= 1:
            raise FrontalError(
                f"{where}: dropout must be within 0 .. 1, the share of features to zero, got {dropout!r}"
            )
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                f"{where}: dropout acts between layers; dropout={dropout} with num_layers=1 does nothing",
                stacklevel=3,
            )
        if residual and num_layers == 1:
            raise FrontalError(f"{where}: residual adds a layer's input from the second one on; num_layers is 1")
        check_backend(backend)
        self.num_layers = num_layers
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.backend: Backend = backend
        self.recompute = recompute
        self.residual = residual
        rates = (recurrent_dropout, zoneout, weight_drop)
        self.regularisation = None if rates == (0, 0, 0) else Regularisation(*rates)

    @abstractmethod
    def bound_cells(self) -> list[Cell]:
        """Return the cells with their parameters: layer 0 forwards, layer 0 backwards, layer 1 forwards …"""

    def forward(
        self,
        input: Tensor | PackedSequence,
        hx: States | None = None,
        *,
        lengths: Lengths | None = None,
        reset: Tensor | None = None,
    ) -> tuple[Tensor | PackedSequence, States]:
        """Run along a sequence.

        Args:
            input: (T, B, I), (B, T, I) with `batch_first`, (T, I) without a batch, or a PackedSequence.
            hx: initial states, each (layers · directions, B, size), without B if the input has no batch:
                a tensor for a cell with one state, else a tuple. Zero by default.
            lengths: valid steps of each sequence, 1 .. T, (B,), on any device and in any order.
                Steps beyond are never read, and zero in the output.
            reset: bool, (T, B), (B, T) with `batch_first`, (T,) without a batch: True where a new
                sequence begins, so that no state crosses into that step, in either direction.

        Returns:
            The last layer's outputs in the layout of the input, (T, B, directions · size), and the
            states after the last valid step in the form of `hx`.

        Raises:
            FrontalError: an argument has the wrong form, shape, dtype or device.
        """
        cells = self.bound_cells()
        try:
            inputs = read_inputs(input, lengths, reset, batch_first=self.batch_first, cell=cells[0])
            initial = read_states(hx, cells[0], len(cells), inputs)
        except FrontalError as error:
            raise self._named(error) from error
        outputs, finals = run_stack(
            self.as_they_run(training=self.training),
            inputs,
            initial,
            directions=self.directions,
            dropout=self.dropout if self.training else 0.0,
            residual=self.residual,
            backend=self.backend,
            recompute=self.recompute,
        )
        states = tuple([inputs.layout.states_out(state) for state in finals])
        return inputs.layout.outputs(outputs, inputs.lengths), states[0] if len(states) == 1 else states

    def as_they_run(self, *, training: bool) -> list[Cell]:
        """Return the cells with what the layer does to them: masks, zoneout, dropped weights."""
        cells, regularisation = self.bound_cells(), self.regularisation
        return cells if regularisation is None else [regularisation.around(c, training=training) for c in cells]

    def prepare_regularisation(self) -> None:
        """Make what stands around the cells, before torch.compile may look; for the end of a constructor.

        Raises:
            FrontalError: the cells cannot have what was asked for.
        """
        if self.regularisation is not None:
            for cell in self.bound_cells():
                self.regularisation.prepare(cell, type(self).__name__)

    def __setstate__(self, state: Any) -> None:
        """Prepare a copy as well."""
        super().__setstate__(state)
        self.prepare_regularisation()

    def explain(self, x: Tensor | PackedSequence | None = None, *, lengths: Lengths | None = None) -> Explanation:
        """Say which backend runs each cell and why; `print` it.

        With an input it also checks that, says how it is read, and shows the plan and the generated source.
        """
        cells, inputs = self.bound_cells(), None
        if x is not None:
            try:
                inputs = read_inputs(x, lengths, None, batch_first=self.batch_first, cell=cells[0])
            except FrontalError as error:
                raise self._named(error) from error
        with torch.random.fork_rng(devices=[]):
            running = self.as_they_run(training=self.training)
        name = f"{type(self).__name__}({self.extra_repr()})"
        return explain_cells(name, running, self.directions, self.backend, inputs)

    def stream(self, batch_size: int = 1, hx: States | None = None) -> Stream:
        """Return a `Stream`, which runs the layer one step at a time and keeps the states of B sequences."""
        return Stream(self, batch_size, hx)

    def _named(self, error: FrontalError) -> FrontalError:
        """Put the layer's name in front of a message."""
        return FrontalError(f"{type(self).__name__}: {error}")

    @property
    def directions(self) -> int:
        """1, or 2 if bidirectional."""
        return 2 if self.bidirectional else 1

    @property
    def output_size(self) -> int:
        """Features of the output: directions · the output size of a cell."""
        return self.directions * self.bound_cells()[-1].output_size

    def option_repr(self) -> str:
        """Options that differ from their defaults, each after a comma, as torch.nn prints them."""
        shown: dict[str, Any] = {
            "num_layers": (self.num_layers, 1),
            "batch_first": (self.batch_first, False),
            "dropout": (self.dropout, 0),
            "bidirectional": (self.bidirectional, False),
            "backend": (self.backend, "auto"),
            "recompute": (self.recompute, False),
            **{name: (rate, 0) for name, rate in vars(self.regularisation or Regularisation()).items()},
            "residual": (self.residual, False),
        }
        return "".join(f", {name}={value}" for name, (value, usual) in shown.items() if value != usual)


def check_flag(name: str, flag: Any, where: str) -> None:
    """Raise `FrontalError` unless `flag` is True or False."""
    if not isinstance(flag, bool):
        raise FrontalError(f"{where}: {name} must be True or False, got {flag!r}")
