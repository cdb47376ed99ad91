"""Reservoirs and their read-outs, beside plain loops and one-shot least squares."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from frontal.data.problem_dynamics import mackey_glass
from frontal.errors import FrontalError
from frontal.layers import Recurrent
from frontal.layers.echo_state import EchoState
from frontal.layers.echo_state_classifier import EchoStateClassifier
from frontal.layers.readout import RecursiveLeastSquares, Ridge
from frontal.layers.reservoir import Reservoir, spectral_radius_of


def series(steps: int) -> Tensor:
    """Mackey-Glass between -1 and 1."""
    x = mackey_glass(steps, 1, Generator().manual_seed(0))
    return 2 * (x - x.min()) / (x.max() - x.min()) - 1


@pytest.mark.parametrize("size", [1, 2, 30, 100])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_spectral_radius(size: int, seed: int):
    weight = torch.randn(size, size, generator=Generator().manual_seed(seed), dtype=torch.float64)
    assert spectral_radius_of(weight) == pytest.approx(torch.linalg.eigvals(weight).abs().max().item(), rel=2e-3)


def test_spectral_radius_of_a_rotation_and_of_none():
    turn = torch.tensor([[0.0, -3.0], [3.0, 0.0]])  # eigenvalues ±3i: a vector would never settle
    assert spectral_radius_of(turn) == pytest.approx(3, rel=1e-3)
    assert spectral_radius_of(torch.tensor([[0.0, 1.0], [0.0, 0.0]])) == 0


def test_a_reservoir_is_what_it_says():
    cell = Reservoir(
        3, 60, spectral_radius=1.3, leak=0.4, input_scale=0.5, bias_scale=0.2, density=0.2, dtype=torch.float64
    )
    assert not list(cell.parameters()) and set(cell.state_dict()) == {"weight_ih", "weight_hh", "bias"}
    assert torch.linalg.eigvals(cell.weight_hh).abs().max().item() == pytest.approx(1.3, rel=2e-3)
    assert (cell.weight_hh != 0).double().mean().item() == pytest.approx(0.2, abs=0.03)
    assert (cell.weight_ih.abs() == 0.5).all() and (cell.bias.abs() == 0.2).all()
    layer, x = Recurrent(cell), torch.randn(9, 2, 3, dtype=torch.float64)
    assert layer.explain(x).cells[0].backend == "cpu"
    h = torch.zeros(2, 60, dtype=torch.float64)
    for t in range(9):
        h = 0.6 * h + 0.4 * torch.tanh(x[t] @ cell.weight_ih.T + h @ cell.weight_hh.T + cell.bias)
    torch.testing.assert_close(layer(x)[0][-1], h)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 4), st.integers(1, 3), st.floats(1e-3, 10), st.integers(0, 99))
def test_ridge_from_sums_is_least_squares_with_rows_for_the_penalty(
    features: int, outputs: int, ridge: float, seed: int
):
    g = Generator().manual_seed(seed)
    s, y = (torch.randn(40, n, generator=g, dtype=torch.float64) for n in (features, outputs))
    readout = Ridge(features, outputs, ridge)
    for part in (slice(0, 7), slice(7, 39), slice(39, 40)):
        readout.add(s[part], y[part])
    rows = torch.cat([torch.cat([s, torch.ones(40, 1)], 1), ridge**0.5 * torch.eye(features, features + 1).double()])
    wanted = np.linalg.lstsq(rows.numpy(), torch.cat([y, torch.zeros(features, outputs)]).numpy())[0]
    weight, bias = readout.solve()
    np.testing.assert_allclose(torch.cat([weight.T, bias[None]]).numpy(), wanted, rtol=1e-8, atol=1e-10)


def test_the_online_read_out_comes_to_the_same():
    g = Generator().manual_seed(0)
    s, y = torch.randn(60, 4, generator=g, dtype=torch.float64), torch.randn(60, 2, generator=g, dtype=torch.float64)
    online, ridge = RecursiveLeastSquares(4, 2, 0.5), Ridge(4, 2, 0.5)
    for state, answer in zip(s, y, strict=True):
        online.learn(state, answer)
    ridge.add(s, y)
    for a, b in zip(online.solve(), ridge.solve(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


def test_forgetting_follows_a_change():
    g = Generator().manual_seed(0)
    s = torch.randn(400, 3, generator=g, dtype=torch.float64)
    first, second = torch.tensor([1.0, 2, 3]).double(), torch.tensor([-1.0, 0, 1]).double()
    errors = {}
    for forgetting in (1.0, 0.9):
        online = RecursiveLeastSquares(3, 1, 1e-3, forgetting)
        for t, state in enumerate(s):
            answer = state @ (first if t < 200 else second)
            predicted = online.learn(state, answer[None])
        errors[forgetting] = abs(predicted.item() - answer.item())
    assert errors[0.9] < 1e-6 < errors[1.0]


@pytest.mark.parametrize("options", [{}, {"layers": 3}, {"see_input": True}])
def test_any_chunks_give_what_the_whole_gives(options: dict):
    x = series(700)
    network = EchoState(1, 40, dtype=torch.float64, **options).fit(x[:400], x[1:401], washout=50)
    saved = [s.clone() for s in network._states]
    whole = network.predict(x[400:])
    network._states = saved
    pieces = [network.predict(part) for part in x[400:].split([1, 7, 92, 200])]
    torch.testing.assert_close(torch.cat(pieces), whole)


def test_fitting_in_chunks_keeps_no_state(monkeypatch: pytest.MonkeyPatch):
    from frontal.layers import echo_state

    x = series(900)
    whole = EchoState(1, 30, dtype=torch.float64).fit(x[:-1], x[1:], washout=100)
    monkeypatch.setattr(echo_state, "CHUNK", 37)
    chunked = EchoState(1, 30, dtype=torch.float64).fit(x[:-1], x[1:], washout=100)
    torch.testing.assert_close(chunked.weight, whole.weight, rtol=1e-4, atol=1e-6)


def test_washout_and_lengths_choose_the_steps_that_count():
    torch.manual_seed(0)
    x, y = torch.randn(30, 2, 3, dtype=torch.float64), torch.randn(30, 2, 1, dtype=torch.float64)
    network = EchoState(3, 20, ridge=0.1, dtype=torch.float64).fit(x, y, washout=5, lengths=[30, 12])
    states = network.states(x)
    readout = Ridge(20, 1, 0.1)
    readout.add(states[5:, 0], y[5:, 0])
    readout.add(states[5:12, 1], y[5:12, 1])
    torch.testing.assert_close(network.weight, readout.solve()[0])


def test_mackey_glass_one_step_ahead():
    """The published error of such a network is 0.00203; here the read-out sees the input as well."""
    x = series(2000)
    for seed in range(3):
        network = EchoState(
            1, 100, spectral_radius=1.25, leak=0.3, ridge=1e-5, bias_scale=1.0, see_input=True, seed=seed
        )
        network.fit(x[:1600], x[1:1601], washout=100)
        error = (network.predict(x[1600:-1]) - x[1601:]).square().mean().sqrt().item()
        assert error <= 0.0021
        assert error < (x[1600:-1] - x[1601:]).square().mean().sqrt().item() / 20  # the last value


def test_free_running_follows_the_series_for_a_while():
    x = series(2300)
    network = EchoState(1, 300, spectral_radius=1.25, leak=0.3, ridge=1e-8, bias_scale=1.0, dtype=torch.float64)
    network.fit(x[:1999], x[1:2000], washout=100)
    told = network.generate(100)
    assert (told - x[2000:2100]).abs().max() < 0.1


def test_feedback_of_the_answer():
    """A sine without any input: only the fed back answer keeps it going."""
    wave = torch.sin(torch.arange(600) / 8)[:, None].double()
    nothing = torch.zeros(600, 1)
    options = {"ridge": 1e-6, "spectral_radius": 0.8, "bias_scale": 0.3, "dtype": torch.float64}
    network = EchoState(1, 100, feedback=1, noise=0.01, **options)
    network.fit(nothing[:400], wave[:400], washout=100)
    told = network.generate(1000)
    assert (told[:20] - wave[400:420]).abs().max() < 0.15
    assert 0.7 < told[-60:].max() < 1.3 and -1.3 < told[-60:].min() < -0.7  # it goes on and on
    network.fit(nothing[:400], wave[:400], washout=100)
    torch.testing.assert_close(network.predict(nothing[:100]), told[:100])


def test_learning_goes_on_after_every_step():
    x = series(1500)
    network = EchoState(1, 60, leak=0.3, ridge=1e-4, bias_scale=1.0, dtype=torch.float64)
    told = network.learn(x[:-1], x[1:])
    errors = (told - x[1:]).abs().flatten()
    assert errors[-300:].mean() < 0.01 < errors[:20].mean()
    assert (network.predict(x[:200]) - x[1:201]).abs()[50:].mean() < 0.02


def read_ts(path: Path) -> tuple[list[Tensor], list[str]]:
    """Sequences (T, channels) and labels of a .ts file without missing values."""
    lines = path.read_text().lower().partition("@data")[2].split()
    parts = [line.split(":") for line in lines]
    return [torch.tensor([list(map(float, c.split(","))) for c in p[:-1]]).T for p in parts], [p[-1] for p in parts]


def test_japanese_vowels(data_dir: Path):
    train, test = (read_ts(data_dir / "ucr_uea" / f"JapaneseVowels_{part}.ts") for part in ("TRAIN", "TEST"))
    scores = []
    for seed in range(3):
        classifier = EchoStateClassifier(
            12, 200, leak=0.3, spectral_radius=0.9, input_scale=0.5, bias_scale=0.5, seed=seed
        )
        told = classifier.fit(*train).predict(test[0])
        scores.append(np.mean([a == b for a, b in zip(told, test[1], strict=True)]))
    assert min(scores) >= 0.95  # of nine speakers


def test_padding_changes_nothing():
    classifier = EchoStateClassifier(2, 20)
    short, long = torch.randn(3, 2), torch.randn(9, 2)
    together = classifier.summaries([short, long])
    torch.testing.assert_close(together[:1], classifier.summaries([short]))


def fitted() -> EchoState:
    return EchoState(1, 10).fit(torch.randn(20, 1), torch.randn(20, 2))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: EchoState(1, 10, spectral_radius=0), "spectral_radius must be above 0, got 0"),
        (lambda: EchoState(1, 10, leak=0), "leak must be above 0"),
        (lambda: EchoState(1, 10, leak=1.5), "leak must be a number within 0 .. 1"),
        (lambda: EchoState(1, 10, density=2), "density must be a number within 0 .. 1"),
        (lambda: EchoState(1, 3, density=0.01), "have no loop"),
        (lambda: EchoState(1, 10, layers=0), "layers must be a whole number >= 1"),
        (lambda: EchoState(1, 10, ridge=-1), "ridge must be at least 0"),
        (lambda: EchoState(1, 10).predict(torch.zeros(3, 1)), "call fit"),
        (
            lambda: EchoState(1, 10).fit(torch.zeros(9, 1), torch.zeros(9, 1), washout=9),
            "below the shortest sequence, 9",
        ),
        (lambda: EchoState(1, 10).fit(torch.zeros(9, 1), torch.zeros(8, 1)), "as many steps"),
        (lambda: EchoState(2, 10).fit(torch.zeros(9, 1), torch.zeros(9, 1)), "x must be (T, 2 features)"),
        (lambda: EchoState(1, 10).fit(torch.full((9, 1), float("nan")), torch.zeros(9, 1)), "not finite at step 0"),
        (lambda: fitted().generate(3), "cannot be read back"),
        (lambda: fitted().generate(0), "steps must be a whole number"),
        (lambda: fitted().learn(torch.zeros(3, 2, 1), torch.zeros(3, 2, 1)), "learn takes one sequence"),
        (lambda: RecursiveLeastSquares(2, 1, 0.1, 1.5), "forgetting must be above 0 and at most 1"),
        (lambda: RecursiveLeastSquares(2, 1, 0.0), "ridge above 0"),
        (lambda: EchoStateClassifier(1).fit([torch.zeros(3, 1)], ["a"]), "at least two classes"),
        (lambda: EchoStateClassifier(1).fit([torch.zeros(3, 1)], ["a", "b"]), "1 sequences, but 2 labels"),
        (lambda: EchoStateClassifier(1).predict([torch.zeros(3, 1)]), "learned nothing yet"),
    ],
)
def test_wrong_input_is_told(call, says: str):
    with pytest.raises(FrontalError) as error:
        call()
    assert says in str(error.value)
