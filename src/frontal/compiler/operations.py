"""Which aten operations a kernel can do, and under which name of the plan."""

from __future__ import annotations

from typing import Any, Final

import torch

from frontal.compiler.decompose import decomposition

aten = torch.ops.aten

UNARY: Final = {
    getattr(aten, name).default: name
    for name in [
        "neg",
        "abs",
        "exp",
        "exp2",
        "expm1",
        "log",
        "log1p",
        "log2",
        "tanh",
        "sigmoid",
        "sin",
        "cos",
        "tan",
        "erf",
        "sqrt",
        "rsqrt",
        "reciprocal",
        "floor",
        "ceil",
        "round",
        "trunc",
        "sinh",
        "cosh",
        "asinh",
        "atan",
    ]
}
UNARY[aten.sgn.default] = UNARY[aten.sign.default] = "sign"
UNARY[aten.logical_not.default] = UNARY[aten.bitwise_not.default] = "not"
UNARY[aten.relu.default] = "relu"

BINARY: Final = {
    aten.add.Tensor: "add", aten.sub.Tensor: "sub", aten.mul.Tensor: "mul", aten.div.Tensor: "div",
    aten.add.Scalar: "add", aten.sub.Scalar: "sub", aten.mul.Scalar: "mul", aten.div.Scalar: "div",
    aten.maximum.default: "maximum", aten.minimum.default: "minimum", aten.pow.Tensor_Scalar: "pow",
    aten.pow.Tensor_Tensor: "pow", aten.pow.Scalar: "pow", aten.atan2.default: "atan2",
    aten.logical_and.default: "and", aten.logical_or.default: "or",
    aten.bitwise_and.Tensor: "and", aten.bitwise_or.Tensor: "or",
}  # fmt: skip
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    for _kind in ("Tensor", "Scalar"):
        BINARY[getattr(getattr(aten, _name), _kind)] = _name

OTHER_POINTWISE: Final = frozenset((
    aten.where.self, aten.rsub.Tensor, aten.rsub.Scalar, aten.clamp.default, aten.clamp_min.default,
    aten.clamp_max.default, aten._to_copy.default, aten.clone.default, aten.softplus.default,
    aten.softplus_backward.default, aten.threshold_backward.default, aten.masked_fill.Scalar,
    aten.addcmul.default, aten.square.default,
))  # fmt: skip

VIEWS: Final = frozenset((
    aten.view.default, aten._unsafe_view.default, aten.reshape.default, aten.slice.Tensor, aten.select.int,
    aten.split.Tensor, aten.split_with_sizes.default, aten.cat.default, aten.stack.default, aten.expand.default,
    aten.unsqueeze.default, aten.squeeze.dim, aten.squeeze.dims, aten.permute.default, aten.transpose.int,
    aten.t.default, aten.unbind.int, aten.slice_backward.default, aten.select_backward.default,
    aten.constant_pad_nd.default, aten.flip.default,
))  # fmt: skip

REDUCTIONS: Final = {
    aten.sum.dim_IntList: "sum", aten.sum.default: "sum", aten.mean.dim: "mean", aten.mean.default: "mean",
    aten.amax.default: "max", aten.amin.default: "min",
}  # fmt: skip

PRODUCTS: Final = frozenset((aten.mm.default, aten.bmm.default))

FACTORIES: Final = frozenset(
    getattr(aten, name).default
    for name in ("full", "zeros", "ones", "zeros_like", "ones_like", "full_like", "scalar_tensor", "new_zeros",
                 "new_ones", "new_full", "empty_like")
)  # fmt: skip

RANDOM: Final = frozenset((
    aten.rand.default, aten.randn.default, aten.randint.default, aten.randint.low,
))  # fmt: skip

PRIMITIVE: Final = (
    frozenset(UNARY) | frozenset(BINARY) | OTHER_POINTWISE | VIEWS | frozenset(REDUCTIONS) | PRODUCTS | FACTORIES
)


def is_light(target: Any) -> bool:
    """Whether an operation that does not depend on the states may as well stay in the loop."""
    if target in RANDOM or target in PRODUCTS:
        return False
    return target in PRIMITIVE or decomposition(target) is not None or not isinstance(target, torch._ops.OpOverload)
