"""A plan whose products of x are given, for inputs of which there are few: rows of a table."""

from __future__ import annotations

from dataclasses import replace

from frontal.compiler.plan import Matmul, Plan


def looked_up(plan: Plan) -> Plan | None:
    """Return a plan that takes every projection of x as a sequence, to step forwards; None where there is none."""
    names = {projection.place for projection in plan.projections}
    multiplied = {stage.operand for stage in plan.inference.stages if isinstance(stage, Matmul)}
    if not names or names & multiplied:
        return None
    places = tuple(replace(place, kind="sequence") if place.name in names else place for place in plan.places)
    return replace(plan, places=places, projections=())
