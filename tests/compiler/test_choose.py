"""A backend is chosen with a reason; an unknown one is refused."""

import pytest
import torch

from frontal.cells.gru import GRU
from frontal.compiler import reference
from frontal.compiler.choose import choose
from frontal.errors import FrontalError


@pytest.mark.parametrize(
    ("name", "backend", "reason"),
    [("auto", "cpu", "one compiled kernel"), ("cpu", "cpu", "by name"), ("reference", "reference", "by name")],
)
def test_the_choice_says_why(name: str, backend: str, reason: str):
    choice = choose(GRU(2, 3), name)
    assert choice.backend == backend
    assert reason in choice.reason
    assert str(choice).startswith(f"backend: {backend}\nreason:  ")
    assert (choice.run is reference.run) == (backend == "reference")
    assert bool(choice.plan()) == bool(choice.source()) == (backend == "cpu")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_without_kernels_for_a_dtype_the_reference_runs(dtype: torch.dtype):
    cell = GRU(2, 3, dtype=dtype)
    choice = choose(cell, "auto", torch.zeros(1, 1, 2, dtype=dtype))
    assert choice.run is reference.run and str(dtype) in choice.reason
    with pytest.raises(FrontalError, match=f'backend="cpu" cannot run GRU: there are no kernels for {dtype}'):
        choose(cell, "cpu", torch.zeros(1, 1, 2, dtype=dtype))


def test_an_unknown_backend_suggests_the_nearest():
    with pytest.raises(FrontalError, match="unknown backend 'referense'; did you mean 'reference'"):
        choose(GRU(2, 3), "referense")
