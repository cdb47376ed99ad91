"""torch.nn's LSTM, GRU and RNN: the same constructor, parameters and results, over frontal's cells."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable
from operator import is_
from typing import Any, Unpack

import torch
from torch import Tensor
from torch.nn import Parameter

from frontal.cell import Cell, Kept, bound
from frontal.cells import gru, lstm
from frontal.cells.elman import Elman, Nonlinearity
from frontal.layers.layer import Layer, Options, check_flag


class DropIn(Layer, ABC):
    """Parameters under torch.nn's names on the layer itself; at each call the cells are bound to them.

    The cells kept here own no tensor. A call takes shallow copies of them whose parameters are
    whatever the layer's names mean at that moment, so functional_call, parametrize,
    load_state_dict(assign=True), deepcopy and several threads see the same parameters.
    """

    def __init__(  # noqa: PLR0913
        self,
        cell_class: Callable[..., Cell],
        mode: str,
        input_size: int,
        hidden_size: int,
        *,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        options: Options,
        **cell_kwargs: Any,
    ) -> None:
        super().__init__(
            num_layers=num_layers,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
            **options,
        )
        check_flag("bias", bias, type(self).__name__)
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        self.proj_size: int = cell_kwargs.get("proj_size", 0)
        self._bound = Kept()  # the cells of the last call, with the parameters that they are bound to
        self._templates: list[Cell] = []
        self._names: list[dict[str, str]] = []  # of each cell: its parameter's name -> the layer's
        width = input_size
        for layer in range(num_layers):
            for suffix in ("", "_reverse")[: self.directions]:
                self._adopt(cell_class(width, hidden_size, bias=bias, **cell_kwargs), f"_l{layer}{suffix}")
            width = self.directions * self._templates[0].output_size
        self.prepare_regularisation()

    def bound_cells(self) -> list[Cell]:
        """Return the cells with the layer's present parameters."""
        present = tuple(self._parameters.values())
        known = self._bound.get("last")
        if known is not None and len(known[0]) == len(present) and all(map(is_, known[0], present)):
            return known[1]
        pairs = zip(self._templates, self._names, strict=True)
        cells = [bound(cell, {own: getattr(self, name) for own, name in names.items()}) for cell, names in pairs]
        if len(present) == sum(map(len, self._names)) and all(isinstance(p, Parameter) for p in present):
            self._bound["last"] = (present, cells)
        return cells

    @property
    def all_weights(self) -> list[list[Tensor]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names.values()] for names in self._names]

    def flatten_parameters(self) -> None:
        """Do nothing: no backend needs the parameters in one block; torch.nn has it for cuDNN."""

    def reset_parameters(self) -> None:
        """Draw every parameter anew, uniformly within ±1/√H, as torch.nn does."""
        for cell in self.bound_cells():
            cell.reset_parameters()

    def extra_repr(self) -> str:
        """Sizes and options that differ from their defaults, as torch.nn prints them."""
        projection = f", proj_size={self.proj_size}" if self.proj_size else ""
        options = self.option_repr()
        if not self.bias:
            layers = f", num_layers={self.num_layers}" if self.num_layers != 1 else ""
            options = f"{layers}, bias=False{options.removeprefix(layers)}"
        return f"{self.input_size}, {self.hidden_size}{projection}{options}"

    def _adopt(self, cell: Cell, suffix: str) -> None:
        """Take over the parameters of a new cell, which stays behind as a template."""
        names: dict[str, str] = {}
        for own, parameter in cell._parameters.items():
            if parameter is not None:
                names[own] = own + suffix
                self.register_parameter(own + suffix, parameter)
                cell._parameters[own] = None
        self._templates.append(cell)
        self._names.append(names)


class LSTM(DropIn):
    """torch.nn.LSTM, for any length, with resets and with every gradient.

    Args:
        input_size: features of the input, I.
        hidden_size: features of c, H, and of h unless it is projected.
        num_layers: layers on top of one another.
        bias: with `bias_ih` and `bias_hh`.
        batch_first: sequences come and go as (B, T, features).
        dropout: share of the features zeroed between layers in training mode.
        bidirectional: each layer also runs backwards; both outputs stand side by side.
        proj_size: features of h where 0 < proj_size < H; 0 for no projection.
        device, dtype: of the parameters.
        options: further ones by name, see `Options`.

    Example:
        >>> import torch, frontal
        >>> outputs, (h, c) = frontal.LSTM(3, 8)(torch.zeros(5, 2, 3), lengths=[4, 5])
        >>> outputs.shape, h.shape, c.shape
        (torch.Size([5, 2, 8]), torch.Size([1, 2, 8]), torch.Size([1, 2, 8]))
    """

    def __init__(  # noqa: PLR0913, PLR0917 - torch.nn's signature
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: torch.dtype | None = None,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(
            lstm.LSTM,
            "LSTM",
            input_size,
            hidden_size,
            num_layers=num_layers,
            bias=bias,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
            proj_size=proj_size,
            device=device,
            dtype=dtype,
            options=options,
        )


class GRU(DropIn):
    """torch.nn.GRU, for any length, with resets and with every gradient.

    Args:
        input_size: features of the input, I.
        hidden_size: features of the state, H.
        num_layers: layers on top of one another.
        bias: with `bias_ih` and `bias_hh`.
        batch_first: sequences come and go as (B, T, features).
        dropout: share of the features zeroed between layers in training mode.
        bidirectional: each layer also runs backwards; both outputs stand side by side.
        device, dtype: of the parameters.
        options: further ones by name, see `Options`.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - torch.nn's signature
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: torch.dtype | None = None,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(
            gru.GRU,
            "GRU",
            input_size,
            hidden_size,
            num_layers=num_layers,
            bias=bias,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
            device=device,
            dtype=dtype,
            options=options,
        )


class RNN(DropIn):
    """torch.nn.RNN, for any length, with resets and with every gradient.

    Args:
        input_size: features of the input, I.
        hidden_size: features of the state, H.
        num_layers: layers on top of one another.
        nonlinearity: "tanh" or "relu".
        bias: with `bias_ih` and `bias_hh`.
        batch_first: sequences come and go as (B, T, features).
        dropout: share of the features zeroed between layers in training mode.
        bidirectional: each layer also runs backwards; both outputs stand side by side.
        device, dtype: of the parameters.
        options: further ones by name, see `Options`.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - torch.nn's signature
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: Nonlinearity = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: torch.dtype | None = None,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(
            Elman,
            f"RNN_{str(nonlinearity).upper()}",
            input_size,
            hidden_size,
            num_layers=num_layers,
            bias=bias,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
            nonlinearity=nonlinearity,
            device=device,
            dtype=dtype,
            options=options,
        )
        self.nonlinearity = nonlinearity
