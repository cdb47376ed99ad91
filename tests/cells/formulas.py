"""The published formulas once more, in NumPy and one sample at a time, by someone who has not seen the cells.

Each takes x (I,), the states and the parameters by name, and returns the new states.
"""

import numpy as np
from numpy import tanh


def s(a):
    return 1 / (1 + np.exp(-a))


def relu(a):
    return np.maximum(a, 0)


def norm(a, p, name):
    return (a - a.mean()) / np.sqrt(a.var() + 1e-5) * p[f"{name}.weight"] + p[f"{name}.bias"]


class Rows:
    """The rows of one gate, as w, u, b: `w("f") @ x + u("f") @ h + b("f")`."""

    def __init__(self, p, gates):
        self.p, self.gates = p, gates

    def _cut(self, name, gate):
        k, H = self.gates.index(gate), len(self.p[name]) // len(self.gates)
        return self.p[name][k * H : (k + 1) * H]

    def w(self, gate):
        return self._cut("weight_ih", gate)

    def u(self, gate):
        return self._cut("weight_hh", gate)

    def b(self, gate):
        names = ("bias_ih", "bias_hh")
        return sum(self._cut(n, gate) for n in names if n in self.p)

    def __call__(self, gate, x, h):
        return self.w(gate) @ x + self.u(gate) @ h + self.b(gate)


def elman(x, h, p):
    return (tanh(p["weight_ih"] @ x + p["bias_ih"] + p["weight_hh"] @ h + p["bias_hh"]),)


def jordan(x, y, p):
    n = tanh(p["weight_ih"] @ x + p["bias_ih"] + p["weight_hh"] @ y + p["bias_hh"])
    return (p["weight_hy"] @ n + p["bias_y"],)


def leaky(x, h, p, leak=0.3):
    (n,) = elman(x, h, p)
    return ((1 - leak) * h + leak * n,)


def lstm(x, h, c, p):
    a = Rows(p, "ifgo")
    c = s(a("f", x, h)) * c + s(a("i", x, h)) * tanh(a("g", x, h))
    return s(a("o", x, h)) * tanh(c), c


def lstm_1997(x, h, c, p):
    a = Rows(p, "igo")
    c = c + s(a("i", x, h)) * tanh(a("g", x, h))
    return s(a("o", x, h)) * tanh(c), c


def peephole(x, h, c, p):
    a = Rows(p, "ifgo")
    i, f = s(a("i", x, h) + p["peep_i"] * c), s(a("f", x, h) + p["peep_f"] * c)
    c = f * c + i * tanh(a("g", x, h))
    return s(a("o", x, h) + p["peep_o"] * c) * tanh(c), c


def coupled(x, h, c, p):
    a = Rows(p, "fgo")
    f = s(a("f", x, h))
    c = f * c + (1 - f) * tanh(a("g", x, h))
    return s(a("o", x, h)) * tanh(c), c


def layer_norm_lstm(x, h, c, p):
    a = norm(p["weight_ih"] @ x, p, "norm_ih") + norm(p["weight_hh"] @ h, p, "norm_hh")
    i, f, g, o = np.split(a, 4)
    c = s(f) * c + s(i) * tanh(g)
    return s(o) * tanh(norm(c, p, "norm_c")), c


def multiplicative_lstm(x, h, c, p):
    return lstm(x, (p["weight_mx"] @ x) * (p["weight_mh"] @ h), c, p)


def wmc_lstm(x, h, c, p):
    a = Rows(p, "ifgo")
    i, f = (s(a(k, x, h) + tanh(p[f"memory_{k}"] @ c)) for k in "if")
    c = f * c + i * tanh(a("g", x, h))
    return s(a("o", x, h) + tanh(p["memory_o"] @ c)) * tanh(c), c


def min_lstm(x, h, p):
    f, i, n = np.split(p["weight_ih"] @ x + p["bias_ih"], 3)
    share = s(f) / (s(f) + s(i))
    return (share * h + (1 - share) * n,)


def t_lstm(x, h, c, previous, p):
    z, f, o = np.split(p["weight_ih"] @ x + p["bias_ih"] + p["weight_previous"] @ previous, 3)
    c = s(f) * c + (1 - s(f)) * z
    return c * tanh(o), c, x


