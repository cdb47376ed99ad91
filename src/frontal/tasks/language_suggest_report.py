"""What a keyboard was worth: figures, picture, page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from frontal.diagnostics.figure import new_figure
from frontal.diagnostics.report import Report, ReportFigure, ReportTable
from frontal.tasks.language_suggest_corrections import RULES as CORRECTION_RULES
from frontal.tasks.language_suggest_corrections import Corrections
from frontal.tasks.language_suggest_user import RULES, Keystrokes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PARTS = 10  # of the text, in the curve
LIMIT = 10.0  # milliseconds that a key may take
COLOURS = {"keyboard": "#1f77b4", "without memory": "#9ecae1", "word list": "#d95f02"}


@dataclass(frozen=True)
class Measured:
    """What was measured.

    Attributes:
        keystrokes: by who suggests: "keyboard", "without memory", "word list".
        corrections: by kind of error, then by who corrects: "keyboard", "word list".
    """

    keystrokes: Mapping[str, Keystrokes]
    corrections: Mapping[str, Mapping[str, Corrections]]

    def metrics(self) -> dict[str, float]:
        """Return every figure by its name."""
        keyboard = self.keystrokes["keyboard"]
        found: dict[str, float] = {
            "characters": int(keyboard.letters.sum()), "keys": int(keyboard.keys.sum()),
            "words_chosen": float(keyboard.chosen.mean()),
            "p50_ms": keyboard.milliseconds(0.5), "p95_ms": keyboard.milliseconds(0.95),
            "max_ms": keyboard.milliseconds(1.0), "p50_ms_processor": keyboard.processor_milliseconds(0.5),
            "p95_ms_processor": keyboard.processor_milliseconds(0.95),
        }  # fmt: skip
        for name, keys in self.keystrokes.items():
            found[f"keys_saved_{name.replace(' ', '_')}"] = keys.saved
        for kind, by in self.corrections.items():
            for name, corrections in by.items():
                ending = f"{kind} {name}".replace(" ", "_")
                found[f"corrected_{ending}"] = corrections.first
                found[f"in_three_{ending}"] = corrections.in_three
                found[f"false_alarms_{ending}"] = corrections.false_alarms
        return found

    def rows(self) -> list[dict[str, object]]:
        """Return the table of what is best read side by side, shares in percent."""
        rows: list[dict[str, object]] = [
            {"what": "keys saved", **{name: _percent(keys.saved) for name, keys in self.keystrokes.items()}},
            {"what": "words chosen", **{name: _percent(keys.chosen.mean()) for name, keys in self.keystrokes.items()}},
        ]
        for share, name in ((0.5, "median"), (1.0, "longest"), (0.95, "95 of 100 below")):
            times = {by: f"{keys.milliseconds(share):.1f}" for by, keys in self.keystrokes.items()}
            rows.append({"what": f"ms a key, {name}", **times})
        times = {by: f"{keys.processor_milliseconds(0.95):.1f}" for by, keys in self.keystrokes.items()}
        rows.append({"what": "the same, of the processor", **times})
        for kind, by in self.corrections.items():
            for what, field in (("right", "first"), ("among three", "in_three"), ("false alarms", "false_alarms")):
                shares = {name: _percent(getattr(corrections, field)) for name, corrections in by.items()}
                cells = {name: shares.get(name, "") for name in self.keystrokes}
                rows.append({"what": f"errors by {kind}: {what}", **cells})
        return rows

    def verdict(self) -> str:
        """Say what came out."""
        keyboard, plain = (self.keystrokes[name] for name in ("keyboard", "word list"))
        memory = keyboard.saved - self.keystrokes["without memory"].saved
        slow, busy = keyboard.milliseconds(0.95), keyboard.processor_milliseconds(0.95)
        sentences = [
            f"{keyboard.saved:.1%} of the keys are saved; a list of words by frequency saves {plain.saved:.1%}.",
            f"Learning the user's words {'adds' if memory >= 0 else 'costs'} {100 * abs(memory):.1f} points.",
            f"95 of 100 keys are answered within {slow:.1f} ms, of which the processor works {busy:.1f} ms.",
        ]
        for kind, by in self.corrections.items():
            right = f"Of errors by {kind}, {by['keyboard'].first:.0%} are corrected rightly"
            sentences.append(f"{right} (list of words: {by['word list'].first:.0%}).")
        return " ".join(sentences)

    def plot(self) -> Figure:
        """Draw the keys saved along the text, and how long keys took."""
        figure = new_figure(10.5, 3.6)
        along, times = figure.subplots(1, 2)
        middles = (np.arange(PARTS) + 0.5) / PARTS * 100
        for name, keys in self.keystrokes.items():
            along.plot(middles, 100 * keys.by_part(PARTS), "o-", ms=4, color=COLOURS[name], label=name)
        along.set_ylim(bottom=0)
        _finish(along, "keys saved along the text, %", "part of the text, %")
        along.legend(fontsize=9, framealpha=0.8, edgecolor="none")
        keyboard = self.keystrokes["keyboard"]
        farthest = max(2 * LIMIT, 1.2 * keyboard.milliseconds(0.95))
        bins = np.linspace(0, farthest, 41)
        for name, seconds in (("without memory", keyboard.seconds), ("keyboard", keyboard.processor)):
            of = "of the processor" if name == "keyboard" else "on the clock"
            times.hist(np.minimum(1000 * seconds, farthest), bins=bins, color=COLOURS[name], alpha=0.75, label=of)
        times.axvline(LIMIT, color="#555555", lw=1, ls=":")
        _finish(times, "time for a key; dotted: what it may take", f"ms; {farthest:.0f} stands for longer ones")
        times.legend(fontsize=9, framealpha=0.8, edgecolor="none")
        return figure


def suggest_report(measured: Measured, text: str, command: str) -> Report:
    """Return the page."""
    rows = measured.rows()
    mistyped = [f"{by['keyboard'].words} by {kind}" for kind, by in measured.corrections.items()]
    keyboard = measured.keystrokes["keyboard"]
    return Report(
        title=f"A keyboard on {text}",
        asked="How many keys do suggestions save, how long does a key take, and are typing errors found?",
        verdict=measured.verdict(),
        facts=[
            ("Text", f"{text}: {int(keyboard.letters.sum())} characters, {len(keyboard.letters)} words"),
            ("Keys where nothing is suggested", str(int(keyboard.letters.sum()))),
            ("Keys pressed", str(int(keyboard.keys.sum()))),
            ("Words mistyped", ", ".join(mistyped)),
        ],
        tables=[ReportTable("Beside a list of words", tuple(rows[0]), [tuple(row.values()) for row in rows])],
        figures=[
            ReportFigure(
                "Along the text", measured.plot(),
                "Left: a tenth of the text each; the memory helps where its line runs above that without memory. "
                "Right: from a key until all that the page shows is known.",
            )
        ],
        notes=[RULES, CORRECTION_RULES],
        command=command,
    )  # fmt: skip


def _percent(share: float) -> str:
    return f"{100 * float(share):.1f} %"


def _finish(axis: Any, title: str, below: str) -> None:
    axis.set_title(title, loc="left", fontsize=10)
    axis.set_xlabel(below)
    axis.spines[["top", "right"]].set_visible(False)
