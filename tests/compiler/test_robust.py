"""Kernels in the middle of everything else: processes, threads, modes, changing modules, and no leak."""

import gc
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close
from torch.utils.data import DataLoader, Dataset

import frontal
from frontal.compiler.choose import choose
from frontal.compiler.cpu import shares

from .zoo import CosineGate, Mixed


def lstm(**options: object) -> frontal.LSTM:
    torch.manual_seed(0)
    return frontal.LSTM(3, 32, **options)  # type: ignore[arg-type]


def gradients(layer: nn.Module, x: Tensor) -> list[Tensor]:
    outputs, _ = layer(x)
    return [outputs.detach(), *torch.autograd.grad(outputs.square().sum(), list(layer.parameters()))]


class Encoded(Dataset[Tensor]):
    """Items that a layer computes, in the worker."""

    def __init__(self) -> None:
        self.layer, self.x = lstm(), torch.randn(6, 200, 8, 3)

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> Tensor:
        return self.layer(self.x[index])[0].detach()


@pytest.mark.filterwarnings("ignore:.*fork")
@pytest.mark.parametrize("workers", [0, 2])
def test_data_loader_workers(workers: int):
    data = Encoded()
    expected = torch.stack([data[k] for k in range(len(data))])  # kernels and threads run before the fork
    found = torch.cat(list(DataLoader(data, batch_size=2, num_workers=workers, timeout=60 if workers else 0)))
    assert_close(found, expected)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork")
def test_a_forked_child_trains(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shares, "WORK_PER_THREAD", 1)  # the kernel takes all threads, torch for so little only one
    layer, x = lstm(), torch.randn(50, 16, 3)
    expected = gradients(layer, x)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            pairs = zip(gradients(layer, x), expected, strict=True)
            code = 0 if all(torch.allclose(a, b, rtol=1e-4, atol=1e-5) for a, b in pairs) else 2
        finally:
            os._exit(code)
    done = threading.Event()
    status: list[int] = []
    waiting = threading.Thread(target=lambda: (status.append(os.waitpid(child, 0)[1]), done.set()))
    waiting.start()
    if not done.wait(60):
        os.kill(child, 9)
    waiting.join()
    assert os.waitstatus_to_exitcode(status[0]) == 0


@pytest.mark.parametrize("setting", ["OMP_THREAD_LIMIT=1", "OMP_DYNAMIC=true"])
def test_fewer_threads_than_asked_for(setting: str):
    program = """
import torch, frontal
from frontal.compiler.cpu import shares
shares.WORK_PER_THREAD = 1
torch.set_num_threads(4)
torch.manual_seed(0)
layer, x = frontal.LSTM(3, 32), torch.randn(20, 16, 3)
for cache in (0, 1 << 30):
    shares.CACHE = cache
    found = []
    for layer.backend in ("auto", "reference"):
        y = layer(x)[0]
        found.append(torch.autograd.grad(y.square().sum(), list(layer.parameters())))
    assert all(torch.allclose(a, b, rtol=1e-3, atol=1e-3) for a, b in zip(*found))
    layer = frontal.LSTM(3, 32)
"""
    name, value = setting.split("=")
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, name: value}, capture_output=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr


def test_threads_at_once_do_not_meet():
    layers = [lstm(), frontal.GRU(3, 17), frontal.Recurrent(CosineGate(3, 9))]
    xs = [torch.randn(T, B, 3) for T, B in ((5, 3), (40, 16), (100, 1), (5, 3))]
    jobs = [(layer, x) for layer in layers for x in xs] * 6
    expected = [gradients(layer, x) for layer, x in jobs]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda job: gradients(*job), jobs))
    for one, other in zip(found, expected, strict=True):
        for a, b in zip(one, other, strict=True):
            assert_close(a, b, rtol=1e-4, atol=1e-4)


def test_first_call_from_many_threads():
    cell, x = CosineGate(3, 11), torch.randn(4, 2, 3)
    barrier = threading.Barrier(6)

    def call(_: int) -> Tensor:
        barrier.wait()
        return frontal.Recurrent(cell)(x)[0].detach()

    with ThreadPoolExecutor(6) as pool:
        first, *others = pool.map(call, range(6))
    assert all(torch.equal(first, other) for other in others)


def test_number_of_threads_may_change_between_forward_and_backward():
    layer, x = lstm(), torch.randn(100, 8, 3)
    expected, before = gradients(layer, x), torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        outputs, _ = layer(x)
        torch.set_num_threads(3)
        found = torch.autograd.grad(outputs.square().sum(), list(layer.parameters()))
    finally:
        torch.set_num_threads(before)
    for a, b in zip(found, expected[1:], strict=True):
        assert_close(a, b, rtol=1e-4, atol=1e-4)


