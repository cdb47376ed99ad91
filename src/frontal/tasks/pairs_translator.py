"""The translator: pairs of texts in, translations out, in scikit-learn's verbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, final

import numpy as np

from frontal.diagnostics.alignment import Alignment
from frontal.errors import FrontalError
from frontal.tasks.pairs_estimator import PairsEstimator, Written
from frontal.tasks.pairs_scores import Scores, scores

END = "(end)"  # of the source, in the picture of an alignment


@final
class Translator(PairsEstimator):
    """Translate with an encoder that reads in both directions and a decoder that looks at what was read.

    Attention as in Luong et al. (2015), pieces of words (Sennrich et al. 2016), label smoothing (Szegedy
    et al. 2016), the mean of the best epochs' weights, beam search with the score of Wu et al. (2016). Where
    words are the symbols, one that is not known is copied from where the attention looks.

    Args:
        settings: a `PairsSettings`; or instead
        preset, **options: a preset's name and single settings of `PairsSettings`.

    Example:
        >>> import frontal
        >>> X = ["a cat", "a dog", "the cat", "the dog"] * 5
        >>> y = ["un chat", "un chien", "le chat", "le chien"] * 5
        >>> model = frontal.Translator(symbols="words", hidden=16, epochs=40, valid=0.0).fit(X, y)
        >>> model.translate(["the cat"])
        ['le chat']
    """

    kind: ClassVar = "translator"

    def predict(self, X: Sequence[str]) -> list[str]:
        """Return the translations of texts."""
        return self.translate(X)

    def look(self, text: str) -> Alignment:
        """Return where the attention looked while it translated a text, word by word."""
        found = alignment_of(self.write([text])[0][0])
        if found is None:
            raise FrontalError("there is nothing to look at: an empty text, or a translator without an attention")
        return found

    def score(self, X: Any, y: Any = None) -> float:
        """Return BLEU on pairs; X and y as for `fit`, all of them count."""
        return self.measure(X, y).bleu

    def measure(self, X: Any, y: Any = None) -> Scores:
        """Translate the sources of pairs and compare; X and y as for `fit`, all of them count."""
        pairs = self.read(X, y)
        return scores(self.translate(pairs.sources), pairs.targets)


def alignment_of(written: Written) -> Alignment | None:
    """Return where the attention looked, word by word where pieces make words; None without an attention."""
    if written.weights is None or not written.pieces:
        return None
    words = any(piece[:1] == " " for piece in (*written.read, *written.pieces))
    end = f"{' ' if words else ''}{END}"
    found = Alignment((*written.read, end), tuple(written.pieces), np.asarray(written.weights.double().numpy()))
    return found.by_word() if words else found
