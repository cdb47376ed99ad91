"""The cross-entropy of a softmax over many classes, without ever holding the logits of all rows."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from frontal.errors import FrontalError

AT_ONCE = 1 << 19  # logits of the rows that are worked on together: they stay in the cache


def softmax_loss(
    features: Tensor, weight: Tensor, bias: Tensor, goals: Tensor, *, label_smoothing: float = 0.0
) -> Tensor:
    """Return the mean cross-entropy of `softmax(features @ weight.T + bias)`, a scalar.

    The same as torch's `cross_entropy` of these logits, gradients too, for a vocabulary whose logits
    would fill the memory: they are made, used and forgotten a few rows at a time, in one pass that
    finds loss and gradients together. It can be differentiated once.

    Args:
        features: (N, F), N >= 1.
        weight: (C, F).
        bias: (C,).
        goals: the right class of each row, int64 (N,), within 0 .. C - 1.
        label_smoothing: ε, see `Softmax`.
    """
    if features.dim() != 2 or not len(features) or goals.shape != features.shape[:1]:
        raise FrontalError(
            f"softmax_loss: features must be (N, F) and goals (N,), N >= 1, got {tuple(features.shape)} and "
            f"{tuple(goals.shape)}"
        )
    loss: Tensor = _SoftmaxLoss.apply(features, weight, bias, goals, label_smoothing)  # type: ignore[no-untyped-call]
    return loss


class _SoftmaxLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, goals: Tensor, smoothing: float) -> Tensor:
        (N, _), C = features.shape, len(weight)
        needed = any(ctx.needs_input_grad[:3])
        d_features, d_weight, d_bias = (torch.zeros_like(t) for t in (features, weight, bias)) if needed else [None] * 3
        total = features.new_zeros(())
        for x, y, d_x in zip(*_chunks(max(1, AT_ONCE // C), features, goals, d_features), strict=True):
            logits = torch.addmm(bias, x, weight.T)  # (n, C)
            logits -= logits.amax(1, keepdim=True)
            goal = (1 - smoothing) * logits.gather(1, y[:, None])[:, 0] + smoothing * logits.mean(1)
            norm = logits.exp_().sum(1)
            total += (norm.log() - goal).sum()
            if d_x is None or d_weight is None or d_bias is None:
                continue
            p = logits.div_(norm[:, None])  # from here on the gradient of the logits, but for the smoothing
            p.scatter_add_(1, y[:, None], p.new_full((len(y), 1), smoothing - 1))
            torch.mm(p, weight, out=d_x)
            d_weight.addmm_(p.T, x)
            d_bias += p.sum(0)
        if d_features is not None and d_weight is not None and d_bias is not None:
            d_features -= smoothing / C * weight.sum(0)
            d_weight -= smoothing / C * features.sum(0)
            d_bias -= smoothing / C * N
            ctx.save_for_backward(d_features, d_weight, d_bias)
        ctx.count = N
        return total / N

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        scale = gradients[0] / ctx.count
        return *(d * scale for d in ctx.saved_tensors), None, None


def _chunks(rows: int, features: Tensor, goals: Tensor, gradient: Tensor | None) -> tuple[Any, Any, Any]:
    pieces = features.split(rows)
    return pieces, goals.split(rows), [None] * len(pieces) if gradient is None else gradient.split(rows)
