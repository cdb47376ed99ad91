"""Episodes: the attention cell against a slow loop, and what attention means."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import frontal
from frontal.cells import named
from frontal.diagnostics.contract import check_cell
from frontal.diagnostics.watch import watch
from frontal.errors import FrontalError
from frontal.layers.episodic import Episode, beside
from frontal.layers.episodic_cell import AttentionGRU


def slow(cell: AttentionGRU, facts: torch.Tensor, attention: torch.Tensor) -> torch.Tensor:
    """The paper's equations with numbers one by one, in fp64: facts (F, I), attention (F,)."""
    W, U, b, c = (getattr(cell, name).detach().double() for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    H = cell.hidden_size
    h = torch.zeros(H, dtype=torch.float64)
    for f, g in zip(facts.double(), attention.double(), strict=True):
        new = h.clone()
        for k in range(H):
            r = torch.sigmoid(W[k] @ f + U[k] @ h + b[k] + c[k])
            n = torch.tanh(W[H + k] @ f + b[H + k] + r * (U[H + k] @ h + c[H + k]))
            new[k] = g * n + (1 - g) * h[k]
        h = new
    return h


def test_the_cell_is_the_papers_equation():
    torch.manual_seed(0)
    cell = AttentionGRU(6, 4)
    facts, attention = torch.randn(7, 5), torch.rand(7)
    read = torch.cat([facts, attention[:, None]], -1)[:, None]
    _, h = frontal.Recurrent(cell)(read)
    assert torch.allclose(h[0, 0].double(), slow(cell, facts, attention), atol=1e-6)


def test_full_attention_is_a_gru_whose_update_gate_is_open():
    torch.manual_seed(1)
    cell, gru = AttentionGRU(4, 5), nn.GRU(3, 5)
    with torch.no_grad():
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            r, n = getattr(cell, name).chunk(2)
            z = torch.zeros_like(r) - (100.0 if name == "bias_ih" else 0.0)  # torch's z keeps the old state
            getattr(gru, f"{name}_l0").copy_(torch.cat([r, z, n]))
    facts = torch.randn(6, 2, 3)
    _, h = frontal.Recurrent(cell)(torch.cat([facts, torch.ones(6, 2, 1)], -1))
    assert torch.allclose(h, gru(facts)[1], atol=1e-5)


def test_the_cell_keeps_the_contract():
    report = check_cell(lambda: AttentionGRU(5, 4))
    assert report.passed, report.failures


def test_it_needs_a_fact_beside_the_attention():
    with pytest.raises(FrontalError, match="input_size - 1"):
        AttentionGRU(1, 4)


def test_what_is_not_looked_at_changes_nothing():
    cell = frontal.Recurrent(AttentionGRU, 4, 5)
    facts, attention = torch.randn(6, 1, 3), torch.rand(6, 1, 1)
    attention[2] = 0
    without = torch.cat([facts, attention], -1)
    facts[2] += 100
    assert torch.equal(cell(without)[1], cell(torch.cat([facts, attention], -1))[1])


@pytest.mark.parametrize("cell", ["gru", "lstm", "elman"])
def test_padding_is_not_read(cell):
    torch.manual_seed(2)
    episode = Episode(8, named(cell)).eval()
    facts, question = torch.randn(5, 3, 8), torch.randn(3, 8)
    counts = torch.tensor([5, 1, 3])
    memory, attention = episode(facts, counts, question, question)
    facts[3:, 2], facts[1:, 1] = 1e6, 1e6
    again, looked = episode(facts, counts, question, question)
    assert torch.equal(memory, again)
    assert torch.equal(attention, looked)
    for row, count in enumerate(counts.tolist()):
        alone, weights = episode(facts[:count, row, None], [count], question[row, None], question[row, None])
        assert torch.allclose(alone[0], memory[row], atol=1e-5)
        assert torch.allclose(weights[:, 0], attention[:count, row], atol=1e-5)
        assert not attention[count:, row].any()
    assert ((attention >= 0) & (attention <= 1)).all()


def test_gradients_reach_question_memory_and_facts():
    episode = Episode(4, named("gru"))
    parts = [torch.randn(3, 2, 4), torch.randn(2, 4), torch.randn(2, 4)]
    facts, question, memory = (part.requires_grad_() for part in parts)
    kept, attention = episode(facts, [3, 2], question, memory)
    (kept.sum() + attention.sum()).backward()
    assert all(part.grad is not None and part.grad.any() for part in parts)
    assert all(parameter.grad is not None for parameter in episode.parameters())
    assert not parts[0].grad[2, 1].any()  # beyond the second story


def test_products_stand_beside_the_facts():
    facts, question, memory = torch.full((2, 1, 1), 3.0), torch.full((1, 1), 5.0), torch.full((1, 1), 7.0)
    assert beside(facts, question, memory)[1, 0].tolist() == [3, 5, 7, 15, 21]


def test_a_size_that_no_weight_has_is_not_taken_for_a_batch():
    seen = watch(frontal.Recurrent(AttentionGRU, 33, 4), torch.rand(3, 2, 33))  # 33 = 3 · 11
    assert seen.cells[0].outputs.shape == (3, 2, 4)
