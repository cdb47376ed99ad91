"""A plan in readable form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import prod

from torch import fx

from frontal.compiler.plan import Instruction, Loop, Matmul, Outer, Plan, Program, Store

OWN_NAME = re.compile(r"\b(d_|)(?:cell|state)_(?=\w)")  # inside, they keep the names of a cell from meeting others
INFIX = {"add": "+", "sub": "-", "mul": "·", "div": "/", "lt": "<", "le": "≤", "gt": ">", "ge": "≥", "eq": "=",
         "ne": "≠", "and": "and", "or": "or"}  # fmt: skip


def show(plan: Plan, outside: fx.Graph, outputs: Sequence[str]) -> str:
    """Return the plan as text: before the loop, each step, each step back, after the loop.

    Args:
        plan: of the kernels.
        outside: what torch computes before they run.
        outputs: names in the plan of that graph's results.
    """
    lines = ["before the loop, all steps at once", *_outside(outside, outputs)]
    for p in plan.projections:
        lines.append(f"  {p.place}{_size(plan, p.place)} = x · {p.weight}{'ᵀ' if p.transposed else ''}")
    lines += ["  nothing"] if len(lines) == 1 else []
    lines += ["each step forward", *_program(plan, plan.forward)]
    lines += ["each step back", *_program(plan, plan.backward)]
    lines += ["after the loop, all steps at once"]
    lines += [f"  {_outer(outer)}" for outer in plan.backward.outers]
    for p in plan.projections:
        if p.gradient:
            product = f"{p.gradient}ᵀ · x" if p.transposed else f"xᵀ · {p.gradient}"
            lines.append(f"  d_{p.weight} += {product}")
            lines.append(f"  d_x += {p.gradient} · {p.weight}{'' if p.transposed else 'ᵀ'}")
    return OWN_NAME.sub(r"\1", "\n".join(lines))


def _outside(graph: fx.Graph, outputs: Sequence[str]) -> list[str]:
    """Return a line for each operation of torch."""
    results = next(node for node in graph.nodes if node.op == "output").args[0]
    names: dict[fx.Node, str] = dict(zip(results, outputs, strict=True))
    lines: list[str] = []
    for node in graph.nodes:
        if node.op == "call_function":
            operation = getattr(node.target, "_opname", "part")
            arguments = ", ".join(names.get(a) or a.name for a in node.all_input_nodes)
            lines.append(f"  {names.get(node) or node.name} = {operation}({arguments}), by torch")
    return lines


def _size(plan: Plan, name: str) -> str:
    return f"[{prod(plan.by_name[name].shape)}]"


def _outer(outer: Outer) -> str:
    scale = "" if outer.scale == 1 else f"{outer.scale:g} · "
    if not outer.right:
        return f"{outer.place} += {scale}sum of {outer.left}"
    heads = f" for each of {outer.groups} blocks" if outer.groups > 1 else ""
    return f"{outer.place} += {scale}{outer.left}ᵀ · {outer.right}{heads}"


def _program(plan: Plan, program: Program) -> list[str]:
    lines: list[str] = []
    for stage in program.stages:
        if isinstance(stage, Matmul):
            lines.append(f"  {_matmul(plan, stage)}")
        else:
            for loop in stage.loops:
                lines += _loop(plan, loop)
    return lines


def _matmul(plan: Plan, stage: Matmul) -> str:
    turned = "ᵀ" if stage.strides[1] < stage.strides[2] or (stage.strides[1] == 1 and stage.N > 1) else ""
    heads = f" for each of {stage.groups} blocks" if stage.groups > 1 else ""
    return f"{stage.place}{_size(plan, stage.place)} = {stage.operand} · {stage.weight}{turned}{heads}"


def _loop(plan: Plan, loop: Loop) -> list[str]:
    """Show what one pass computes; a value used once stands where it is used."""
    uses = Counter(a for i in loop.body for a in i.arguments) + Counter(s.value for s in loop.stores)
    names: dict[int, str] = {}
    lines = [f"  for each of {' × '.join(map(str, loop.shape))} features"]
    texts: list[str] = []
    for k, instruction in enumerate(loop.body):
        text = _text(plan, instruction, loop, texts)
        if instruction.arguments and uses[k] > 1:
            names[k] = f"v{len(names) + 1}"
            lines.append(f"    {names[k]} = {text}")
            text = names[k]
        texts.append(text)
    return lines + [f"    {_store(plan, store, texts)}" for store in loop.stores]


def _text(plan: Plan, instruction: Instruction, loop: Loop, texts: list[str]) -> str:
    if instruction.function == "constant":
        return f"{instruction.number:g}"
    if instruction.function == "load":
        return instruction.place + _part(plan, instruction.place, instruction.offset, instruction.strides, loop)
    parts = [texts[a] for a in instruction.arguments]
    sign = INFIX.get(instruction.function)
    if sign is None:
        return f"{instruction.function}({', '.join(_bare(p) for p in parts)})"
    return f"({parts[0]} {sign} {parts[1]})"


def _bare(text: str) -> str:
    """Drop brackets around the whole."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for k, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and k < len(text) - 1:
            return text
    return text[1:-1]


def _part(plan: Plan, name: str, offset: int, strides: tuple[int, ...], loop: Loop) -> str:
    """Show which numbers of a buffer are meant, unless it is all of them."""
    place = plan.by_name[name]
    length = prod(loop.shape)
    if prod(place.shape) == length and not offset:
        return ""
    if all(s == 0 for s in strides) and length > 1:
        return f"[{offset}]" if prod(place.shape) > 1 else ""
    if len(strides) == 1 or prod(n for n, s in zip(loop.shape, strides, strict=True) if s == 0) == 1:
        return f"[{offset}:{offset + length}]"
    return f"[{offset}; steps {', '.join(map(str, strides))}]"


def _store(plan: Plan, store: Store, texts: list[str]) -> str:
    target, text = store.place, _bare(texts[store.value])
    size = prod(plan.by_name[target].shape)
    where = f"[{store.offset}:…]" if store.offset or (store.how == "put" and size > 1 and store.offset) else ""
    if store.axes:
        return f"{target}{where} = {store.how} of {text}"
    return f"{target}{where} {'+=' if store.how == 'add' else '='} {text}"
