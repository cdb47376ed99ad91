"""Shares of open and shut gates beside a slow loop, and alarms that were planted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.capture_index import Signal
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.gate_alarms import RULES, Alarm, GateUse, alarms, alarms_of, gate_use, thresholds
from frontal.diagnostics.subject_text import Text
from frontal.diagnostics.unit_memory import half_lives, unit_memory
from frontal.layers.language_network import LanguageNetwork

H, N, K = 7, 400, 9


def kept(folder: Path, cell: str = "lstm", planted: bool = False) -> Capture:
    torch.manual_seed(1)
    model: Any = LanguageNetwork(K, named(cell), hidden=H, embedding=4)
    with torch.no_grad():
        for parameter in model.layers[0].parameters():
            parameter.mul_(4)
        if planted:
            plant(model.layers[0].cells[0])
    return capture(Text(model, np.random.default_rng(0).integers(0, K, N), list("abcdefghi"), "x"), folder / cell)


def plant(cell: Any) -> None:
    """Set rows of an LSTM's gates, i f g o, to stand still, or nearly."""

    def fix(gate: int, unit: int, sum_: float) -> None:
        row = gate * H + unit
        for name in ("weight_ih", "weight_hh", "bias_hh"):
            getattr(cell, name)[row] = 0
        cell.bias_ih[row] = sum_

    fix(0, 1, -9)  # input gate of unit 1 never opens, so its state stays 0
    fix(1, 2, 9)  # forget gate of unit 2 never closes
    fix(3, 3, 0.3)  # output gate of unit 3 is stuck in the middle
    fix(3, 4, -9)  # output gate of unit 4 never opens, so its output stays 0


def test_shares_are_those_of_a_loop(tmp_path: Path) -> None:
    found = kept(tmp_path)
    for signal in found.signals:
        use, values = gate_use(found, signal.name), found.values(signal.name)
        if signal.function is None:
            assert thresholds(signal) == (None, None)
            assert np.isnan(use.left).all()
            continue
        below, above = (0.1, 0.9) if signal.function == "sigmoid" else (-0.8, 0.8)
        assert thresholds(signal) == pytest.approx((below, above))
        for unit in range(H):
            left = right = 0
            for value in values[unit].tolist():
                left += value < below
                right += value > above
            assert use.left[unit] == left / N
            assert use.right[unit] == right / N
            assert use.mean[unit] == pytest.approx(sum(values[unit].tolist()) / N, abs=1e-9)
    assert gate_use(found, "f").left.any()
    assert gate_use(found, "f").right.any()


def test_planted_alarms_are_told_and_no_others(tmp_path: Path) -> None:
    found = alarms(kept(tmp_path, planted=True), "layers.0")
    of = "layers.0/{}".format
    expected = {Alarm("never opens", of("i"), 1), Alarm("never closes", of("f"), 2), Alarm("stuck", of("o"), 3),
                Alarm("never opens", of("o"), 4), Alarm("dead", of("h"), 4)}  # fmt: skip
    assert expected <= set(found)
    others = {
        alarm for alarm in set(found) - expected if alarm.rule not in ("almost always shut", "almost always open")
    }
    assert {alarm.unit for alarm in others} <= {1}  # what is written is next to nothing
    assert {alarm.rule for alarm in found} <= set(RULES)


def test_almost_always_is_99_steps_of_100(tmp_path: Path) -> None:
    found = kept(tmp_path)
    said = {(alarm.signal, alarm.unit): alarm.rule for alarm in alarms(found, "layers.0")}
    for signal in found.signals:
        if signal.function != "sigmoid":
            continue
        for unit, values in enumerate(found.values(signal.name)):
            rule = said.get((signal.name, unit))
            often = (values < 0.1).mean() >= 0.99, (values > 0.9).mean() >= 0.99
            assert (rule is not None) == any(often)


def test_rules_hold_at_their_ends() -> None:
    gate = Signal("l/f", "l", "LSTM", "f", 2, "sigmoid", (0.0, 1.0), 1.0, 0.0, 1.0)
    state = Signal("l/h", "l", "LSTM", "h", 4, None, (None, None), 0.0, -1.0, 1.0)
    shares, none = np.array([0.99, 0.98]), np.zeros(2)
    use = GateUse("l/f", none, shares, none + 0.2, none + 0.95, none + 0.9)
    assert alarms_of(gate, use) == [Alarm("almost always open", "l/f", 0)]
    use = GateUse("l/f", shares, none, none + 0.05, none + 0.8, none + 0.1)
    assert alarms_of(gate, use) == [Alarm("almost always shut", "l/f", 0)]
    lowest, highest = np.array([0.0, -0.5, -1e-9, 0.25]), np.array([0.5, 0.0, 1e-9, 0.25])
    use = GateUse("l/h", lowest, highest, lowest, highest, lowest)
    assert alarms_of(state, use) == [Alarm("dead", "l/h", 2), Alarm("never changes", "l/h", 3)]


def test_a_relu_has_no_upper_end(tmp_path: Path) -> None:
    found = kept(tmp_path, "li_gru")
    (signal,) = [s for s in found.signals if s.function == "relu"]
    assert thresholds(signal) == (None, None)
    assert not [alarm for alarm in alarms(found, "layers.0") if alarm.signal == signal.name]


def test_half_lives_are_those_of_unit_memory(tmp_path: Path) -> None:
    for cell, keeper in (("lstm", "layers.0/f"), ("gru", "layers.0/z"), ("elman", None)):
        found = kept(tmp_path, cell)
        name, lives = half_lives(found, "h")
        assert name == keeper
        np.testing.assert_array_equal(lives, unit_memory(found, "h").half_life)
