"""The picture of an alignment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frontal.diagnostics.figure import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from frontal.diagnostics.alignment import Alignment

CELL = 0.34  # inches
LONGEST = 18  # letters of a word
MISSING = "□"  # for a letter that the font does not have


def draw(said: Alignment) -> Figure:
    """Draw the weights: darker is more; a ring marks where each word looked most."""
    T, S = said.weights.shape
    figure = new_figure(2.4 + CELL * S, 1.6 + CELL * T)
    axes = figure.subplots()
    axes.imshow(said.weights, cmap="Blues", vmin=0, vmax=1, aspect="equal")
    axes.scatter(said.places(), range(T), s=34, facecolors="none", edgecolors="#d55e00", linewidths=1.1)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xticks(range(S), list(map(_short, said.read)), rotation=55, ha="left", rotation_mode="anchor", fontsize=9)
    axes.set_yticks(range(T), list(map(_short, said.written)), fontsize=9)
    axes.set(xlabel="read", ylabel="written")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def _short(word: str) -> str:
    from matplotlib.font_manager import FontProperties, findfont, get_font  # noqa: PLC0415 - slow

    cut = word if len(word) <= LONGEST else word[: LONGEST - 1] + "…"
    font = get_font(findfont(FontProperties()))
    drawn = "".join(letter if font.get_char_index(ord(letter)) else MISSING for letter in cut)
    return drawn.replace("$", r"\$")
