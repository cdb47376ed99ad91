"""Results of classification as tables; no verb of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from frontal.cli.console import Console

MANY = 20  # rows on the screen; files have all of them


def show_classes(result: Mapping[str, Any], console: Console) -> None:
    """Print the accuracy beside that of simpler answers, the classes one by one, and what follows."""
    console.say("")
    console.table(result["accuracy"], title="right answers")
    console.say("")
    console.table(result["classes"][:MANY], title="class by class")
    _left_out(len(result["classes"]), "classes", console)
    console.say(f"\n{result['verdict']}")


def show_answers(result: Mapping[str, Any], console: Console) -> None:
    """Print the first answers, and how many follow."""
    console.say("")
    console.table(result["answers"][:MANY], title="answers")
    _left_out(len(result["answers"]), "rows", console)


def _left_out(count: int, what: str, console: Console) -> None:
    if count > MANY:
        console.say(f"… and {count - MANY} more {what}")
