"""The cross-entropy that never holds all logits, beside torch's."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy
from torch.testing import assert_close

from frontal.errors import FrontalError
from frontal.layers import softmax_loss as home
from frontal.layers.softmax_loss import softmax_loss


def drawn(N: int, F: int, C: int, seed: int = 0) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(seed)
    x, w, b = torch.randn(N, F).double(), 2 * torch.randn(C, F).double(), torch.randn(C).double()
    return x.requires_grad_(), w.requires_grad_(), b.requires_grad_(), torch.randint(C, (N,))


@settings(max_examples=40, deadline=None)
@given(
    N=st.integers(1, 23), F=st.integers(1, 5), C=st.integers(1, 9), at_once=st.sampled_from([1, 7, 20, 1000]),
    smoothing=st.sampled_from([0.0, 0.1, 0.7, 1.0]), scale=st.sampled_from([1.0, -2.5]),
)  # fmt: skip
def test_it_is_torchs_loss_with_its_gradients(N: int, F: int, C: int, at_once: int, smoothing: float, scale: float):
    x, w, b, y = drawn(N, F, C)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home, "AT_ONCE", at_once)
        ours = softmax_loss(x, w, b, y, label_smoothing=smoothing)
    wanted = cross_entropy(x @ w.T + b, y, label_smoothing=smoothing)
    assert_close(ours, wanted)
    for mine, theirs in zip(
        torch.autograd.grad(scale * ours, (x, w, b)), torch.autograd.grad(scale * wanted, (x, w, b)), strict=True
    ):
        assert_close(mine, theirs)


def test_huge_logits_stay_finite():
    x, w, b, y = drawn(6, 3, 4)
    w = (w * 1e4).detach().requires_grad_()
    loss = softmax_loss(x, w, b, y)
    assert_close(loss, cross_entropy(x @ w.T + b, y))
    assert all(g.isfinite().all() for g in torch.autograd.grad(loss, (x, w, b)))


def test_weights_that_are_used_elsewhere_too_get_both_gradients():
    x, w, b, y = drawn(7, 3, 5)
    ours = torch.autograd.grad(softmax_loss(w[y] * x, w, b, y), w)[0]
    assert_close(ours, torch.autograd.grad(cross_entropy((w[y] * x) @ w.T + b, y), w)[0])


def test_what_does_not_fit_is_refused():
    x, w, b, y = drawn(3, 2, 4)
    for features, goals in ((x[:0], y[:0]), (x, y[:2]), (x[None], y)):
        with pytest.raises(FrontalError, match=r"features must be \(N, F\)"):
            softmax_loss(features, w, b, goals)
