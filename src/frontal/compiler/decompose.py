"""Operations written in simpler ones: torch's table, and a few of our own where that one is not simple enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor
from torch._decomp import decomposition_table

aten = torch.ops.aten


def _var_mean(
    x: Tensor, dim: Sequence[int] | None = None, *, correction: float | None = None, keepdim: bool = False
) -> tuple[Tensor, Tensor]:
    axes = list(range(x.dim())) if not dim else [d % x.dim() for d in dim]
    count = prod(x.shape[d] for d in axes)
    mean = x.mean(axes, keepdim=True)
    centred = x - mean
    freedom = max(count - (1 if correction is None else correction), 0)
    variance = (centred * centred).sum(axes, keepdim=keepdim) / freedom
    return variance, mean if keepdim else x.mean(axes)


def _var(x: Tensor, dim: Any = None, *, correction: float | None = None, keepdim: bool = False) -> Tensor:
    return _var_mean(x, dim, correction=correction, keepdim=keepdim)[0]


def _std(x: Tensor, dim: Any = None, *, correction: float | None = None, keepdim: bool = False) -> Tensor:
    return _var(x, dim, correction=correction, keepdim=keepdim).sqrt()


def _layer_norm(
    x: Tensor, shape: Sequence[int], weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    axes = list(range(x.dim() - len(shape), x.dim()))
    variance, mean = _var_mean(x, axes, correction=0, keepdim=True)
    scale = (variance + eps).rsqrt()
    normal = (x - mean) * scale
    if weight is not None:
        normal = normal * weight
    return normal if bias is None else normal + bias, mean, scale


def _where(condition: Tensor, yes: Any, no: Any) -> Tensor:
    return aten.where.self(condition, *(v if isinstance(v, Tensor) else torch.full((), float(v)) for v in (yes, no)))


def _softmax(x: Tensor, dim: int, half_to_float: bool) -> Tensor:
    powers = (x - x.amax(dim, keepdim=True)).exp()
    return powers / powers.sum(dim, keepdim=True)


def _log_softmax(x: Tensor, dim: int, half_to_float: bool) -> Tensor:
    shifted = x - x.amax(dim, keepdim=True)
    return shifted - shifted.exp().sum(dim, keepdim=True).log()


def _logsumexp(x: Tensor, dim: list[int], keepdim: bool = False) -> Tensor:
    most = x.amax(dim, keepdim=True)
    most = aten.where.self(most.abs() == torch.inf, most * 0, most)
    total = (x - most).exp().sum(dim, keepdim=keepdim).log()
    return total + (most if keepdim else most.squeeze(dim))


def _vector_norm(x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    axes = list(range(x.dim())) if dim is None else dim
    if ord == 1:
        return x.abs().sum(axes, keepdim=keepdim)
    if ord == torch.inf:
        return x.abs().amax(axes, keepdim=keepdim)
    if ord == 2:
        return (x * x).sum(axes, keepdim=keepdim).sqrt()
    return (x.abs() ** ord).sum(axes, keepdim=keepdim) ** (1 / ord)


def _log_sigmoid(x: Tensor) -> tuple[Tensor, Tensor]:
    return -aten.softplus.default(-x, 1, torch.inf), x


def _log_sigmoid_backward(gradient: Tensor, x: Tensor, buffer: Tensor) -> Tensor:
    return gradient * (-x).sigmoid()


def _lerp(start: Tensor, end: Tensor, weight: Any) -> Tensor:
    return start + weight * (end - start)


def _tanh_backward(gradient: Tensor, y: Tensor) -> Tensor:
    return gradient * (1 - y * y)


def _sigmoid_backward(gradient: Tensor, y: Tensor) -> Tensor:
    return gradient * (y * (1 - y))


def _silu_backward(gradient: Tensor, x: Tensor) -> Tensor:
    y = x.sigmoid()
    return gradient * y * (1 + x * (1 - y))


def _copied(x: Tensor, src: Tensor, non_blocking: bool = False) -> Tensor:
    return src.expand_as(x)


OWN: dict[Any, Callable[..., Any]] = {
    aten.var.correction: _var,
    aten.std.correction: _std,
    aten.var_mean.correction: _var_mean,
    aten.native_layer_norm.default: _layer_norm,
    aten.where.ScalarSelf: _where,
    aten.where.ScalarOther: _where,
    aten.where.Scalar: _where,
    aten._softmax.default: _softmax,
    aten._log_softmax.default: _log_softmax,
    aten.logsumexp.default: _logsumexp,
    aten.linalg_vector_norm.default: _vector_norm,
    aten.log_sigmoid_forward.default: _log_sigmoid,
    aten.log_sigmoid_backward.default: _log_sigmoid_backward,
    aten.lerp.Scalar: _lerp,
    aten.lerp.Tensor: _lerp,
    aten.copy.default: _copied,
    # torch's own of these import sympy when first used, which takes 0.2 s
    aten.tanh_backward.default: _tanh_backward,
    aten.sigmoid_backward.default: _sigmoid_backward,
    aten.silu_backward.default: _silu_backward,
}
PRIMS: dict[str, Callable[..., Any]] = {  # torch's table ends at these in places; aten has the same
    "where": aten.where.self,
    "var": lambda x, dims, correction=1.0, **_: _var(x, dims, correction=correction),
    "sum": lambda x, dims, **_: x.sum(dims),
    "convert_element_type": lambda x, dtype: x.to(dtype),
    "amax": lambda x, dims, **_: x.amax(dims),
    "amin": lambda x, dims, **_: x.amin(dims),
}


def decomposition(operation: Any) -> Callable[..., Any] | None:
    """Return a function that does an operation by simpler ones, if there is one."""
    if getattr(operation, "namespace", "") == "prims":
        name = operation._opname
        packet = getattr(aten, name, None)
        plain = [getattr(packet, kind) for kind in ("Tensor", "default") if hasattr(packet, kind)]
        return PRIMS.get(name) or (plain[0] if plain else None)
    return OWN.get(operation) or decomposition_table.get(operation)
