"""The page Experiment in a browser: what is changed there is what the model is asked, and what comes back is drawn."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tiny
from chromium import pixel

from frontal.diagnostics.experiment import experiment
from frontal.diagnostics.intervene import clamp
from frontal.scope.tiles import palette
from frontal.scope.workspace import Workspace

SAYS = "document.querySelector('frontal-experiment .number').textContent"
NUMBER = re.compile(r"loss ([\d.]+) → ([\d.]+) .* Δ ([+−])([\d.e−]+)")


def shown(page: Any, than: str = "") -> tuple[float, float, float]:
    """The number beside the title, once it is another than before."""
    number = page.locator("frontal-experiment .number")
    page.wait_for_function(
        "than => document.querySelector('frontal-experiment .number').textContent !== than", arg=than
    )
    usual, changed, sign, delta = NUMBER.search(number.text_content()).groups()
    return float(usual), float(changed), float(delta.replace("−", "-")) * (1 if sign == "+" else -1)


def plan(**changes: Any) -> str:
    return json.dumps(changes)


HOLD = {"changes": [{"follow": True, "how": "hold", "value": 1}]}


@pytest.mark.parametrize(("kind", "steps"), [("text", (100, 120)), ("series", (60, 66)), ("sound", (4, 9))])
def test_a_unit_that_is_held_changes_the_number(
    open_page: Callable[..., Any], workspaces: Callable[[str], Workspace], kind: str, steps: tuple[int, int]
) -> None:
    page = open_page(
        kind, "experiment", unit=3, step=steps[0], **{"from": steps[0], "to": steps[1]}, experiment=plan(**HOLD)
    )
    subject = workspaces(kind).look("a").subject
    assert subject is not None
    window = (steps[0] - 20, steps[1] + 40) if kind == "text" else steps
    found = experiment(subject, *window, [clamp("h", 3, 1.0, steps=slice(*steps))])
    usual, changed, delta = shown(page)
    assert (usual, changed) == pytest.approx(found.losses, abs=6e-4)
    assert delta == pytest.approx(found.delta, rel=0.02, abs=6e-4)


def test_a_gate_is_held_within_its_bounds(
    open_page: Callable[..., Any], workspaces: Callable[[str], Workspace]
) -> None:
    held = plan(changes=[{"follow": True, "how": "hold", "value": 1}])
    page = open_page(
        "text", "experiment", signal="layers.0/f", unit=3, step=100, **{"from": 100, "to": 120}, experiment=held
    )
    subject: Any = workspaces("text").look("a").subject
    before = page.locator("frontal-experiment .number").text_content()
    steps = slice(100, 120)
    found = experiment(subject, 80, 160, [clamp("layers.0/f", 3, 1.0, steps=steps)])
    usual, changed, _ = shown(page)
    assert (usual, changed) == pytest.approx(found.losses, abs=6e-4)
    gate = page.get_by_label("state or gate")
    assert gate.locator("option:checked").text_content() == "layers.0/f · gate"
    value = page.get_by_label("value", exact=True)
    assert (value.get_attribute("min"), value.get_attribute("max")) == ("0", "1")
    gate.select_option("layers.1/o")
    page.get_by_label("units, with commas").fill("0-11")
    page.get_by_label("units, with commas").press("Enter")
    page.get_by_label("how", exact=True).select_option("zero")
    shut = f"clamp('layers.1/o', {[*range(12)]}, 0.0, steps=slice(100, 120))"
    page.wait_for_function("(said) => document.querySelector('.experiment-code').textContent.includes(said)", arg=shut)
    found = experiment(subject, 80, 160, [clamp("layers.1/o", None, 0.0, steps=steps)])
    assert shown(page, before)[1] == pytest.approx(found.losses[1], abs=6e-4)


def test_the_controls_ask_anew(open_page: Callable[..., Any]) -> None:
    page = open_page("text", "experiment", unit=3, step=100, **{"from": 100, "to": 120})
    number = page.locator("frontal-experiment .number")
    before = number.text_content()
    page.get_by_label("how", exact=True).select_option("hold")
    shown(page, before)
    held = number.text_content()
    page.get_by_label("value, as a number").fill("-3")
    page.get_by_label("value, as a number").press("Enter")
    shown(page, held)
    page.get_by_label("states cleared").check()
    page.wait_for_function("() => document.querySelector('.experiment-code').textContent.includes('memory=10')")
    page.get_by_role("button", name="undo all changes").click()
    page.wait_for_function(f"than => {SAYS} === than", arg=before)


def test_the_text_is_edited_and_the_colours_are_the_chances(
    open_page: Callable[..., Any], workspaces: Callable[[str], Workspace]
) -> None:
    page = open_page("text", "experiment", unit=3, step=100, **{"from": 100, "to": 106})
    page.get_by_label("the text at these steps; edit it").fill("train,")
    page.wait_for_function("() => document.querySelectorAll('.experiment-cell.acted')[2]?.textContent.startsWith('a')")
    found = workspaces("text").look("a").capture
    sure = np.asarray(palette()["sure_light"]).reshape(-1, 3)
    cells = page.locator(".experiment-cell")
    for column in (5, 17, 50):
        step = 80 + column - 1  # what was expected of a symbol was said at the one before
        colour = cells.nth(column).locator("s").first.evaluate("node => getComputedStyle(node).backgroundColor")
        chance = float(found.track("chance", slice(step, step + 1))[0, 0])
        near = [tuple(sure[min(254, max(0, round(chance * 254) + by))]) for by in (-1, 0, 1)]
        assert tuple(map(int, re.findall(r"\d+", colour)[:3])) in near
    assert page.locator(".experiment-cell.acted").count() == 6


def test_a_point_of_a_series_is_moved_by_the_keyboard(open_page: Callable[..., Any]) -> None:
    page = open_page("series", "experiment", unit=3, step=60, **{"from": 60, "to": 64}, experiment=plan(changes=[]))
    before = page.locator("frontal-experiment .number").text_content()
    handle = page.locator(".handle").nth(1)
    value = float(handle.get_attribute("aria-valuenow"))
    handle.focus()
    handle.press("Shift+ArrowUp")
    shown(page, before)
    page.wait_for_function(
        "value => Number(document.querySelectorAll('.handle')[1].getAttribute('aria-valuenow')) > value", arg=value
    )
    assert "edited(subject, 60, 64" in page.locator(".experiment-code").text_content()


def test_a_sound_is_muted_and_the_pixels_are_the_chances(
    open_page: Callable[..., Any], workspaces: Callable[[str], Workspace]
) -> None:
    page = open_page("sound", "experiment", unit=3, step=4, **{"from": 4, "to": 9}, experiment=plan(changes=[]))
    page.get_by_role("button", name="Mute these steps").click()
    page.wait_for_function("() => document.querySelectorAll('.experiment-picture').length === 4")
    look = workspaces("sound").look("a")
    sure = np.asarray(palette()["sure_light"]).reshape(-1, 3)
    answers = look.capture.track("answer")
    for step, k in ((0, 0), (7, 2), (15, 1)):
        said = pixel(page, ".experiment-picture:nth-child(3) canvas", step, k)[:3]
        near = [tuple(sure[min(254, max(0, round(float(answers[step, k]) * 254) + by))]) for by in (-1, 0, 1)]
        assert said in near


def test_units_are_ranked_when_asked_for_and_picked(open_page: Callable[..., Any]) -> None:
    page = open_page("text", "experiment", unit=3, step=100, **{"from": 100, "to": 160})
    assert page.locator("frontal-experiment .bars").count() == 0
    page.get_by_role("button", name="Rank the units of layers.1/h").click()
    page.locator("frontal-experiment .bars .pickable").first.wait_for()
    assert page.locator("frontal-experiment .bars .pickable").count() == 12
    page.locator("frontal-experiment .bars .pickable").first.click()
    page.wait_for_function("() => !location.hash.includes('unit=3&')")


@pytest.mark.parametrize("kind", tiny.KINDS)
def test_the_table_has_a_row_a_step(open_page: Callable[..., Any], kind: str) -> None:
    page = open_page(kind, "experiment", unit=1, step=50, **{"from": 50, "to": 54}, experiment=plan(**HOLD))
    shown(page)
    rows = page.evaluate("document.querySelector('frontal-experiment').csv()")
    assert rows[0][0] == "step"
    assert len({len(row) for row in rows if row}) == 1
    assert len(rows) > 10
