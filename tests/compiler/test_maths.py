"""Every elementwise function against float64, over every exponent, on every kind of machine that this one can play."""

from __future__ import annotations

import ctypes
import re
from functools import cache
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import pytest
import torch

from frontal.compiler.cpu.code import I64, POINTER, Code, new_module
from frontal.compiler.cpu.maths import FUNCTIONS, libm_symbols
from frontal.compiler.cpu.target import Target, host

Array = np.ndarray[Any, Any]

TARGETS = {
    "widest": host(),
    "without AVX-512": host(("avx512",)),
    "without FMA": host(("avx512", "avx2")),
    "SSE 2": host(("avx512", "avx2", "sse4", "ssse3", "sse3")),
}
on_every_target = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)


def sigmoid(x: Array) -> Array:
    small = np.exp(-abs(x))
    return np.where(x < 0, small, 1) / (1 + small)


def erf(x: Array) -> Array:
    return torch.erf(torch.from_numpy(np.asarray(x, "f8"))).numpy()


# function: its float64, and the ULP of fp32 that it may be wrong by
SINGLE = {
    "exp": (np.exp, 1.4),
    "exp2": (np.exp2, 1.4),
    "expm1": (np.expm1, 2.3),
    "tanh": (np.tanh, 3.2),
    "sigmoid": (sigmoid, 3.6),
    "softplus": (lambda x: np.logaddexp(0, x), 2.0),
    "log": (np.log, 1.0),
    "log1p": (np.log1p, 1.6),
    "log2": (np.log2, 1.8),
    "sin": (np.sin, 2.0),
    "cos": (np.cos, 2.3),
    "erf": (erf, 3.4),
    "sqrt": (np.sqrt, 0.501),
    "rsqrt": (lambda x: 1 / np.sqrt(x), 1.5),
    "reciprocal": (lambda x: 1 / x, 0.501),
    "tan": (np.tan, 2.0),
    "atan": (np.arctan, 2.0),
    "asin": (np.arcsin, 2.0),
    "acos": (np.arccos, 2.0),
    "sinh": (np.sinh, 3.0),
    "cosh": (np.cosh, 3.0),
    "asinh": (np.arcsinh, 3.0),
    "acosh": (np.arccosh, 3.0),
    "atanh": (np.arctanh, 3.0),
    "log10": (np.log10, 2.5),
}
DOUBLE_ULP = 4.0  # the C library beside NumPy, which has an ULP or two of its own
EXACT = {
    "abs": torch.abs,
    "floor": torch.floor,
    "ceil": torch.ceil,
    "trunc": torch.trunc,
    "round": torch.round,
    "sign": torch.sign,
}
EXACT_OF_TWO = {"maximum": torch.maximum, "minimum": torch.minimum, "divide": torch.divide}
OF_TWO = {"pow": np.power, "atan2": np.arctan2}

# where a kernel changes its mind: clamps, cuts, the ends of what fp32 holds
THRESHOLDS = [1e-9, 2.0**-126, 2.0**-25, 2.0**-24, 0.5**0.5, 1.0, 2.0**0.5, 3.92, 9.01, 10.0, 17.33, 20.0, 22.18, 64.0,
              87.34, 88.38, 88.72, 89.0, 103.97, 104.0, 126.0, 127.5, 128.0, 149.0, 150.0, 151.0, 2.0**23, 2.0**25,
              np.pi, np.pi / 2, np.pi * 2607, 8192.0, np.log(2) / 2, np.log(2) / 4]  # fmt: skip

