"""What the page Match is answered, and the tracks that it is judged by."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import monotonic
from typing import Any

import numpy as np
import pytest
from tiny import KINDS

from frontal.diagnostics.match_verdict import match_verdict
from frontal.diagnostics.matching import active, likely_threshold, matches, pattern
from frontal.errors import FrontalError
from frontal.scope import tiles
from frontal.scope.api import answer
from frontal.scope.message import decode
from frontal.scope.track_calls import spans
from frontal.scope.workspace import Workspace


@pytest.fixture
def ask(workspaces: Callable[[str], Workspace]) -> Any:
    """By kind: a function to ask with, and the look."""

    def of(kind: str) -> tuple[Any, Any]:
        workspace = workspaces(kind)
        look = workspace.look("a")

        def asked(name: str, **parameters: Any) -> dict[str, Any]:
            return decode(answer(workspace, name, {"look": "a", "signal": "h", **parameters}))

        return asked, look

    return of


HOW: dict[str, Any] = {"part": 0.6, "left": False, "share": 0.5, "bridge": 1}


@pytest.mark.parametrize("kind", KINDS)
def test_a_match_is_that_of_the_diagnostics(kind: str, ask: Any) -> None:
    asked, look = ask(kind)
    example = asked("match_examples")["examples"][0]
    phrase = slice(*example["phrase"])
    found = asked("match", phrase=example["phrase"], track=example["name"], **HOW)
    sides: dict[str, Any] = {"part": 0.6, "left": False, "right": False}
    threshold = likely_threshold(look.capture, "h", phrase, **sides)
    wanted = pattern(look.capture, "h", phrase, threshold, **sides)
    whole = matches(look.capture, wanted, share=0.5, bridge=1, fast=False)
    assert found["threshold"] == pytest.approx(threshold)
    np.testing.assert_array_equal(found["units"], wanted.units)
    np.testing.assert_array_equal(found["signs"], wanted.signs)
    assert found["count"] == len(whole)
    np.testing.assert_array_equal(found["first"], whole.first[:30])
    np.testing.assert_array_equal(found["stop"], whole.stop[:30])
    for k, one in enumerate(found["snippets"]):
        assert one["first"] <= whole.first[k] == one["step"]
        at = slice(one["at"], one["at"] + one["stop"] - one["first"])
        counts = active(look.capture, wanted, slice(one["first"], one["stop"]))
        np.testing.assert_array_equal(found["bytes"][at], tiles.quantise(counts / len(wanted.units), 1.0))


def test_the_verdict_is_that_of_the_track(ask: Any) -> None:
    asked, look = ask("text")
    found = asked("match", phrase=[200, 207], track="digit", **HOW)
    text = "".join(look.capture.index.facts["symbols"][i] for i in look.capture.track("symbol"))
    holds = np.array([c.isdigit() for c in text])
    sides: dict[str, Any] = {"part": 0.6, "left": False, "right": False}
    wanted = pattern(look.capture, "h", slice(200, 207), found["threshold"], **sides)
    marked = matches(look.capture, wanted, share=0.5, bridge=1).marked()
    expected = match_verdict(marked, holds, slice(200, 207))
    assert found["chosen"]["precision"] == pytest.approx(expected.precision)
    assert found["chosen"]["share"] == pytest.approx(expected.share)
    judged = next(one for one in found["judged"] if one["name"] == "digit")
    assert {name: judged[name] for name in found["chosen"]} == found["chosen"]
    gains = [one["f1"] - one["always"] for one in found["judged"]]
    assert gains == sorted(gains, reverse=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_window_is_the_data(kind: str, ask: Any) -> None:
    asked, look = ask(kind)
    found = asked("match_window", steps=[20, 120])
    np.testing.assert_array_equal(found["fresh"], look.capture.track("fresh", slice(20, 120)))
    if kind == "text":
        names = look.capture.index.facts["symbols"]
        assert found["symbols"] == [names[i] for i in look.capture.track("symbol", slice(20, 120))]
    else:
        assert found["data"].shape == (100,)
        assert found["starts"] == [20, *(20 + np.flatnonzero(found["fresh"][1:]) + 1)]
    with pytest.raises(FrontalError, match="too many"):
        ask("text")[0]("match_window", steps=[0, 3000])


def test_an_expression_is_a_track(ask: Any) -> None:
    asked, look = ask("text")
    text = "".join(look.capture.index.facts["symbols"][i] for i in look.capture.track("symbol"))
    held = np.zeros(len(text), dtype=bool)
    for found in re.finditer(r"[a-z]+:", text):
        held[found.start() : found.end()] = True
    window = asked("match_window", steps=[0, 1500], track="re:[a-z]+:")
    np.testing.assert_array_equal(window["holds"], held[:1500])
    with pytest.raises(FrontalError, match="no regular expression: missing"):
        asked("match_window", steps=[0, 10], track="re:(a")
    with pytest.raises(FrontalError, match="no text"):
        ask("series")[0]("match_window", steps=[0, 10], track="re:a")


def test_an_expression_that_never_ends_is_ended() -> None:
    begun = monotonic()
    with pytest.raises(FrontalError, match=r"longer than 0\.5 s"):
        spans("(a+)+$", "a" * 60 + "b", seconds=0.5)
    assert monotonic() - begun < 8
    assert spans("b+|^", "abba\nb").tolist() == [[1, 3], [5, 6]]  # what matches nothing is none


def test_a_column_of_a_file_is_a_track(ask: Any) -> None:
    asked, look = ask("series")
    N = len(look.capture)
    table = "when,kind,size\n" + "".join(f"{k},{'ab'[k % 3 == 0]},{k * 0.5}\n" for k in range(N))
    assert asked("add_column", csv=table, column="kind")["columns"] == ["kind = a", "kind = b"]
    held = asked("match_window", steps=[0, N], track="kind = b")["holds"]
    np.testing.assert_array_equal(held, np.arange(N) % 3 == 0)
    (name,) = asked("add_column", csv=table, column="size")["columns"]
    np.testing.assert_array_equal(asked("match_window", steps=[0, N], track=name)["holds"], np.arange(N) > (N - 1) / 2)
    assert {"kind = a", "kind = b", name} <= set(asked("tracks")["columns"])
    for wrong, said in (("x\n1\n", "1 rows"), ("x", "a row of names"), (table, "no column 'y'")):
        with pytest.raises(FrontalError, match=said):
            asked("add_column", csv=wrong, column="y" if said.startswith("no") else "x")
    words = "w\n" + "".join(f"w{k}\n" for k in range(N))
    with pytest.raises(FrontalError, match="different words"):
        asked("add_column", csv=words)


def test_nonsense_is_refused(ask: Any) -> None:
    asked, _ = ask("text")
    with pytest.raises(FrontalError, match="no track"):
        asked("match", phrase=[10, 20], track="the weather", part=0.5)
    with pytest.raises(FrontalError, match="phrase"):
        asked("match", phrase=[20, 10])
    with pytest.raises(FrontalError, match="lower the threshold"):
        asked("match", phrase=[10, 20], threshold=99)
    with pytest.raises(FrontalError, match="too long"):
        asked("match", phrase=[0, 2500])
