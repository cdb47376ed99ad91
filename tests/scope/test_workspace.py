"""What is open, and what was computed from it."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import sleep

import numpy as np
import pytest
from tiny import look

from frontal import SequenceClassifier
from frontal.diagnostics.capture import capture
from frontal.errors import FrontalError
from frontal.scope.given import Given
from frontal.scope.home_calls import CALLS
from frontal.scope.workspace import KEPT, Look, Workspace


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Look:
    return look("text", tmp_path_factory.mktemp("text"))


@pytest.fixture
def workspace(text: Look) -> Iterator[Workspace]:
    with Workspace() as made:
        made.add(text)
        yield made


def test_looks_are_found_by_their_ids(workspace: Workspace, text: Look) -> None:
    assert workspace.look("a") is text
    assert workspace.fresh_id() == "b"
    workspace.add(replace(text, id="b"))
    workspace.add(replace(text, id="live"))
    assert [one.id for one in workspace.looks()] == ["a", "b", "live"]
    assert workspace.fresh_id() == "c"
    workspace.remove("b")
    with pytest.raises(FrontalError, match="no look is called 'b'"):
        workspace.look("b")
    with pytest.raises(FrontalError, match="nothing is open"):
        Workspace().look("a")


def test_a_result_is_computed_once_by_many_threads(workspace: Workspace) -> None:
    made: list[int] = []

    def make() -> int:
        sleep(0.02)
        made.append(1)
        return len(made)

    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(workspace.cached(("a", "x"), make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 8
    assert workspace.cached(("a", "y"), make) == 2


def test_what_make_raises_is_not_kept(workspace: Workspace) -> None:
    def fail() -> int:
        raise FrontalError("not now")

    with pytest.raises(FrontalError, match="not now"):
        workspace.cached(("a", 1), fail)
    assert workspace.cached(("a", 1), lambda: 5) == 5


def test_results_go_with_each_look_that_they_name(workspace: Workspace, text: Look) -> None:
    workspace.add(replace(text, id="b"))
    for key in (("a", 1), ("b", 1), ("a", "with", "b")):
        workspace.cached(key, lambda: "old")
    workspace.add(replace(text, id="b"))
    assert workspace.cached(("a", 1), lambda: "new") == "old"
    assert workspace.cached(("b", 1), lambda: "new") == "new"
    assert workspace.cached(("a", "with", "b"), lambda: "new") == "new"


def test_a_late_result_of_a_replaced_look_is_not_taken_for_the_new_one(workspace: Workspace, text: Look) -> None:
    workspace.add(replace(text, id="live"))
    workspace.look("live")  # as this thread's call saw it
    replaced = threading.Thread(target=lambda: workspace.add(replace(text, id="live")))
    replaced.start()
    replaced.join()
    assert workspace.cached(("live", 1), lambda: "of the old") == "of the old"
    workspace.look("live")
    assert workspace.cached(("live", 1), lambda: "of the new") == "of the new"


def test_only_the_last_results_are_kept(workspace: Workspace) -> None:
    for number in range(KEPT + 1):
        workspace.cached(("a", number), lambda: "old")
    assert workspace.cached(("a", KEPT), lambda: "new") == "old"
    assert workspace.cached(("a", 0), lambda: "new") == "new"


def test_other_data_is_opened_and_its_capture_goes_with_it(workspace: Workspace, text: Look) -> None:
    found = workspace.open_data("a", "see (this)", "typed")
    assert (found.id, found.title, len(found.capture), found.lock) == ("b", "typed", 10, text.lock)
    again = workspace.open_data("a", "see", "typed", id="b")
    assert workspace.looks() == [text, again]
    assert not found.capture.folder.exists()
    assert again.capture.folder.exists()
    first = text.capture.values("h", steps=slice(0, 0))
    assert first.shape[0] == again.capture.values("h").shape[0]


def test_a_typed_path_is_a_text_and_never_a_file(workspace: Workspace, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("what nobody typed", encoding="utf-8")
    found = workspace.open_data("a", str(secret), "typed")
    assert len(found.capture) == len(str(secret))


def test_a_classifier_of_texts_reads_what_is_said(tmp_path: Path) -> None:
    model = SequenceClassifier(hidden=4, epochs=1, members=1).fit(["good film", "bad film"] * 9, ["+", "-"] * 9)
    subject = model.subject(["a good film"])
    with Workspace() as made:
        made.add(Look("a", "words", None, model, subject, capture(subject, tmp_path / "a")))
        found = made.open_data("a", "bad bad film", "typed").capture
    assert [found.index.facts["symbols"][i].strip() for i in found.track("symbol")] == ["bad", "bad", "film"]


def test_steps_are_bounded(text: Look) -> None:
    with Workspace(most=5) as made:
        made.add(text)
        assert len(made.open_data("a", "a longer text", "typed").capture) == 5


def test_a_capture_alone_reads_nothing_else(workspace: Workspace, text: Look) -> None:
    workspace.add(replace(text, id="old", model=None, subject=None, title="an old capture"))
    with pytest.raises(FrontalError, match="an old capture is a capture without its model"):
        workspace.open_data("old", "text", "typed")


def test_closing_removes_the_folder(text: Look) -> None:
    with Workspace() as made:
        made.add(text)
        folder = made.open_data("a", "some text", "typed").capture.folder
        assert folder.exists()
    assert not folder.exists()
    assert text.capture.folder.exists()


def test_home_lists_describes_opens_and_closes(workspace: Workspace) -> None:
    (listed,) = CALLS["looks"](workspace, Given({}))["looks"]
    assert (listed["id"], listed["kind"], listed["steps"], listed["run"]) == ("a", "text", 3000, None)
    assert {"layers.0/h", "layers.1/c"} <= {signal["name"] for signal in listed["signals"]}
    described = CALLS["describe"](workspace, Given({"look": "a"}))
    assert described["settings"]["hidden"] == 12
    assert described["parameters"] == sum(p.numel() for p in workspace.look("a").subject.model.parameters())
    typed = CALLS["open"](workspace, Given({"look": "a", "text": "a  (b)\nc" * 10}))["look"]
    assert workspace.look(typed).title.startswith("LanguageNetwork on “a (b) ca (b) c")
    with pytest.raises(FrontalError, match="text of 1 symbols"):
        CALLS["open"](workspace, Given({"look": "a", "text": "x"}))
    CALLS["close"](workspace, Given({"look": typed}))
    with pytest.raises(FrontalError, match="the only look"):
        CALLS["close"](workspace, Given({"look": "a"}))


def test_a_dropped_file_is_read_by_its_ending_and_stays_in_the_workspace(workspace: Workspace) -> None:
    given = {"look": "a", "name": "..\\../up/notes.txt", "base64": "c2VlICh0aGlzKQ=="}
    look = workspace.look(CALLS["open"](workspace, Given(given))["look"])
    assert look.title == "LanguageNetwork on notes.txt"
    np.testing.assert_array_equal(
        look.capture.track("symbol"), workspace.open_data("a", "see (this)", "typed").capture.track("symbol")
    )
    with pytest.raises(FrontalError, match="base64"):
        CALLS["open"](workspace, Given({**given, "base64": "%%%"}))


def test_a_dropped_table_is_a_series(tmp_path: Path) -> None:
    with Workspace() as made:
        made.add(look("series", tmp_path))
        table = "value\n" + "\n".join(str(10 + n % 12) for n in range(100))
        given = {"look": "a", "name": "new.csv", "base64": b64encode(table.encode()).decode()}
        opened = made.look(CALLS["open"](made, Given(given))["look"])
        assert (opened.capture.index.kind, opened.title) == ("series", "WindowForecast on new.csv")