def test_weights_that_change_count_at_once():
    layer, x = lstm(), torch.randn(5, 2, 3)
    reference = deepcopy(layer)
    reference.backend = "reference"
    for change in (
        lambda m: m.weight_hh_l0.data.mul_(2),
        lambda m: setattr(m, "weight_ih_l0", nn.Parameter(m.weight_ih_l0.detach() + 1)),
        lambda m: m.bias_ih_l0.detach().add_(1),
        lambda m: m.load_state_dict({k: v / 2 for k, v in m.state_dict().items()}),
        lambda m: m.weight_hh_l0.__setattr__("data", m.weight_hh_l0.data.t().contiguous().t()),
        lambda m: m.double().float(),
    ):
        with torch.no_grad():
            change(layer)
            change(reference)
            for _ in range(2):
                assert_close(layer(x)[0], reference(x)[0], rtol=1e-5, atol=1e-5)
        with torch.inference_mode():
            assert_close(layer(x)[0], reference(x)[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("options", [{"fused": True}, {"foreach": True}, {"foreach": False}])
def test_weights_that_an_optimiser_changes_count_at_once(options: dict[str, bool]):
    layer, x = lstm(), torch.randn(5, 2, 3)
    reference = deepcopy(layer)
    reference.backend = "reference"
    optimizer = torch.optim.Adam(layer.parameters(), 0.1, **options)
    stream = layer.stream(2)
    for _ in range(3):
        with torch.no_grad():
            layer(x)
        layer(x)[0].square().sum().backward()
        optimizer.step()
        reference.load_state_dict(layer.state_dict())
        with torch.no_grad():
            expected = reference(x)[0]
            assert_close(layer(x)[0], expected, rtol=1e-5, atol=1e-5)
        stream.reset()
        stream.refresh()
        assert_close(torch.stack([stream.step(x_t) for x_t in x]), expected, rtol=1e-5, atol=1e-5)


def test_attributes_that_the_step_reads_count():
    class Scaled(Mixed):
        scale = 1.0

        def step(self, x: Tensor, h: Tensor) -> Tensor:
            return self.scale * torch.tanh(self.w(x) + self.u(h))

    cell, x = Scaled(3, 4), torch.randn(5, 2, 3)
    before = frontal.Recurrent(cell)(x)[0]
    cell.scale = 0.5
    assert_close(frontal.Recurrent(cell)(x)[0], frontal.Recurrent(cell, backend="reference")(x)[0])
    assert not torch.allclose(frontal.Recurrent(cell)(x)[0], before)


def test_training_mode_and_eval_mode_are_two_cells():
    class Dropping(Mixed):
        def step(self, x: Tensor, h: Tensor) -> Tensor:
            return torch.tanh(self.w(x) + self.u(nn.functional.dropout(h, 0.5, self.training)))

    layer, x = frontal.Recurrent(Dropping(3, 40)), torch.randn(6, 4, 3)
    assert not torch.equal(layer(x)[0], layer(x)[0])
    layer.eval()
    assert torch.equal(layer(x)[0], layer(x)[0])
    layer.train()
    torch.manual_seed(1)
    one = layer(x)[0]
    torch.manual_seed(1)
    assert torch.equal(one, layer(x)[0])


def test_frozen_parameters_and_parts_of_the_gradient():
    layer, x = lstm(), torch.randn(5, 2, 3, requires_grad=True)
    full = torch.autograd.grad(layer(x)[0].sum(), [x, *layer.parameters()])
    layer.weight_hh_l0.requires_grad_(False)
    outputs = layer(x)[0]
    outputs.sum().backward()
    assert layer.weight_hh_l0.grad is None
    assert_close(layer.weight_ih_l0.grad, full[1])
    assert_close(x.grad, full[0])
    with torch.no_grad():
        assert not layer(x)[0].requires_grad


def test_a_graph_that_is_kept_can_be_used_again_and_another_one_cannot():
    layer, x = lstm(), torch.randn(300, 32, 3, requires_grad=True)  # large enough for memory that is used again
    outputs, _ = layer(x)
    (one,) = torch.autograd.grad(outputs.sum(), x, retain_graph=True)
    layer(x)[0].sum().backward()
    (two,) = torch.autograd.grad(outputs.sum(), x)
    assert_close(one, two, rtol=0, atol=0)
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(outputs.sum(), x)


def test_outputs_may_be_changed_in_place_only_without_harm():
    layer, x = lstm(), torch.randn(5, 2, 3, requires_grad=True)
    outputs, _ = layer(x)
    outputs.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        outputs.sum().backward()


def test_autocast_computes_in_single_precision():
    layer, x = lstm(), torch.randn(5, 2, 3, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        outputs, _ = layer(x.bfloat16())
        outputs.float().sum().backward()
    assert outputs.dtype == torch.bfloat16 and x.grad is not None


def test_ten_thousand_calls_do_not_grow():
    layer, x = frontal.GRU(3, 4), torch.randn(3, 2, 3)

    def calls(count: int) -> int:
        for k in range(count):
            outputs, _ = layer(x[: 1 + k % 3])
            if k % 10 == 0:
                outputs.sum().backward()
        gc.collect()
        return len(gc.get_objects())

    calls(200)
    before, resident = calls(200), _resident()
    after = calls(10_000)
    assert after - before < 200
    if resident:
        assert _resident() - resident < 20 << 20


def test_many_shapes_do_not_grow():
    layer = frontal.GRU(3, 4)
    for T in range(1, 200):
        layer(torch.randn(T, 1 + T % 5, 3))
    program = choose(layer.bound_cells()[0]).program
    assert program is not None and len(program.driver._layouts) <= 32


def _resident() -> int:
    """Bytes of memory in use; 0 where that cannot be known."""
    file = Path("/proc/self/statm")
    return int(file.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") if file.exists() else 0
