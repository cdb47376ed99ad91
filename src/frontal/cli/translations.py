"""Results of translation as tables; no verb of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from frontal.cli.console import Console


def show_translations(result: Mapping[str, Any], console: Console) -> None:
    """Print the scores beside those of simpler answers, the agreement if it was counted, and what follows."""
    console.say("")
    console.table(result["scores"], title="translations of the test part")
    if result["agreement"]:
        console.say("")
        console.table(result["agreement"], title="agreement: share that is right")
    console.say(f"\n{result['verdict']}")
