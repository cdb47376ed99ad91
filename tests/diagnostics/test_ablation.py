"""The worth of units: one at a time, and many in a batch."""

from __future__ import annotations

import numpy as np
import pytest
from torch import Tensor

from frontal import FrontalError
from frontal.diagnostics import ablation as module
from frontal.diagnostics.ablation import ablation
from frontal.diagnostics.experiment import experiment
from frontal.diagnostics.intervene import clamp
from frontal.diagnostics.past import Past

from .by_hand import H, by_hand, ids, text
from .test_experiment import sequences, series


def held(unit: int, value: float) -> np.ndarray:
    def touch(t: int, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        h = h.clone()
        if 20 <= t < 40:
            h[unit] = value
        return h, c

    return by_hand(ids(), touch)["losses"].numpy()


@pytest.mark.parametrize("numbers", [1, 1 << 22])
def test_every_unit_beside_a_loop_by_hand(numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NUMBERS", numbers)  # one unit a batch, and all of them
    told: list[int] = []
    found = ablation(text(), "h", 20, 40, value=np.arange(H) / 10, progress=told.append)
    usual = by_hand(ids())["losses"][20:40].mean()
    expected = [held(unit, unit / 10)[20:40].mean() - float(usual) for unit in range(H)]
    np.testing.assert_allclose(found.delta, expected, rtol=1e-7, atol=1e-9)
    assert found.loss == pytest.approx(float(usual))
    assert found.signal == "layers.0/h"
    assert told == ([1, 2, 3, 4, 5] if numbers == 1 else [5])
    assert found.order[0] == np.argmax(expected)
    assert list(found.to_frame()["unit"]) == list(range(H))
    assert f"unit {found.order[0]:>4}" in str(found).splitlines()[1]


@pytest.mark.parametrize("make", [series, sequences])
def test_windows_and_sequences_as_one_experiment_each(make) -> None:
    subject = make()
    found = ablation(subject, "h", 2, 7, units=[3, 0], value=0.3)
    for delta, unit in zip(found.delta, (3, 0), strict=True):
        alone = experiment(subject, 2, 7, [clamp("h", unit, 0.3, steps=slice(2, 7))])
        losses = [np.nanmean(side.losses[2:]) for side in (alone.changed, alone.usual)]
        assert delta == pytest.approx(losses[0] - losses[1], rel=1e-6)


def test_what_cannot_be_measured_is_refused() -> None:
    subject = text()
    with pytest.raises(FrontalError, match="no loss at the steps 59 to 60"):
        ablation(subject, "h", 59, 60, past=Past(subject))
    with pytest.raises(FrontalError, match="no state 'f'"):
        ablation(subject, "f", 0, 10)
    with pytest.raises(FrontalError, match="there is no 9"):
        ablation(subject, "h", 0, 10, units=[9])
    with pytest.raises(FrontalError, match="0 to 60; 10 to 10"):
        ablation(subject, "h", 10, 10)
