"""Cells beyond the LSTM and the GRU: three steps of each equal the paper's formulas, written anew in NumPy."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from frontal.cells import named
from frontal.errors import FrontalError
from frontal.layers import Recurrent

T, B, I, H = 3, 2, 3, 4  # noqa: E741 - the field's name for the input size
Array = NDArray[np.float64]
Weights = dict[str, Array]
States = tuple[Array, ...]
Step = Callable[..., States]


def sigmoid(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def relu(a: Array) -> Array:
    return np.where(a > 0, a, 0)


def rows(weights: Array, count: int) -> list[Array]:
    """The weights of each of `count` gates, one below the other."""
    return np.split(weights, count)


def bias(p: Weights, count: int, *names: str) -> list[Array]:
    """The sum of the biases of those names, a gate each; zero where the cell has none."""
    total = sum((p[name] for name in names if name in p), np.zeros(count * H))
    return rows(total, count)


def jordan(p: Weights, x: Array, y: Array) -> States:
    (b,) = bias(p, 1, "bias_ih", "bias_hh")
    hidden = np.tanh(x @ p["weight_ih"].T + y @ p["weight_hh"].T + b)
    return (hidden @ p["weight_hy"].T + p.get("bias_y", 0),)


def li_gru(p: Weights, x: Array, h: Array) -> States:
    (W_z, W_h), (U_z, U_h) = rows(p["weight_ih"], 2), rows(p["weight_hh"], 2)
    b_z, b_h = bias(p, 2, "bias_ih", "bias_hh")
    z = sigmoid(x @ W_z.T + h @ U_z.T + b_z)
    candidate = relu(x @ W_h.T + h @ U_h.T + b_h)
    return (z * h + (1 - z) * candidate,)


def ind_rnn(p: Weights, x: Array, h: Array) -> States:
    (b,) = bias(p, 1, "bias")
    return (relu(x @ p["weight_ih"].T + p["recurrent"] * h + b),)


def antisymmetric_product(p: Weights, h: Array, diffusion: float) -> Array:
    W = p["weight_hh"]
    return h @ (W - W.T - diffusion * np.eye(H)).T


def antisymmetric(p: Weights, x: Array, h: Array, *, step_size: float = 1.0, diffusion: float = 0.01) -> States:
    (b,) = bias(p, 1, "bias_ih", "bias_hh")
    return (h + step_size * np.tanh(antisymmetric_product(p, h, diffusion) + x @ p["weight_ih"].T + b),)


def gated_antisymmetric(p: Weights, x: Array, h: Array, *, step_size: float = 1.0, diffusion: float = 0.01) -> States:
    (V_z, V_h), (b_z, b_h) = rows(p["weight_ih"], 2), bias(p, 2, "bias_ih")
    a = antisymmetric_product(p, h, diffusion)
    z = sigmoid(a + x @ V_z.T + b_z)
    return (h + step_size * z * np.tanh(a + x @ V_h.T + b_h),)


def lem(p: Weights, u: Array, y: Array, z: Array, *, time_step: float = 1.0) -> States:
    (V_1, V_2, V_z, V_y), (W_1, W_2, W_z, W_y) = rows(p["weight_ih"], 4), rows(p["weight_hh"], 4)
    b_1, b_2, b_z, b_y = bias(p, 4, "bias_ih", "bias_hh")
    dt = time_step * sigmoid(y @ W_1.T + u @ V_1.T + b_1)
    dt_bar = time_step * sigmoid(y @ W_2.T + u @ V_2.T + b_2)
    z_new = (1 - dt) * z + dt * np.tanh(y @ W_z.T + u @ V_z.T + b_z)
    y_new = (1 - dt_bar) * y + dt_bar * np.tanh(z_new @ W_y.T + u @ V_y.T + b_y)
    return y_new, z_new


def co_rnn(
    p: Weights, u: Array, y: Array, z: Array, *, time_step: float = 0.01, frequency: float = 2.7, damping: float = 4.7
) -> States:
    (b,) = bias(p, 1, "bias")
    force = np.tanh(y @ p["weight_y"].T + z @ p["weight_z"].T + u @ p["weight_ih"].T + b)
    z_new = z + time_step * (force - frequency * y - damping * z)
    return y + time_step * z_new, z_new


def unicornn(p: Weights, u: Array, y: Array, z: Array, *, time_step: float = 0.1, frequency: float = 10.0) -> States:
    (b,) = bias(p, 1, "bias")
    pace = time_step * (0.5 + 0.5 * np.tanh(p["pace"] / 2))
    z_new = z - pace * (np.tanh(p["own"] * y + u @ p["weight_ih"].T + b) + frequency * y)
    return y + pace * z_new, z_new


def fast_rnn(p: Weights, x: Array, h: Array) -> States:
    (b,) = bias(p, 1, "bias_ih", "bias_hh")
    candidate = np.tanh(x @ p["weight_ih"].T + h @ p["weight_hh"].T + b)
    return (sigmoid(p["mix_new"]) * candidate + sigmoid(p["mix_old"]) * h,)


def fast_grnn(p: Weights, x: Array, h: Array) -> States:
    shared = x @ p["weight_ih"].T + h @ p["weight_hh"].T
    z = sigmoid(shared + p["bias_z"])
    candidate = np.tanh(shared + p["bias_n"])
    return ((sigmoid(p["zeta"]) * (1 - z) + sigmoid(p["nu"])) * candidate + z * h,)


def rhn(p: Weights, x: Array, h: Array, *, depth: int = 3) -> States:
    W_h, W_t = rows(p["weight_ih"], 2)
    s = h
    for layer in range(depth):
        (R_h, R_t), (b_h, b_t) = rows(p[f"weight_{layer}"], 2), bias(p, 2, f"bias_{layer}")
        of_x_h, of_x_t = (x @ W_h.T, x @ W_t.T) if layer == 0 else (0, 0)
        new = np.tanh(of_x_h + s @ R_h.T + b_h)
        t = sigmoid(of_x_t + s @ R_t.T + b_t)
        s = new * t + s * (1 - t)
    return (s,)


def nas(p: Weights, x: Array, h: Array, c: Array) -> States:
    """The tree of the paper's figure, its leaves from left to right; the fourth joins x and h by a product."""
    in_bias, state_bias = bias(p, 8, "bias_ih"), bias(p, 8, "bias_hh")
    X = [x @ W.T + b for W, b in zip(rows(p["weight_ih"], 8), in_bias, strict=True)]
    M = [h @ W.T + b for W, b in zip(rows(p["weight_hh"], 8), state_bias, strict=True)]
    leaves = [
        sigmoid(X[0] + M[0]), relu(X[1] + M[1]), sigmoid(X[2] + M[2]), relu(X[3] * M[3]),
        np.tanh(X[4] + M[4]), sigmoid(X[5] + M[5]), np.tanh(X[6] + M[6]), sigmoid(X[7] + M[7]),
    ]  # fmt: skip
    first, second = np.tanh(leaves[0] * leaves[1]), np.tanh(leaves[2] + leaves[3])
    third, fourth = np.tanh(leaves[4] * leaves[5]), sigmoid(leaves[6] + leaves[7])
    c_new = np.tanh(first + c) * second
    return np.tanh(c_new * np.tanh(third + fourth)), c_new


