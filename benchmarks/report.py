"""What a benchmark says: printed at once and kept for a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Report:
    """Markdown, line by line."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str = "") -> None:
        print(line, flush=True)
        self.lines.append(line)

    def table(self, *columns: str) -> None:
        """Begin a table."""
        self.say()
        self.row(*columns)
        self.say("|" + "---|" * len(columns))

    def row(self, *cells: object) -> None:
        self.say("| " + " | ".join(map(str, cells)) + " |")

    @property
    def markdown(self) -> str:
        return "\n".join(self.lines) + "\n"


def time_columns(names: Sequence[str]) -> list[str]:
    """Headings of `time_cells`."""
    ours, *peers = names
    return [*(f"{name} ms" for name in names), *(f"{peer} / {ours}" for peer in peers)]


def time_cells(names: Sequence[str], seconds: Mapping[str, float]) -> list[str]:
    """Milliseconds of each name and how many times the first one's the others take; empty where unknown."""
    ours, *peers = names
    times = [f"{1e3 * seconds[name]:.3g}" if name in seconds else "" for name in names]
    return times + [f"{seconds[peer] / seconds[ours]:.2f}" if peer in seconds else "" for peer in peers]
