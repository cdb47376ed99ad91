"""Where a run goes: the folder that was named, or the next free `runs/NAME-of-the-data`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path


@contextmanager
def run_folder(source: str, out: str | None) -> Iterator[Path]:
    """Yield the folder for a run on `source`; a run that fails leaves no empty folder behind.

    Without `out` it is runs/NAME, then runs/NAME-2, runs/NAME-3 …: nothing is overwritten, and two
    programs that start at once get two folders. With `out` it is that folder: new, empty, or an
    earlier run, which is replaced; any other content raises `FrontalError`. Whoever trains within the
    block tells how it goes, for `frontal scope`.
    """
    from frontal.training.live import following

    folder = _next_free(Path("runs") / run_name(source)) if out is None else _named(out)
    try:
        with following(folder):
            yield folder
    except BaseException:
        if out is None and not any(folder.iterdir()):
            folder.rmdir()
            with suppress(OSError):  # other runs are there
                folder.parent.rmdir()
        raise


def run_name(source: str) -> str:
    """Return the name of the data: a file's name without its endings, `stdin` for `-`."""
    if source == "-":
        return "stdin"
    stem = Path(source).name.lstrip(".").partition(".")[0]
    return re.sub(r"[^\w-]+", "-", stem).strip("-") or "data"


def _named(out: str) -> Path:
    from frontal.training import check_run_target

    return check_run_target(out)


def _next_free(folder: Path) -> Path:
    """Create and return the first of folder, folder-2, folder-3 … that does not exist."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        free = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
        try:
            free.mkdir()
        except FileExistsError:
            continue
        return free
    raise AssertionError("count() does not end")
