"""A model with and without a change, beside loops by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from frontal import FrontalError
from frontal.cells import named
from frontal.diagnostics.continuation import continuation
from frontal.diagnostics.edit import edited
from frontal.diagnostics.experiment import experiment
from frontal.diagnostics.intervene import clamp, replace
from frontal.diagnostics.past import Past
from frontal.diagnostics.subject_sequences import Sequences
from frontal.diagnostics.subject_series import Series
from frontal.layers import Recurrent
from frontal.layers.window_forecast import WindowForecast

from .by_hand import H, N, by_hand, ids, network, text

SIGNAL = "layers.0/h"


def clamped(t: int, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    if 25 <= t < 30:
        h = h.clone()
        h[2] = 0.9
    return h, c


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-9, atol=1e-12)


def test_a_text_with_a_unit_clamped_from_the_states_at_the_windows_start() -> None:
    found = experiment(text(), 20, 40, [clamp(SIGNAL, 2, 0.9, steps=slice(25, 30))])
    usual, changed = by_hand(ids()), by_hand(ids(), clamped)
    close(found.usual.losses, usual["losses"][20:40])
    close(found.changed.losses, changed["losses"][20:40])
    np.testing.assert_allclose(found.changed.states[SIGNAL], changed["h"][20:40], atol=1e-6)
    np.testing.assert_allclose(found.usual.states["layers.0/c"], usual["c"][20:40], atol=1e-6)
    close(found.difference, changed["losses"][20:40] - usual["losses"][20:40])
    assert found.delta == pytest.approx(float((changed["losses"] - usual["losses"])[20:40].mean()))
    assert not found.difference[:5].any()
    assert found.difference[5:].all()
    assert str(found).endswith("nats a symbol")
    np.testing.assert_array_equal(found.changed.tracks["guess"], (-changed["logs"][20:40]).argsort(-1)[:, :5])


def test_without_a_change_nothing_differs_and_the_model_is_as_before() -> None:
    subject = text()
    before = torch.random.get_rng_state()
    found = experiment(subject, 20, 40)
    assert not found.difference.any()
    assert torch.equal(before, torch.random.get_rng_state())
    assert subject.model.training


@pytest.mark.parametrize("memory", [0, 1, 7, 20, 100])
def test_states_cleared_some_steps_before(memory: int) -> None:
    found = experiment(text(), 20, 40, memory=memory)
    begin = max(20 - memory, 0)
    close(found.changed.losses, by_hand(ids()[begin:])["losses"][20 - begin : 40 - begin])
    close(found.usual.losses, by_hand(ids())["losses"][20:40])
    assert len(found.changed.losses) == len(found.changed.tracks["symbol"]) == len(found.changed.states[SIGNAL]) == 20


def test_an_edited_text_of_another_length_is_compared_where_it_is_the_same() -> None:
    subject, new = text(), [3, 3, 3]
    other = np.concatenate([ids()[:24], new, ids()[30:]])
    found = experiment(subject, 20, 40, edited=edited(subject, 24, 30, np.array(new)))
    changed = by_hand(other)
    close(found.changed.losses, changed["losses"][20:37])
    a, b = found.steps
    np.testing.assert_array_equal(found.usual.tracks["symbol"][a], found.changed.tracks["symbol"][b])
    later = len(a) - np.searchsorted(a, 10)
    assert later == 10  # all behind the edit
    np.testing.assert_array_equal((20 + a)[-10:], np.arange(30, 40))
    close(found.difference[-10:], (changed["losses"][27:37] - by_hand(ids())["losses"][30:40]))
    assert 23 not in 20 + a[:-10]  # what comes after it was edited


def test_the_past_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = text(2500)
    runs: list[int] = []
    run = subject.run
    monkeypatch.setattr(type(subject), "run", lambda self, p, s, c=1: (runs.append(p.stop), run(p, s, c))[1])
    past = Past(subject)
    states: Any = past.before(2300)
    close(states[0][0][0, 0], by_hand(ids(2500)[:2300])["h"][-1])
    assert past.before(0) is None
    assert runs == [1024, 2048, 2300]
    past.before(2048)
    past.before(1030)
    assert runs == [1024, 2048, 2300, 1030]


def test_the_states_of_another_moment_are_pasted() -> None:
    whole = by_hand(ids())
    pasted = [replace(f"layers.0/{name}", whole[name][10], step=24) for name in ("h", "c")]
    found = experiment(text(), 20, 40, pasted)
    later = by_hand(ids()[25:], h=whole["h"][10], c=whole["c"][10])
    close(found.changed.losses[5:], later["losses"][:15])


def test_a_continuation_with_the_same_random_numbers() -> None:
    subject = text()
    same = experiment(subject, 20, 40)
    assert continuation(subject, same.usual, 30, seed=3) == continuation(subject, same.changed, 30, seed=3)
    found = experiment(subject, 20, 40, [clamp(SIGNAL, None, 3.0, steps=slice(25, None))])
    written = continuation(subject, found.changed, 30, seed=3, temperature=0.7)
    assert written != continuation(subject, found.usual, 30, seed=3, temperature=0.7)
    uniform = np.random.default_rng(3).random(30)
    logs = by_hand(ids()[:40], lambda t, h, c: (h * 0 + 3 if t >= 25 else h, c))
    state = {name: logs[name][-1] for name in ("h", "c")}
    symbols, last = list[int](), logs["logs"][-1]
    for number in uniform:
        chances = (last / 0.7).softmax(-1).cumsum(-1)
        symbols.append(int((chances <= number).sum()))
        step = by_hand([symbols[-1], 0], h=state["h"], c=state["c"])
        state, last = {name: step[name][0] for name in ("h", "c")}, step["logs"][0]
    assert written == symbols
    with pytest.raises(FrontalError, match="temperature"):
        continuation(subject, found.usual, 3, temperature=0)


def series() -> Series:
    torch.manual_seed(0)
    values = np.sin(np.arange(60) / 3)
    model = WindowForecast(named("gru"), 1, 8, 2, hidden=4, linear=False).double()
    windows = torch.from_numpy(np.stack([values[k : k + 8, None] for k in range(50)]))
    places = np.arange(7, 57)
    return Series(
        model, windows, followed=torch.from_numpy(values[8:58]), places=places, values=values, times=None,
        channels=["sine"], name="sine",
    )  # fmt: skip


def test_a_series_is_run_by_windows() -> None:
    subject = series()
    found = experiment(subject, 19, 20, [clamp("h", 1, 0.5, steps=slice(19, 22))])
    assert (found.usual.first, len(found.usual.losses)) == (16, 8)
    window = subject.windows[2:3]
    outputs, h = [], torch.zeros(1, 4, dtype=torch.float64)
    model: Any = subject.model
    cell = model.recurrent.bound_cells()[0]
    for t in range(8):
        h = cell(window[:, t], h)[0].detach().clone()
        if 3 <= t < 6:
            h[:, 1] = 0.5
        outputs.append(h)
    answer = model.head(outputs[-1]).detach()[0, 0]
    np.testing.assert_allclose(found.changed.tracks["answer"][-1], answer, rtol=1e-6)
    close(found.changed.losses[-1], (answer - subject.followed[2]) ** 2)
    assert np.isnan(found.changed.losses[:-1]).all()
    np.testing.assert_allclose(found.changed.states["recurrent/h"], torch.cat(outputs), atol=1e-6)
    forgot = experiment(subject, 19, 20, memory=1)  # the states before step 18, the third of the window, are zero
    h = torch.zeros(1, 4, dtype=torch.float64)
    for t in range(2, 8):
        h = cell(window[:, t], h)[0].detach()
    np.testing.assert_allclose(forgot.changed.tracks["answer"][-1], model.head(h).detach()[0, 0], rtol=1e-6)
    moved = experiment(subject, 19, 20, edited=edited(subject, 18, 20, np.array([0.25, -3.0])))
    np.testing.assert_allclose(moved.changed.tracks["input"][2:4], [0.25, -3.0])
    assert subject.windows[2, 2, 0] != 0.25
    assert moved.delta != 0


class Answers(nn.Module):
    """States in the place of logits."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = Recurrent(named("gru"), 3, 4)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        return self.layer(x, lengths=lengths)[0]


