"""What a cell must keep along a sequence; each check raises `Broken` with what it found."""

from __future__ import annotations

from copy import deepcopy

import torch

from frontal.diagnostics.contract_subject import (
    Subject,
    gradients,
    inputs,
    need,
    run,
    same,
    same_gradients,
    same_result,
    some_states,
    zeros,
)
from frontal.layers import Recurrent


def chunks(subject: Subject) -> None:
    """Parts of a sequence, run by copies that share nothing but the state, equal the whole."""
    cell = subject.cell()
    x, states = inputs(cell, 7, 2), some_states(cell, 2)
    whole, pieces, parts = run(cell, x, states), [], [deepcopy(cell) for _ in range(3)]
    for part, chunk in zip(parts, x.split((3, 1, 3)), strict=True):
        piece, states = run(part, chunk, states)
        pieces.append(piece)
    same_result("the sequence in three parts and in one", (torch.cat(pieces), states), whole)


def rows(subject: Subject) -> None:
    """A sequence does not depend on the others in its batch."""
    cell = subject.cell()
    x = inputs(cell, 4, 3)
    other = x.clone()
    other[:, 1:] = torch.randn_like(other[:, 1:])
    same("a sequence beside others and beside yet others", run(cell, x)[0][:, 0], run(cell, other)[0][:, 0])


def alone(subject: Subject) -> None:
    """A sequence in a batch gives what it gives alone."""
    cell = subject.cell()
    x, states = inputs(cell, 4, 3), some_states(cell, 3)
    together, _ = run(cell, x, states)
    for b in range(3):
        one, _ = run(cell, x[:, b : b + 1], tuple(s[b : b + 1] for s in states))
        same("a sequence alone and in a batch", one[:, 0], together[:, b])


def lengths(subject: Subject) -> None:
    """So does a shorter one."""
    cell, steps = subject.cell(), (2, 5, 1)
    x, states = inputs(cell, 5, 3), some_states(cell, 3)
    outputs, finals = run(cell, x, states, lengths=torch.tensor(steps))
    for b, n in enumerate(steps):
        one, one_finals = run(cell, x[:n, b : b + 1], tuple(s[b : b + 1] for s in states))
        same("a shorter sequence alone and in a batch", one[:, 0], outputs[:n, b])
        for final, all_ in zip(one_finals, finals, strict=True):
            same("the states after a shorter sequence, alone and in a batch,", final[0], all_[b])


def padding(subject: Subject) -> None:
    """NaN in the padding changes nothing, bit for bit, gradients included."""
    cell, steps = subject.cell(), torch.tensor([2, 5, 1])
    clean = inputs(cell, 5, 3)
    dirty = clean.clone()
    for b, n in enumerate(steps.tolist()):
        dirty[n:, b] = torch.nan
    of_clean, of_dirty = (gradients(cell, x, lengths=steps) for x in (clean, dirty))
    same_gradients("with and without NaN behind the end of a sequence", of_dirty, of_clean, 0)


def reset(subject: Subject) -> None:
    """A reset separates a sequence as if its parts were run alone; the others run on."""
    cell = subject.cell()
    x, states = inputs(cell, 6, 2), some_states(cell, 2)
    marks = torch.zeros(6, 2, dtype=torch.bool)
    marks[3, 0] = True
    joint, (through, _) = run(cell, x, states, reset=marks)[0], run(cell, x, states)
    same("the part before a reset, with and without the rest,", joint[:3], run(cell, x[:3], states)[0])
    same("the part after a reset and one from zero states", joint[3:, 0], run(cell, x[3:], zeros(cell, 2))[0][:, 0])
    same("a sequence beside a reset one and beside another", joint[:, 1], through[:, 1])


def reverse(subject: Subject) -> None:
    """Backwards equals forwards on the flipped sequence."""
    cell = subject.cell()
    x, states = inputs(cell, 5, 2), some_states(cell, 2)
    backwards, finals = run(cell, x, states, reverse=True)
    flipped = run(cell, x.flip(0), states)
    same_result("backwards and forwards on the flipped sequence", (backwards.flip(0), finals), flipped)


def stream(subject: Subject) -> None:
    """One step at a time gives what the whole gives."""
    cell = subject.cell()
    x = inputs(cell, 5, 2)
    feed = Recurrent(cell).stream(2)
    steps = torch.stack([feed.step(x_t) for x_t in x])
    same("step by step and all at once", steps, Recurrent(cell)(x)[0].detach())


@torch.no_grad()
def long(subject: Subject) -> None:
    """The output stays finite over 1000 steps."""
    cell = subject.cell()
    outputs, _ = run(cell, inputs(cell, 1000, 1))
    broken = (~outputs.isfinite().flatten(1).all(1)).nonzero()
    need(not len(broken), f"the output is not finite from step {int(broken[0, 0]) if len(broken) else 0} on")


def empty(subject: Subject) -> None:
    """A batch may have no sequences."""
    cell = subject.cell()
    outputs, _ = run(cell, inputs(cell, 3, 0))
    need(outputs.shape == (3, 0, cell.output_size), f"a batch of no sequences gives {tuple(outputs.shape)}")