INF, NAN = np.inf, np.nan
SPECIAL: dict[str, list[tuple[float, float]]] = {
    "exp": [(0.0, 1), (-0.0, 1), (INF, INF), (-INF, 0), (89, INF), (-104, 0)],
    "exp2": [
        (0.0, 1),
        (-0.0, 1),
        (INF, INF),
        (-INF, 0),
        (128, INF),
        (127, 2.0**127),
        (-149, 2.0**-149),
        (-151, 0),
        (3, 8),
    ],
    "expm1": [
        (0.0, 0.0),
        (-0.0, -0.0),
        (INF, INF),
        (-INF, -1),
        (-30, -1),
        (1e-42, 1e-42),
        (-1e-42, -1e-42),
        (1e-20, 1e-20),
    ],
    "tanh": [(0.0, 0.0), (-0.0, -0.0), (INF, 1), (-INF, -1), (1e-42, 1e-42), (-1e-42, -1e-42), (40, 1), (-3e38, -1)],
    "sigmoid": [(0.0, 0.5), (-0.0, 0.5), (INF, 1), (-INF, 0), (40, 1), (-3e38, 0)],
    "softplus": [(INF, INF), (-INF, 0), (3e38, 3e38), (-3e38, 0)],
    "log": [(0.0, -INF), (-0.0, -INF), (1, 0), (INF, INF), (-INF, NAN), (-1, NAN), (-1e-42, NAN)],
    "log1p": [
        (0.0, 0.0),
        (-0.0, -0.0),
        (-1, -INF),
        (INF, INF),
        (-INF, NAN),
        (-1.5, NAN),
        (1e-42, 1e-42),
        (-1e-42, -1e-42),
    ],
    "log2": [(0.0, -INF), (-0.0, -INF), (1, 0), (INF, INF), (-INF, NAN), (-1, NAN), (8, 3), (2.0**-149, -149)],
    "sin": [(0.0, 0.0), (-0.0, -0.0), (INF, NAN), (-INF, NAN), (1e-42, 1e-42)],
    "cos": [(0.0, 1), (-0.0, 1), (INF, NAN), (-INF, NAN), (1e-42, 1)],
    "erf": [(0.0, 0.0), (-0.0, -0.0), (INF, 1), (-INF, -1), (40, 1), (-3e38, -1)],
    "sqrt": [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-1, NAN)],
    "rsqrt": [(0.0, INF), (-0.0, -INF), (INF, 0), (-1, NAN), (4, 0.5)],
    "reciprocal": [(0.0, INF), (-0.0, -INF), (INF, 0.0), (-INF, -0.0)],
}


def parsed(name: str, target: Target, bits: int, inputs: int) -> llvm.ModuleRef:
    """`f(in …, out, count)`, optimised as kernels are."""
    module = new_module("maths", target)
    code = Code(module, "f", [POINTER] * (inputs + 1) + [I64], target, bits)
    *sources, out, count = code.arguments
    with code.loop(0, count, code.lanes) as k:
        code.store(FUNCTIONS[name](code, *(code.load(code.at(source, k)) for source in sources)), code.at(out, k))
    code.b.ret_void()
    parsed = llvm.parse_assembly(str(module))
    parsed.verify()
    builder = llvm.create_pass_builder(target.machine(), llvm.create_pipeline_tuning_options(speed_level=2))
    builder.getModulePassManager().run(parsed, builder)
    return parsed


def run(name: str, target: Target, *inputs: Array) -> Array:
    """Compute a function of arrays, of which fp32 and fp64 are taken."""
    for symbol, address in libm_symbols().items():
        llvm.add_symbol(symbol, address)
    kind = inputs[0].dtype
    length = len(inputs[0])
    padded = [np.concatenate([x, np.ones(-length % 16, kind)]) for x in inputs]
    engine = llvm.create_mcjit_compiler(parsed(name, target, kind.itemsize * 8, len(inputs)), target.machine())
    engine.finalize_object()
    arguments = [ctypes.c_void_p] * (len(inputs) + 1)
    function = ctypes.CFUNCTYPE(None, *arguments, ctypes.c_int64)(engine.get_function_address("f"))
    out = np.full(len(padded[0]), NAN, kind)
    function(*(x.ctypes.data for x in padded), out.ctypes.data, len(out))
    return out[:length]


@cache
def samples() -> Array:
    """fp32: both signs × all exponents × 12 bits of mantissa, the others at random; and around each threshold."""
    tops = np.arange(1 << 21, dtype=np.uint32) << 11
    grid = tops | np.random.default_rng(0).integers(0, 1 << 11, 1 << 21, dtype=np.uint32)
    edges = np.array(THRESHOLDS, np.float32).view(np.uint32).astype(np.int64)
    near = (edges[:, None] + np.arange(-300, 300)).ravel().astype(np.uint32)
    tiny = np.arange(1, 300, dtype=np.uint32)
    positive = np.concatenate([near, tiny])
    bits = np.concatenate([grid, positive, positive | np.uint32(1 << 31)])
    x = bits.view(np.float32)
    return x[np.isfinite(x)]


@cache
def exact(name: str) -> Array:
    with np.errstate(all="ignore"):
        return SINGLE[name][0](samples().astype(np.float64))


def ulp(result: Array, true: Array, kind: type = np.float32) -> Array:
    """Error in units of the last place; what overflows counts as the first number too large; NaN for NaN."""
    assert (np.isnan(result) == np.isnan(true)).all()
    limit = np.finfo(kind)
    beyond = 2.0 ** np.float64(limit.maxexp - 1) * 2 if kind is np.float32 else INF
    result, true = (np.clip(values.astype(np.float64), -beyond, beyond) for values in (result, true))
    exponent = np.frexp(np.clip(abs(true), limit.tiny, limit.max))[1]
    unit = np.ldexp(1.0, exponent - limit.nmant - 1)
    with np.errstate(invalid="ignore"):
        return np.where(result == true, 0, abs(result - true) / unit)


