"""`frontal diagnose`: look inside a saved run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from frontal.cli.console import Console
from frontal.cli.options import Data, Run, Switch, text_option


@dataclass(frozen=True)
class Options:
    """Look inside a saved run: does the gradient survive, how far back does it remember, are gates stuck."""

    run: Run
    """folder that `frontal forecast` saved"""
    data: Data
    """a CSV or Parquet file, - for CSV on standard input, or a built-in series: airline"""
    plot: Annotated[str | None, text_option("FILE", "RUN/diagnosis.png")] = None
    """where the pictures go"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Diagnose the run; return the result of the recipe."""
    from frontal.tasks import load
    from frontal.tasks.diagnose import diagnose_run

    out = Path(options.plot) if options.plot else Path(options.run) / "diagnosis.png"
    return {"run": options.run, **diagnose_run(load(options.run), options.data, out=out, say=say)}


def show(result: dict[str, Any], console: Console) -> None:
    """Print what was found."""
    console.say(result["text"])
    console.say(f"\nThe pictures are in {result['files'][0]}")