def scrn(p: Weights, x: Array, h: Array, s: Array, *, slowness: float = 0.95) -> States:
    s_new = (1 - slowness) * (x @ p["weight_xs"].T) + slowness * s
    return sigmoid(s_new @ p["weight_sh"].T + x @ p["weight_xh"].T + h @ p["weight_hh"].T), s_new


def minimal_rnn(p: Weights, x: Array, h: Array) -> States:
    (b_z,), (b_u,) = bias(p, 1, "bias_ih"), bias(p, 1, "bias_hh")
    z = np.tanh(x @ p["weight_ih"].T + b_z)
    u = sigmoid(h @ p["weight_hh"].T + z @ p["weight_zh"].T + b_u)
    return (u * h + (1 - u) * z,)


def bistable(p: Weights, x: Array, h: Array, of_h_a: Array, of_h_c: Array) -> States:
    (U_a, U_c, U), (b_a, b_c, b) = rows(p["weight_ih"], 3), bias(p, 3, "bias_ih")
    a = 1 + np.tanh(x @ U_a.T + of_h_a + b_a)
    c = sigmoid(x @ U_c.T + of_h_c + b_c)
    return (c * h + (1 - c) * np.tanh(x @ U.T + a * h + b),)


def br(p: Weights, x: Array, h: Array) -> States:
    return bistable(p, x, h, p["own_a"] * h, p["own_c"] * h)


def nbr(p: Weights, x: Array, h: Array) -> States:
    W_a, W_c = rows(p["weight_hh"], 2)
    return bistable(p, x, h, h @ W_a.T, h @ W_c.T)


def leaky(p: Weights, x: Array, h: Array, *, leak: float = 0.3) -> States:
    (b,) = bias(p, 1, "bias_ih", "bias_hh")
    return ((1 - leak) * h + leak * np.tanh(x @ p["weight_ih"].T + h @ p["weight_hh"].T + b),)


CASES: list[tuple[Step, dict[str, float]]] = [
    (jordan, {}), (li_gru, {}), (ind_rnn, {}),
    (antisymmetric, {}), (antisymmetric, {"step_size": 0.3, "diffusion": 0.2}),
    (gated_antisymmetric, {}), (gated_antisymmetric, {"step_size": 0.3, "diffusion": 0.2}),
    (lem, {}), (lem, {"time_step": 0.4}),
    (co_rnn, {}), (co_rnn, {"time_step": 0.5, "frequency": 0.6, "damping": 0.7}),
    (unicornn, {}), (unicornn, {"time_step": 0.8, "frequency": 0.0}),
    (fast_rnn, {}), (fast_grnn, {}), (rhn, {}), (rhn, {"depth": 1}), (nas, {}),
    (scrn, {}), (scrn, {"slowness": 0.5}), (minimal_rnn, {}), (br, {}), (nbr, {}),
    (leaky, {}), (leaky, {"leak": 0.8}),
]  # fmt: skip
WITHOUT_BIAS = [
    jordan,
    li_gru,
    ind_rnn,
    antisymmetric,
    gated_antisymmetric,
    lem,
    fast_rnn,
    nas,
    minimal_rnn,
    br,
    nbr,
    leaky,
]
SIZED = [(jordan, {"output_size": 2}), (scrn, {"context_size": 6})]


