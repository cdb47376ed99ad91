"""Everything that a page can ask for, by name: the same over HTTP and in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from frontal.errors import FrontalError, did_you_mean
from frontal.scope.ablation_calls import CALLS as ABLATION
from frontal.scope.compare_calls import CALLS as COMPARE
from frontal.scope.experiment_calls import CALLS as EXPERIMENT
from frontal.scope.export_calls import CALLS as EXPORT
from frontal.scope.fixed_point_calls import CALLS as FIXED_POINTS
from frontal.scope.gate_calls import CALLS as GATES
from frontal.scope.given import Given
from frontal.scope.gradient_calls import CALLS as GRADIENTS
from frontal.scope.heat_calls import CALLS as HEAT
from frontal.scope.home_calls import CALLS as HOME
from frontal.scope.learn_calls import CALLS as LEARN
from frontal.scope.match_calls import CALLS as MATCH
from frontal.scope.message import encode
from frontal.scope.neuron_calls import CALLS as NEURON
from frontal.scope.read_calls import CALLS as READ
from frontal.scope.signal_calls import CALLS as SIGNAL
from frontal.scope.track_calls import CALLS as TRACKS
from frontal.scope.training_calls import CALLS as TRAINING
from frontal.scope.trajectory_calls import CALLS as TRAJECTORIES
from frontal.scope.watching_calls import CALLS as WATCHING
from frontal.scope.workspace import Call, Workspace

PAGES: tuple[dict[str, Call], ...] = (  # one line each
    HOME,
    SIGNAL,
    READ,
    WATCHING,
    ABLATION,
    COMPARE,
    EXPERIMENT,
    EXPORT,
    GATES,
    GRADIENTS,
    LEARN,
    NEURON,
    MATCH,
    TRACKS,
    HEAT,
    TRAJECTORIES,
    FIXED_POINTS,
    TRAINING,
)
CALLS: dict[str, Call] = {name: call for page in PAGES for name, call in page.items()}


def answer(workspace: Workspace, name: str, parameters: Mapping[str, Any]) -> bytes:
    """Answer one call with a message (`frontal.scope.message`); what cannot be answered raises `FrontalError`."""
    if name not in CALLS:
        raise FrontalError(f"there is no call {name!r}; {did_you_mean(name, CALLS)}")
    return encode(CALLS[name](workspace, Given(parameters)))
