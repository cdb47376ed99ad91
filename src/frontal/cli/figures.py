"""Pictures that a verb writes where it is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from frontal.errors import FrontalError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = (".png", ".svg", ".pdf")


def figure_path(option: str, text: str) -> Path:
    """Return where a picture goes; a name that says no known format, or a missing folder, raises `FrontalError`."""
    path = Path(text)
    if path.suffix.lower() not in FORMATS:
        raise FrontalError(f"{option} {text}: the name must end in {', '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise FrontalError(f"{option} {text}: there is no folder {path.parent}")
    return path


def save_figure(option: str, path: Path, figure: Figure) -> None:
    """Write a picture; what the disk says against it raises `FrontalError`."""
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise FrontalError(f"{option} {path}: {error.strerror or error}") from error
