"""From `FILE.py:CELL` or the name of a published cell to a way to build it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from frontal.cell import Cell
from frontal.cells import catalogue
from frontal.diagnostics.contract_subject import user_line
from frontal.errors import FrontalError, did_you_mean
from frontal.layers import Recurrent
from frontal.layers.wrapped import wrap

FORM = "type FILE.py:CELL, such as my_cells.py:MyCell, or the name of a published cell, such as lstm"


def cell_maker(text: str, input_size: int, hidden_size: int) -> Callable[[], Cell]:
    """Return what builds the cell that `text` names, each time with new parameters.

    Args:
        text: "FILE.py:CELL"; "FILE.py" if the file has one cell; or a name of the catalogue.
        input_size, hidden_size: handed to the class, in this order.

    Raises:
        FrontalError: there is no such cell, or it cannot be built.
    """
    for option, size in (("--input-size", input_size), ("--hidden-size", hidden_size)):
        if size < 1:
            raise FrontalError(f"{option} must be a whole number >= 1, got {size}")
    found = _class(text)
    _check_constructor(found)

    def make() -> Cell:
        where = f"{found.__name__}({input_size}, {hidden_size})"
        try:
            module = found(input_size, hidden_size)
        except (Exception, SystemExit) as error:
            raise FrontalError(f"{where} cannot be built: {_told(error)}") from error
        if ("kept" if isinstance(module, Cell) else "_parameters") not in vars(module):
            raise FrontalError(f"{where}: its __init__ must begin with super().__init__(…)")
        return wrap(module)

    return make


def cell_builders(names: tuple[str, ...]) -> dict[str, Callable[[int, int], Cell]]:
    """Return, by short names, what builds each cell from input and hidden size; every one takes a step first."""
    found: dict[str, Callable[[int, int], Cell]] = {}
    for text in names:
        take_a_step(cell_maker(text, 2, 3)())
        short = text.rpartition(":")[2].removesuffix(".py").rpartition("/")[2]
        found[short] = lambda input_size, hidden_size, text=text: cell_maker(text, input_size, hidden_size)()
    return found


def take_a_step(cell: Cell) -> None:
    """Run one step over zeros; a step that breaks raises `FrontalError` with its line."""
    try:
        with torch.no_grad():
            Recurrent(cell, backend="reference")(one_step(cell))
    except FrontalError:
        raise
    except (Exception, SystemExit) as error:
        raise FrontalError(f"a step of {type(cell).__name__} breaks: {_told(error)}") from error


def one_step(cell: Cell) -> torch.Tensor:
    """Return an input of zeros with the dtype of the cell's parameters, (1, 1, I)."""
    return next(cell.parameters(), torch.empty(0)).new_zeros(1, 1, cell.input_size)


def _class(text: str) -> type[nn.Module]:
    path, colon, name = _parts(text)
    if not colon and not path.endswith(".py"):
        known = catalogue()
        if path not in known:
            near = did_you_mean(path, known)
            raise FrontalError(f"no cell is named {path!r}; {FORM}; {near.replace('choose from', 'those are')}")
        return known[path]
    file = Path(path)
    if file.is_dir() or not file.exists():
        near = did_you_mean(path, [str(other) for other in file.parent.glob("*.py")]) if file.suffix == ".py" else ""
        what = f"{path!r} is a folder" if file.is_dir() else f"there is no file {path!r}"
        raise FrontalError("; ".join([what, *([near] if near.startswith("did") else []), FORM]))
    if file.suffix != ".py":
        raise FrontalError(f"{path!r} is not a .py file; {FORM}")
    if colon and not name.isidentifier():
        raise FrontalError(f"{name!r} cannot be the name of a class; {FORM}")
    return _class_in(_run(file), path, name)


def _parts(text: str) -> tuple[str, str, str]:
    """Return path, colon and name; a colon without a name behind it may belong to the path, as in C:/cells.py."""
    path, colon, name = text.rpartition(":")
    if path.endswith(".py") or (colon and name.isidentifier()):
        return path.rstrip(":"), colon, name
    return text, "", ""


def _run(path: Path) -> ModuleType:
    """Run the file as a module; return that, with all that it has defined."""
    name = f"cell file {path.resolve()}"  # no module that the file may want to import is called so
    spec = spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        where = f"{Path(error.filename).name if error.filename else path}"
        line = f", line {error.lineno}" if error.lineno else ""
        raise FrontalError(f"{where}{line}: {error.msg}: this is not Python") from error
    except UnicodeDecodeError as error:
        raise FrontalError(f"{path} is not a Python file: {error}") from error
    except (Exception, SystemExit) as error:
        raise FrontalError(f"{path} cannot be run: {_told(error)}") from error
    finally:
        sys.path.remove(folder)
    return module


def _class_in(module: ModuleType, path: str, name: str) -> type[nn.Module]:
    """Return the class of that name, or the only cell."""
    defined = vars(module)
    modules = {k: v for k, v in defined.items() if isinstance(v, type) and issubclass(v, nn.Module)}
    own = {k: v for k, v in modules.items() if v.__module__ == module.__name__}
    if not name:
        cells = [v for v in own.values() if issubclass(v, Cell) and not inspect.isabstract(v)]
        if len(cells) == 1:
            return cells[0]
        held = ", ".join(cell.__name__ for cell in cells) if cells else "no cell"
        other = f" (but {', '.join(own)})" if own and not cells else ""
        which = next(iter(own), "MyCell")
        raise FrontalError(f"{path} defines {held}{other}; say which class, such as {Path(path).name}:{which}")
    if name not in defined:
        near = did_you_mean(name, own) if own else f"it defines no class of cells; {FORM}"
        raise FrontalError(f"{path} defines no {name!r}; {near}")
    return _checked_class(defined[name], path, name)


def _checked_class(found: Any, path: str, name: str) -> type[nn.Module]:
    if isinstance(found, nn.Module):
        raise FrontalError(f"{path}: {name} is a {type(found).__name__}; name that class, not an object of it")
    if not isinstance(found, type) or not issubclass(found, nn.Module):
        what = f"the class {name}" if isinstance(found, type) else f"{name}, a {type(found).__name__},"
        raise FrontalError(f"{path}: {what} is no class of cells; derive it from frontal.Cell")
    if inspect.isabstract(found):
        missing = ", ".join(sorted(getattr(found, "__abstractmethods__", ())))
        raise FrontalError(f"{path}: {name} has no {missing}; write def step(self, x, h): ...")
    return found


def _check_constructor(found: type[nn.Module]) -> None:
    """Check that input size and hidden size, by position, are enough to build it."""
    parameters = list(inspect.signature(found).parameters.values())
    try:
        inspect.signature(found).bind(0, 0)
    except TypeError as error:
        positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        sizes = [p for p in parameters if p.kind in positional][:2]
        variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        lacking = [p.name for p in parameters if p not in sizes and p.default is p.empty and p.kind not in variable]
        advice = (
            f"give {', '.join(lacking)} a default" if lacking else "write def __init__(self, input_size, hidden_size)"
        )
        takes = ", ".join(p.name for p in parameters) or "nothing"
        raise FrontalError(
            f"{found.__name__} takes {takes}; it must be built from input_size and hidden_size alone: {advice}"
        ) from error


def _told(error: BaseException) -> str:
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return user_line(error) + (str(error) if isinstance(error, FrontalError) else said)
