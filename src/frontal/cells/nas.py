"""The cell that was found by search."""

from __future__ import annotations

from torch import Tensor, relu, sigmoid, tanh

from frontal.cell import GatedCell


class NAS(GatedCell):
    """Zoph & Le, Neural architecture search with reinforcement learning, 2016 (arXiv 1611.01578), figure of appendix A.

    x_0 … x_7 = W_ih x + b_ih,  h_0 … h_7 = W_hh h + b_hh
    c' = tanh(tanh(σ(x_0 + h_0) relu(x_1 + h_1)) + c) tanh(σ(x_2 + h_2) + relu(x_3 h_3))
    h' = tanh(c' tanh(tanh(tanh(x_4 + h_4) σ(x_5 + h_5)) + σ(tanh(x_6 + h_6) + σ(x_7 + h_7))))

    Deviations: two biases, as in torch.nn.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    states = ("h", "c")
    gates = tuple("01234567")

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """Return the new h and c, each (B, H)."""
        u, v = self.of_input(x), self.of_state(h)
        a, b, d, e, g, k, m, n = (p * q if j == 3 else p + q for j, (p, q) in enumerate(zip(u, v, strict=True)))
        kept = tanh(tanh(sigmoid(a) * relu(b)) + c)
        c = kept * tanh(sigmoid(d) + relu(e))
        shown = tanh(tanh(tanh(g) * sigmoid(k)) + sigmoid(tanh(m) + sigmoid(n)))
        return tanh(c * shown), c
