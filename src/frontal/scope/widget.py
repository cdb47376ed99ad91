"""The microscope in a notebook: the same page in a frame, asking over the notebook's own channel."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self, final

from frontal.errors import FrontalError
from frontal.scope.api import answer
from frontal.scope.document import document
from frontal.scope.opening import workspace_of
from frontal.scope.workspace import Workspace

INSTALL = "the microscope in a notebook needs anywidget; type: pip install 'frontal[notebook]'"
ADAPTER = Path(__file__).parent / "page" / "notebook.js"
HEIGHTS = (200, 4000)  # px


@final
class Scope:
    """The microscope as a notebook shows it, when it is the last line of a cell.

    A notebook keeps only a short script for each of them; the page comes from the kernel. Several stand side
    by side without knowing of each other.

    Args:
        model: a fitted `frontal.LanguageModel`, `frontal.Forecaster` or `frontal.SequenceClassifier`; or a
            `Workspace` of several looks.
        data: what the model reads, see `frontal.scope.opening.scope`; only beside a model.
        page: that is shown first, such as "read" or "gates".
        height: of the frame, in px.

    Raises:
        FrontalError: anywidget is not installed, the model cannot be looked at, or data are missing or too many.

    Example:
        >>> import frontal
        >>> model = frontal.LanguageModel(hidden=8, epochs=1).fit("Row, row, row your boat,\\n" * 20)
        >>> with Scope(model, "Row your boat") as scope:
        ...     len(scope.workspace.looks())
        1
    """

    def __init__(self, model: Any, data: Any = None, *, page: str = "home", height: int = 720) -> None:
        if not HEIGHTS[0] <= height <= HEIGHTS[1]:
            raise FrontalError(f"height={height}: a frame is {HEIGHTS[0]} to {HEIGHTS[1]} px high")
        self.widget = _widget(page, height)  # first: without anywidget nothing is captured
        self._owned = not isinstance(model, Workspace)
        self.workspace = workspace_of(model, data) if self._owned else _checked(model, data)
        self.widget.on_msg(self._asked)

    def close(self) -> None:
        """Take the page out of the notebook, and drop what was captured for it."""
        self.widget.close()
        if self._owned:
            self.workspace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.widget._repr_mimebundle_(**options)

    def _asked(self, _: Any, message: Any, __: list[Any]) -> None:
        """Answer {id, page: true} with the page as a text, {id, name, parameters} with one binary message."""
        try:
            said, buffers = replied(self.workspace, message)
        except Exception as error:  # the page must not wait for ever
            said = {"id": message["id"], "error": f"this is a bug in frontal: {type(error).__name__}: {error}"}
            self.widget.send(said, [])
            raise
        self.widget.send(said, buffers)


def replied(workspace: Workspace, message: Any) -> tuple[dict[str, Any], list[bytes]]:
    """Return the answer to a question of the page: its JSON, and its buffers."""
    if not isinstance(message, dict) or not isinstance(message.get("id"), int):
        return {"error": "a question has a number, under 'id'"}, []
    number: int = message["id"]
    if message.get("page") is True:
        head, tail = document("embedded.js")
        return {"id": number, "page": f"{head}{{}}{tail}"}, []
    name, parameters = message.get("name"), message.get("parameters")
    if not isinstance(name, str) or not isinstance(parameters, dict):
        return {"id": number, "error": "a question has a name and parameters"}, []
    try:
        return {"id": number}, [answer(workspace, name, parameters)]
    except FrontalError as error:
        return {"id": number, "error": str(error)}, []


def _checked(workspace: Workspace, data: Any) -> Workspace:
    if data is not None:
        raise FrontalError("Scope(workspace): the data are in the workspace already; leave them out")
    if not workspace.looks():
        raise FrontalError("Scope(workspace): nothing is open in the workspace; add a look")
    return workspace


def _widget(page: str, height: int) -> Any:
    try:
        import anywidget  # noqa: PLC0415 - an extra
        import traitlets  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise FrontalError(INSTALL) from error

    class Microscope(anywidget.AnyWidget):  # type: ignore[misc]
        _esm = f"{ADAPTER.read_text(encoding='utf-8')}\nexport default {{ render }};\n"
        page = traitlets.Unicode().tag(sync=True)
        height = traitlets.Int().tag(sync=True)

        def __repr__(self) -> str:
            return "frontal's microscope, where the notebook can show it"

    return Microscope(page=page, height=height)
