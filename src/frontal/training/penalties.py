"""Terms added to a loss that keep states small, smooth, or their gradients alive."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from frontal.compiler.choose import choose
from frontal.errors import FrontalError
from frontal.layers.joined import Joined
from frontal.layers.layer import Layer


def activation_penalty(outputs: Tensor, lengths: Tensor | None = None) -> Tensor:
    """Return the mean square of outputs, α ‖h_t‖² without its α (Merity et al. 2017, AR).

    Args:
        outputs: (T, B, H).
        lengths: valid steps, (B,); steps beyond do not count.
    """
    return _mean(outputs.square(), lengths)


def temporal_activation_penalty(outputs: Tensor, lengths: Tensor | None = None) -> Tensor:
    """Return the mean square of changes, β ‖h_{t+1} - h_t‖² without its β (Merity et al. 2017, TAR).

    Args:
        outputs: (T, B, H), T >= 2.
        lengths: valid steps, (B,); steps beyond do not count.
    """
    if len(outputs) < 2:
        raise FrontalError("the temporal activation penalty compares a step with the next one; got one step")
    return _mean(outputs.diff(dim=0).square(), None if lengths is None else lengths - 1)


def _mean(values: Tensor, lengths: Tensor | None) -> Tensor:
    if lengths is None:
        return values.mean()
    T, B, size = values.shape
    if lengths.shape != (B,):
        raise FrontalError(f"lengths must have one entry a sequence, ({B},), got {tuple(lengths.shape)}")
    valid = (torch.arange(T, device=values.device)[:, None] < lengths.to(values.device))[..., None]
    return torch.where(valid, values, 0).sum() / (valid.sum() * size).clamp(min=1)


def vanishing_gradient_penalty(layer: Layer, x: Tensor, loss: Callable[[Tensor], Tensor]) -> Tensor:
    """Return Ω of Pascanu, Mikolov & Bengio 2013: how far a step stretches or shrinks the gradient that passes it.

        Ω = mean over t of (‖ ∂E/∂s_{t+1} · ∂s_{t+1}/∂s_t ‖ / ‖ ∂E/∂s_{t+1} ‖ - 1)²

    with all states s of the cell side by side; the mean is over the sequences of the batch, too. As in
    the paper ∂E/∂s and s count as constants, so that the gradient of Ω is cheap and local.

    Args:
        layer: with one layer in one direction.
        x: (T, B, I), T >= 2.
        loss: from the layer's outputs, (T, B, size), to the scalar E.

    Raises:
        FrontalError: another kind of layer, too few steps, or a loss that does not depend on the states.
    """
    cells = layer.bound_cells()
    if len(cells) > 1:
        raise FrontalError(
            f"the vanishing-gradient penalty takes one layer in one direction, {type(layer).__name__} has "
            f"{len(cells)}; add up one penalty a layer"
        )
    if x.dim() != 3 or len(x) < 2:
        raise FrontalError(f"x must be (T, B, I) with at least two steps, got {tuple(x.shape)}")
    joined = Joined.of(cells[0])
    with torch.enable_grad():
        nudged = joined.extended(x.detach()).requires_grad_()
        initial = joined.initial_states(x.shape[1], x)
        states, _ = choose(joined, layer.backend, nudged).run(joined, nudged, initial)  # (T, B, S)
        error = loss(joined.apart(states)[0])
        (gradient,) = torch.autograd.grad(error, nudged, allow_unused=True) if error.requires_grad else (None,)
    if gradient is None or not gradient.any():
        raise FrontalError("the loss given to the vanishing-gradient penalty does not depend on the layer's outputs")
    of_states = gradient[1:, :, joined.inner.input_size :]  # (T - 1, B, S): ∂E/∂s before each step but the first
    before = torch.cat([initial[0][None], states[:-2]]).detach()
    return _omega(joined, nudged.detach()[:-1].flatten(0, 1), before.flatten(0, 1), of_states.flatten(0, 1))


def _omega(cell: Joined, x: Tensor, before: Tensor, gradient: Tensor) -> Tensor:
    """Return Ω over rows that are steps of sequences: what each read, its states before, the gradient after."""
    passed = gradient.norm(dim=-1)  # (N,)
    alive = passed > 0
    before = before[alive].requires_grad_()
    after = cell.step(x[alive], before)
    (back,) = torch.autograd.grad((after * gradient[alive]).sum(), before, create_graph=True)
    return (back.norm(dim=-1) / passed[alive] - 1).square().mean()
