"""A linear recurrence along a sequence, h_t = a_t h_(t-1) + b_t, whichever way is fastest."""

from __future__ import annotations

from typing import Any, Literal, get_args

import torch
from torch import Tensor
from torch.compiler import is_compiling

from frontal.compiler.choose import is_transformed
from frontal.errors import FrontalError, did_you_mean
from frontal.layers.scan_kernel import has_kernel, scan_kernel
from frontal.layers.scan_loop import scan_loop
from frontal.layers.scan_numbers import COMPLEX, LOG, REAL, Numbers
from frontal.layers.scan_tree import scan_tree

__all__ = ["COMPLEX", "LOG", "REAL", "Method", "choose_method", "scan"]

Method = Literal["auto", "kernel", "tree", "loop"]
WAYS = {"kernel": scan_kernel, "tree": scan_tree, "loop": scan_loop}
FEW_STEPS = 16  # below, the loop's operations are fewer than the tree's
WIDE_STEP = 2048  # numbers a step from which a CPU spends its time on them rather than on calls of torch


def scan(
    a: Tensor,
    b: Tensor,
    initial: Tensor | None = None,
    *,
    lengths: Tensor | None = None,
    reset: Tensor | None = None,
    reverse: bool = False,
    numbers: Numbers = REAL,
    method: Method = "auto",
) -> Tensor:
    """Compute h_t = a_t ⊙ h_(t-1) + b_t; differentiable any number of times.

    The gradient is a scan in the other direction, so it keeps a and h alone, and is as fast.

    Args:
        a: (T, B, H), or anything that broadcasts to b, such as (H,) for a recurrence that stays the same.
        b: (T, B, H).
        initial: h before the first step, (B, H); by default that of a sequence that begins, 0.
        lengths: valid steps of each sequence, (B,); a and b beyond are never read, h is 0 there.
        reset: bool, (T, B), True where a new sequence begins, in either direction.
        reverse: from the last valid step to the first, h_t = a_t ⊙ h_(t+1) + b_t.
        numbers: REAL; COMPLEX, where (…, 2 H) holds real parts, then imaginary parts; or LOG, where
            a, b, initial and h are logarithms of positive numbers, and the h of no steps is -inf
            (minGRU and minLSTM in log space, Feng et al. 2024).
        method: "auto", or "kernel", "tree" or "loop".

    Returns:
        h at every step, (T, B, H).

    Raises:
        FrontalError: shapes do not fit, or the method is unknown or cannot run on these tensors.

    Example:
        >>> import torch
        >>> from frontal.layers.scan import scan
        >>> scan(torch.tensor([0.5]), torch.ones(4, 1, 1)).flatten()
        tensor([1.0000, 1.5000, 1.7500, 1.8750])
    """
    a, b, h = _checked(a, b, initial, numbers)
    if method not in get_args(Method):
        raise FrontalError(f"scan: unknown method {method!r}; {did_you_mean(str(method), get_args(Method))}")
    live = None if lengths is None else _live(lengths, b)
    if live is not None:
        a, b = torch.where(live, a, numbers.one(b)), torch.where(live, b, numbers.zero)
    cut = None if reset is None else _cut(reset, live, b, reverse=reverse)
    if cut is not None:
        a = a.masked_fill(cut[..., None], numbers.zero)
    way = choose_method(b) if method == "auto" else method
    if way == "kernel" and not has_kernel(b):
        raise FrontalError(f'scan: method="kernel" cannot run on {b.dtype} on {b.device} here; use method="auto"')
    found = _run(numbers, way, a, b, h, cut, reverse=reverse)
    return found if live is None else torch.where(live, found, numbers.zero)


def choose_method(b: Tensor) -> Method:
    """Return the fastest method for b, (T, B, H), as benchmarks/results/scan.md has it.

    The kernel wherever it can run: on the CPU, in float32 and float64, outside of torch.compile and
    torch.func. Elsewhere the loop for a few steps, and on a CPU for wide ones; the tree for others.
    """
    if not is_compiling() and has_kernel(b):
        return "kernel"
    T, B, width = b.shape
    wide = b.device.type == "cpu" and B * width >= WIDE_STEP and not is_compiling()
    return "loop" if T < FEW_STEPS or wide else "tree"


