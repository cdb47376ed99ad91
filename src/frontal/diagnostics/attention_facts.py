"""Which facts of a story were looked at to answer a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.figure import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLOCKS = " ▏▎▍▌▋▊▉█"
WIDTH = 8  # characters of a full bar
LONGEST = 44  # characters of a fact in the picture


@dataclass(frozen=True)
class FactAttention:
    """One question, its story, and where the network looked.

    Attributes:
        facts: F sentences.
        question: what was asked.
        answer: what was answered.
        weights: attention at each hop, 0 .. 1, (hops, F); hops may be 0.
        truth: the right answer, or "" where it is not known.
        support: places of the facts from which it follows, () where they are not known.
    """

    facts: tuple[str, ...]
    question: str
    answer: str
    weights: NDArray[np.float64]
    truth: str = ""
    support: tuple[int, ...] = ()

    @property
    def most(self) -> int | None:
        """Place of the fact that was looked at most, over all hops; None without attention."""
        return int(self.weights.sum(0).argmax()) if len(self.weights) else None

    @property
    def on_support(self) -> bool | None:
        """Whether that fact supports the answer; None where that cannot be said."""
        return None if self.most is None or not self.support else self.most in self.support

    def seen(self, least: float) -> list[str]:
        """Return the facts that some hop gave so much attention; without hops all."""
        most = self.weights.max(0) if len(self.weights) else np.ones(len(self.facts))
        return [fact for fact, weight in zip(self.facts, most.tolist(), strict=True) if weight >= least]

    def bars(self) -> list[str]:
        """Return a line a fact: a bar for each hop, the fact, and a star where it supports the answer."""
        return [
            " ".join([*(f"{_bar(weight)} {weight:4.2f}" for weight in self.weights[:, place].tolist()), fact, star])
            .rstrip()
            for place, fact in enumerate(self.facts)
            for star in ("*" if place in self.support else "",)
        ]  # fmt: skip

    def plot(self) -> Figure:
        """Draw the attention of every hop as a map: hops across, facts down."""
        return draw_attention([self])


def share_on_support(looked: Sequence[FactAttention]) -> float:
    """Return the share of questions whose most attended fact supports the answer, of those that have such a fact."""
    known = [one.on_support for one in looked if one.on_support is not None]
    return float(np.mean(known)) if known else float("nan")


def draw_attention(looked: Sequence[FactAttention]) -> Figure:
    """Draw several questions below one another; a dot marks the facts from which the right answer follows."""
    heights = [len(one.facts) + 2.6 for one in looked]
    figure = new_figure(8.4, 0.27 * sum(heights) + 0.2)
    for axes, one in zip(np.ravel(figure.subplots(len(looked), 1, height_ratios=heights)), looked, strict=True):
        hops = max(len(one.weights), 1)
        shown = one.weights.T if len(one.weights) else np.zeros((len(one.facts), 1))
        axes.imshow(shown, cmap="Blues", vmin=0, vmax=1, aspect="auto", extent=(0.5, hops + 0.5, len(one.facts), 0))
        axes.set_yticks(np.arange(len(one.facts)) + 0.5, [_short(fact) for fact in one.facts], fontsize=8)
        axes.set_xticks(range(1, hops + 1))
        axes.tick_params(length=0, labelsize=8)
        axes.set_xlim(0.5, 0.5 + 1.06 * hops)
        for place in one.support:
            axes.plot(0.5 + 1.03 * hops, place + 0.5, "o", color="#d55e00", ms=5)
        right = f", right: {one.truth}" if one.truth and one.truth != one.answer else ""
        axes.set_title(f"{_short(one.question)}  {one.answer}{right}", loc="left", fontsize=9)
        axes.spines[:].set_visible(False)
        axes.set_xlabel("hop", fontsize=8)
    return figure


def _bar(weight: float) -> str:
    whole, part = divmod(round(weight * WIDTH * 8), 8)
    return (BLOCKS[8] * whole + (BLOCKS[part] if part else "")).ljust(WIDTH)


def _short(text: str) -> str:
    text = text.replace("$", r"\$")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
