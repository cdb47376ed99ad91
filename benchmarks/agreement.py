"""Whoever computes something else is not timed."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from frontal.errors import FrontalError

Results = Mapping[str, Tensor]


def check_agreement(title: str, results: Mapping[str, Results], tolerance: float = 1e-3) -> None:
    """Compare every contender's tensors with those of the first one.

    Args:
        title: what is measured, for the message.
        results: of each contender its tensors by name; the names must be the first's.
        tolerance: of the largest difference, relative to the largest expected magnitude.

    Raises:
        FrontalError: a tensor is missing, has another shape, differs or is not finite.
    """
    judge, *others = results
    for who in others:
        if results[who].keys() != results[judge].keys():
            alone = ", ".join(sorted(results[who].keys() ^ results[judge].keys()))
            raise FrontalError(f"{title}: only one of {who} and {judge} gave {alone}, so nothing is timed")
        for name, given in results[who].items():
            fault = _fault(given, results[judge][name], tolerance)
            if fault:
                raise FrontalError(f"{title}: {name} of {who} and of {judge} differ, {fault}, so nothing is timed")


def _fault(given: Tensor, expected: Tensor, tolerance: float) -> str | None:
    if given.shape != expected.shape:
        return f"{tuple(given.shape)} and {tuple(expected.shape)}"
    given, expected = given.detach().double().cpu(), expected.detach().double().cpu()
    scale = expected.abs().max().clamp(min=1e-30)
    error = float((given - expected).abs().max() / scale)
    return None if error <= tolerance else f"by {error:.2g} of the largest value ({tolerance:g} is allowed)"