def _run(numbers: Numbers, way: str, a: Tensor, b: Tensor, h: Tensor, cut: Tensor | None, *, reverse: bool) -> Tensor:
    """Run, with the gradient of the scan where torch can take it, else with that of the operations."""
    plain = way != "kernel" and (is_compiling() or is_transformed())
    if not plain and torch.is_grad_enabled() and any(t.requires_grad for t in (a, b, h)):
        found: Any = _Scan.apply(numbers, way, cut, reverse, a, b, h)
        return found
    return WAYS[way](numbers, a, b, h, cut, reverse=reverse)


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, numbers: Numbers, way: str, cut: Tensor | None, reverse: bool, *tensors: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        a, b, initial = tensors
        h = WAYS[way](numbers, a, b, initial, cut, reverse=reverse)
        ctx.numbers, ctx.way, ctx.cut, ctx.reverse = numbers, way, cut, reverse
        ctx.save_for_backward(a, b if numbers is LOG else None, initial, h)
        return h

    @staticmethod
    def backward(ctx: Any, d_h: Tensor) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        a, b, initial, h = ctx.saved_tensors
        numbers, reverse = ctx.numbers, ctx.reverse
        before = _later(h, initial, reverse=reverse)  # h before each step
        if ctx.cut is not None:
            before = before.masked_fill(ctx.cut[..., None], numbers.zero)
        back = numbers.back(a, b, before, h)
        nothing = torch.zeros_like(initial)
        passed = _later(back.state, nothing, reverse=not reverse)  # from each step to the one before it
        g = _run(back.numbers, ctx.way, passed, d_h, nothing, None, reverse=not reverse)
        first = slice(-1, None) if reverse else slice(0, 1)
        d_a, d_initial = (
            back.numbers.times(factor, part) for factor, part in ((back.a, g), (back.state[first], g[first]))
        )
        return None, None, None, None, d_a, g if back.b is None else back.b * g, d_initial[0]


def _later(h: Tensor, initial: Tensor, *, reverse: bool) -> Tensor:
    """Return what each step receives: `initial` at the first one, then h of the one before it."""
    return torch.cat([h[1:], initial[None]]) if reverse else torch.cat([initial[None], h[:-1]])


def _checked(a: Tensor, b: Tensor, initial: Tensor | None, numbers: Numbers) -> tuple[Tensor, Tensor, Tensor]:
    """Return a and b, (T, B, features), and the initial state, (B, features)."""
    if b.dim() != 3 or not len(b):
        raise FrontalError(f"scan: b must be (T, B, H) with T >= 1, got {tuple(b.shape)}")
    if numbers is COMPLEX and b.shape[2] % 2:
        raise FrontalError(f"scan: complex numbers need 2 H features, real parts and imaginary parts, got {b.shape[2]}")
    try:
        a = a.expand_as(b)
    except RuntimeError as error:
        raise FrontalError(f"scan: a {tuple(a.shape)} does not broadcast to b {tuple(b.shape)}") from error
    h = b.new_full(b.shape[1:], numbers.zero) if initial is None else initial
    if h.shape != b.shape[1:]:
        raise FrontalError(f"scan: initial must be (B, H) = {tuple(b.shape[1:])}, got {tuple(h.shape)}")
    if not a.dtype == b.dtype == h.dtype or not a.is_floating_point():
        raise FrontalError(f"scan: a, b and initial must be of one real dtype, got {a.dtype}, {b.dtype}, {h.dtype}")
    return a, b, h


def _live(lengths: Tensor, b: Tensor) -> Tensor:
    """Return where there is a sequence, (T, B, 1)."""
    T, B, _ = b.shape
    if lengths.shape != (B,):
        raise FrontalError(f"scan: lengths must be (B,) = ({B},), got {tuple(lengths.shape)}")
    return (torch.arange(T, device=b.device)[:, None] < lengths.to(b.device))[..., None]


def _cut(reset: Tensor, live: Tensor | None, b: Tensor, *, reverse: bool) -> Tensor:
    """Return where nothing of the state enters a step, (T, B): backwards, before a sequence that begins."""
    if reset.shape != b.shape[:2] or reset.dtype != torch.bool:
        raise FrontalError(
            f"scan: reset must be bool, (T, B) = {tuple(b.shape[:2])}, got {reset.dtype} {tuple(reset.shape)}"
        )
    begins = reset if live is None else reset & live[..., 0]
    return torch.cat([begins[1:], torch.zeros_like(begins[:1])]) if reverse else begins