def sequences() -> Sequences:
    torch.manual_seed(0)
    return Sequences(
        Answers(), [torch.randn(n, 3) for n in (5, 8, 3)], [torch.tensor(k) for k in (0, 3, -1)], kind="sound",
        name="sounds", facts={"classes": list("abcd"), "names": ["x", "y", "z"], "channels": list("uvw")},
    )  # fmt: skip


def test_sequences_are_run_whole_one_changed_and_the_others_not() -> None:
    subject = sequences()
    found = experiment(subject, 3, 9, [clamp("h", None, 0.5, steps=slice(7, 9))])
    assert (found.usual.first, len(found.usual.losses)) == (0, 13)
    assert (found.changed.states["layer/h"][7:9] == 0.5).all()
    assert (found.changed.states["layer/h"][:7] == found.usual.states["layer/h"][:7]).all()
    quiet = np.zeros((2, 3))
    muted = experiment(subject, 5, 13, edited=edited(subject, 6, 8, quiet))
    np.testing.assert_array_equal(muted.changed.tracks["input"][1:3], quiet)
    assert muted.difference[0] == 0
    assert muted.difference[1:].all()
    with pytest.raises(FrontalError, match=r"take values of shape \(2, 3\)"):
        edited(subject, 6, 8, np.zeros(2))
    with pytest.raises(FrontalError, match="of a sequence of 5"):
        edited(subject, 4, 6, quiet)


def test_steps_that_are_not_there_are_refused() -> None:
    with pytest.raises(FrontalError, match="steps 0 to 60; 50 to 61"):
        experiment(text(), 50, N + 1)
    with pytest.raises(FrontalError, match="5 to 2"):
        edited(text(), 5, 2, np.array([1]))
    with pytest.raises(FrontalError, match="two symbols"):
        edited(text(), 0, N, np.array([1]))
    with pytest.raises(FrontalError, match=r"there is no .* 'q' to change"):
        experiment(text(), 0, 10, [clamp("q", 0)])
    assert network().layers[0].output_size == H
