"""A stream over the rows of a table gives what the stream over their features gives."""

from __future__ import annotations

import pytest
import torch

import frontal
from frontal.cells import named
from frontal.errors import FrontalError
from frontal.layers.recurrent import Recurrent
from frontal.layers.stream import LOOKED_UP, Stream

# one product of x, several, none; x used beside its products; products by rows; norms; no kernel for steps
CELLS = ["lstm", "gru", "elman", "layer_norm_lstm", "peephole", "rhn", "ran", "ind_rnn", "scrn", "lem", "lru", "jordan"]
R, B = 7, 3


def some(name, table, **options):
    torch.manual_seed(0)
    return Recurrent(named(name), table.shape[1], 6, **options).to(table.dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", CELLS)
def test_rows_are_as_good_as_features(name, dtype):
    table = torch.randn(R, 5, dtype=dtype, generator=torch.Generator().manual_seed(1))
    layer = some(name, table)
    plain, by_rows, single = layer.stream(B), Stream(layer, B, table=table), Stream(layer, table=table)
    for rows in torch.randint(0, R, (9, B), generator=torch.Generator().manual_seed(2)):
        y = plain.step(table[rows])
        tolerance = {"rtol": 1e-12, "atol": 1e-12} if dtype == torch.float64 else {"rtol": 1e-5, "atol": 1e-6}
        torch.testing.assert_close(by_rows.step(rows), y, **tolerance)
        torch.testing.assert_close(single.step(int(rows[0])), y[:1], **tolerance)


@pytest.mark.parametrize("options", [{"num_layers": 2}, {"backend": "reference"}, {"zoneout": 0.2}])
def test_layers_loops_and_what_stands_around_a_cell(options):
    table = torch.randn(R, 5, dtype=torch.float64)
    layer = some("gru", table, **options).eval()
    plain, by_rows = layer.stream(B), Stream(layer, B, table=table)
    for rows in torch.randint(0, R, (5, B)):
        torch.testing.assert_close(by_rows.step(rows), plain.step(table[rows]))
    states = plain.states
    by_rows.states = states
    rows = torch.tensor([0, 1, 1])
    torch.testing.assert_close(by_rows.step(rows), plain.step(table[rows]))
    plain.reset()
    by_rows.reset()
    torch.testing.assert_close(by_rows.step(rows), plain.step(table[rows]))


@torch.no_grad()
def test_changed_weights_are_seen_after_refresh_and_states_stay():
    table = torch.randn(R, 5, dtype=torch.float64)
    layer = some("lstm", table)
    plain, by_rows = layer.stream(B), Stream(layer, B, table=table)
    rows = torch.tensor([3, 0, 6])
    plain.step(table[rows])
    by_rows.step(rows)
    for parameter in layer.parameters():
        parameter.mul_(1.3)
    plain.refresh()
    by_rows.refresh()
    torch.testing.assert_close(by_rows.step(rows), plain.step(table[rows]))


def test_a_large_table_is_not_multiplied():
    """It would take much memory; the steps are the same."""
    table = torch.randn(LOOKED_UP // 12 + 1, 2)
    layer = some("lstm", table)
    plain, by_rows = layer.stream(), Stream(layer, table=table)
    for row in (0, 5, len(table) - 1):
        torch.testing.assert_close(by_rows.step(row), plain.step(table[row : row + 1]))


def test_features_are_refused_where_rows_are_meant_and_the_other_way_round():
    layer = frontal.GRU(4, 3)
    with pytest.raises(FrontalError, match=r"a step takes .*got 3"):
        layer.stream().step(3)
    with pytest.raises(FrontalError, match="a step takes a row of the table, 0 to 6, got 7"):
        Stream(layer, table=torch.zeros(7, 4)).step(7)
