"""What cells read and held at a step, beside the capture and a run of the whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from frontal import FrontalError
from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.recording import run_recorded
from frontal.diagnostics.replay import Replay
from frontal.diagnostics.step_by_step import Stepper
from frontal.diagnostics.subject_series import Series
from frontal.diagnostics.subject_text import PIECE, Text
from frontal.layers.language_network import LanguageNetwork
from frontal.layers.recurrent import Recurrent

K, N = 9, 2 * PIECE + 300
HALF = 2.0**-10  # relative error of half precision


def text(cell: str = "lstm") -> Text:
    torch.manual_seed(0)
    model = LanguageNetwork(K, named(cell), hidden=6, embedding=4, num_layers=2)
    return Text(model, np.random.default_rng(1).integers(0, K, N), list("abcdefghi"), "letters")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    return capture(text(), tmp_path_factory.mktemp("c") / "of")


def test_states_are_those_of_the_capture_and_a_step_leads_from_one_to_the_next(kept: Capture) -> None:
    replay = Replay(text())
    for step in (5, 2 * PIECE + 200, PIECE - 1, PIECE, 0):
        for layer in ("layers.0", "layers.1"):
            here = replay.at(layer, step)
            for name, after in here.after.items():
                np.testing.assert_allclose(
                    after, kept.values(f"{layer}/{name}", steps=slice(step, step + 1))[:, 0], rtol=HALF, atol=1e-6
                )
                if step:
                    before = kept.values(f"{layer}/{name}", steps=slice(step - 1, step))[:, 0]
                    np.testing.assert_allclose(here.before[name], before, rtol=HALF, atol=1e-6)
                else:
                    assert not here.before[name].any()
            states: dict[str, Any] = {name: values.astype(float) for name, values in here.before.items()}
            one = Stepper(here.cell).at(here.x.astype(float), states, state="c", unit=0)
            np.testing.assert_allclose(one.named("h'").values, here.after["h"], atol=1e-6)


def test_what_is_read_is_the_embedding_below_and_the_state_above() -> None:
    subject = text()
    replay, step = Replay(subject), PIECE + 3
    first, second = replay.at("layers.0", step), replay.at("layers.1", step)
    model: Any = subject.model
    np.testing.assert_array_equal(first.x, model.embedding.weight[subject.ids[step]].detach())
    np.testing.assert_array_equal(second.x, first.after["h"])
    assert first.names == ()
    assert second.names == tuple(f"below {k}" for k in range(6))


def test_only_what_is_needed_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    subject, runs = text(), list[int]()
    plain = Text.run
    monkeypatch.setattr(Text, "run", lambda self, piece, *a: (runs.append(piece.first), plain(self, piece, *a))[1])
    replay = Replay(subject)
    replay.at("layers.0", 2 * PIECE)
    assert runs == [0, PIECE, 2 * PIECE]
    replay.at("layers.1", 2 * PIECE + 1)
    assert runs == [0, PIECE, 2 * PIECE]
    replay.at("layers.1", 7)
    assert runs[3:] == [0]


def test_windows_of_a_series_in_both_directions() -> None:
    torch.manual_seed(0)
    net = Recurrent(named("gru"), 1, 3, bidirectional=True, batch_first=True)

    class Ends(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, x: Any) -> Any:
            return self.net(x)[0][:, -1]

    windows = torch.randn(7, 5, 1)
    subject = Series(Ends(), windows, followed=torch.zeros(7), places=np.arange(4, 11), values=np.zeros(11), times=None,
                     channels=["v"], name="noise")  # fmt: skip
    chosen = subject.windows
    _, records = run_recorded(subject.model, chosen)
    replay = Replay(subject)
    for step in range(len(subject)):
        for record in records:
            here = replay.at(record.name, step)
            np.testing.assert_array_equal(here.after["h"], record.after[step % 5, step // 5].detach())
            np.testing.assert_array_equal(here.before["h"], record.before[step % 5, step // 5].detach())
            np.testing.assert_array_equal(here.x, chosen[step // 5, step % 5])
    assert not replay.at(records[1].name, 4).before["h"].any()  # backwards begins at the end of its window


def test_what_is_not_there() -> None:
    with pytest.raises(FrontalError, match="letters has the steps 0 to"):
        Replay(text()).at("layers.0", N)
    with pytest.raises(FrontalError, match=r"no layer is called 'layers.2'"):
        Replay(text()).at("layers.2", 0)
