"""What the microscope has open: models along data, each captured once, and what was computed from them."""

from __future__ import annotations

import shutil
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import count, product
from pathlib import Path
from string import ascii_lowercase
from tempfile import mkdtemp
from typing import Any, Self, TypeVar, final

from frontal.data.corpus import Corpus
from frontal.diagnostics.capture import capture
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.subject import Subject
from frontal.errors import FrontalError, did_you_mean
from frontal.scope.given import Given

MOST = 100_000  # steps
KEPT = 256  # results
LIVE = "live"

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Look:
    """One model along one piece of data.

    Attributes:
        id: "a", "b", …; "live" for what is typed.
        title: in words, "stdlib on dataclasses.py".
        run: folder of the saved model.
        model: the estimator; None for a capture alone.
        subject: model and data, to run again; None for a capture alone.
        capture: what it did.
        lock: hold it whenever the model runs: recording replaces its layers' forward for a while.
        source: file or folder of the data; None where they are in memory.
        part: of the network, as the model's `subject` takes it; None where there is one alone.
    """

    id: str
    title: str
    run: str | None
    model: Any | None
    subject: Subject | None
    capture: Capture
    lock: AbstractContextManager[Any] = field(default_factory=threading.RLock)
    source: str | None = None
    part: str | None = None

    @property
    def options(self) -> dict[str, Any]:
        """What the model's `subject` is told beside the data and their length."""
        return {} if self.part is None else {"part": self.part}


@final
class _Result:
    """A result, or the place where it will be."""

    def __init__(self) -> None:
        self.lock, self.done = threading.Lock(), False
        self.value: Any = None


@final
class Workspace:
    """The looks that are open; safe to use from many threads.

    Args:
        most: steps of data that are looked at.

    Attributes:
        training: folder of the run whose training is shown where no look is open.
        folder: for captures and dropped files; `close`, or the end of the program, removes it.
    """

    def __init__(self, *, most: int = MOST) -> None:
        self.most = most
        self.training: str | None = None
        self.folder = Path(mkdtemp(prefix="frontal-scope-"))
        self._cleanup = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self._looks: dict[str, Look] = {}
        self._results: OrderedDict[tuple[Hashable, ...], _Result] = OrderedDict()
        self._seen = threading.local()
        self._numbers = count()
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything, and remove the captures that were made here."""
        with self._lock:
            self._looks.clear()
            self._results.clear()
        self._cleanup()

    def looks(self) -> list[Look]:
        """Return what is open, in the order of opening."""
        with self._lock:
            return list(self._looks.values())

    def look(self, id: str) -> Look:
        """Return one by its id; an unknown one raises `FrontalError`."""
        with self._lock:
            if id not in self._looks:
                known = did_you_mean(id, self._looks) if self._looks else "nothing is open"
                raise FrontalError(f"no look is called {id!r}; {known}")
            found = self._looks[id]
        vars(self._seen).setdefault("looks", {})[id] = found
        return found

    def add(self, look: Look) -> None:
        """Open a look, in place of one with the same id."""
        with self._lock:
            if look.id in self._looks:
                self._forget(self._looks[look.id])
            self._looks[look.id] = look

    def remove(self, id: str) -> None:
        """Close a look, and drop what was computed from it."""
        with self._lock:
            look = self.look(id)
            del self._looks[id]
            self._forget(look)

    def fresh_id(self) -> str:
        """Return an id that is not in use: a, b, … z, aa, ab …"""
        with self._lock:
            return next(
                id
                for length in count(1)
                for id in map("".join, product(ascii_lowercase, repeat=length))
                if id not in self._looks and id != LIVE
            )

    def cached(self, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
        """Return what `make` returns, computed once for a key, whoever asks meanwhile waits; the last 256 are kept.

        Args:
            key: begins with the id of the look that it was computed from; further looks stand in it as well.
            make: computes it. What it raises is not kept.
        """
        whole = (*key, *self._looks_in(key))
        with self._lock:
            result = self._results.setdefault(whole, _Result())
            self._results.move_to_end(whole)
            while len(self._results) > KEPT:
                self._results.popitem(last=False)
        with result.lock:
            if not result.done:
                result.value, result.done = make(), True
            return result.value

    def folder_for_capture(self) -> Path:
        """Return a new place for a capture; it goes when its look is closed."""
        return self.folder / f"capture-{next(self._numbers)}"

    def open_data(
        self, look_id: str, data: Any, title: str, *, id: str | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Look:  # fmt: skip
        """Open the model of a look along other data.

        Args:
            look_id: whose model.
            data: for a text the text itself, or the path of a file; else what the model's `subject` takes.
            title: of the new look.
            id: of the new look; one that is in use is replaced. Default: a fresh one.
            progress: called with the number of steps done.

        Raises:
            FrontalError: the model cannot read this, or the look is a capture alone.
        """
        look = self.look(look_id)
        if look.model is None:
            raise FrontalError(f"{look.title} is a capture without its model; open the model's run to read other data")
        if isinstance(data, str) and look.capture.index.kind == "text":  # others read several
            data = [data] if "sequence" in look.capture.index.tracks else Corpus.of_text(data)
        subject: Subject = look.model.subject(data, most=self.most, **look.options)
        with look.lock:
            found = capture(subject, self.folder_for_capture(), progress=progress)
        with self._lock:
            opened = Look(
                id or self.fresh_id(), title, look.run, look.model, subject, found, look.lock, part=look.part
            )  # fmt: skip
            self.add(opened)
        return opened

    def _looks_in(self, key: tuple[Hashable, ...]) -> list[Look]:
        """Return the looks that a key names, as this thread last saw them: one may have been replaced since."""
        seen: dict[str, Look] = vars(self._seen).get("looks", {})
        with self._lock:
            named = [part for part in key if isinstance(part, str) and part in self._looks]
            return [seen.get(name, self._looks[name]) for name in named]

    def _forget(self, look: Look) -> None:
        for key in [key for key in self._results if look in key]:
            del self._results[key]
        if look.capture.folder.parent == self.folder:
            shutil.rmtree(look.capture.folder, ignore_errors=True)


Call = Callable[[Workspace, Given], Mapping[str, Any]]
"""What a page can ask for: from what is open, and the parameters, to an answer that `message.encode` takes."""
