"""The picture of intervals by step ahead shows the figures of `by_step`."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from frontal.diagnostics.backtest import Backtest
from frontal.diagnostics.certainty_plot import draw_certainty
from frontal.diagnostics.probabilistic import Certainty

RNG = np.random.default_rng(0)
VALUES = RNG.normal(size=60)
ORIGINS = np.arange(39, 57)
PATHS = np.zeros((18, 3))
BACKTEST = Backtest(
    "sales", VALUES, 40, 1, 1.0, np.zeros(60), ORIGINS, PATHS,
    {80: PATHS - 1, 95: PATHS - 2}, {80: PATHS + 1, 95: PATHS + 2},
)  # fmt: skip


@pytest.mark.parametrize("likely", [False, True])
def test_the_lines_are_the_figures(likely: bool) -> None:
    levels = RNG.random((18, 3))
    certainty = Certainty(levels, levels, levels, levels) if likely else None
    figure = draw_certainty(replace(BACKTEST, certainty=certainty))
    held, width, *rest = figure.axes
    rows = BACKTEST.by_step()
    assert len(rest) == likely
    for axis, measure in ((held, "coverage"), (width, "width")):
        lines = {line.get_label(): line.get_ydata() for line in axis.get_lines()}
        for level in (80, 95):
            np.testing.assert_allclose(lines[f"{level} %"], [row[f"{measure}_{level}"] for row in rows])
    if certainty is not None:
        assert [bar.get_height() for bar in rest[0].patches][:10] == certainty.pit().counts.tolist()
    figure.savefig(BytesIO(), format="png")