def assert_follows(step: Step, made_with: dict[str, float], options: dict[str, float]) -> None:
    """Compare every state after each of three steps; weights are drawn wide, so that no nonlinearity is a line."""
    torch.manual_seed(0)
    cell = named(step.__name__)(I, H, dtype=torch.float64, **made_with)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.normal_()
    x = torch.randn(T, B, I, dtype=torch.float64)
    states = tuple(torch.randn(1, B, size, dtype=torch.float64) for size in cell.state_sizes)
    weights = {name: parameter.detach().numpy() for name, parameter in cell.named_parameters()}
    layer = Recurrent(cell, backend="reference")
    wanted: States = tuple(state[0].numpy() for state in states)
    with torch.no_grad():
        for t in range(T):
            wanted = step(weights, x[t].numpy(), *wanted, **options)
            outputs, finals = layer(x[: t + 1], states if len(states) > 1 else states[0])
            finals = finals if isinstance(finals, tuple) else (finals,)
            assert_allclose(outputs[t].numpy(), wanted[0], rtol=1e-10, atol=1e-14)
            for name, final, want in zip(cell.states, finals, wanted, strict=True):
                assert_allclose(final[0].numpy(), want, rtol=1e-10, atol=1e-14, err_msg=name)


@pytest.mark.parametrize(("step", "options"), CASES, ids=lambda value: getattr(value, "__name__", str(value)))
def test_three_steps_are_the_papers(step: Step, options: dict[str, float]):
    assert_follows(step, options, options)


@pytest.mark.parametrize("step", WITHOUT_BIAS, ids=lambda step: step.__name__)
def test_so_are_those_without_bias(step: Step):
    assert not [name for name in named(step.__name__)(I, H, bias=False).state_dict() if "bias" in name]
    assert_follows(step, {"bias": False}, {})


@pytest.mark.parametrize(("step", "sizes"), SIZED, ids=lambda value: getattr(value, "__name__", str(value)))
def test_so_are_those_with_a_state_of_another_size(step: Step, sizes: dict[str, float]):
    cell = named(step.__name__)(I, H, **sizes)
    assert next(iter(sizes.values())) in cell.state_sizes
    assert_follows(step, sizes, {})


@pytest.mark.parametrize(
    ("name", "starts"),
    [("fast_rnn", {"mix_new": -3.0, "mix_old": 3.0}), ("fast_grnn", {"zeta": 1.0, "nu": -4.0})],
)
def test_learned_mixtures_begin_as_in_the_paper(name: str, starts: dict[str, float]):
    cell = named(name)(I, H)
    before = cell.weight_ih.clone()
    for _ in range(2):
        for parameter, start in starts.items():
            assert cell.get_parameter(parameter).item() == start
        with torch.no_grad():
            cell.get_parameter(next(iter(starts))).zero_()
        cell.reset_parameters()
    assert not torch.equal(cell.weight_ih, before)


NOT_A_NUMBER = float("nan")


@pytest.mark.parametrize(
    ("name", "option", "values"),
    [
        ("jordan", "output_size", (0, 2.5, "2")),
        ("antisymmetric", "step_size", (-0.1, NOT_A_NUMBER, "1")),
        ("antisymmetric", "diffusion", (-0.1, NOT_A_NUMBER, None)),
        ("gated_antisymmetric", "step_size", (-0.1, NOT_A_NUMBER, "1")),
        ("gated_antisymmetric", "diffusion", (-0.1, NOT_A_NUMBER, None)),
        ("lem", "time_step", (-0.1, 1.1, NOT_A_NUMBER, "1")),
        ("co_rnn", "time_step", (-0.1, 1.1, NOT_A_NUMBER)),
        ("co_rnn", "frequency", (-0.1, NOT_A_NUMBER)),
        ("co_rnn", "damping", (-0.1, NOT_A_NUMBER)),
        ("unicornn", "time_step", (-0.1, 1.1, NOT_A_NUMBER)),
        ("unicornn", "frequency", (-0.1, NOT_A_NUMBER)),
        ("rhn", "depth", (0, -1, True, "3")),
        ("scrn", "context_size", (-1, True, "6")),
        ("scrn", "slowness", (-0.1, 1.1, NOT_A_NUMBER, "1")),
        ("leaky", "leak", (-0.1, 1.1, NOT_A_NUMBER, "1")),
    ],
)
def test_bad_options_are_refused(name: str, option: str, values: tuple[object, ...]):
    for value in values:
        with pytest.raises(FrontalError, match=f"{named(name).__name__}: {option} must be .* got {value!r}"):
            named(name)(I, H, **{option: value})
