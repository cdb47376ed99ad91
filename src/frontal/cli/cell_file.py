"""From `FILE.py:CELL` or the name of a published cell to a way to build it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

from torch import nn

from frontal.cell import Cell
from frontal.cells import catalogue
from frontal.errors import FrontalError, did_you_mean
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
    path, colon, name = text.rpartition(":") if text.rpartition(":")[2].isidentifier() else (text, "", "")
    path = path if colon else text
    if not colon and not path.endswith(".py"):
        known = catalogue()
        if text not in known:
            raise FrontalError(f"no cell is named {text!r}; {did_you_mean(text, known)}; for a cell of your own {FORM}")
        found: type[nn.Module] = known[text]
    else:
        found = _class_of(_module(Path(path)), path, name)
    _check_constructor(found)

    def make() -> Cell:
        try:
            return wrap(found(input_size, hidden_size))
        except FrontalError:
            raise
        except Exception as error:
            raise FrontalError(
                f"{found.__name__}({input_size}, {hidden_size}) cannot be built: {_told(error)}"
            ) from error

    return make


def _module(path: Path) -> ModuleType:
    """Run the file, and return what it has defined."""
    if not path.exists():
        raise FrontalError(f"there is no file {str(path)!r}; {FORM}")
    if path.is_dir() or path.suffix != ".py":
        raise FrontalError(f"{str(path)!r} is {'a folder' if path.is_dir() else 'not a .py file'}; {FORM}")
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[f"frontal cell file {path}"] = module
    sys.path.insert(0, str(path.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise FrontalError(f"{path}, line {error.lineno}: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise FrontalError(f"{path} is not a Python file: {error}") from error
    except (Exception, SystemExit) as error:
        line = next(
            (
                f.lineno
                for f in reversed(extract_tb(error.__traceback__))
                if Path(f.filename).resolve() == path.resolve()
            ),
            None,
        )
        raise FrontalError(f"{path}{'' if line is None else f', line {line}'}: {_told(error)}") from error
    finally:
        sys.path.remove(str(path.resolve().parent))
    return module


def _class_of(module: ModuleType, path: str, name: str) -> type[nn.Module]:
    """Return the class of that name, or the only one."""
    classes: dict[str, Any] = {k: v for k, v in vars(module).items() if isinstance(v, type)}
    own = {k: v for k, v in classes.items() if v.__module__ == module.__name__ and issubclass(v, nn.Module)}
    cells = {k: v for k, v in own.items() if issubclass(v, Cell) and not inspect.isabstract(v)}
    if name:
        if name not in vars(module):
            raise FrontalError(f"{path} defines no {name!r}; {did_you_mean(name, own or ['nothing'])}")
        found = vars(module)[name]
        if not isinstance(found, type) or not issubclass(found, nn.Module):
            raise FrontalError(f"{path}: {name} is no class of cells; derive it from frontal.Cell")
        if inspect.isabstract(found):
            missing = ", ".join(sorted(getattr(found, "__abstractmethods__", ())))
            raise FrontalError(f"{path}: {name} has no {missing}; write def step(self, x, h): ...")
        return found
    if len(cells) != 1:
        listed = ", ".join(cells) or "none"
        raise FrontalError(f"{path} must define one cell to be named without one, it defines {listed}; {FORM}")
    return next(iter(cells.values()))


def _check_constructor(found: type[nn.Module]) -> None:
    """Check that two sizes are enough to build it."""
    parameters = list(inspect.signature(found).parameters.values())
    by_position = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL)]
    needed = [p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    variable = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    if len(needed) > 2 or (len(by_position) < 2 and not variable):
        given = ", ".join(p.name for p in parameters) or "nothing"
        raise FrontalError(
            f"{found.__name__} takes {given}; it must be built from input_size and hidden_size alone: "
            "give the others defaults"
        )


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
