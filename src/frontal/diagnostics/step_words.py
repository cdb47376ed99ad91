"""A sentence in plain words for every node of a step."""

from __future__ import annotations

from frontal.diagnostics.gate_roles import Role, gate_names, roles
from frontal.diagnostics.step_by_step import NodeStep, StepByStep
from frontal.diagnostics.step_equations import shown
from frontal.diagnostics.wiring import Node

FUNCTIONS = {
    "σ": "σ presses any number into 0 to 1", "tanh": "tanh presses any number into −1 to 1",
    "ReLU": "ReLU lets what is above 0 through and makes the rest 0",
    "LN": "LN brings all units to mean 0 and variance 1, then scales them",
    "exp": "exp makes any number positive", "clip": "clip cuts off what lies beyond its ends",
    "softplus": "softplus makes any number positive",
}  # fmt: skip
OPERATIONS = {
    "×": "{} times {} is {}",
    "+": "{} and {} make {}",
    "−": "{} less {} is {}",
    "÷": "{} divided by {} is {}",
}


def sentences(step: StepByStep, read: str) -> list[str]:
    """Return what each node of a step says, in their order.

    Args:
        step: of a cell at one unit.
        read: what the cell reads at this step, in words.
    """
    found, names = roles(step.wiring), gate_names(step.wiring)
    said: list[str] = []
    for k, node in enumerate(step.wiring.nodes):
        mine = sorted((role for role in found if role.gate == k), key=lambda role: role.kind != "keeps")
        said.append(_of_gate(step, mine, names[k]) if mine else _of_node(step, k, node, read))
    return said


def role_words(step: StepByStep, role: Role) -> str:
    """Return what one role of a gate comes to at this step; empty where it has no number."""
    gate, other = step.nodes[role.gate].value, step.nodes[role.other].value
    if gate is None:
        return ""
    share = f"{100 * (1 - gate if role.rest else gate):.0f}\N{NO-BREAK SPACE}%"
    of = "" if other is None else f" ({shown(other)})"
    if role.kind == "keeps":
        return f"of what this unit held{of}, {share} stays"
    if role.kind == "writes":
        return f"of the new proposal{of}, {share} is written"
    if role.kind == "shows":
        return f"of what this unit holds now{of}, {share} is shown to others"
    return f"of what the old state has to say{of}, {share} gets into the proposal"


def _of_gate(step: StepByStep, mine: list[Role], name: str) -> str:
    value = step.nodes[mine[0].gate].value
    if value is None:
        return f"The {name}: its features do not belong to single units of {step.state}."
    what = "; ".join(dict.fromkeys(role_words(step, role) for role in mine))
    return f"The {name} stands at {shown(value)}: {what}."


def _of_node(step: StepByStep, k: int, node: Node, read: str) -> str:
    one = step.nodes[k]
    if node.kind == "input" and node.name == "x":
        return f"What the cell reads at this step: {read}."
    if one.value is None:
        return f"{len(one.values)} numbers, of which none belongs to unit {step.unit} of {step.state} alone."
    value = shown(one.value)
    if node.kind in ("input", "output"):
        return _of_state(step, node, value)
    if node.kind == "layer":
        return _of_layer(step, one, node)
    if node.kind == "function":
        return _of_function(step, node, value)
    return _of_operation(step, node, value)


def _of_state(step: StepByStep, node: Node, value: str) -> str:
    if node.kind == "input":
        return f"What the unit held in {node.name} before this step: {value}."
    state = node.name.removesuffix("'")
    return f"What the unit holds in {state} after this step: {value}; before it was {shown(step.named(state).value)}."


def _of_layer(step: StepByStep, one: NodeStep, node: Node) -> str:
    parts = [f"{shown(part.total)} from {_source(step, part.node)}" for part in one.summands]
    parts += [f"{shown(one.bias)} from the bias"] if node.bias else []
    summed = f"A weighted sum: {', '.join(parts)}"
    if node.label == "sum":
        return f"{summed}; together {shown(one.value)}."
    what = FUNCTIONS.get(node.label, f"{node.label} is applied")
    return f"{summed}; together {shown(one.sum)}. {what}: {shown(one.value)}."


def _source(step: StepByStep, number: int) -> str:
    node = step.wiring.nodes[number]
    if node.name == "x":
        return "the input"
    return f"all units of {node.name}" if node.name else "what was computed before"


def _of_function(step: StepByStep, node: Node, value: str) -> str:
    given = shown(step.nodes[node.reads[0]].value)
    if node.label == "1 −":
        return f"What the gate leaves: 1 less {given} is {value}."
    if not given:
        return f"This unit's share of what was computed for all: {value}."
    return f"{FUNCTIONS.get(node.label, f'{node.label} is applied')}: {given} becomes {value}."


def _of_operation(step: StepByStep, node: Node, value: str) -> str:
    given = [shown(step.nodes[k].value) for k in node.reads] + ([node.constant] if node.constant else [])
    if len(given) == 2 and all(given) and node.label in OPERATIONS:
        return OPERATIONS[node.label].format(*given, value) + "."
    return f"{node.label} gives {value}."
