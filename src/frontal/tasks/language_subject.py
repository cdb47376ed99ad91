"""A language model along a text, for the microscope."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from frontal.data.corpus import Corpus
from frontal.data.corpus_read import read_corpus
from frontal.data.textfile import is_said
from frontal.data.tokenizer import Tokenizer
from frontal.diagnostics.subject_text import Text
from frontal.layers.language_network import LanguageNetwork

MOST = 100_000  # symbols


def text_subject(network: LanguageNetwork, tokenizer: Tokenizer, X: Any, *, most: int = MOST) -> Text:
    """Return a network along the beginning of a text, of `most` symbols.

    Args:
        network: without styles, or with one.
        tokenizer: of its symbols.
        X: whatever `frontal.data.corpus_read.read_corpus` takes; a string with a blank in it is the text itself.
        most: symbols that are looked at.

    Raises:
        FrontalError: there is no text, or less than two symbols of it.
    """
    corpus = Corpus.of_text(X) if isinstance(X, str) and is_said(X) else read_corpus(X)
    ids: list[int] = []
    for piece in corpus.pieces():
        ids += tokenizer.encode(piece).tolist()
        if len(ids) >= most:
            break
    style = {"style": torch.zeros(1, dtype=torch.int64)} if network.styles else {}
    return Text(network, np.array(ids[:most], dtype=np.int64), tokenizer.shown(), corpus.name, **style)
