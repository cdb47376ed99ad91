"""The page Learn in a browser: the numbers on it are those of the step, and a beginner finds through it."""

from __future__ import annotations

from typing import Any

import pytest
from test_gates_page import wait_for

from frontal.scope.api import answer
from frontal.scope.message import decode
from frontal.scope.tiles import palette
from frontal.scope.workspace import Workspace

STEP = 120


def learn(workspace: Workspace, **parameters: Any) -> dict[str, Any]:
    return decode(answer(workspace, "learn", {"look": "a", **parameters}))


def opened(open_page: Any, kind: str = "text", layer: str = "layers.1", state: str = "c", **more: Any) -> Any:
    return open_page(kind, "learn", signal=f"{layer}/{state}", unit=5, step=STEP, **more)


def number_of(page: Any, node: int) -> str:
    return page.locator(f"[data-node='{node}'] .value").first.text_content()


def index(found: dict[str, Any], name: str) -> int:
    return next(k for k, node in enumerate(found["nodes"]) if name in (node["name"], node["formula"]["name"]))


PLACES = [("text", "layers.1", "c"), ("series", "recurrent, layer 0", "h"), ("sound", "recurrent", "h")]


@pytest.mark.parametrize(("kind", "layer", "state"), PLACES)
def test_every_box_shows_the_number_and_the_formula_of_the_step(
    open_page: Any, workspaces: Any, kind: str, layer: str, state: str
) -> None:
    page = opened(open_page, kind, layer, state)
    found = learn(workspaces(kind), signal=f"{layer}/{state}", unit=5, step=STEP)
    boxes = page.locator(".learn-scroll .node")
    assert boxes.count() == len(found["nodes"])
    for k, node in enumerate(found["nodes"]):
        boxes.nth(k).focus()
        page.keyboard.press("Enter")
        assert page.locator(".learn-node .sentence").text_content() == node["sentence"]
        assert page.locator(".formula").get_attribute("aria-label") == node["formula"]["whole"]
        if node["value"] is None:
            continue
        assert number_of(page, k) == node["formula"]["result"]
        assert page.locator(".formula > div > div").last.text_content().endswith(node["formula"]["result"])
        pushes = page.locator(".push figcaption b").all_text_contents()
        assert [float(text.replace("−", "-")) for text in pushes] == pytest.approx(
            [summand["total"] for summand in node["summands"]], abs=0.0051
        )


def test_colours_a_table_and_ways_to_other_units_and_steps(open_page: Any, workspaces: Any) -> None:
    page = opened(open_page, theme="light")
    found = learn(workspaces("text"), signal="layers.1/c", unit=5, step=STEP)
    for name in "fio":
        byte = round(found["nodes"][index(found, name)]["value"] * 127) + 127
        red, green, blue = palette()["diverging_light"][byte].tolist()
        fill = page.locator(f"[data-node='{index(found, name)}'] rect").first.evaluate(
            "(box) => getComputedStyle(box).fill"
        )
        assert fill == f"rgb({red}, {green}, {blue})"
    rows = page.evaluate("document.querySelector('frontal-learn').csv()")
    assert [row[2] for row in rows[1:]] == [node["formula"]["whole"] for node in found["nodes"]]
    assert "double precision" in page.locator(".view-head .number").text_content()
    page.locator(f"[data-node='{index(found, 'f')}']").first.click()
    page.locator(".push").nth(1).locator(".pickable").first.click()
    pushed = found["nodes"][index(found, "f")]["summands"][1]["largest"][0]["name"]
    wait_for(page, "unit", pushed.split()[-1])
    assert "step 120" in page.locator(".unrolled-step[aria-current]").text_content()
    page.locator(".unrolled-step").first.click()
    wait_for(page, "step", STEP - 3)


def test_stepping_through_time_changes_the_numbers(open_page: Any, workspaces: Any) -> None:
    page = opened(open_page)
    for key, step in (("l", STEP + 1), ("l", STEP + 2), ("h", STEP + 1)):
        page.keyboard.press(key)
        found = learn(workspaces("text"), signal="layers.1/c", unit=5, step=step)
        page.wait_for_function(
            "(text) => document.querySelector('.where').textContent.includes(text)", arg=f"step {step},"
        )
        assert number_of(page, index(found, "f")) == found["nodes"][index(found, "f")]["formula"]["result"]
    page.keyboard.press("j")
    page.wait_for_function("() => !document.querySelector('.where').textContent.includes('unit 5,')")


def test_a_slider_asks_what_if(open_page: Any, workspaces: Any) -> None:
    page = opened(open_page)
    really = learn(workspaces("text"), signal="layers.1/c", unit=5, step=STEP)
    forget = index(really, "f")
    slider = page.get_by_role("slider", name="forget gate f")
    slider.focus()
    page.keyboard.press("Home")
    trial = learn(workspaces("text"), signal="layers.1/c", unit=5, step=STEP, held={str(forget): 0.0})
    (after,) = [node for node in trial["nodes"] if node["name"] == "c'"]
    page.wait_for_function(
        "(text) => document.querySelector('.trial-result').textContent.includes(text)",
        arg=f"c' = {after['formula']['result']}",
    )
    assert page.locator(f"[data-node='{forget}'].held").count() == 1
    assert slider.evaluate("(node) => node === document.activeElement")
    page.get_by_role("button", name="as it really was").click()
    page.wait_for_function("() => !document.querySelector('.node.held')")


def test_the_tour_leads_through_the_cell_by_keyboard(open_page: Any, workspaces: Any) -> None:
    page = opened(open_page)
    stops = decode(
        answer(workspaces("text"), "learn_tour", {"look": "a", "signal": "layers.1/c", "unit": 5, "step": 0})
    )["stops"]
    page.get_by_role("button", name="Take the tour").focus()
    page.keyboard.press("Enter")
    for k, stop in enumerate(stops):
        page.wait_for_function("(title) => document.querySelector('.tour h2').textContent === title", arg=stop["title"])
        page.wait_for_function("() => !document.querySelector('.busy:not([hidden])')")
        if stop["step"] is not None:
            wait_for(page, "step", stop["step"])
        marked = {
            int(node)
            for node in page.locator(".learn-scroll .marked").evaluate_all("(all) => all.map((n) => n.dataset.node)")
        }
        assert marked == set(stop["nodes"])
        button = page.locator(".tour .primary")
        assert button.text_content() == ("Done" if k == len(stops) - 1 else "Next")
        button.focus()
        page.keyboard.press("Enter")
    page.wait_for_selector("text=Take the tour")
    assert page.locator(".marked").count() == 0


def test_nothing_sticks_out_of_a_narrow_window(open_page: Any) -> None:
    page = opened(open_page, "sound", "recurrent", "h", options={"viewport": {"width": 420, "height": 900}})
    assert page.evaluate("document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth") <= 1
