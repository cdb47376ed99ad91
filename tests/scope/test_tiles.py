"""Bytes and colours: against the rule by hand, and the terminal's colours."""

from __future__ import annotations

import numpy as np
import pytest

from frontal.diagnostics.reading_colours import HIGH, LOW, of_chance, of_value
from frontal.scope.tiles import COLOURS, NIGHT, NONE, ZERO, palette, quantise


def test_numbers_become_bytes() -> None:
    values = np.array([-2.0, -1.0, -0.5, -0.004, 0.0, 0.004, 0.5, 1.0, 7.0, np.nan])
    assert quantise(values, 1.0).tolist() == [0, 0, 63, 126, 127, 128, 191, 254, 254, NONE]
    assert quantise(values * 8, 8.0).tolist() == quantise(values, 1.0).tolist()


def test_a_unit_that_never_moves_has_the_colour_of_nothing() -> None:
    assert quantise(np.array([0.0, 3.0, np.nan]), 0.0).tolist() == [ZERO, ZERO, NONE]


@pytest.mark.parametrize("limit", [1e-6, 0.3, 1.0, 80.9])
def test_a_byte_says_the_number_to_half_a_step(limit: float) -> None:
    values = np.random.default_rng(0).uniform(-limit, limit, 1000)
    back = (quantise(values, limit).astype(float) - ZERO) / ZERO * limit
    assert np.abs(back - values).max() <= limit / ZERO / 2 * (1 + 1e-9)


def test_page_and_terminal_agree() -> None:
    colours = palette()
    assert all(table.shape == (COLOURS, 3) and table.dtype == np.uint8 for table in colours.values())
    for byte in range(COLOURS):
        assert tuple(colours["diverging_light"][byte]) == of_value((byte - ZERO) / ZERO)
        assert tuple(colours["sure_light"][byte]) == of_chance(byte / 254)
    assert tuple(colours["diverging_light"][0]) == LOW
    assert tuple(colours["diverging_light"][254]) == HIGH
    assert tuple(colours["diverging_light"][ZERO]) == (255, 255, 255)
    assert tuple(colours["diverging_dark"][ZERO]) == NIGHT


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_go_one_way_from_nothing(theme: str) -> None:
    table = palette()[f"diverging_{theme}"].astype(int)
    far = np.abs(table - table[ZERO]).sum(1)
    assert (np.diff(far[ZERO:]) >= 0).all()
    assert (np.diff(far[: ZERO + 1]) <= 0).all()
    assert (table[0] != table[254]).any()
