"""A matplotlib figure inside a page: SVG, or PNG where that is smaller."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


LARGEST_SVG = 400_000  # bytes: heat maps and clouds of points are smaller as pixels


def data_uri(figure: Figure) -> str:
    """Return the picture as a `data:` address; the same figure gives the same bytes."""
    svg = _saved(figure, "svg", metadata={"Date": None})
    if len(svg) <= LARGEST_SVG:
        return f"data:image/svg+xml;base64,{b64encode(svg).decode()}"
    return f"data:image/png;base64,{b64encode(_saved(figure, 'png', dpi=160)).decode()}"


def _saved(figure: Figure, kind: str, **options: object) -> bytes:
    import matplotlib  # noqa: PLC0415 - slow

    picture = BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "frontal", "svg.fonttype": "path"}):
        figure.savefig(picture, format=kind, transparent=True, **options)
    return picture.getvalue()
