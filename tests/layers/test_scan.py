"""Every way to scan against a loop by hand in double precision, complex numbers as torch's own."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck
from torch.testing import assert_close

from frontal.errors import FrontalError
from frontal.layers import scan as scans
from frontal.layers.scan import COMPLEX, LOG, REAL, choose_method, scan
from frontal.layers.scan_numbers import Numbers

WAYS = ("kernel", "tree", "loop")
KINDS = (REAL, COMPLEX, LOG)
some = settings(deadline=None, max_examples=25, database=None, derandomize=True)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def by_hand(numbers: Numbers, a: Tensor, b: Tensor, initial: Tensor, lengths, reset, reverse: bool) -> Tensor:
    """The recurrence of each sequence alone, in double precision; complex and positive numbers as such."""
    enter = {"real": lambda v: v, "complex": as_complex, "log": torch.exp}[numbers.name]
    a, b, initial = (enter(v.double()) for v in (a, b, initial))
    T, B, width = b.shape
    columns: list[Tensor] = []
    for row in range(B):
        n = T if lengths is None else int(lengths[row])
        h, states = initial[row], [torch.zeros(width, dtype=b.dtype)] * T
        order = range(n)
        for t in reversed(order) if reverse else order:
            begins = t + 1 if reverse else t
            if reset is not None and begins < n and reset[begins, row]:
                h = torch.zeros_like(h)
            h = states[t] = a[t, row] * h + b[t, row]
        columns.append(torch.stack(states))
    leave = {"real": lambda v: v, "complex": as_pairs, "log": torch.log}[numbers.name]
    return leave(torch.stack(columns, 1))


def as_complex(v: Tensor) -> Tensor:
    return torch.complex(*v.chunk(2, -1))


def as_pairs(v: Tensor) -> Tensor:
    return torch.cat([v.real, v.imag], -1)


def drawn(numbers: Numbers, T: int, B: int, H: int, dtype=torch.float64, grad: bool = False) -> list[Tensor]:
    """Return a, b and an initial state, with |a| < 1 for the most part."""
    width = 2 * H if numbers is COMPLEX else H
    a, b, initial = (torch.randn(*shape, width, dtype=dtype) for shape in ((T, B), (T, B), (B,)))
    return [v.requires_grad_(grad) for v in (a * 0.7, b, initial)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("numbers", KINDS, ids=lambda kind: kind.name)
def test_every_way_is_the_loop(way: str, numbers: Numbers) -> None:
    @some
    @given(
        T=st.sampled_from([1, 2, 3, 15, 16, 17, 57, 64]),
        B=st.integers(1, 5),
        H=st.sampled_from([1, 3, 16, 33]),
        reverse=st.booleans(),
        data=st.data(),
    )
    def holds(T: int, B: int, H: int, reverse: bool, data: st.DataObject) -> None:
        torch.manual_seed(data.draw(st.integers(0, 99)))
        a, b, initial = drawn(numbers, T, B, H)
        lengths = data.draw(st.none() | st.lists(st.integers(1, T), min_size=B, max_size=B).map(torch.tensor))
        reset = torch.rand(T, B) < 0.2 if data.draw(st.booleans()) else None
        expected = by_hand(numbers, a, b, initial, lengths, reset, reverse)
        for t in range(T if lengths is not None else 0):  # nobody reads the padding
            for row in (t >= lengths).nonzero()[:, 0].tolist():
                a[t, row] = b[t, row] = torch.nan
        how = {"lengths": lengths, "reset": reset, "reverse": reverse, "numbers": numbers, "method": way}
        assert_close(scan(a, b, initial, **how), expected, rtol=1e-10, atol=1e-10)

    holds()


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("numbers", KINDS, ids=lambda kind: kind.name)
def test_gradients_once_and_twice(way: str, numbers: Numbers, reverse: bool) -> None:
    torch.manual_seed(0)
    tensors = drawn(numbers, 7, 3, 2, grad=True)
    lengths = torch.tensor([7, 1, 4])
    reset = torch.tensor([1, 0, 0, 1, 1, 0, 0]).bool()[:, None].expand(7, 3)
    live = (torch.arange(7)[:, None] < lengths)[..., None]
    how = {"reverse": reverse, "numbers": numbers, "method": way}

    def plain(a: Tensor, b: Tensor, initial: Tensor) -> Tensor:
        return scan(a, b, initial, **how)

    def uneven(a: Tensor, b: Tensor, initial: Tensor) -> Tensor:
        found = scan(a, b, initial, lengths=lengths, reset=reset, **how)
        return torch.where(live, found, 0)  # log 0 in the padding

    for function in (plain, uneven):
        assert gradcheck(function, tensors)
        assert gradgradcheck(function, tensors, fast_mode=True)


def test_threads_share_the_rows() -> None:
    torch.set_num_threads(2)
    a, b, initial = drawn(REAL, 300, 8, 16)
    assert_close(scan(a, b, initial, method="kernel"), by_hand(REAL, a, b, initial, None, None, False))


@pytest.mark.parametrize("way", WAYS)
def test_the_same_coefficient_at_every_step(way: str) -> None:
    a = torch.rand(3, dtype=torch.float64, requires_grad=True)
    _, b, initial = drawn(REAL, 20, 2, 3, grad=True)
    found = scan(a, b, initial, method=way)
    expected = by_hand(REAL, a.expand(20, 2, 3), b, initial, None, None, False)
    assert_close(found, expected, rtol=1e-12, atol=1e-12)
    weights = torch.randn_like(found)
    assert_close(torch.autograd.grad((found * weights).sum(), a), torch.autograd.grad((expected * weights).sum(), a))


@pytest.mark.parametrize("way", ["kernel", "tree"])
@pytest.mark.parametrize("case", ["zeros", "near one", "vanishing products", "signs"])
def test_awkward_coefficients_in_single_precision(way: str, case: str) -> None:
    """T = 4096: products over the sequence underflow, or do not decay at all."""
    torch.manual_seed(0)
    T, shape = 4096, (4096, 1, 8)
    a = {
        "zeros": torch.rand(shape) * (torch.rand(shape) < 0.5),
        "near one": 1 - 1e-6 * torch.rand(shape),
        "vanishing products": 1e-3 * torch.rand(shape),
        "signs": torch.where(torch.rand(shape) < 0.5, -1.0, 1.0) * (1 - 1e-4 * torch.rand(shape)),
    }[case].requires_grad_()
    b, initial = torch.randn(shape, requires_grad=True), torch.randn(1, 8, requires_grad=True)
    weights = torch.randn(shape)
    found = scan(a, b, initial, method=way)
    expected = by_hand(REAL, a, b, initial, None, None, False)
    scale = expected.abs().max().item()
    assert (found - expected).abs().max() < 2e-6 * scale * T**0.5
    ours = torch.autograd.grad((found * weights).sum(), (a, b, initial))
    exact = torch.autograd.grad((expected * weights).sum(), (a, b, initial))
    for mine, right in zip(ours, exact, strict=True):
        assert mine.isfinite().all()
        assert (mine - right).abs().max() < 2e-6 * max(right.abs().max().item(), 1) * T**0.5


@pytest.mark.parametrize("way", ["kernel", "tree"])
def test_logarithms_beyond_the_range_of_numbers(way: str) -> None:
    a, b = torch.full((4096, 1, 1), -3.0), torch.full((4096, 1, 1), -2000.0)  # exp(-2000) = 0 in any precision
    found = scan(a, b, torch.full((1, 1), 500.0), numbers=LOG, method=way)[:, 0, 0].double()
    t = torch.arange(1, 4097, dtype=torch.float64)
    rest = -2000 - torch.log1p(-torch.exp(torch.tensor(-3.0, dtype=torch.float64)))  # of the geometric series
    expected = torch.logaddexp(500 - 3 * t, rest + torch.log1p(-torch.exp(-3 * t)))
    assert_close(found, expected, rtol=1e-6, atol=1e-3)


@pytest.mark.parametrize("way", WAYS)
def test_a_logarithm_of_zero_begins_and_forgets(way: str) -> None:
    _, b, _ = drawn(LOG, 9, 2, 3)
    a = torch.randn_like(b)
    a[4] = -torch.inf
    a.requires_grad_()
    found = scan(a, b, numbers=LOG, method=way)
    assert_close(found[0], b[0])
    assert_close(found[4], b[4])
    (gradient,) = torch.autograd.grad(found.sum(), a)
    assert gradient.isfinite().all() and not gradient[0].any() and not gradient[4].any()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("numbers", KINDS, ids=lambda kind: kind.name)
def test_nothing_crosses_a_reset_not_even_nan(way: str, numbers: Numbers) -> None:
    a, b, initial = drawn(numbers, 12, 2, 4)
    for reverse, spoilt, clean in ((False, 2, slice(5, 12)), (True, 8, slice(0, 5))):
        reset = torch.zeros(12, 2, dtype=torch.bool)
        reset[5] = True
        dirty = b.clone()
        dirty[spoilt] = torch.nan
        how = {"reset": reset, "reverse": reverse, "numbers": numbers, "method": way}
        assert_close(scan(a, dirty, initial, **how)[clean], scan(a, b, initial, **how)[clean], rtol=0, atol=0)
        assert scan(a, dirty, initial, **how)[spoilt].isnan().all()


def test_the_gradient_is_that_of_the_operations() -> None:
    """The adjoint scan against torch's own gradient of the judge's loop, in every kind of numbers."""
    for numbers in KINDS:
        tensors = drawn(numbers, 11, 2, 3, grad=True)
        weights = torch.randn_like(tensors[1])
        judged = scans.scan_loop(numbers, *tensors, None, reverse=True)
        found = scan(*tensors, numbers=numbers, reverse=True, method="tree")
        for mine, right in zip(
            torch.autograd.grad((found * weights).sum(), tensors),
            torch.autograd.grad((judged * weights).sum(), tensors),
            strict=True,
        ):
            assert_close(mine, right, rtol=1e-10, atol=1e-12)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # torch's own, at the first jvp
def test_transforms_and_compilation_take_torchs_operations() -> None:
    a, b, initial = drawn(REAL, 20, 2, 3)
    expected = by_hand(REAL, a, b, initial, None, None, False)
    batched = torch.func.vmap(scan, in_dims=(1, 1, 0), out_dims=1)
    assert_close(batched(a[:, :, None], b[:, :, None], initial[:, None])[:, :, 0], expected)
    derivative = torch.func.grad(lambda v: scan(v, b, initial).sin().sum())(a)
    leaf = a.clone().requires_grad_()
    (right,) = torch.autograd.grad(scan(leaf, b, initial, method="kernel").sin().sum(), leaf)
    assert_close(derivative, right)
    _, forwards = torch.func.jvp(lambda v: scan(v, b, initial), (a,), (torch.ones_like(a),))
    assert forwards.shape == expected.shape and forwards.isfinite().all()
    assert choose_method(b) == "kernel" and choose_method(b.bfloat16()) == "tree"
    assert choose_method(b[:2].bfloat16()) == "loop"
    wide = torch.zeros(64, 16, 256, dtype=torch.bfloat16)
    assert choose_method(wide) == "loop" and choose_method(wide.to("meta")) == "tree"
    assert scan(a.bfloat16(), b.bfloat16()).dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"b": torch.zeros(4, 2)}, r"b must be \(T, B, H\)"),
        ({"b": torch.zeros(0, 2, 4)}, "T >= 1"),
        ({"a": torch.zeros(3, 2, 4)}, "does not broadcast"),
        ({"initial": torch.zeros(4)}, r"initial must be \(B, H\) = \(2, 4\), got \(4,\)"),
        ({"a": torch.zeros(4).double()}, "one real dtype"),
        ({"lengths": torch.tensor([1])}, r"lengths must be \(B,\)"),
        ({"reset": torch.zeros(5, 2)}, "reset must be bool"),
        ({"method": "tre"}, "did you mean 'tree'"),
        ({"numbers": COMPLEX, "b": torch.zeros(5, 2, 3), "a": torch.zeros(3)}, "2 H features"),
        ({"method": "kernel", "a": torch.zeros(4).bfloat16(), "b": torch.zeros(5, 2, 4).bfloat16()}, "cannot run on"),
    ],
)
def test_wrong_arguments_are_refused(change: dict[str, object], message: str) -> None:
    given_ = {"a": torch.zeros(5, 2, 4), "b": torch.zeros(5, 2, 4), **change}
    with pytest.raises(FrontalError, match=message):
        scan(**given_)
