"""Every attention beside a loop of plain numbers, written from the formula of its paper."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from frontal.errors import FrontalError
from frontal.layers.attention import Attention
from frontal.layers.attention_additive import Additive
from frontal.layers.attention_location import LocationSensitive
from frontal.layers.attention_luong import LuongConcat, LuongDot, LuongGeneral
from frontal.layers.attention_mask import masked_softmax
from frontal.layers.attention_monotonic import Monotonic
from frontal.layers.attention_names import ATTENTIONS, attention_of

Q, M, A = 3, 4, 5
Row = list[float]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def built(name: str, query_size: int = Q, memory_size: int = M, **options: Any) -> Attention:
    torch.manual_seed(0)
    if name == "dot":
        query_size = memory_size
    if name == "location":
        options = {"filters": 2, "width": 3, **options}
    return ATTENTIONS[name](query_size, memory_size, **options).double()


def dot(a: Row, b: Row) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def times(matrix: list[Row], vector: Row) -> Row:
    return [dot(row, vector) for row in matrix]


def softmax(scores: Row) -> Row:
    top = max(scores)
    total = sum(math.exp(s - top) for s in scores)
    return [math.exp(s - top) / total for s in scores]


def tanh_of_sum(*vectors: Row) -> Row:
    return [math.tanh(sum(parts)) for parts in zip(*vectors, strict=True)]


def weights_by_hand(attention: Attention, query: Row, memory: list[Row], before: Row | None) -> Row:
    """Weights of one query over the valid places of one sequence."""
    w: dict[str, Any] = {name: p.tolist() for name, p in attention.named_parameters()}
    match attention:
        case Additive():
            W, U, v = w["of_query.weight"], w["of_memory.weight"], w["score.weight"][0]
            return softmax([dot(v, tanh_of_sum(times(W, query), times(U, m))) for m in memory])
        case LuongDot():
            return softmax([dot(query, m) for m in memory])
        case LuongGeneral():
            return softmax([dot(query, times(w["of_memory.weight"], m)) for m in memory])
        case LuongConcat():
            v = w["score.weight"][0]
            return softmax([dot(v, tanh_of_sum(times(w["joint.weight"], query + m))) for m in memory])
        case LocationSensitive():
            return located(w, query, memory, before or [0.0] * len(memory))
        case Monotonic():
            at_first = [1.0] + [0.0] * (len(memory) - 1)
            walk = expected_walk if attention.training else hard_walk
            return walk(stop_probabilities(w, query, memory), before or at_first)
    raise AssertionError(attention)


def located(w: dict[str, Any], query: Row, memory: list[Row], before: Row) -> Row:
    F, v = w["of_weights.weight"], w["score.weight"][0]
    half, scores = len(F[0][0]) // 2, []
    for j, m in enumerate(memory):
        around = [before[k] if 0 <= k < len(before) else 0.0 for k in range(j - half, j + half + 1)]
        f = [dot(filter_[0], around) for filter_ in F]
        parts = (times(w["of_query.weight"], query), times(w["of_memory.weight"], m), times(w["of_features.weight"], f))
        scores.append(dot(v, tanh_of_sum(*parts, w["of_query.bias"])))
    return softmax(scores)


def stop_probabilities(w: dict[str, Any], query: Row, memory: list[Row]) -> Row:
    v, norm = w["direction"], math.hypot(*w["direction"])
    hidden = [
        tanh_of_sum(times(w["of_query.weight"], query), w["of_query.bias"], times(w["of_memory.weight"], m))
        for m in memory
    ]
    return [1 / (1 + math.exp(-w["gain"] * dot(v, h) / norm - w["offset"])) for h in hidden]


def expected_walk(p: Row, before: Row) -> Row:
    return [
        p[j] * sum(before[k] * math.prod(1 - p[n] for n in range(k, j)) for k in range(j + 1)) for j in range(len(p))
    ]


def hard_walk(p: Row, before: Row) -> Row:
    if 1.0 not in before:
        return [0.0] * len(p)
    stop = next((j for j in range(before.index(1.0), len(p)) if p[j] > 0.5), None)
    return [float(j == stop) for j in range(len(p))]


def all_by_hand(attention: Attention, queries: Tensor, states: Tensor, lengths: list[int]) -> tuple[Tensor, Tensor]:
    contexts, weights = (
        queries.new_zeros(*queries.shape[:2], states.shape[-1]),
        queries.new_zeros(*queries.shape[:2], states.shape[1]),
    )
    for b, n in enumerate(lengths):
        memory, before = states[b, :n].tolist(), None
        for t, query in enumerate(queries[b].tolist()):
            if n == 0:
                continue
            before = weights_by_hand(attention, query, memory, before)
            weights[b, t, :n] = torch.tensor(before, dtype=torch.float64)
            contexts[b, t] = contexts.new_tensor([dot(before, list(column)) for column in zip(*memory, strict=True)])
    return contexts, weights


KINDS = [pytest.param(name, training, id=f"{name}-{'training' if training else 'evaluation'}")
         for name in ATTENTIONS for training in (True, False) if training or name == "monotonic"]  # fmt: skip


def ready(name: str, training: bool, *sizes: int) -> Attention:
    attention = built(name, *sizes, **({"noise": 0.0} if name == "monotonic" else {})).train(training)
    if isinstance(attention, Monotonic):
        attention.offset.data.zero_()
        attention.gain.data.fill_(3.0)  # so that p is now below and now above 1/2
    return attention


@pytest.mark.parametrize(("name", "training"), KINDS)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(T=st.integers(1, 4), S=st.integers(1, 6), data=st.data())
def test_weights_and_contexts_are_those_of_the_paper(name: str, training: bool, T: int, S: int, data: Any):
    lengths = data.draw(st.lists(st.integers(0, S), min_size=1, max_size=3))
    attention = ready(name, training)
    queries = torch.randn(len(lengths), T, attention.query_size, dtype=torch.float64)
    states = torch.randn(len(lengths), S, M, dtype=torch.float64)
    contexts, weights = attention(queries, attention.prepare(states, lengths))
    expected = all_by_hand(attention, queries, states, lengths)
    assert_close((contexts, weights), expected, rtol=1e-10, atol=1e-12)
    with torch.no_grad():
        stepped, previous = [], None
        memory = attention.prepare(states, lengths)
        for query in queries.unbind(1):
            context, previous = attention.attend(query, memory, previous)
            stepped.append(context)
    assert_close(torch.stack(stepped, 1), contexts)


@pytest.mark.parametrize(("name", "training"), [kind for kind in KINDS if "evaluation" not in str(kind.id)])
def test_gradients(name: str, training: bool):
    attention = ready(name, training, 2, 2)
    queries = torch.randn(2, 2, 2, dtype=torch.float64, requires_grad=True)
    states = torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True)

    def run(queries: Tensor, states: Tensor, *_: Tensor) -> tuple[Tensor, Tensor]:
        return attention(queries, attention.prepare(states, [3, 2]))

    assert torch.autograd.gradcheck(run, (queries, states, *attention.parameters()))


@pytest.mark.parametrize(("name", "training"), KINDS)
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_padding_changes_neither_values_nor_gradients(name: str, training: bool, bad: float):
    """Also with places masked in the middle, and with a row that has no valid place."""
    attention = ready(name, training)
    valid = torch.tensor([[True, True, False], [False, True, True], [False, False, False], [True, True, True]])
    queries = torch.randn(4, 2, attention.query_size, dtype=torch.float64)
    states = torch.randn(4, 3, M, dtype=torch.float64)
    found = []
    for fill in (0.5, bad):
        given = states.masked_fill(~valid[..., None], fill).requires_grad_()
        asked = queries.clone().requires_grad_()
        contexts, weights = attention(asked, attention.prepare(given, mask=valid))
        loss = contexts.square().sum() + (weights * torch.arange(3)).sum()
        wanted = [given, asked, *attention.parameters()]
        found.append([contexts, weights, *torch.autograd.grad(loss, wanted, allow_unused=True)])
    for a, b in zip(*found, strict=True):
        assert (a is None) == (b is None)
        if a is not None and b is not None:
            assert_close(a, b, rtol=0, atol=0)
            assert bool(b.isfinite().all())
    contexts, weights, of_states = found[1][0], found[1][1], found[1][2]
    assert contexts[2].abs().sum() == weights[2].abs().sum() == 0
    assert of_states is not None
    assert of_states[~valid].abs().sum() == 0
    assert (weights.transpose(1, 2)[~valid] == 0).all()


@pytest.mark.parametrize("name", [name for name in ATTENTIONS if name != "monotonic"])
def test_weights_sum_to_one_where_something_is_valid(name: str):
    attention = built(name).float()
    queries, states = 30 * torch.randn(5, 3, attention.query_size), 30 * torch.randn(5, 6, M)
    _, weights = attention(queries, attention.prepare(states, [1, 6, 3, 2, 5]))
    assert_close(weights.sum(-1), torch.ones(5, 3))


def test_sure_monotonic_attention_is_hard_in_training_too():
    """With energies far from 0 the expectation is the walk itself; it never moves back, and it may end."""
    attention = ready("monotonic", True)
    assert isinstance(attention, Monotonic)
    attention.gain.data.fill_(1e5)
    queries, states = torch.randn(6, 8, Q, dtype=torch.float64), torch.randn(6, 7, M, dtype=torch.float64)
    memory = attention.prepare(states, [7, 7, 5, 1, 3, 7])
    soft, hard = attention(queries, memory)[1], attention.eval()(queries, memory)[1]
    assert_close(soft, hard, rtol=0, atol=1e-6)
    places = torch.where(hard.sum(-1) == 0, 7.0, hard @ torch.arange(7.0, dtype=torch.float64))
    assert (places.diff(dim=1) >= 0).all()
    assert (places == 7).any() and (places < 7).any()


def test_noise_of_monotonic_attention_is_for_training():
    attention = built("monotonic", noise=2.0)
    queries, memory = torch.randn(2, 3, Q, dtype=torch.float64), attention.prepare(torch.randn(2, 4, M).double())
    first, second = attention(queries, memory)[1], attention(queries, memory)[1]
    assert not torch.equal(first, second)
    attention.eval()
    assert torch.equal(attention(queries, memory)[1], attention(queries, memory)[1])


def test_probabilities_of_stopping_may_be_certain():
    """p = 0 and p = 1 in float32: values and gradients stay finite."""
    attention = Monotonic(2, 2, noise=0.0)
    attention.gain.data.fill_(1e4)
    queries, states = torch.randn(3, 4, 2, requires_grad=True), torch.randn(3, 50, 2)
    contexts, weights = attention(queries, attention.prepare(states))
    (contexts.sum() + weights[..., ::2].sum()).backward()
    assert queries.grad is not None
    assert bool(queries.grad.isfinite().all()) and bool(weights.isfinite().all())


def test_softmax_over_valid_places_alone():
    scores = torch.tensor([[1.0, math.nan, 3.0], [math.nan] * 3], requires_grad=True)
    weights = masked_softmax(scores, torch.tensor([[True, False, True], [False] * 3]))
    e = math.exp(-2)
    assert_close(weights, torch.tensor([[e / (1 + e), 0, 1 / (1 + e)], [0, 0, 0]]))
    weights[0, 0].backward()
    assert scores.grad is not None and bool(scores.grad.isfinite().all())


def test_memory_rows():
    attention = built("additive")
    memory = attention.prepare(torch.randn(2, 3, M).double(), [1, 3])
    query = torch.randn(3, Q).double()
    index = torch.tensor([1, 0, 1])
    _, weights = attention.attend(query, memory.rows(index))
    for row, b in enumerate(index.tolist()):
        one = attention.prepare(memory.states[b : b + 1], [[1, 3][b]])
        assert_close(weights[row : row + 1], attention.attend(query[row : row + 1], one)[1])


def test_a_built_one_and_a_name_give_the_same_kind():
    given = Additive(3, 4, 7)
    assert attention_of(given, 3, 4) is given
    for name, kind in ATTENTIONS.items():
        assert isinstance(attention_of(name, 4, 4), kind)


S3 = torch.zeros(2, 3, M)
ERRORS: dict[str, tuple[Callable[[Attention], Any], str]] = {
    "length zero": (lambda a: a.prepare(S3[:, :0]), r"no places \(S = 0\); there is nothing to attend to"),
    "features": (lambda a: a.prepare(torch.zeros(2, 3, 9)), r"M = 4 features, got torch.float32 \(2, 3, 9\)"),
    "dimensions": (lambda a: a.prepare(torch.zeros(3, M)), r"must be \(B, S, M\)"),
    "no tensor": (lambda a: a.prepare([1]), "got list"),  # pyright: ignore[reportArgumentType]
    "too long": (lambda a: a.prepare(S3, [3, 4]), r"lengths\[1\] is 4; a length must be within 0 .. 3"),
    "negative": (lambda a: a.prepare(S3, [-1, 2]), r"lengths\[0\] is -1"),
    "too many lengths": (lambda a: a.prepare(S3, [3, 2, 1]), r"one entry a sequence, \(2,\), got \(3,\)"),
    "fractions": (lambda a: a.prepare(S3, torch.tensor([1.0, 2.0])), r"whole numbers, got torch.float32; use .long"),
    "words": (lambda a: a.prepare(S3, "ab"), "lengths must be a tensor or a list"),  # pyright: ignore
    "both": (lambda a: a.prepare(S3, [1, 2], torch.ones(2, 3) > 0), "give lengths or mask, not both"),
    "mask type": (lambda a: a.prepare(S3, mask=torch.ones(2, 3)), r"mask must be bool, \(B, S\) = \(2, 3\)"),
    "mask shape": (lambda a: a.prepare(S3, mask=torch.ones(3, 2) > 0), r"got torch.bool \(3, 2\)"),
    "query": (lambda a: a.attend(torch.zeros(2, 8), a.prepare(S3)), "Q = 3 features"),
    "query dimensions": (lambda a: a.attend(torch.zeros(2, 1, 3), a.prepare(S3)), r"a query must be \(B, Q\)"),
    "queries": (lambda a: a(torch.zeros(2, 3), a.prepare(S3)), r"queries must be \(B, T, Q\)"),
    "batch": (lambda a: a(torch.zeros(5, 1, 3), a.prepare(S3)), "5 queries in the batch, but 2 memories"),
    "previous": (
        lambda a: a.attend(torch.zeros(2, 3), a.prepare(S3), torch.zeros(2, 5)),
        r"previous weights must be \(B, S\) = \(2, 3\), got \(2, 5\)",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_what_cannot_be_used_is_refused(case: str):
    run, message = ERRORS[case]
    with pytest.raises(FrontalError, match=message):
        run(Additive(Q, M))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: attention_of("aditive", 3, 4), "no attention is named 'aditive'; did you mean 'additive'?"),
        (lambda: attention_of(None, 3, 4), "attention must be a name or"),
        (lambda: attention_of(Additive(5, 6), 3, 4), r"5 features and a memory of 6; .* 3 and 4: Additive\(3, 4\)"),
        (lambda: LuongDot(3, 4), "one size, got 3 and 4; LuongGeneral takes any"),
        (lambda: Additive(3, 0), "memory_size must be a whole number >= 1, got 0"),
        (lambda: Additive(3, 4, -1), "size must be a whole number >= 1, got -1"),
        (lambda: LocationSensitive(3, 4, width=4), "width must be odd"),
        (lambda: LocationSensitive(3, 4, filters=0), "filters must be a whole number"),
        (lambda: Monotonic(3, 4, noise=-1.0), "noise must be a standard deviation >= 0, got -1.0"),
        (lambda: Monotonic(3, 4, start=math.nan), "start must be a finite number"),
    ],
)
def test_what_cannot_be_built_is_refused(build: Callable[[], Attention], message: str):
    with pytest.raises(FrontalError, match=message):
        build()
