"""Whether a style came through: told by a judge that never saw the model, and by the model itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import torch
from numpy.typing import NDArray

from frontal.data.styled_set import Styled
from frontal.diagnostics.classification import Classification
from frontal.tasks.language_style_judge import StyleJudge
from frontal.tasks.language_style_pieces import Pieces, pieces_of
from frontal.tasks.language_style_train import surprise_of_pieces
from frontal.tasks.language_style_write import Writer

Floats = NDArray[np.float64]
WRITTEN = 1000  # texts, of all styles together
MOVED = 500  # beginnings that are continued
LONGEST = 400  # symbols of each


@dataclass(frozen=True)
class StyleScore:
    """What was measured about S styles.

    Attributes:
        judged: what the judge says of real texts that it never saw, beside their styles.
        written: what it says of texts that the model wrote, beside the styles that were asked for.
        moved: what it says of what was written behind the first halves of real texts, which were read
            in another style than theirs, beside that style.
        carried: the same where the halves were read in their own style, and only what followed in the other.
        neutral: what it says of texts written with the mean of all styles' vectors, (S,) shares.
        bayes: what the model itself says of the real texts: Bayes' rule, styles equally likely.
        copied: share of the written texts that stand in the training part, letter for letter.
        nats: of the real texts, in each style, (N, S).
        characters: of the real texts, (N,).
        samples: some written texts, by style.
    """

    judged: Classification
    written: Classification
    moved: Classification
    carried: Classification
    neutral: Floats
    bayes: Classification
    copied: float
    nats: Floats
    characters: NDArray[np.int64]
    samples: dict[str, list[str]]

    @property
    def chance(self) -> float:
        """Share that is right by guessing."""
        return 1 / len(self.judged.classes)

    @property
    def bits(self) -> tuple[float, float]:
        """Bits a character of the real texts: in their own style, and the mean over the others."""
        return bits_of(self.nats, self.bayes.truth, self.characters)

    def metrics(self) -> dict[str, float]:
        """The figures under the names of `metrics.json`."""
        own, other = self.bits
        return {
            "recognised": self.written.metrics()["balanced_accuracy"],
            "recognised_real": self.judged.metrics()["balanced_accuracy"],
            "recognised_moved": self.moved.metrics()["balanced_accuracy"],
            "recognised_carried": self.carried.metrics()["balanced_accuracy"],
            "recognised_chance": self.chance,
            "bayes_accuracy": self.bayes.metrics()["balanced_accuracy"],
            "copied": self.copied,
            "bits_per_character": own,
            "bits_per_character_other_styles": other,
        }


def measure_styles(writer: Writer, learned: Styled, held: Styled, *, seed: int = 0, count: int = WRITTEN) -> StyleScore:
    """Write `count` texts, equally many in each style, and have them and the held-out texts judged.

    Args:
        writer: trained on `learned`.
        learned: what the judge learns, too.
        held: real texts that neither has seen.
        seed: of what is drawn.
        count: texts to write.
    """
    judge = StyleJudge(learned)
    S = len(writer.styles)
    asked = np.arange(S * max(1, count // S)) % S
    texts = writer.write(np.eye(S)[asked], seed=seed, longest=LONGEST)
    neutral = writer.write(np.full((len(asked), S), 1 / S), seed=seed + 1, longest=LONGEST)
    known = set(learned.texts)
    nats, characters = nats_by_style(writer, held)
    bayes = by_bayes(nats, held, writer.styles)
    samples = {style: [texts[place] for place in np.flatnonzero(asked == s)] for s, style in enumerate(writer.styles)}
    return StyleScore(
        Classification(writer.styles, judge.probabilities(held.texts), bayes.truth),
        Classification(writer.styles, judge.probabilities(texts), asked),
        _moved(writer, judge, held, seed, carried=False),
        _moved(writer, judge, held, seed, carried=True),
        np.bincount(judge.probabilities(neutral).argmax(1), minlength=S) / len(neutral),
        bayes,
        float(np.mean([text in known for text in texts])),
        nats, characters, samples,
    )  # fmt: skip


def nats_by_style(writer: Writer, held: Styled) -> tuple[Floats, NDArray[np.int64]]:
    """Return -ln p of each text and its end in each style, (N, S), and its characters, the end included, (N,)."""
    pieces = pieces_of(held, writer.styles, writer.tokenizer)
    nats = [_in_style(writer, pieces, style) for style in range(len(writer.styles))]
    return np.stack(nats, 1), np.array([len(text) + 1 for text in held.texts])


def _in_style(writer: Writer, pieces: Pieces, style: int) -> Floats:
    with torch.inference_mode():
        return surprise_of_pieces(writer.network, pieces, style).double().numpy()


def by_bayes(nats: Floats, held: Styled, styles: tuple[str, ...]) -> Classification:
    """Return what the model says of texts by Bayes' rule, all styles equally likely, beside their styles."""
    likelihoods = np.exp(nats.min(1, keepdims=True) - nats)
    truth = np.array([styles.index(label) for label in held.labels])
    return Classification(styles, likelihoods / likelihoods.sum(1, keepdims=True), truth)


def bits_of(nats: Floats, truth: NDArray[np.int64], characters: NDArray[np.int64]) -> tuple[float, float]:
    """Return bits a character of texts in their own style, and the mean over the others.

    Args:
        nats: of each text in each style, (N, S).
        truth: the number of each one's own style, (N,).
        characters: (N,).
    """
    own = np.arange(nats.shape[1]) == truth[:, None]
    scale = log(2) * float(characters.sum())
    return float(nats[own].sum() / scale), float(nats[~own].sum() / (nats.shape[1] - 1) / scale)


def _moved(writer: Writer, judge: StyleJudge, held: Styled, seed: int, *, carried: bool) -> Classification:
    """Continue the first halves of real texts in the style behind their own, and have what is new judged."""
    S = len(writer.styles)
    places = np.random.default_rng(seed).permutation(len(held))[:MOVED]
    own = np.array([writer.styles.index(held.labels[place]) for place in places])
    halves = [held.texts[place][: len(held.texts[place]) // 2] for place in places]
    other = (own + 1) % S
    new = writer.write(
        np.eye(S)[other], seed=seed + 2, longest=LONGEST, prompts=halves, before=np.eye(S)[own] if carried else None
    )
    kept = [row for row, text in enumerate(new) if text.strip()]
    said = judge.probabilities([new[row] for row in kept])
    return Classification(writer.styles, said, other[kept])


def excerpts(samples: Sequence[str], count: int, longest: int = 160) -> list[str]:
    """Return the first few texts on one line each, long ones cut."""
    lines = [" / ".join(text.split("\n")) for text in samples[:count]]
    return [line if len(line) <= longest else line[: longest - 1] + "…" for line in lines]
