"""What answers without a memory reach: the least that a recurrent network must beat."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from frontal.data.ragged import Ragged
from frontal.tasks.classify_model import UNLABELLED, Examples

PULL = 1e-3  # weight decay of the regression
ROWS = 100_000  # steps that the regression of single steps learns from, at most


def baselines(train: Examples, test: Examples, *, tokens: int | None, classes: int) -> dict[str, float]:
    """Return the accuracy on the test part of answers without a recurrent network, by name.

    Args:
        tokens: how many tokens there are, None for numbers.
        classes: K; a target outside 0 .. K - 1 is always answered wrongly.
    """
    if isinstance(train.targets, Tensor):
        assert isinstance(test.targets, Tensor)
        learned, asked = train.targets, test.targets
        if tokens is None:
            name = "regression on mean, spread, ends"
            answers = _regression(_summary(train.inputs), learned, _summary(test.inputs), classes)
        else:
            name, answers = "words counted, naive Bayes", _bayes(train.inputs, learned, test.inputs, tokens, classes)
    else:
        assert isinstance(test.targets, Ragged)
        learned, asked = train.targets.values, test.targets.values
        steps = train.inputs.values
        if tokens is None:
            name = "regression on the step alone"
            known = (learned >= 0).nonzero()[:, 0][:ROWS]
            answers = _regression(steps[known], learned[known], test.inputs.values, classes)
        else:
            name = "each token's most frequent class"
            answers = _by_token(steps, learned, tokens, classes)[test.inputs.values]
    counted = asked != UNLABELLED
    most = int(torch.bincount(learned[learned >= 0], minlength=classes).argmax())
    return {
        "most frequent class": (asked[counted] == most).float().mean().item(),
        name: (answers[counted] == asked[counted]).float().mean().item(),
    }


def _summary(inputs: Ragged) -> Tensor:
    """Return mean, spread, first and last step, extremes and the length of every sequence, (N, 6 F + 1)."""
    rows = []
    for row in range(len(inputs)):
        x = inputs[row]  # (T, F)
        parts = (x.mean(0), x.std(0, correction=0), x[0], x[-1], x.amin(0), x.amax(0), x.new_tensor([len(x)]))
        rows.append(torch.cat(parts))
    return torch.stack(rows)


def _regression(x: Tensor, y: Tensor, asked: Tensor, classes: int) -> Tensor:
    """Return the answers of a softmax regression."""
    mean, spread = x.mean(0), x.std(0, correction=0)
    spread = torch.where(spread > 0, spread, 1)
    x, asked = (x - mean) / spread, (asked - mean) / spread
    weight = torch.zeros(x.shape[1], classes, requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = cross_entropy(x @ weight + bias, y) + PULL * weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        return (asked @ weight + bias).argmax(1)


def _bayes(train: Ragged, y: Tensor, test: Ragged, tokens: int, classes: int) -> Tensor:
    """Return the answers of multinomial naive Bayes with one added to every count."""
    table = torch.ones(tokens, classes)
    table.index_put_((train.values, y.repeat_interleave(train.lengths)), torch.tensor(1.0), accumulate=True)
    scores = (table / table.sum(0)).log()[test.values]  # (Σ T, K)
    sequence = torch.arange(len(test)).repeat_interleave(test.lengths)
    prior = one_hot(y, classes).float().mean(0).clamp_min(1e-9).log()
    return (prior + torch.zeros(len(test), classes).index_add_(0, sequence, scores)).argmax(1)


def _by_token(x: Tensor, y: Tensor, tokens: int, classes: int) -> Tensor:
    """Return the most frequent class of every token, (tokens,)."""
    table = torch.zeros(tokens, classes)
    known = y >= 0
    table.index_put_((x[known], y[known]), torch.tensor(1.0), accumulate=True)
    unseen = table.sum(1) == 0
    table[unseen] = table.sum(0)
    return table.argmax(1)
