"""The arguments of a kernel: one array of 64-bit numbers, by name; the writer and the caller share this list."""

from __future__ import annotations

from functools import cached_property

from frontal.compiler.plan import Matmul, Place, Plan, Program

COMMON = (
    "T", "B", "chunk", "team", "barrier", "order", "lengths", "starts", "direction",
    "reset", "reset_t", "reset_b", "reset_shift", "zeros", "workspace", "workspace_stride", "pack",
)  # fmt: skip
SCRATCH = ("row", "product", "reduced", "chunk", "projection")
PER_STEP = ("chunk", "projection")


class Arguments:
    """Names and positions of the arguments of one kernel.

    Args:
        plan: of the cell.
        kind: "inference", "forward" or "backward".
    """

    def __init__(self, plan: Plan, kind: str) -> None:
        self.plan, self.kind = plan, kind
        self.program: Program = getattr(plan, kind)
        self.backward = kind == "backward"
        self.names = [*COMMON, *self._sizes(), *self._tensors(), *self._scratch()]
        self.position = {name: k for k, name in enumerate(self.names)}

    @cached_property
    def matmuls(self) -> list[Matmul]:
        """Products in the loop, in order."""
        return [stage for stage in self.program.stages if isinstance(stage, Matmul)]

    @cached_property
    def read(self) -> set[str]:
        """Buffers that the program names."""
        names: set[str] = set()
        for stage in self.program.stages:
            if isinstance(stage, Matmul):
                names |= {stage.place, stage.operand, stage.weight}
            else:
                for loop in stage.loops:
                    names |= {i.place for i in loop.body if i.place} | {s.place for s in loop.stores}
        for outer in self.program.outers:
            names |= {outer.place, outer.left, outer.right} - {""}
        return names

    def places(self, *kinds: str) -> list[Place]:
        """Return the buffers of some kinds that the program names."""
        return [place for place in self.plan.places if place.kind in kinds and place.name in self.read]

    @cached_property
    def scratch(self) -> list[Place]:
        """Buffers in a thread's own memory."""
        found = self.places(*SCRATCH)
        names = {place.name for place in found}
        wanted = (
            {p.gradient for p in self.plan.projections} if self.backward else {p.place for p in self.plan.projections}
        )
        return [*found, *(p for p in self.plan.places if p.name in wanted - names)]

    def _sizes(self) -> list[str]:
        return [f"size{k}" for k in range(len(self.plan.symbols))]

    def _tensors(self) -> list[str]:
        names = ["x", "x_t", "x_b"] if self.plan.projections else []
        for place in self.places("sequence"):
            names += [n for n in (place.name, f"{place.name}_t", f"{place.name}_b") if n not in names]
        weights = [p.weight for p in self.plan.projections]
        names += dict.fromkeys([*weights, *(place.name for place in self.places("constant"))])
        names += [f"packed{k}" for k in range(len(self.plan.projections) + len(self.matmuls))]
        states = range(len(self.plan.states))
        names += ["outputs", "outputs_t", "outputs_b", *(f"initial{k}" for k in states)]
        names += [f"kept{k}" for k in self.plan.kept_states if k]
        names += [place.name for place in self.places("saved")]
        if not self.backward:
            return [*names, *(f"final{k}" for k in states)]
        names += ["d_output", "d_output_t", "d_output_b", *(f"d_final{k}" for k in states)]
        names += [f"d_initial{k}" for k in states]
        for place in self.places("d_sequence"):
            names += [place.name, f"{place.name}_t", f"{place.name}_b"]
        if self.plan.projections and "d_x" not in names:
            names += ["d_x", "d_x_t", "d_x_b"]
        names += ["d_x_wanted", "d_x_adds"]
        for name in self.gradients:
            names += [name, f"at_{name}"]
        return names

    @cached_property
    def row_sums(self) -> set[str]:
        """Gradients to which every row adds by itself, so that threads of a team need sums of their own."""
        columns = {outer.place for outer in self.program.outers if not outer.right}
        return columns | {place.name for place in self.places("d_constant") if place.name in self._stored}

    @cached_property
    def _stored(self) -> set[str]:
        loops = [loop for stage in self.program.stages if not isinstance(stage, Matmul) for loop in stage.loops]
        return {store.place for loop in loops for store in loop.stores}

    @cached_property
    def gradients(self) -> list[str]:
        """Gradients of constants that the kernel sums up."""
        own = [place.name for place in self.places("d_constant")]
        return list(dict.fromkeys([*own, *(f"d_{p.weight}" for p in self.plan.projections if p.gradient)]))

    def _scratch(self) -> list[str]:
        names = [f"at_{place.name}" for place in self.scratch]
        for k in range(len(self.plan.states)):
            names += [f"slots{k}", f"slot{k}"]
        if self.plan.projections:
            names += ["at_x"]
        if self.backward:
            names += ["at_dx", "at_outer"]
        return names
