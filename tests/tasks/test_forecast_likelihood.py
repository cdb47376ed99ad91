"""Forecasts with distributions: mapped back rightly, counts as counts, intervals that cover, nothing looked ahead."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import frontal
from frontal.data.representation import Representation, based
from frontal.data.representation_counts import CountRepresentation
from frontal.data.series import read_series
from frontal.diagnostics.probabilistic import crps_samples
from frontal.errors import FrontalError
from frontal.layers.head_gaussian import UNIT, Gaussian
from frontal.layers.head_negative_binomial import NegativeBinomial
from frontal.layers.window_forecast import WindowForecast
from frontal.tasks.forecast_likelihood import Beliefs, head_for
from frontal.tasks.forecast_losses import LikelihoodLoss, path_loss
from frontal.tasks.forecast_model import ForecastModel
from frontal.tasks.forecaster import Forecaster

QUICK = {"epochs": 3, "members": 2, "hidden": 4}
LIKELIHOODS = ["gaussian", "student", "negative-binomial", "quantiles"]
COUNTS = np.random.default_rng(0).poisson(6 + 4 * np.sin(np.arange(160) * 2 * np.pi / 7)).astype(float)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(log=st.booleans(), season=st.sampled_from([0, 3]), seed=st.integers(0, 99))
def test_beliefs_are_the_distribution_of_the_series_itself(log: bool, season: int, seed: int) -> None:
    """Quantiles, p-values and densities against those of the values themselves, worked out by hand."""
    rng = np.random.default_rng(seed)
    values, horizon = np.exp(rng.normal(size=20)), 5
    shown = Representation(log, season, True, 0.0, 0.7)
    origins = np.array([12, 14])
    anchors, mean, spread = rng.normal(size=(2, 1)), rng.normal(size=(2, horizon)), rng.normal(size=(2, horizon))
    bases = based(shown.recent(values, origins), anchors, horizon)
    outputs = torch.from_numpy(np.stack([mean, spread], 2))
    found = Beliefs(shown, Gaussian(3, horizon), outputs, bases)
    known = np.log(values) if log else values
    for row, origin in enumerate(origins):
        for step in range(horizon):
            base = anchors[row, 0]
            if season:
                back, base = step // season + 1, 0.0
                base = back * anchors[row, 0] + known[origin + 1 + step - back * season]
            law = stats.norm(base + 0.7 * mean[row, step], 0.7 * (np.log1p(np.exp(spread[row, step])) + 1e-3))
            y = values[(origin + step) % 20]
            came = np.full((2, horizon), y)
            w = np.log(y) if log else y
            assert found.worked_mean()[row, step] == pytest.approx(law.mean(), rel=1e-5)
            assert found.worked_quantile(0.9)[row, step] == pytest.approx(law.ppf(0.9), rel=1e-5)
            assert found.surprise(came)[row, step] == pytest.approx(2 * min(law.cdf(w), law.sf(w)), rel=1e-4, abs=1e-12)
            density = law.logpdf(w) - (np.log(y) if log else 0)
            assert found.log_density(came)[row, step] == pytest.approx(density, rel=1e-4, abs=1e-4)


def test_beliefs_of_counts_are_of_the_counts() -> None:
    shown = CountRepresentation(0.5)
    windows = np.log(np.array([[2.0, 4.0, 6.0]]) + 0.5)
    anchors = shown.anchors(windows)
    assert anchors[0, 0] == pytest.approx(np.log(4.5))
    location, spread = 0.3, UNIT
    outputs = torch.tensor([[[location, spread]]])
    found = Beliefs(shown, NegativeBinomial(3, 1), outputs, based(np.empty((1, 0)), anchors, 1))
    mean, dispersion = 4.5 * np.exp(0.5 * location), 1 + 1e-6
    law = stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean))
    assert shown.back(found.worked_mean())[0, 0] == pytest.approx(mean)
    assert shown.back(found.worked_quantile(0.9))[0, 0] == pytest.approx(law.ppf(0.9))
    assert found.log_density(np.array([[7.0]]))[0, 0] == pytest.approx(law.logpmf(7), rel=1e-6)
    assert found.surprise(np.array([[30.0]]))[0, 0] == pytest.approx(2 * law.sf(29), rel=1e-6)


def test_what_the_distributions_said_of_what_came() -> None:
    """Scores and levels beside scipy and the closed form; those of counts lie between two."""
    shown = Representation(True, 0, True, 0.0, 0.5)
    outputs = torch.tensor([[[0.2, UNIT], [-1.0, 2.0]]], dtype=torch.float64)
    values, base = np.array([[3.0, np.nan]]), 1.1
    found = Beliefs(shown, Gaussian(3, 2), outputs, np.full((1, 2), base)).certainty(values)
    law = stats.lognorm(s=0.5 * 1.001, scale=np.exp(base + 0.1))
    assert found.log_density[0, 0] == pytest.approx(law.logpdf(3.0), rel=1e-5)
    assert found.below[0, 0] == pytest.approx(law.cdf(3.0), rel=1e-5) == found.at_most[0, 0]
    exact = crps_samples(3.0, law.ppf((np.arange(4000) + 0.5) / 4000))
    assert found.crps[0, 0] == pytest.approx(float(exact), rel=0.15)
    assert all(np.isnan(figure[0, 1]) for figure in vars(found).values())
    counted = Beliefs(CountRepresentation(1.0), NegativeBinomial(3, 2), outputs, np.zeros((1, 2))).certainty(values)
    counts = stats.nbinom(1 / (1 + 1e-6), 1 / (1 + (1 + 1e-6) * np.exp(0.2)))
    assert counted.below[0, 0] == pytest.approx(counts.cdf(2)) and counted.at_most[0, 0] == pytest.approx(counts.cdf(3))
    assert counted.log_density[0, 0] == pytest.approx(counts.logpmf(3))


def test_a_backtest_has_the_scores_of_its_distributions() -> None:
    model = Forecaster(likelihood="negative-binomial", horizon=4, period=7, **QUICK)
    once, again = model.backtest(COUNTS), model.backtest(COUNTS, refit=20)
    for found in (once, again):
        steps, metrics = found.by_step(), found.metrics()
        assert metrics["crps"] == pytest.approx(np.mean([row["crps"] for row in steps])) and metrics["log_score"] > 0
        assert found.certainty.pit().counts.sum() == 4 * len(found.origins) == 4 * found.certainty.pit(1).counts.sum()
        assert 0 < metrics["crps"] < np.mean([row["mae"] for row in steps])
    assert "crps" not in Forecaster(horizon=4, **QUICK).backtest(COUNTS).metrics()


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("intervals", [None, "errors", "conformal", "adaptive"])
def test_what_is_forecast_is_saved_and_was_backtested(tmp_path, likelihood: str, intervals: str | None) -> None:
    model = Forecaster(likelihood=likelihood, intervals=intervals, horizon=4, period=7, **QUICK)
    backtest = model.backtest(COUNTS)
    origin = int(backtest.origins[9])
    for level in (80, 95):
        assert (backtest.lower[level] <= backtest.paths).all() and (backtest.paths <= backtest.upper[level]).all()
    assert (backtest.lower[95] <= backtest.lower[80]).all() and (backtest.upper[80] <= backtest.upper[95]).all()
    loaded = frontal.load(model.save(tmp_path / "run"))
    for one in (model, loaded):
        forecast = one.predict(6, COUNTS[: origin + 1])
        np.testing.assert_allclose(forecast.mean[:4], backtest.paths[9], rtol=1e-4)
        np.testing.assert_allclose(forecast.lower[95][:4], backtest.lower[95][9], rtol=1e-4, atol=1e-3)
        assert np.isfinite(forecast.upper[95]).all() and len(forecast) == 6
    assert loaded.predict().to_rows() == model.predict().to_rows()


@pytest.mark.parametrize("options", [{"intervals": "adaptive"}, {"likelihood": "gaussian", "intervals": "adaptive"}])
def test_adaptive_intervals_see_only_what_was_known(options: dict[str, str]) -> None:
    spoilt = COUNTS.copy()
    spoilt[130:] += 40 * (-1) ** np.arange(30)
    model = Forecaster(horizon=4, period=7, log=False, seasonal_difference=False, **options, **QUICK).fit(COUNTS[:100])
    before, after = model.measure(COUNTS, 100), model.measure(spoilt, 100)
    early = before.origins < 130
    for level in (80, 95):
        np.testing.assert_array_equal(before.lower[level][early], after.lower[level][early])
        np.testing.assert_array_equal(before.upper[level][early], after.upper[level][early])
    width = after.upper[80] - after.lower[80]
    assert width[-1].mean() > width[early].mean(), "the misses since widen them"


def test_counts_have_whole_bounds_and_are_calibrated() -> None:
    rng = np.random.default_rng(3)
    mean = 8 * np.exp(0.6 * np.sin(np.arange(700) * 2 * np.pi / 12))
    counts = rng.poisson(mean * rng.gamma(4, 1 / 4, 700)).astype(float)  # dispersion ¼
    model = Forecaster(likelihood="negative-binomial", horizon=3, period=12, epochs=60, members=2, hidden=8)
    found = model.backtest(counts).metrics()
    forecast = model.predict()
    for bound in (*forecast.lower.values(), *forecast.upper.values()):
        np.testing.assert_allclose(bound, np.round(bound), atol=1e-9)
    assert abs(found["coverage_80"] - 0.8) < 0.1 and abs(found["coverage_95"] - 0.95) < 0.04


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([1.0, 2.0, 3.5, 4.0] * 10, r"value 3 of 'value' is 3.5, which is no count"),
        ([1.0, 2.0, 3.0, 4.0] * 10 + [-1.0], r"value 41 of 'value' is -1, which is no count"),
    ],
)
def test_what_is_no_count_is_named_by_its_row(values: list[float], says: str) -> None:
    with pytest.raises(FrontalError, match=says):
        Forecaster(likelihood="negative-binomial", **QUICK).fit(values)
    days = np.arange("2020-01-01", "2020-03-01", dtype="datetime64[D]")[: len(values)]
    with pytest.raises(FrontalError, match=rf"value {says.split()[1]} \(2020-0\d-\d\d\) of 'y'"):
        Forecaster(likelihood="negative-binomial", **QUICK).fit({"t": days.astype("datetime64[s]"), "y": values})


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"likelihood": "gausian"}, "did you mean 'gaussian'"),
        ({"intervals": "likelihood"}, "intervals=likelihood needs a likelihood, such as likelihood=gaussian"),
        ({"likelihood": "negative-binomial", "log": True}, "leave log, seasonal_difference and scaling out"),
        ({"likelihood": "negative-binomial", "scaling": "minmax"}, "leave log, seasonal_difference and scaling out"),
        ({"intervals": "wide"}, "intervals='wide'"),
    ],
)
def test_settings_that_cannot_be(options: dict, says: str) -> None:
    with pytest.raises(FrontalError, match=says):
        Forecaster(**options)


@pytest.mark.parametrize("likelihood", ["none", *LIKELIHOODS])
def test_the_diagnosis_gets_networks_that_answer_with_one_value(likelihood: str) -> None:
    model = Forecaster(likelihood=likelihood, horizon=4, **QUICK).fit(COUNTS)
    networks, windows, following = model.examples(COUNTS)
    answers = networks[0](windows)
    assert answers.shape == following.shape == (len(windows), 4)
    assert bool(torch.isfinite(answers).all())


# --- values that are missing ------------------------------------------------------------------------------


def with_holes(values: np.ndarray, share: float = 0.1, seed: int = 0) -> np.ndarray:
    holes = np.random.default_rng(seed).random(len(values)) < share
    holes[[0, -1]] = False
    return np.where(holes, np.nan, values)


HOLES = read_series(with_holes(COUNTS))
KINDS = [
    {}, {"horizon": 1}, {"seasonal_difference": True}, {"likelihood": "gaussian"},
    {"likelihood": "student", "horizon": 1}, {"likelihood": "quantiles", "seasonal_difference": True},
    {"likelihood": "negative-binomial"},
]  # fmt: skip


def untrained(options: dict) -> tuple[ForecastModel, WindowForecast]:
    model = Forecaster(**{"horizon": 9, "period": 7, **options, "epochs": 1, "members": 1, "hidden": 4}).fit(HOLES)
    torch.manual_seed(0)
    network = model._fitted().build()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model._fitted(), network


def loss_of(model: ForecastModel) -> Callable[..., torch.Tensor]:
    return LikelihoodLoss(model.windows.representation.scale) if model.likely else path_loss


@pytest.mark.parametrize("options", KINDS)
def test_the_value_under_a_masked_target_changes_nothing(options: dict) -> None:
    """Loss and gradients, of the same windows, whatever was filled in where a target is missing."""
    model, network = untrained({**options, "log": None if "likelihood" in options else False})
    inputs, targets, _, origins = model.lessons(HOLES)
    assert model.windows.masked and HOLES.observed[origins].all()
    spoilt = HOLES.values.copy()
    spoilt[~HOLES.observed] += 100
    changed = replace(HOLES, values=spoilt)
    others = model.lessons(changed)[1]
    assert targets.shape == others.shape == (len(origins), *targets.shape[1:])
    if options.get("likelihood") == "negative-binomial":  # relative to the window's mean, which is read
        others[..., 1] = targets[..., 1]
    found = [loss_of(model)(network, inputs, goals) for goals in (targets, others)]
    gradients = [torch.autograd.grad(loss, list(network.parameters())) for loss in found]
    torch.testing.assert_close(found[0], found[1], rtol=0, atol=0)
    torch.testing.assert_close(gradients[0], gradients[1], rtol=0, atol=0)
    first = targets[..., 0] if targets.dim() == 3 else targets
    assert bool(torch.isnan(first).any()) == (model.windows.horizon > 1)


@pytest.mark.parametrize("options", KINDS)
def test_the_loss_is_the_mean_over_what_is_known(options: dict) -> None:
    model, network = untrained(options)
    inputs, targets, _, _ = model.lessons(HOLES)
    inputs, targets = inputs[:40], targets[:40]
    outputs, terms = network(inputs).detach(), []
    for row in range(40):
        for step in range(model.windows.horizon):
            goal = targets[row, step]
            if torch.isnan(goal).any():
                continue
            if not model.likely:
                terms.append((outputs[row, step] - goal) ** 2 / (step + 1))
                continue
            one = outputs[row, step]
            if goal.dim():
                moved = one[0] * model.windows.representation.scale + goal[1]
                goal, one = goal[0], torch.stack([moved, one[1]])
            alone = head_for(options["likelihood"], 1, 4)
            terms.append(alone.losses(one[None], goal[None])[0])
    expected = torch.stack(terms).mean()
    torch.testing.assert_close(loss_of(model)(network, inputs, targets).detach(), expected, rtol=1e-4, atol=1e-5)


def test_holes_are_neither_started_from_nor_measured() -> None:
    model = Forecaster(horizon=4, period=7, **QUICK)
    backtest = model.backtest(HOLES)
    assert HOLES.observed[backtest.origins].all()
    assert np.isnan(backtest.fitted[1:][~HOLES.observed[:-1]]).all()
    hidden = np.where(HOLES.observed, HOLES.values, 1e9)
    spoilt = replace(backtest, values=hidden)
    assert spoilt.one_step()["test"] == backtest.one_step()["test"]
    assert spoilt.coverage() == backtest.coverage() and spoilt.by_step() == backtest.by_step()
