"""Any cell along a sequence."""

from __future__ import annotations

from typing import Any, cast, final

from torch import nn

from frontal.cell import Cell
from frontal.compiler.choose import Backend
from frontal.errors import FrontalError
from frontal.layers.layer import Layer
from frontal.layers.wrapped import wrap


@final
class Recurrent(Layer):
    """Run any cell along a sequence, in layers and directions.

    Args:
        cell: a cell class, built once a layer and direction with `sizes` and `cell_kwargs`, where the
            input size of later layers is directions · output size; or one cell, which then serves one
            layer in one direction. A module like torch.nn.LSTMCell does as well.
        sizes: input size, hidden size and whatever else the class takes by position.
        num_layers: layers on top of one another.
        batch_first: sequences come and go as (B, T, features).
        dropout: share of the features zeroed between layers in training mode.
        bidirectional: each layer also runs backwards; both outputs stand side by side.
        backend: "auto", or the name of what must run the cells.
        recompute, recurrent_dropout, zoneout, weight_drop, residual: see `frontal.layers.layer.Options`.
        cell_kwargs: whatever the class takes by name.

    Example:
        >>> import torch, frontal
        >>> rnn = frontal.Recurrent(torch.nn.GRUCell, 3, 8, num_layers=2, batch_first=True)
        >>> outputs, h = rnn(torch.zeros(2, 5, 3), lengths=[5, 3])
        >>> outputs.shape, h.shape
        (torch.Size([2, 5, 8]), torch.Size([2, 2, 8]))
    """

    def __init__(  # noqa: PLR0913
        self,
        cell: type[nn.Module] | nn.Module,
        *sizes: int,
        num_layers: int = 1,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        backend: Backend = "auto",
        recompute: bool = False,
        recurrent_dropout: float = 0.0,
        zoneout: float | tuple[float, ...] = 0.0,
        weight_drop: float = 0.0,
        residual: bool = False,
        **cell_kwargs: Any,
    ) -> None:
        super().__init__(
            num_layers=num_layers,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
            backend=backend,
            recompute=recompute,
            recurrent_dropout=recurrent_dropout,
            zoneout=zoneout,
            weight_drop=weight_drop,
            residual=residual,
        )
        count = num_layers * self.directions
        if isinstance(cell, nn.Module):
            cells = [_single(cell, count, sizes, cell_kwargs)]
        elif isinstance(cell, type) and issubclass(cell, nn.Module):
            cells = [wrap(cell(*sizes, **cell_kwargs)) for _ in range(self.directions)]
            width = self.directions * cells[0].output_size
            cells += [_later(cell, width, sizes, cell_kwargs) for _ in range(count - self.directions)]
            _check_alike(cells)
        else:
            raise FrontalError(
                f"Recurrent: the cell must be a class or a module, got {cell!r}; "
                "frontal.cells.named('lstm') gives a class by its name"
            )
        self.cells = nn.ModuleList(cells)
        self.prepare_regularisation()

    def bound_cells(self) -> list[Cell]:
        """Return the cells: layer 0 forwards, layer 0 backwards, layer 1 forwards …"""
        return [cast(Cell, cell) for cell in self.cells]

    def reset_parameters(self) -> None:
        """Let every cell draw its parameters anew."""
        for cell in self.bound_cells():
            cell.reset_parameters()

    def extra_repr(self) -> str:
        """Options that differ from their defaults."""
        return self.option_repr().removeprefix(", ")


def _check_alike(cells: list[Cell]) -> None:
    """Check that the states of all layers have the same sizes, as `hx` holds them in one tensor."""
    first, last = cells[0], cells[-1]
    if first.state_sizes != last.state_sizes:
        sizes = ", ".join(
            f"{name} {a} and {b}" for name, a, b in zip(first.states, first.state_sizes, last.state_sizes, strict=True)
        )
        raise FrontalError(
            f"Recurrent: states of {type(first).__name__} have other sizes in later layers ({sizes}), so one hx cannot "
            "hold them; make a layer of each and stack them: frontal.layers.Stacked([Recurrent(…), Recurrent(…)])"
        )


def _single(cell: nn.Module, count: int, sizes: tuple[int, ...], cell_kwargs: dict[str, Any]) -> Cell:
    """Return the one cell of a stack of one."""
    name = type(cell).__name__
    if count > 1:
        raise FrontalError(
            f"Recurrent: one {name} serves one layer in one direction, {count} cells are needed; "
            f"pass the class: Recurrent({name}, {getattr(cell, 'input_size', 'input_size')}, "
            f"{getattr(cell, 'hidden_size', 'hidden_size')}, …)"
        )
    if sizes or cell_kwargs:
        given = ", ".join([*map(str, sizes), *cell_kwargs])
        raise FrontalError(f"Recurrent: {name} is built already, so {given} cannot be used; pass the class instead")
    return wrap(cell)


def _later(cell: type[nn.Module], width: int, sizes: tuple[int, ...], cell_kwargs: dict[str, Any]) -> Cell:
    """Build a cell that reads the layer below, which has `width` features."""
    later = cell(width, *sizes[1:], **cell_kwargs) if sizes else cell(**{**cell_kwargs, "input_size": width})
    built = wrap(later)
    if built.input_size != width:
        raise FrontalError(
            f"Recurrent: a later layer reads {width} features, but {cell.__name__} built for them has "
            f"input_size {built.input_size}; its first argument must be its input size"
        )
    return built
