"""Where an attention looked, word by word, and its picture."""

from __future__ import annotations

import numpy as np
import pytest

from frontal.diagnostics.alignment import Alignment
from frontal.errors import FrontalError


def pieces() -> Alignment:
    weights = np.array([[0.5, 0.25, 0.25, 0.0], [0.1, 0.2, 0.3, 0.4], [0.0, 0.0, 0.2, 0.8]])
    return Alignment(("The", " th", "eme", " $ends"), ("Le", " thè", "me"), weights)


def test_pieces_become_words():
    """Weights of pieces that are read add up, of pieces that are written are averaged."""
    words = pieces().by_word()
    assert words.read == ("The", "theme", "$ends")
    assert words.written == ("Le", "thème")
    assert np.allclose(words.weights, [[0.5, 0.5, 0.0], [0.05, 0.35, 0.6]])
    assert words.places() == [0, 2]


def test_the_picture_names_both_sides():
    axes = pieces().by_word().plot().axes[0]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["The", "theme", r"\$ends"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["Le", "thème"]
    assert np.allclose(np.asarray(axes.collections[0].get_offsets()), [[0, 0], [2, 1]])


def test_letters_that_the_font_lacks_are_boxes():
    figure = Alignment(("猫 \x16a",), ("b",), np.ones((1, 1))).plot()
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == ["□ □a"]
    figure.canvas.draw()


def test_weights_of_another_shape_are_refused():
    with pytest.raises(FrontalError, match=r"weights must be \(T, S\) = \(1, 2\)"):
        Alignment(("a", "b"), ("c",), np.zeros((2, 1)))