def nas(x, h, c, p):
    u = np.split(p["weight_ih"] @ x + p["bias_ih"], 8)
    v = np.split(p["weight_hh"] @ h + p["bias_hh"], 8)
    t = [u[k] + v[k] for k in range(8)]
    first = tanh(s(t[0]) * relu(t[1]))
    second = tanh(s(t[2]) + relu(u[3] * v[3]))
    third = tanh(tanh(t[4]) * s(t[5]))
    fourth = s(tanh(t[6]) + s(t[7]))
    c = tanh(first + c) * second
    return tanh(c * tanh(third + fourth)), c


def gru(x, h, p):
    a = Rows(p, "rzn")
    r, z = s(a("r", x, h)), s(a("z", x, h))
    of_x = p["weight_ih"][-len(h) :] @ x + p["bias_ih"][-len(h) :]
    of_h = p["weight_hh"][-len(h) :] @ h + p["bias_hh"][-len(h) :]
    return ((1 - z) * tanh(of_x + r * of_h) + z * h,)


def gru_reset_before(x, h, p):
    a = Rows(p, "rzn")
    r, z = s(a("r", x, h)), s(a("z", x, h))
    return ((1 - z) * tanh(a("n", x, r * h)) + z * h,)


def mgu(x, h, p):
    a = Rows(p, "fn")
    f = s(a("f", x, h))
    return ((1 - f) * h + f * tanh(a("n", x, f * h)),)


def li_gru(x, h, p):
    a = Rows(p, "zn")
    z = s(a("z", x, h))
    return (z * h + (1 - z) * relu(a("n", x, h)),)


def ugrnn(x, h, p):
    a = Rows(p, "zn")
    z = s(a("z", x, h))
    return (z * h + (1 - z) * tanh(a("n", x, h)),)


def min_gru(x, h, p):
    z, n = np.split(p["weight_ih"] @ x + p["bias_ih"], 2)
    return ((1 - s(z)) * h + s(z) * n,)


def t_gru(x, h, previous, p):
    z, f, o = np.split(p["weight_ih"] @ x + p["bias_ih"] + p["weight_previous"] @ previous, 3)
    return s(f) * h + z * tanh(o), x


def t_rnn(x, h, p):
    z, f = np.split(p["weight_ih"] @ x + p["bias_ih"], 2)
    return (s(f) * h + (1 - s(f)) * z,)


def mut1(x, h, p):
    a = Rows(p, "zrn")
    z = s(a.w("z") @ x + a.b("z"))
    r = s(a("r", x, h))
    of_x = p["weight_ih"][-len(h) :] @ x + p["bias_ih"][-len(h) :]
    n = tanh(a.u("n") @ (r * h) + p["bias_hh"][-len(h) :] + tanh(of_x))
    return (n * z + h * (1 - z),)


def mut2(x, h, p):
    a = Rows(p, "zrn")
    z, r = s(a("z", x, h)), s(a("r", x, h))
    return (tanh(a("n", x, r * h)) * z + h * (1 - z),)


def mut3(x, h, p):
    a = Rows(p, "zrn")
    z, r = s(a("z", x, tanh(h))), s(a("r", x, h))
    return (tanh(a("n", x, r * h)) * z + h * (1 - z),)


def janet(x, h, p, beta=1):
    a = Rows(p, "fg")
    forget = a("f", x, h)
    return (s(forget) * h + (1 - s(forget - beta)) * tanh(a("g", x, h)),)


def ran(x, h, c, p):
    a = Rows(p, "if")
    c = s(a("i", x, h)) * (p["weight_n"] @ x) + s(a("f", x, h)) * c
    return tanh(c), c


def cfn(x, h, p):
    a = Rows(p, "fi")
    return (s(a("f", x, h)) * tanh(h) + s(a("i", x, h)) * tanh(p["weight_n"] @ x),)


def atr(x, h, p):
    one, other = p["weight_ih"] @ x + p["bias_ih"], p["weight_hh"] @ h + p["bias_hh"]
    return (s(one + other) * one + s(one - other) * h,)


def star(x, h, p):
    z, k = np.split(p["weight_ih"] @ x + p["bias_ih"], 2)
    k = s(k + p["weight_hh"] @ h)
    return (tanh((1 - k) * h + k * tanh(z)),)


def light_ru(x, h, p):
    n, f = np.split(p["weight_ih"] @ x + p["bias_ih"], 2)
    f = s(f + p["weight_hh"] @ h)
    return ((1 - f) * h + f * tanh(n),)


def minimal_rnn(x, h, p):
    z = tanh(p["weight_ih"] @ x + p["bias_ih"])
    u = s(p["weight_hh"] @ h + p["bias_hh"] + p["weight_zh"] @ z)
    return (u * h + (1 - u) * z,)