@on_every_target
@pytest.mark.parametrize("name", SINGLE)
def test_error_in_fp32_over_all_exponents(name: str, target: Target) -> None:
    x, true = samples(), exact(name)
    result = run(name, target, x)
    error = np.nan_to_num(ulp(result, true))
    worst = error.argmax()
    assert error[worst] <= SINGLE[name][1], f"{name}({x[worst]!r}) = {result[worst]!r}, not {true[worst]!r}"
    assert (np.signbit(result) == np.signbit(true))[~np.isnan(true)].all()


@on_every_target
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("name", SPECIAL)
def test_special_values_are_exact(name: str, kind: type, target: Target) -> None:
    x, expected = np.array([*SPECIAL[name], (NAN, NAN)], np.float32).T
    if kind is np.float64:  # reaches farther
        x, expected = (values[~(abs(x) > 0) | np.isinf(x)] for values in (x, expected))
    result = run(name, target, x.astype(kind))
    np.testing.assert_array_equal(result, expected)
    signed = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(result[signed]), np.signbit(expected[signed]))


@on_every_target
@pytest.mark.parametrize("name", SINGLE)
def test_error_in_fp64(name: str, target: Target) -> None:
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(0, 3, 2000), rng.normal(0, 1, 2000) * 10.0 ** rng.uniform(-300, 300, 2000), [NAN]])
    with np.errstate(all="ignore"):
        true = SINGLE[name][0](x)
    assert np.nan_to_num(ulp(run(name, target, x), true, np.float64)).max() <= DOUBLE_ULP


@on_every_target
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_functions_that_only_choose_or_round_are_exact(kind: type, target: Target) -> None:
    wild = np.array([0.0, -0.0, INF, -INF, NAN, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-42, -1e-42, 1e30, 8388609.0, 0.49999997])
    x = np.concatenate([wild, np.random.default_rng(2).normal(0, 9, 985)]).astype(kind)
    for name, judge in EXACT.items():
        np.testing.assert_array_equal(run(name, target, x), judge(torch.from_numpy(x)).numpy(), err_msg=name)
    left, right = (side.ravel().copy() for side in np.meshgrid(x[:60], x[:60]))
    for name, judge in EXACT_OF_TWO.items():
        expected = judge(torch.from_numpy(left), torch.from_numpy(right)).numpy()
        np.testing.assert_array_equal(run(name, target, left, right), expected, err_msg=name)


@on_every_target
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("name", OF_TWO)
def test_functions_of_two(name: str, kind: type, target: Target) -> None:
    values = [0.0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 2.5, 17.3, -17.3, 100, -1e-30, 1e20, INF, -INF, NAN]
    left, right = (side.ravel().astype(kind) for side in np.meshgrid(values, values))
    with np.errstate(all="ignore"):
        true = OF_TWO[name](left.astype(np.float64), right.astype(np.float64))
    result = run(name, target, left, right)
    assert np.nan_to_num(ulp(result, true, kind)).max() <= 2
    assert (np.signbit(result) == np.signbit(true))[~np.isnan(true)].all()


def test_sigmoid_and_tanh_stay_within_their_range() -> None:
    for target in TARGETS.values():
        assert abs(run("tanh", target, samples())).max() == 1
        assert run("sigmoid", target, samples()).max() == 1


@on_every_target
@pytest.mark.parametrize("bits", [32, 64])
def test_nothing_is_called_that_is_not_registered(bits: int, target: Target) -> None:
    known = libm_symbols()
    assert all(known.values())
    for name in FUNCTIONS:
        inputs = 2 if name in (*EXACT_OF_TWO, *OF_TWO) else 1
        module = parsed(name, target, bits, inputs)
        assembly = target.machine().emit_assembly(module)
        called = {f.name for f in module.functions if f.is_declaration and not f.name.startswith("llvm.")}
        called |= set(re.findall(r"movabsq\t\$([A-Za-z_]\w*), ", assembly))  # what LLVM adds by itself, on x86
        assert {c for c in called if not c.startswith("each_")} <= set(known), name


def test_every_function_is_tested() -> None:
    assert set(FUNCTIONS) == {*SINGLE, *EXACT, *EXACT_OF_TWO, *OF_TWO}
