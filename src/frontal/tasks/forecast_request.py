"""What a run was asked for: the words to type to have it again."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any

from frontal.errors import FrontalError
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.training.run_directory import Run

REQUEST = "request.json"  # in a run
OPTIONS = ("target", "time", "features", "horizon", "context", "cell", "hidden", "layers", "test", "seed")


@dataclass(frozen=True)
class Request:
    """Data, settings, and the file of the test part if it is one of its own."""

    data: str
    settings: ForecastSettings
    test: str | None = None

    def command(self) -> str:
        """Return what to type: `frontal forecast DATA` with every setting that is not as usual."""
        words = ["frontal", "forecast", self.data]
        settings = self.settings
        if self.test is not None:
            words += ["--test", self.test]
            settings = settings.replace(test=ForecastSettings.test)  # the part is not asked for
        words += settings.words(OPTIONS)
        return shlex.join(words)

    def to_bytes(self, start: int) -> bytes:
        """Return the request as a file of the run, with the index of the first value that was tested."""
        return json.dumps({"data": self.data, "test": self.test, "start": start}, ensure_ascii=False).encode() + b"\n"


def request_of(run: Run) -> tuple[Request, int]:
    """Return what a run was asked for, and the index of the first value that it tested.

    Raises:
        FrontalError: the run was not made by `frontal forecast`, or by an older one.
    """
    if REQUEST not in run.files:
        raise FrontalError(f"{run.path} has no {REQUEST}: it was not saved by `frontal forecast`, or by an older one")
    try:
        asked: Any = json.loads(run.files[REQUEST])
        data, test, start = asked["data"], asked["test"], asked["start"]
    except (ValueError, KeyError, TypeError) as error:
        raise FrontalError(f"{run.path}/{REQUEST} cannot be read: {error}") from error
    if not (isinstance(data, str) and isinstance(test, str | None) and isinstance(start, int)):
        raise FrontalError(f"{run.path}/{REQUEST}: expected texts and a whole number, got {asked}")
    return Request(data, ForecastSettings.from_dict(run.settings["settings"]), test), start
