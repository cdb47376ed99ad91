"""What a model does along data, kept on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal import FrontalError
from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.capture_index import BAND, SHARD, shard_name
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.subject import cut
from frontal.diagnostics.subject_text import PIECE, Text
from frontal.layers.language_network import LanguageNetwork

K, H, N = 11, 6, SHARD + 2 * PIECE + 77


def network(cell: str = "lstm", layers: int = 1) -> LanguageNetwork:
    torch.manual_seed(0)
    return LanguageNetwork(K, named(cell), hidden=H, embedding=4, num_layers=layers)


def ids(count: int = N) -> Any:
    return np.random.default_rng(1).integers(0, K, count)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    model = network()
    return capture(Text(model, ids(), list("abcdefghijk"), "letters"), tmp_path_factory.mktemp("c") / "of")


def loop(model: LanguageNetwork, symbols: Any) -> dict[str, Any]:
    """An LSTM by hand, in float64: everything that a capture should hold."""
    state = {name: p.detach().double() for name, p in model.named_parameters()}
    w_ih, w_hh, b_ih, b_hh = (next(p for n, p in state.items() if key in n) for key in
                              ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))  # fmt: skip
    h = c = torch.zeros(H, dtype=torch.float64)
    kept: dict[str, list[Any]] = {name: [] for name in ("i", "f", "g", "o", "h", "c", "logs")}
    for symbol in symbols:
        x = state["embedding.weight"][int(symbol)]
        i, f, g, o = (w_ih @ x + b_ih + w_hh @ h + b_hh).chunk(4)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        c = f * c + i * g
        h = o * c.tanh()
        logs = (state["weight"] @ h + state["bias"]).log_softmax(-1)
        for name, value in zip(kept, (i, f, g, o, h, c, logs), strict=True):
            kept[name].append(value)
    return {name: torch.stack(values).numpy() for name, values in kept.items()}


def test_states_gates_and_predictions_are_those_of_a_loop_by_hand(whole: Capture) -> None:
    truth = loop(network(), ids())
    for name in ("h", "c", "i", "f", "g", "o"):
        values = whole.values(name)
        assert values.shape == (H, N)
        np.testing.assert_allclose(values.T, truth[name], atol=2e-3)  # half a step of float16, and float32's errors
    symbols = ids()
    np.testing.assert_array_equal(whole.track("symbol"), symbols)
    surprise = -truth["logs"][np.arange(N - 1), symbols[1:]]
    np.testing.assert_allclose(whole.track("surprise")[:-1], surprise, rtol=1e-4)
    assert np.isnan(whole.track("surprise")[-1])
    order = np.argsort(-truth["logs"], axis=1, kind="stable")[:, :5]
    clear = np.diff(np.sort(truth["logs"], axis=1)[:, ::-1][:, :6], axis=1).max(1) < -1e-5  # no ties
    np.testing.assert_array_equal(whole.track("guess")[clear], order[clear])
    np.testing.assert_allclose(
        whole.track("chance"), np.exp(np.take_along_axis(truth["logs"], whole.track("guess"), 1)), rtol=1e-4
    )
    assert whole.track("fresh").sum() == 1
    assert whole.track("fresh")[0]


def test_what_is_known_of_a_signal(whole: Capture) -> None:
    forget = whole.signal("f")
    assert (forget.units, forget.function, forget.bounds, forget.keeping) == (H, "sigmoid", (0.0, 1.0), 1.0)
    assert whole.signal("h").function is None
    assert whole.signal("c").lowest == pytest.approx(float(whole.values("c").min()), abs=1e-3)
    assert whole.index.facts["symbols"] == list("abcdefghijk")
    assert (len(whole), whole.index.kind, whole.index.name) == (N, "text", "letters")


@settings(deadline=None)
@given(st.integers(0, N), st.integers(0, N), st.integers(0, H), st.integers(0, H))
def test_a_part_is_a_part_of_the_whole(whole: Capture, a: int, b: int, u: int, v: int) -> None:
    everything = whole.values("c")
    np.testing.assert_array_equal(whole.values("c", slice(u, v), slice(a, b)), everything[u:v, a:b])
    np.testing.assert_array_equal(whole.track("guess", slice(a, b)), whole.track("guess")[a:b])


def test_the_overview_holds_the_ends_of_every_band(whole: Capture) -> None:
    values, (low, high) = whole.values("h"), whole.overview("h")
    starts = [s for first in range(0, N, SHARD) for s in range(first, min(first + SHARD, N), BAND)]
    np.testing.assert_array_equal(low, np.minimum.reduceat(values, starts, axis=1))
    np.testing.assert_array_equal(high, np.maximum.reduceat(values, starts, axis=1))


@given(st.integers(1, 500), st.integers(1, 60), st.lists(st.integers(1, 499), max_size=4))
def test_pieces_cover_all_steps_once(length: int, size: int, starts: list[int]) -> None:
    begins = sorted({0, *(s for s in starts if s < length)})
    pieces = list(cut(length, size, np.array(begins)))
    assert [step for p in pieces for step in range(p.first, p.stop)] == list(range(length))
    assert [p.first for p in pieces if p.fresh] == begins
    assert max(p.stop - p.first for p in pieces) <= size


def test_layers_of_any_cell(tmp_path: Path) -> None:
    kept = capture(Text(network("gru", layers=2), ids(40), list("abcdefghijk"), "few"), tmp_path / "gru")
    assert [signal.name for signal in kept.signals if signal.value == "h"] == ["layers.0/h", "layers.1/h"]
    assert kept.signal("h").name == "layers.1/h"
    assert {signal.value for signal in kept.signals} >= {"r", "z", "n", "h"}


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[int] = []
    capture(Text(network(), ids(PIECE + 5), list("abcdefghijk"), "x"), tmp_path / "c", progress=told.append)
    assert told == [PIECE, PIECE + 5]


def test_the_model_is_as_before(tmp_path: Path) -> None:
    model = network().train()
    state = torch.random.get_rng_state()
    capture(Text(model, ids(20), list("abcdefghijk"), "x"), tmp_path / "c")
    assert model.training
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FrontalError, match="not empty"):
        capture(Text(network(), ids(20), list("abcdefghijk"), "x"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def small(folder: Path) -> Path:
    return capture(Text(network(), ids(100), list("abcdefghijk"), "x"), folder / "small").folder


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"format": 1}', b'{"format": 2}', b"\xff", b'{"format": 1, "x": 2}']
)
def test_contents_that_are_none_are_refused(tmp_path: Path, content: bytes) -> None:
    folder = small(tmp_path)
    (folder / "index.json").write_bytes(content)
    with pytest.raises(FrontalError, match=r"index\.json"):
        Capture(folder)


def test_a_damaged_capture_is_refused(tmp_path: Path) -> None:
    folder = small(tmp_path)
    index = json.loads((folder / "index.json").read_text())
    index["steps"] = 101
    (folder / "index.json").write_text(json.dumps(index))
    with pytest.raises(FrontalError, match="damaged"):
        Capture(folder)
    (folder / shard_name(0)).write_bytes(b"rubbish")
    with pytest.raises(FrontalError, match="incomplete"):
        Capture(folder)
    (folder / shard_name(0)).unlink()
    with pytest.raises(FrontalError, match="incomplete"):
        Capture(folder)
    with pytest.raises(FrontalError, match="holds no capture"):
        Capture(tmp_path / "nothing")


def test_wrong_questions(whole: Capture) -> None:
    with pytest.raises(FrontalError, match="no signal is called 'forget'"):
        whole.values("forget")
    with pytest.raises(FrontalError, match="units 0 to 5"):
        whole.unit("h", 6)
    with pytest.raises(FrontalError, match="no track"):
        whole.track("surprises")
    with pytest.raises(FrontalError, match="too short"):
        Text(network(), ids(1), list("abcdefghijk"), "x")
