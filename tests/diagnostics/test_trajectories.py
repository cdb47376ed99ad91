"""Principal axes of states beside numpy's singular vectors, and what class a symbol is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.subject_text import Text
from frontal.diagnostics.symbol_class import CLASSES, class_of, classes_of
from frontal.diagnostics.trajectories import plane_of, points
from frontal.errors import FrontalError
from frontal.layers.language_network import LanguageNetwork


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    torch.manual_seed(0)
    network = LanguageNetwork(7, named("lstm"), hidden=6, embedding=5, num_layers=2)
    ids = np.random.default_rng(1).integers(0, 7, 4500)  # two files
    return capture(Text(network, ids, list("abcdefg"), "t"), tmp_path_factory.mktemp("c") / "c")


@pytest.mark.parametrize("signals", [["layers.0/h"], ["layers.0/h", "layers.0/c"]])
def test_axes_and_shares_are_those_of_the_singular_values(found: Capture, signals: list[str]) -> None:
    whole = np.concatenate([found.values(name) for name in signals]).T.astype(np.float64)  # (N, S)
    _, spread, directions = np.linalg.svd(whole - whole.mean(0), full_matrices=False)
    plane = plane_of(found, signals)
    np.testing.assert_allclose(plane.mean, whole.mean(0), atol=1e-12)
    np.testing.assert_allclose(plane.shares, spread**2 / (spread**2).sum(), atol=1e-10)
    np.testing.assert_allclose(np.abs(plane.axes @ directions[:3].T), np.eye(3), atol=1e-5)
    assert (plane.axes[np.arange(3), np.abs(plane.axes).argmax(1)] > 0).all()
    assert plane.dimensions == pytest.approx((spread**2).sum() ** 2 / (spread**4).sum())


def test_points_are_the_projected_states_evenly_apart(found: Capture) -> None:
    plane = plane_of(found, ["layers.1/h"])
    steps, places = points(found, plane, most=1000)
    assert steps.tolist() == list(range(0, 4500, 5))
    states = found.values("layers.1/h").T.astype(np.float64)[steps]
    np.testing.assert_allclose(places, (states - plane.mean) @ plane.axes.T, atol=1e-12)
    np.testing.assert_allclose(plane.project(states), places, atol=1e-12)
    steps, places = points(found, plane, most=1000, steps=slice(4090, 4100))  # across two files
    assert steps.tolist() == list(range(4090, 4100))
    assert places.shape == (10, 3)


def test_states_that_stand_still_have_no_shares(tmp_path: Path) -> None:
    network = LanguageNetwork(3, named("elman"), hidden=4, embedding=2)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    still = capture(Text(network, np.zeros(50, dtype=np.int64), list("abc"), "t"), tmp_path / "c")
    plane = plane_of(still, ["h"])
    assert (plane.shares == 0).all()
    assert plane.dimensions == 0
    assert (points(still, plane, most=10)[1] == 0).all()


def test_states_of_two_layers_are_not_mixed(found: Capture) -> None:
    with pytest.raises(FrontalError, match=r"one layer; got signals of layers\.0, layers\.1"):
        plane_of(found, ["layers.0/h", "layers.1/h"])


def test_every_symbol_has_a_class() -> None:
    expected = {
        "a": "letter", "ß": "letter", "漢": "letter", "Z": "capital", "7": "digit", " ": "space", "\t": "space",
        "\n": "line end", "  \n": "line end", "(": "bracket", ">": "bracket", '"': "quote", "“": "quote",
        ".": "punctuation", "😀": "punctuation", "": "other", "\x00": "other", " the": "letter",
        " The": "capital", "12:": "digit", " cat\n": "letter",
    }  # fmt: skip
    assert {symbol: class_of(symbol) for symbol in expected} == expected
    ids = np.array([2, 0, 1])
    assert [CLASSES[i] for i in classes_of(["a", "1", "("], ids)] == ["bracket", "letter", "digit"]
