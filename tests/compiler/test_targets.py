"""Without AVX-512, and without AVX2, the kernels are the same."""

import pytest
import torch

from frontal.compiler.cpu import kernels
from frontal.compiler.cpu.target import Target, host

from .test_corpus import assert_near, inputs, made, results


@pytest.fixture(params=[("avx512",), ("avx512", "avx2")], ids=["no AVX-512", "no AVX2"])
def lesser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Target:
    """This machine with some of its features switched off."""
    target = host(request.param)
    monkeypatch.setattr(kernels, "host", lambda: target)
    return target


@pytest.mark.parametrize("name", ["lstm", "gru", "layer_norm_lstm", "Heads", "Sharp", "Soft", "SeparateMaps"])
def test_lesser_machines_compute_the_same(name: str, lesser: Target):
    assert lesser.vector_bytes <= 32
    cell = made(name, 3, 18)
    x = inputs(cell, 7, 5)
    expected = results(cell, "reference", x, lengths=True, reset=True)
    assert_near(results(cell, "cpu", x, lengths=True, reset=True), expected, 1e-10)
    single = cell.float()
    assert_near(results(single, "cpu", x.float(), lengths=True, reset=True), expected, 1e-4)


def test_the_lesser_target_reaches_the_code(lesser: Target):
    from frontal.compiler.choose import choose

    source = choose(made("elman", 3, 18, torch.float32), "cpu").source()
    assert "<16 x float>" not in source and f"<{lesser.lanes(32)} x float>" in source
