"""A recurrent layer by the name of its cell, by its class, or as it is."""

from __future__ import annotations

from typing import Any

from frontal.cells import named
from frontal.errors import FrontalError
from frontal.layers.layer import Layer
from frontal.layers.recurrent import Recurrent


def layer_of(cell: Any, input_size: int, hidden_size: int | None, options: dict[str, Any], where: str) -> Layer:
    """Return a layer that reads `input_size` features.

    Args:
        cell: a name of the catalogue, a class, or a layer that is built already.
        input_size: what it must read.
        hidden_size: of the cell; None for a layer.
        options: further ones for `Recurrent`; none for a layer.
        where: what the message of an error begins with.
    """
    if isinstance(cell, Layer):
        if hidden_size is not None or options:
            given = ", ".join([*(["hidden_size"] if hidden_size is not None else []), *options])
            raise FrontalError(f"{where}: the layer is built already, so {given} cannot be used; pass a cell's name")
        reads = cell.bound_cells()[0].input_size
        if reads != input_size:
            raise FrontalError(f"{where}: the layer reads {reads} features, but it is given {input_size}")
        return cell
    if hidden_size is None:
        raise FrontalError(f"{where}: hidden_size is missing; it goes with a cell's name or class")
    if "batch_first" in options:
        raise FrontalError(f"{where}: sequences are always (B, T, …); leave out batch_first")
    kind = named(cell) if isinstance(cell, str) else cell
    return Recurrent(kind, input_size, hidden_size, batch_first=True, **options)


def output_size_of(cell: Any, hidden_size: int | None, options: dict[str, Any], where: str) -> int:
    """Return the output size of the layer that `layer_of` gives, whatever it reads."""
    if isinstance(cell, Layer):
        return cell.output_size
    between = {"num_layers", "dropout", "residual"}  # what does not matter, and one layer refuses
    alone = {name: value for name, value in options.items() if name not in between}
    return layer_of(cell, 1, hidden_size, alone, where).output_size
