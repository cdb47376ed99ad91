"""Gradients of a window: each number against finite differences in float64."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import frontal
from frontal import FrontalError
from frontal.cells import named
from frontal.diagnostics import gradient_rows, subject_text
from frontal.diagnostics.gradients_of import connectivity, window_gradients, window_stretch
from frontal.diagnostics.intervene import add, intervening
from frontal.diagnostics.past import Past
from frontal.diagnostics.recording import evaluating
from frontal.diagnostics.subject import Piece, Subject
from frontal.diagnostics.subject_sequences import Sequences
from frontal.diagnostics.subject_series import Series
from frontal.diagnostics.subject_text import Text
from frontal.layers import initialise
from frontal.layers.language_network import LanguageNetwork
from frontal.layers.shapes import ManyToOne
from frontal.layers.window_forecast import WindowForecast

K, H, EPS = 6, 3, 1e-5
Losses = Callable[[], Tensor]


def text(cell: str = "lstm", layers: int = 2, count: int = 40) -> Text:
    torch.manual_seed(3)
    model = LanguageNetwork(K, named(cell), hidden=H, embedding=4, num_layers=layers).double()
    for p in model.parameters():
        nn.init.normal_(p, std=0.7)
    ids = np.random.default_rng(4).integers(0, K, count)
    return Text(model, ids, list("abcdef"), "letters")


class Classifier(nn.Module):
    def __init__(self, *, both: bool) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.recurrent = frontal.GRU(2, H, bidirectional=both)
        self.answers = ManyToOne(self.recurrent, nn.Linear(H * (1 + both), K), pooling="mean")

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        return (self.answers if self.recurrent.directions == 2 else self.answers.beginnings)(x, lengths=lengths)


def classes(*, both: bool = False) -> Sequences:
    model = Classifier(both=both).double()
    x = [torch.randn(n, 2, dtype=torch.float64) for n in (4, 7, 2, 5)]
    return Sequences(model, x, [torch.tensor(k) for k in range(4)], kind="numbers", name="some", facts={})


def series() -> Series:
    torch.manual_seed(6)
    model = WindowForecast(named("lstm"), 1, 5, 2, hidden=H).double()
    for p in model.parameters():
        nn.init.normal_(p, std=0.7)
    values, places = np.random.default_rng(0).normal(size=30), np.arange(4, 29)
    windows = torch.from_numpy(values[places[:, None] + np.arange(-4, 1)])[..., None]
    followed = torch.from_numpy(values[places + 1])
    return Series(
        model, windows, followed=followed, places=places, values=values, times=None, channels=["x"], name="noise"
    )


SUBJECTS: dict[str, Callable[[], Subject]] = {
    "text": text, "gru": lambda: text("gru", 1), "classes": classes, "both": lambda: classes(both=True),
    "series": series,
}  # fmt: skip


def from_the_beginning(made: Subject, of: Callable[[Piece, Any], Tensor]) -> Tensor:
    """The values of all steps in one run."""
    whole = Piece(0, len(made), fresh=True)
    with evaluating(made.model), torch.no_grad():
        return of(whole, made.run(whole, None)[0])[0]


def bumped(made: Subject, layer: str, state: str, step: int) -> tuple[int, int]:
    """Where a step of the subject lies in a run of all of it: time, sequence."""
    if isinstance(made, Text):
        return step, 0
    ends = made.starts if isinstance(made, Sequences) else np.arange(0, len(made) + 1, cast(Series, made).T)
    row = int(np.searchsorted(ends, step, side="right")) - 1
    return step - int(ends[row]), row


def differences(made: Subject, layer: str, state: str, step: int) -> Tensor:
    """∂L / ∂s_step of every loss, by finite differences: (N, H)."""
    time, row = bumped(made, layer, state, step)
    found: list[Tensor] = []
    for unit in range(H):
        ends: list[Tensor] = []
        for sign in (1, -1):
            change = add(f"{layer}/{state}", unit, sign * EPS, steps=slice(time, time + 1), sequences=row)
            with intervening(made.model, [change]):
                ends.append(from_the_beginning(made, made.each_loss))
        found.append((ends[0] - ends[1]) / (2 * EPS))
    return torch.stack(found, 1)


@pytest.mark.parametrize("room", [1 << 21, 1])
@pytest.mark.parametrize(
    ("name", "layer", "state", "first", "stop"),
    [
        ("text", "layers.0", "h", 9, 19), ("text", "layers.0", "c", 0, 7), ("text", "layers.1", "h", 30, 40),
        ("gru", "layers.0", "h", 5, 15), ("classes", "recurrent", "h", 2, 15), ("series", "recurrent", "h", 3, 15),
        ("both", "recurrent", "h", 0, 18), ("both", "recurrent, backwards", "h", 5, 16),
    ],
)  # fmt: skip
def test_the_triangle_is_that_of_finite_differences(
    name: str, layer: str, state: str, first: int, stop: int, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradient_rows, "ROOM", room)
    monkeypatch.setattr(subject_text, "PIECE", 8)
    made = SUBJECTS[name]()
    found = window_gradients(Past(made), first, stop, layer=layer, state=state)
    losses = from_the_beginning(made, made.each_loss)[first:stop]
    assert found.steps.tolist() == losses.isfinite().nonzero()[:, 0].tolist()
    np.testing.assert_allclose(found.losses, losses[found.steps], rtol=1e-10)
    by_step = torch.stack(
        [differences(made, layer, state, step)[first:stop][found.steps] for step in range(first, stop)], 1
    )
    np.testing.assert_allclose(found.triangle, by_step.norm(dim=2), rtol=1e-5, atol=1e-8)  # (L, n, H)
    whole = by_step.sum(0)
    np.testing.assert_allclose(found.whole, whole.norm(dim=1), rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(found.shares.sum(0), found.whole, rtol=1e-8, atol=1e-12)
    unit = whole / whole.norm(dim=1, keepdim=True).clamp_min(1e-30)
    np.testing.assert_allclose(found.shares, (by_step * unit).sum(2), rtol=1e-4, atol=1e-8)


def test_all_states_side_by_side() -> None:
    past = Past(text())
    both, h, c = (window_gradients(past, 10, 20, layer="layers.0", state=s).triangle for s in (None, "h", "c"))
    np.testing.assert_allclose(both, np.hypot(h, c), rtol=1e-10)
    assert window_gradients(past, 10, 20).layer == "layers.1"


@contextmanager
def nudged(made: Subject, step: int, channel: int, by: float) -> Iterator[None]:
    """Within the block the first layer reads something else at one step."""
    time, row = bumped(made, "", "", step)
    layer = cast(Any, made.model).layers[0] if isinstance(made, Text) else cast(Any, made.model).recurrent

    def changed(_: nn.Module, given: Any) -> Any:
        x = given[0].clone()
        x[(row, time, channel) if isinstance(made, Series) else (time, row, channel)] += by
        return x, *given[1:]

    hook = layer.register_forward_pre_hook(changed)
    try:
        yield
    finally:
        hook.remove()


@pytest.mark.parametrize(("name", "size"), [("text", 4), ("classes", 2), ("both", 2), ("series", 1)])
def test_connectivity_is_that_of_finite_differences(name: str, size: int) -> None:
    made = SUBJECTS[name]()
    found = connectivity(Past(made), 3, 15)
    scores = from_the_beginning(made, made.each_score)[3:15]
    np.testing.assert_allclose(found.scores, scores[found.steps], rtol=1e-10)
    for step in (3, 7, 14):
        moved: list[Tensor] = []
        for channel in range(size):
            ends: list[Tensor] = []
            for sign in (1, -1):
                with nudged(made, step, channel, sign * EPS):
                    ends.append(from_the_beginning(made, made.each_score)[3:15][found.steps])
            moved.append((ends[0] - ends[1]) / (2 * EPS))
        np.testing.assert_allclose(found.values[:, step - 3], torch.stack(moved).norm(dim=0), rtol=1e-5, atol=1e-8)


def test_singular_values_are_those_of_the_steps_by_finite_differences() -> None:
    made = text("elman", 1)
    layer = cast(Any, made.model).layers[0]
    found = window_stretch(Past(made), 6, 12)
    with torch.no_grad():
        x = cast(Any, made.model).embedded(made.ids[:, None])
        states = layer(x)[0][:, 0]  # (T, H)
        for step in range(6, 12):

            def after(s: Tensor, step: int = step) -> Tensor:
                return layer(x[step : step + 1], s[None, None])[0][0, 0]

            columns = [
                (after(states[step - 1] + EPS * e) - after(states[step - 1] - EPS * e)) / (2 * EPS)
                for e in torch.eye(H, dtype=torch.float64)
            ]
            np.testing.assert_allclose(found[step - 6], torch.linalg.svdvals(torch.stack(columns, 1)), rtol=1e-6)
    back = window_stretch(Past(classes(both=True)), 0, 18, layer="recurrent, backwards")
    assert back.shape == (18, H)


@pytest.mark.parametrize(("radius", "verdict"), [(0.5, "vanishing"), (1.0, "healthy"), (1.5, "exploding")])
def test_an_elman_network_is_judged_by_its_spectral_radius(radius: float, verdict: str) -> None:
    torch.manual_seed(0)
    model = LanguageNetwork(K, named("elman"), hidden=32, embedding=4)
    initialise.orthogonal(cast(Any, model.layers[0]))
    initialise.spectral_radius(cast(Any, model.layers[0]), radius)
    with torch.no_grad():
        model.embedding.weight.mul_(1e-9)  # so small that tanh is nearly linear
        for name, p in model.layers[0].named_parameters():
            if "bias" in name:
                p.zero_()
    made = Text(model, np.random.default_rng(0).integers(0, K, 60), list("abcdef"), "letters")
    found = window_gradients(Past(made), 0, 40)
    assert found.verdict == verdict
    assert found.rate == pytest.approx(radius, rel=0.03)
    assert f"{verdict}; norm" in str(found)
    assert found.remedy
    if radius == 0.5:
        assert found.reach == 6  # 2⁻⁶ is the last above 1 %
    top = window_stretch(Past(made), 0, 5)[:, 0]
    np.testing.assert_allclose(top, radius, rtol=1e-3)


def test_steps_back_are_counted_the_way_that_the_cell_goes() -> None:
    past = Past(classes(both=True))
    ends = np.cumsum([4, 7, 2, 5]) - 1
    for layer in ("recurrent", "recurrent, backwards"):
        found = window_gradients(past, 4, 11, layer=layer)
        assert found.steps.tolist() == [ends[1] - 4]
        row = found.triangle[0] if layer == "recurrent, backwards" else found.triangle[0][::-1]
        np.testing.assert_allclose(found.carried, row)
        assert found.verdict is not None


def test_what_losses_give_by_their_distance() -> None:
    found = window_gradients(Past(text()), 5, 25)
    names, shares = found.by_distance()
    assert names == ["0", "1", "2–3", "4–7", "8–15", "16–19"]
    np.testing.assert_allclose(shares.sum(0), found.whole, rtol=1e-8)
    by_hand = sum(found.shares[k, 10] for k, step in enumerate(found.steps) if 4 <= step - 10 <= 7)
    assert shares[3, 10] == pytest.approx(float(by_hand))


def test_the_states_at_the_beginning_are_those_of_a_run_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject_text, "PIECE", 8)
    made = text(count=60)
    past = Past(made)
    for first in (33, 5, 40, 0, 32):
        with evaluating(made.model), torch.no_grad():
            expected = made.run(Piece(0, first, fresh=True), None)[1] if first else None
        found = past.before(first)
        flat = [t for layer in found or () for t in layer], [t for layer in expected or () for t in layer]
        for a, b in zip(*flat, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


def test_windows_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    past = Past(text())
    for first, stop in ((-1, 5), (5, 5), (30, 41), (0, 300)):
        with pytest.raises(FrontalError, match="a window has 1 to 256 steps"):
            window_gradients(past, first, stop)
    with pytest.raises(FrontalError, match=r"layers\.1"):
        window_gradients(past, 0, 5, layer="layers.7")
    with pytest.raises(FrontalError, match="no state 'q'"):
        window_gradients(past, 0, 5, state="q")
    with pytest.raises(FrontalError, match="has a loss"):
        window_gradients(Past(series()), 0, 3)
    with (
        monkeypatch.context() as patched,
        pytest.raises(FrontalError, match="has 7 steps, and gradients go through all"),
    ):
        patched.setattr(gradient_rows, "LONGEST", 6)
        connectivity(Past(classes()), 5, 8)
    few = window_gradients(past, 4, 6)
    assert few.verdict is None
    assert "too few steps" in str(few)