def br(x, h, p):
    x_a, x_c, x_n = np.split(p["weight_ih"] @ x + p["bias_ih"], 3)
    a, c = 1 + tanh(x_a + p["own_a"] * h), s(x_c + p["own_c"] * h)
    return (c * h + (1 - c) * tanh(x_n + a * h),)


def nbr(x, h, p):
    x_a, x_c, x_n = np.split(p["weight_ih"] @ x + p["bias_ih"], 3)
    U_a, U_c = np.split(p["weight_hh"], 2)
    a, c = 1 + tanh(x_a + U_a @ h), s(x_c + U_c @ h)
    return (c * h + (1 - c) * tanh(x_n + a * h),)


def ind_rnn(x, h, p):
    return (relu(p["weight_ih"] @ x + p["recurrent"] * h + p["bias"]),)


def antisymmetric(x, h, p, step_size=1, diffusion=0.01):
    M = p["weight_hh"] - p["weight_hh"].T - diffusion * np.eye(len(h))
    return (h + step_size * tanh(M @ h + p["weight_ih"] @ x + p["bias_ih"] + p["bias_hh"]),)


def gated_antisymmetric(x, h, p, step_size=1, diffusion=0.01):
    M = p["weight_hh"] - p["weight_hh"].T - diffusion * np.eye(len(h))
    z, n = np.split(p["weight_ih"] @ x + p["bias_ih"], 2)
    return (h + step_size * s(M @ h + z) * tanh(M @ h + n),)


def lem(x, y, z, p, time_step=1):
    a = Rows(p, "stzy")
    one, two = time_step * s(a("s", x, y)), time_step * s(a("t", x, y))
    z = (1 - one) * z + one * tanh(a("z", x, y))
    return (1 - two) * y + two * tanh(a("y", x, z)), z


def co_rnn(x, y, z, p, time_step=0.042, frequency=2.7, damping=4.7):
    a = p["weight_y"] @ y + p["weight_z"] @ z + p["weight_ih"] @ x + p["bias"]
    z = z + time_step * (tanh(a) - frequency * y - damping * z)
    return y + time_step * z, z


def unicornn(x, y, z, p, time_step=0.1, frequency=10):
    pace = time_step * (0.5 + 0.5 * tanh(p["pace"] / 2))
    z = z - pace * (tanh(p["own"] * y + p["weight_ih"] @ x + p["bias"]) + frequency * y)
    return y + pace * z, z


def fast_rnn(x, h, p):
    (n,) = elman(x, h, p)
    return (s(p["mix_new"]) * n + s(p["mix_old"]) * h,)


def fast_grnn(x, h, p):
    a = p["weight_ih"] @ x + p["weight_hh"] @ h
    z, n = s(a + p["bias_z"]), tanh(a + p["bias_n"])
    return ((s(p["zeta"]) * (1 - z) + s(p["nu"])) * n + z * h,)


def rhn(x, h, p, depth=3):
    for k in range(depth):
        a = p[f"weight_{k}"] @ h + p[f"bias_{k}"] + (p["weight_ih"] @ x if k == 0 else 0)
        n, t = np.split(a, 2)
        h = tanh(n) * s(t) + h * (1 - s(t))
    return (h,)


def scrn(x, h, slow, p, slowness=0.95):
    slow = (1 - slowness) * (p["weight_xs"] @ x) + slowness * slow
    return s(p["weight_sh"] @ slow + p["weight_xh"] @ x + p["weight_hh"] @ h), slow


def slstm(x, h, n, m, c, p):
    a = Rows(p, "ifzo")
    gate = s(a("f", x, h)) * np.exp(m)  # without the stabiliser, in the scale of m = 0
    true_c, true_n = gate * c + np.exp(a("i", x, h)) * tanh(a("z", x, h)), gate * n + np.exp(a("i", x, h))
    new_m = np.maximum(np.log(s(a("f", x, h))) + m, a("i", x, h))
    return s(a("o", x, h)) * true_c / true_n, true_n * np.exp(-new_m), new_m, true_c * np.exp(-new_m)


def lru(x, y, re, im, p):
    H = len(re)
    B = p["weight_ih"][:H] + 1j * p["weight_ih"][H:]
    C = p["weight_hy"][:, :H] - 1j * p["weight_hy"][:, H : 2 * H]
    state = np.exp(-np.exp(p["nu"]) + 1j * np.exp(p["theta"])) * (re + 1j * im) + np.exp(p["log_gamma"]) * (B @ x)
    return (C @ state).real + p["weight_hy"][:, 2 * H :] @ x, state.real, state.imag
