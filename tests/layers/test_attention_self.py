"""Self-attention beside a loop over steps and heads, and beside torch.nn's."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.testing import assert_close

from frontal.errors import FrontalError
from frontal.layers.attention_self import SelfAttention


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def by_hand(layer: SelfAttention, states: Tensor, lengths: list[int]) -> tuple[Tensor, Tensor]:
    w, (B, T, F), d = dict(layer.named_parameters()), states.shape, layer.size // layer.heads
    outputs, weights = states.new_zeros(B, T, F), states.new_zeros(B, layer.heads, T, T)
    for b, n in enumerate(lengths):
        q, k, v = (states[b] @ w["of_states.weight"].T + w["of_states.bias"]).split(F, -1)
        for t in range(n):
            heads = []
            for i in range(layer.heads):
                part = slice(i * d, (i + 1) * d)
                seen = range(t + 1 if layer.causal else n)
                scores = [math.exp(float(q[t, part] @ k[s, part]) / math.sqrt(d)) for s in seen]
                head = states.new_zeros(d)
                for s, score in zip(seen, scores, strict=True):
                    weights[b, i, t, s] = score / sum(scores)
                    head += weights[b, i, t, s] * v[s, part]
                heads.append(head)
            outputs[b, t] = w["joint.weight"] @ torch.cat(heads) + w["joint.bias"]
    return outputs, weights


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.integers(1, 3), st.integers(1, 2), st.integers(1, 5), st.booleans(), st.data())
def test_outputs_and_weights_are_those_of_the_formula(heads: int, d: int, T: int, causal: bool, data: st.DataObject):
    lengths = data.draw(st.lists(st.integers(0, T), min_size=1, max_size=3))
    layer = SelfAttention(heads * d, heads=heads, causal=causal).double()
    states = torch.randn(len(lengths), T, heads * d, dtype=torch.float64)
    with torch.no_grad():
        assert_close(layer(states, lengths), by_hand(layer, states, lengths))


def test_it_is_torchs_multi_head_attention():
    layer, theirs = SelfAttention(6, heads=3), nn.MultiheadAttention(6, 3, batch_first=True)
    names = {"of_states.weight": "in_proj_weight", "of_states.bias": "in_proj_bias",
             "joint.weight": "out_proj.weight", "joint.bias": "out_proj.bias"}  # fmt: skip
    theirs.load_state_dict({names[name]: value for name, value in layer.state_dict().items()})
    x = torch.randn(2, 5, 6)
    expected, weights = theirs(x, x, x, average_attn_weights=False)
    assert_close(layer(x), (expected, weights))


@pytest.mark.parametrize("causal", [True, False])
def test_gradients_and_padding(causal: bool):
    layer = SelfAttention(2, heads=2, causal=causal).double()
    states = torch.randn(3, 3, 2, dtype=torch.float64, requires_grad=True)
    lengths = [3, 2, 0]

    def run(states: Tensor, *_: Tensor) -> tuple[Tensor, Tensor]:
        return layer(states, lengths)

    assert torch.autograd.gradcheck(run, (states, *layer.parameters()))
    dirty = states.detach().clone()
    dirty[1, 2:], dirty[2] = math.nan, math.nan
    dirty.requires_grad_()
    clean = torch.autograd.grad(run(states)[0].square().sum(), [states, *layer.parameters()])
    outputs, weights = run(dirty)
    assert_close((outputs, weights), run(states))
    assert_close(torch.autograd.grad(outputs.square().sum(), [dirty, *layer.parameters()]), clean)
    assert outputs[2].abs().sum() == weights[2].abs().sum() == 0


def test_the_future_is_unknown_to_causal_attention():
    layer = SelfAttention(4, causal=True)
    x = torch.randn(1, 6, 4)
    assert_close(layer(x)[0][:, :3], layer(x[:, :3])[0])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: SelfAttention(5, heads=2), "2 heads cannot share 5 features; heads must divide size"),
        (lambda: SelfAttention(4, heads=0), "heads must be a whole number"),
        (lambda: SelfAttention(4, causal=1), "causal must be True or False"),  # pyright: ignore[reportArgumentType]
        (lambda: SelfAttention(4)(torch.zeros(2, 0, 4)), "no steps"),
        (lambda: SelfAttention(4)(torch.zeros(2, 3, 5)), r"F = 4 features, got \(2, 3, 5\)"),
        (lambda: SelfAttention(4)(torch.zeros(2, 3, 4), [1]), "one entry a sequence"),
    ],
)
def test_what_cannot_be_used_is_refused(build, message: str):
    with pytest.raises(FrontalError, match=message):
        build()
