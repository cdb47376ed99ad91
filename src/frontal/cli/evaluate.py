"""`frontal evaluate`: measure a saved run on data it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from frontal.cli.chat import show_right
from frontal.cli.classes import show_classes
from frontal.cli.console import Console
from frontal.cli.language import show_costs
from frontal.cli.options import Data, Run, Switch, number, text_option
from frontal.cli.panel import show_panel
from frontal.cli.report import LONGEST, show_accuracy
from frontal.cli.saved import kind_of, refuse
from frontal.cli.translations import show_translations
from frontal.errors import FrontalError
from frontal.tasks.forecast_panel_settings import KIND as PANEL


@dataclass(frozen=True)
class Options:
    """Measure a saved run on data it has not seen, beside the naive forecasts."""

    run: Run
    """folder that `frontal forecast`, `frontal classify` or `frontal language` saved"""
    data: Data
    """a CSV or Parquet file, - for CSV on standard input, or a built-in series: airline; for a classifier labelled
    sequences, as in `frontal classify`; for a language model a text, as in `frontal language`"""
    anomalies: Annotated[str | None, text_option("FILE", "no file")] = None
    """write every step with its surprise to this CSV file, and a picture beside it"""
    false_alarms: Annotated[str | None, text_option("P", "0.01, or the smallest that the run can tell")] = None
    """share of ordinary steps that --anomalies may flag"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Load the run and measure it; return the result of the recipe."""
    kind = kind_of(options.run)
    if kind == "classifier":
        refuse(options, "a classifier", "anomalies", "false_alarms")
        from frontal.tasks.classify import classify_evaluate_run

        return classify_evaluate_run(Path(options.run), options.data, say=say)
    if kind == "language-model":
        refuse(options, "a language model", "anomalies", "false_alarms")
        from frontal.tasks.language import language_evaluate_run

        return language_evaluate_run(Path(options.run), options.data, say=say)
    if kind == "dialogue":
        refuse(options, "a dialogue", "anomalies", "false_alarms")
        from frontal.tasks.pairs_chat import chat_evaluate_run

        return chat_evaluate_run(Path(options.run), options.data, say=say)
    if kind == "translator":
        refuse(options, "a translator", "anomalies", "false_alarms")
        from frontal.tasks.pairs import translate_evaluate_run

        return translate_evaluate_run(Path(options.run), options.data, say=say)
    if kind == PANEL:
        refuse(options, "which learned many series", "anomalies", "false_alarms")
        from frontal.tasks.forecast_panel_run import panel_evaluate_run

        return panel_evaluate_run(Path(options.run), options.data, say=say)
    from frontal.tasks.forecast import evaluate_run

    result = evaluate_run(Path(options.run), options.data, say=say)
    return {**result, **_anomalies(options, say)}


def _anomalies(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Score the steps where that is asked for."""
    rate = None if options.false_alarms is None else number("--false-alarms", options.false_alarms)
    if options.anomalies is None:
        if rate is not None:
            raise FrontalError("--false-alarms is the rate of --anomalies; add --anomalies FILE.csv")
        return {}
    from frontal.tasks.forecast_anomalies_run import anomalies_run

    found = anomalies_run(Path(options.run), options.data, Path(options.anomalies), false_alarms=rate, say=say)
    return {"anomalies": found}


def show(result: dict[str, Any], console: Console) -> None:
    """Print the figures."""
    if result.get("kind") == "classifier":
        show_classes(result, console)
        return
    if result.get("kind") == "language-model":
        show_costs(result, console)
        return
    if result.get("kind") == "dialogue":
        show_right(result, console)
        return
    if result.get("kind") == "translator":
        show_translations(result, console)
        return
    if "kind" in result:
        show_panel(result, console)
        return
    show_accuracy(result, console)
    if "anomalies" in result:
        console.say("")
        console.say(result["anomalies"]["summary"])
        console.table(result["anomalies"]["flagged"][:LONGEST], title="anomalies")
