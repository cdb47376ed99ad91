"""Just another network: the long short-term memory with the forget gate alone."""

from __future__ import annotations

from typing import Any

from torch import Tensor, sigmoid, tanh

from frontal.cell import GatedCell


class JANET(GatedCell):
    """van der Westhuizen & Lasenby, The unreasonable effectiveness of the forget gate, 2018 (arXiv 1804.04849).

    s = W_f x + U_f h + b_f,  g = tanh(W_g x + U_g h + b_g),  h' = σ(s) h + (1 - σ(s - β)) g

    Deviations: two biases, as in torch.nn; the state is called h, c in the paper.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        beta: what the input is opened less than the memory is kept.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    gates = ("f", "g")

    def __init__(self, input_size: int, hidden_size: int, *, beta: float = 1.0, **options: Any) -> None:
        super().__init__(input_size, hidden_size, **options)
        self.beta = self.checked("beta", beta, -100, 100)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        s, g = self.sums(x, h)
        return sigmoid(s) * h + (1 - sigmoid(s - self.beta)) * tanh(g)
