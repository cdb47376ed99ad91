"""A small language model, and the same as a loop by hand in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from frontal.cells import named
from frontal.diagnostics.subject_text import Text
from frontal.layers.language_network import LanguageNetwork

K, H, N = 7, 5, 60
Touch = Callable[[int, Tensor, Tensor], tuple[Tensor, Tensor]]


def untouched(t: int, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    return h, c


def network() -> LanguageNetwork:
    torch.manual_seed(0)
    model = LanguageNetwork(K, named("lstm"), hidden=H, embedding=4).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)  # so that the past matters
        model.get_parameter("weight").mul_(6)
    return model


def ids(count: int = N) -> Any:
    return np.random.default_rng(1).integers(0, K, count)


def text(count: int = N) -> Text:
    return Text(network(), ids(count), list("abcdefg"), "letters")


def by_hand(
    symbols: Any, touch: Touch = untouched, *, first: int = 0, h: Any = None, c: Any = None
) -> dict[str, Tensor]:
    """States, (n, H), and losses, (n - 1,), of the model along some symbols; `touch` changes states after a step."""
    held = {name: p.detach() for name, p in network().named_parameters()}
    w_ih, w_hh, b_ih, b_hh = (next(p for n, p in held.items() if key in n) for key in
                              ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))  # fmt: skip
    h = torch.zeros(H, dtype=torch.float64) if h is None else h
    c = torch.zeros(H, dtype=torch.float64) if c is None else c
    kept: dict[str, list[Tensor]] = {"h": [], "c": [], "logs": []}
    for t, symbol in enumerate(symbols, start=first):
        i, f, g, o = (w_ih @ held["embedding.weight"][int(symbol)] + b_ih + w_hh @ h + b_hh).chunk(4)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h, c = touch(t, o.sigmoid() * c.tanh(), c)
        kept["h"].append(h)
        kept["c"].append(c)
        kept["logs"].append((held["weight"] @ h + held["bias"]).log_softmax(-1))
    found = {name: torch.stack(values) for name, values in kept.items()}
    found["losses"] = -found["logs"][:-1].gather(1, torch.tensor(np.asarray(symbols[1:]))[:, None])[:, 0]
    return found
