"""Who takes part: something that maps (T, B, I) to (T, B, H), trained or only run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from benchmarks.agreement import Results, check_agreement
from benchmarks.timing import Run, medians

Forward = Callable[[Tensor], Tensor]


class Contender(Protocol):
    """Makes runs, and reads their results for the comparison that comes before the timing."""

    @property
    def name(self) -> str: ...

    def inference(self, x: Tensor) -> Run: ...

    def training(self, x: Tensor, gradient: Tensor) -> Run: ...

    def read(self, result: Any) -> Results: ...


@dataclass(frozen=True)
class TorchContender:
    """A torch function of the input and of named parameters."""

    name: str
    forward: Forward
    parameters: Mapping[str, Tensor]

    def inference(self, x: Tensor) -> Run:
        def run() -> Results:
            with torch.inference_mode():
                return {"output": self.forward(x)}

        return run

    def training(self, x: Tensor, gradient: Tensor) -> Run:
        """Forward and backward, as a training loop does it, the gradient of the input included."""
        parameters = list(self.parameters.values())

        def run() -> dict[str, Any]:
            for parameter in parameters:
                parameter.grad = None
            given = x.detach().requires_grad_()
            output = self.forward(given)
            output.backward(gradient)
            return {"output": output.detach(), "input": given.grad, **_gradients(self.parameters)}

        return run

    def read(self, result: Any) -> Results:
        return {name: tensor for name, tensor in result.items() if tensor is not None}


def _gradients(parameters: Mapping[str, Tensor]) -> dict[str, Tensor | None]:
    return {name: parameter.grad for name, parameter in parameters.items()}


def layer_contender(name: str, layer: nn.Module) -> TorchContender:
    """A one-layer `nn.LSTM` or the like; its parameters go by the names of a cell."""
    parameters = {key.removesuffix("_l0"): parameter for key, parameter in layer.named_parameters()}
    return TorchContender(name, lambda x: layer(x)[0], parameters)


def time_together(  # noqa: PLR0913
    title: str,
    contenders: Sequence[Contender],
    x: Tensor,
    gradient: Tensor | None,
    seconds: float,
    *,
    beside: Sequence[Contender] = (),
    tolerance: float = 1e-3,
    compared_steps: int | None = None,
    wait: Callable[[], None] = lambda: None,
) -> dict[str, float]:
    """Median seconds of each contender by name, once all of them agree with the first.

    Args:
        title: what is measured.
        contenders: those that compute the same.
        beside: others, which compute something else on the same input.
        x: the input, (T, B, I).
        gradient: of the output, (T, B, H), for training; None for inference.
        seconds, wait: as in `medians`.
        tolerance: as in `check_agreement`.
        compared_steps: how many steps must agree, all of them by default. Some cells are chaotic: along
            many steps they blow rounding errors up, whoever computes them.
    """
    n = compared_steps
    first = {who.name: who.read(_run(who, x[:n], None if gradient is None else gradient[:n])()) for who in contenders}
    check_agreement(title, first, tolerance)
    everybody = [*contenders, *beside]
    runs = [_run(who, x, gradient) for who in everybody]
    return dict(zip((who.name for who in everybody), medians(runs, seconds, wait=wait), strict=True))


def _run(who: Contender, x: Tensor, gradient: Tensor | None) -> Run:
    return who.inference(x) if gradient is None else who.training(x, gradient)
