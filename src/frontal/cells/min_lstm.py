"""The long short-term memory whose gates see the input alone."""

from __future__ import annotations

from torch import Tensor, sigmoid

from frontal.cell import InputGatedCell


class MinLSTM(InputGatedCell):
    """Feng et al., Were RNNs all we needed?, 2024 (arXiv 2410.01201).

    f = σ(W_f x + b_f),  i = σ(W_i x + b_i),  n = W_n x + b_n,  h' = (f h + i n) / (f + i)

    Deviations: none from the paper's plain form; its log-space form keeps n positive.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih`.
        device, dtype: of the parameters.
    """

    gates = (
        "f",
        "i",
        "n",
    )

    def coefficients(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return a and b of h' = a h + b, each (…, H), for x, (…, I)."""
        f, i, n = self._opened(x)
        return f / (f + i), i * n / (f + i)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        f, i, n = self._opened(x)
        return (f * h + i * n) / (f + i)

    def _opened(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        f, i, n = self.of_input(x)
        return sigmoid(f), sigmoid(i), n
