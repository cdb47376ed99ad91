"""One step again and again from states that stay where they are: the least that a call can cost."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from frontal.compiler.cpu import team
from frontal.compiler.cpu.driver import Driver
from frontal.compiler.cpu.layout import Workspace
from frontal.errors import FrontalError


class Stepper:
    """Runs the inference kernel on single steps of B rows.

    Args:
        driver: of the cell.
        constants: in the order of the plan, contiguous; changes in place are seen if they count as versions.
        states: to begin with, each (B, size).
    """

    def __init__(self, driver: Driver, constants: Sequence[Tensor], states: Sequence[Tensor]) -> None:
        B = len(states[0])
        self.driver, self.constants = driver, list(constants)
        self.layout = driver.layout("inference", 1, B)
        self.workspace = self.layout.take(driver.dtype, driver.zeros, reverse=False)
        self.size = (B, driver.plan.state_sizes[0])
        self.buffers = [tuple(state.clone() for state in states) for _ in range(2)]
        self.turn = 0
        self.others = [place for name in driver.others if (place := self.layout.steps(name)) is not None]
        self.arguments = [self.layout.array.from_buffer_copy(self.workspace.arguments) for _ in range(2)]
        for k, a in enumerate(self.arguments):
            for place, state in zip(self.layout.initial, self.buffers[k], strict=True):
                a[place] = state.data_ptr()
            for place, state in zip(self.layout.finals, self.buffers[1 - k], strict=True):
                a[place] = state.data_ptr()
        self.kernel, self.threads = driver.kernels.address("inference"), self.layout.shares.threads

    @property
    def states(self) -> tuple[Tensor, ...]:
        """The states now, each (B, size); what is written into them counts."""
        return self.buffers[self.turn]

    def refresh(self) -> None:
        """Read the weights anew at the next step."""
        self.workspace.packed = None

    def step(self, x: Tensor, *others: Tensor) -> Tensor:
        """Advance by x, (B, I), and the plan's other sequences, (B, N) each, rows contiguous; return (B, size)."""
        a = self.arguments[self.turn]
        if _changed(self.workspace, self.constants):
            self._point()
            a[self.layout.pack] = 1
        outputs = x.new_empty(self.size)
        a[self.layout.outputs] = outputs.data_ptr()
        if self.layout.x is not None:
            address, _, b = self.layout.x
            a[address], a[b] = x.data_ptr(), x.stride(0)
        for (address, _, b), other in zip(self.others, others, strict=True):
            a[address], a[b] = other.data_ptr(), other.stride(0)
        if (self.threads > 1 and team.available() < self.threads) or not team.run(self.kernel, a, self.threads):
            raise FrontalError(f"the stream was made with {self.threads} threads and has fewer now; make it anew here")
        a[self.layout.pack] = 0
        self.turn = 1 - self.turn
        return outputs

    def _point(self) -> None:
        at = self.layout.position
        for name, tensor in zip(self.driver.constants, self.constants, strict=True):
            for a in self.arguments:
                if name in at:
                    a[at[name]] = tensor.data_ptr()


def _changed(workspace: Workspace, constants: Sequence[Tensor]) -> bool:
    """Return whether the weights have changed since they were packed into the workspace, if that can be known."""
    try:
        now = [(t.data_ptr(), t._version) for t in constants]
    except RuntimeError:  # inference tensors do not count their versions
        workspace.packed = None
        return True
    changed = workspace.packed != now
    workspace.packed = now
    return changed
