"""One or many in, one or many out, beside the layers by hand."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

import frontal
from frontal.cells import named
from frontal.errors import FrontalError
from frontal.layers import Recurrent, Stacked
from frontal.layers.shapes import ManyToMany, ManyToOne, OneToMany

T, B, I, H = 6, 3, 2, 4  # noqa: E741
LENGTHS = [6, 1, 4]


def ragged(batch_first: bool) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Sequences with NaN behind their ends, together and one by one."""
    x = torch.randn(T, B, I)
    alone = [x[:n, k : k + 1].clone() for k, n in enumerate(LENGTHS)]
    x[torch.arange(T)[:, None] >= torch.tensor(LENGTHS)] = float("nan")
    return (x.transpose(0, 1) if batch_first else x), alone


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_many_to_one(pooling: str, batch_first: bool, bidirectional: bool):
    rnn = frontal.LSTM(I, H, 2, batch_first=batch_first, bidirectional=bidirectional)
    head = nn.Linear(rnn.output_size, 5)
    x, alone = ragged(batch_first)
    expected = []
    for sequence in alone:
        y = rnn(sequence.transpose(0, 1) if batch_first else sequence)[0]
        y = y[0] if batch_first else y[:, 0]  # (T, size)
        last = torch.cat([y[-1, :H], y[0, H:]])
        expected.append({"last": last, "mean": y.mean(0), "max": y.amax(0)}[pooling])
    found = ManyToOne(rnn, head, pooling=pooling)(x, lengths=LENGTHS)
    torch.testing.assert_close(found, head(torch.stack(expected)))
    gradients = torch.autograd.grad(found.sum(), list(rnn.parameters()))
    assert all(torch.isfinite(g).all() for g in gradients)


@pytest.mark.parametrize("rnn", [frontal.GRU(I, H), Stacked([frontal.GRU(I, 3), frontal.LSTM(3, H)])])
def test_many_to_many(rnn: nn.Module):
    head, (x, alone) = nn.Linear(H, 2), ragged(False)
    model = ManyToMany(rnn, head)
    answers, states = model(x, lengths=LENGTHS)
    for k, sequence in enumerate(alone):
        torch.testing.assert_close(answers[: LENGTHS[k], k], head(rnn(sequence)[0])[:, 0])
    first, middle = model(alone[0][:2])
    second, _ = model(alone[0][2:], middle)
    torch.testing.assert_close(torch.cat([first, second]), model(alone[0])[0])
    packed, _ = model(pack_sequence([s[:, 0] for s in alone], enforce_sorted=False))
    assert packed.data.shape == (sum(LENGTHS), 2) and states is not None


@pytest.mark.parametrize("name", ["lstm", "gru", "lem"])
@pytest.mark.parametrize("batch_first", [False, True])
def test_one_to_many_tells_what_it_would_predict(name: str, batch_first: bool):
    model = OneToMany(3, Recurrent(named(name), 2, H, num_layers=2, batch_first=batch_first), nn.Linear(H, 2))
    given = torch.randn(B, 3)
    told = model.tell(given, T)
    assert told.shape == ((B, T, 2) if batch_first else (T, B, 2))
    torch.testing.assert_close(model(given, told), told)  # right answers that are its own


def test_one_to_many_learns_a_sequence_for_each_beginning():
    torch.manual_seed(0)
    model = OneToMany(1, frontal.GRU(1, 24), nn.Linear(24, 1))
    phase = torch.linspace(0, 3, 16)[:, None]
    waves = torch.sin(phase.T + 0.4 * torch.arange(20)[:, None])[..., None]  # (T, B, 1)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(400):
        loss = nn.functional.mse_loss(model(phase, waves), waves)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    told = model.tell(phase, 20)
    assert nn.functional.mse_loss(told, waves) < 0.05 * waves.var()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ManyToOne(nn.GRU(2, 3), nn.Linear(3, 1)), "ManyToOne: rnn must be a recurrent layer of frontal"),
        (lambda: ManyToOne(frontal.GRU(2, 3), nn.Linear(3, 1), pooling="mea"), "did you mean 'mean'"),
        (lambda: ManyToMany(nn.GRU(2, 3), nn.Linear(3, 1)), "ManyToMany: rnn must be"),
        (lambda: OneToMany(2, frontal.GRU(2, 3, bidirectional=True), nn.Linear(6, 2)), "not there yet"),
        (lambda: one_to_many().tell(torch.zeros(2, 2), 0), "steps must be a whole number >= 1, got 0"),
        (lambda: one_to_many()(torch.zeros(2, 2), torch.zeros(4, 3, 2)), "2 beginnings, but 3 sequences"),
    ],
)
def test_wrong_input_is_told(call, says: str):
    with pytest.raises(FrontalError) as error:
        call()
    assert says in str(error.value)


def one_to_many() -> OneToMany:
    return OneToMany(2, frontal.GRU(2, 3), nn.Linear(3, 2))
