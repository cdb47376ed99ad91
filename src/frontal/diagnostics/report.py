"""A report: one HTML file that explains itself, with its figures inside, nothing to load and nothing to run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from frontal._version import __version__
from frontal.diagnostics.report_image import data_uri
from frontal.diagnostics.report_numbers import shown
from frontal.diagnostics.report_style import CSS
from frontal.diagnostics.report_text import text
from frontal.errors import FrontalError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHORT = 20  # characters of a cell that are never broken
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"  # what a browser may load: nothing


@dataclass(frozen=True)
class ReportTable:
    """Rows of texts and numbers under a title.

    Attributes:
        title: of the table.
        columns: names, one a column.
        rows: each as long as `columns`; None is an empty cell, floats of a column get the same decimals.
        best: index of the row that is marked as the best one, or None.
        note: a sentence below the table, or "".
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    best: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise FrontalError(
                    f"report table {self.title!r}, row {number}: {len(row)} cells for {len(self.columns)} columns"
                )
        if self.best is not None and not 0 <= self.best < len(self.rows):
            raise FrontalError(f"report table {self.title!r}: best row {self.best} of {len(self.rows)} rows")


@dataclass(frozen=True)
class ReportFigure:
    """A picture with a title above and a sentence below that says what to see in it."""

    title: str
    figure: Figure
    caption: str = ""


@dataclass(frozen=True)
class Report:
    """What was asked, what came out beside the baselines, and how to do it again.

    Attributes:
        title: of the page.
        asked: one sentence that says what was asked.
        verdict: one or two plain sentences: what came out.
        facts: names and values about data, split and model, in the order in which they are read.
        tables: results beside baselines.
        appendix: tables that stand behind the figures.
        figures: plots.
        notes: what was guessed, repaired or should be known.
        command: what to type to do it again.
    """

    title: str
    asked: str
    verdict: str
    facts: Sequence[tuple[str, str]] = ()
    tables: Sequence[ReportTable] = ()
    figures: Sequence[ReportFigure] = ()
    notes: Sequence[str] = ()
    command: str = ""
    appendix: Sequence[ReportTable] = ()
    subtitle: str = field(default=f"frontal {__version__}")

    def to_html(self) -> str:
        """Return the page: valid HTML, readable in light and dark, narrow, wide and on paper."""
        parts = [
            f'<header><p class="kicker">{text(self.subtitle)}</p><h1>{text(self.title)}</h1>'
            f'<p class="asked">{text(self.asked)}</p></header>',
            f'<section class="verdict"><h2>Verdict</h2><p>{text(self.verdict)}</p></section>',
            *map(_table, self.tables),
            *map(_figure, self.figures),
            *map(_table, self.appendix),
            _facts(self.facts),
            _list("Notes and warnings", self.notes),
            _command(self.command),
        ]
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n'
            f"<title>{text(self.title)}</title>\n<style>{CSS}</style>\n</head>\n<body>\n<main>\n"
            + "\n".join(filter(None, parts))
            + "\n</main>\n</body>\n</html>\n"
        )


def _table(table: ReportTable) -> str:
    columns = [[row[place] for row in table.rows] for place in range(len(table.columns))]
    kinds = list(map(_kind, columns))
    head = "".join(f'<th scope="col"{kind}>{text(name)}</th>' for name, kind in zip(table.columns, kinds, strict=True))
    body = "".join(
        _row(cells, kinds, best=place == table.best)
        for place, cells in enumerate(zip(*map(shown, columns), strict=True))
    )
    note = f'<p class="caption">{text(table.note)}</p>' if table.note else ""
    return (
        f'<section><h2>{text(table.title)}</h2><div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{note}</section>"
    )


def _row(cells: Sequence[str], kinds: Sequence[str], *, best: bool) -> str:
    mark = ' <span class="mark">best</span>' if best else ""
    first = f'<th scope="row"{kinds[0]}>{text(cells[0])}{mark}</th>'
    rest = "".join(f"<td{kind}>{text(cell)}</td>" for cell, kind in zip(cells[1:], kinds[1:], strict=True))
    kind = ' class="best"' if best else ""
    return f"<tr{kind}>{first}{rest}</tr>"


def _kind(column: Sequence[object]) -> str:
    """Return the class of the cells of a column: numbers stand right, what is short stays on one line."""
    if column and all(
        cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool)) for cell in column
    ):
        return ' class="number"'
    return ' class="short"' if all(len(str(cell)) <= SHORT for cell in column) else ""


def _figure(figure: ReportFigure) -> str:
    caption = f'<figcaption class="caption">{text(figure.caption)}</figcaption>' if figure.caption else ""
    return (
        f"<section><h2>{text(figure.title)}</h2><figure>"
        f'<div class="scroll"><img src="{data_uri(figure.figure)}" alt="{text(figure.title)}"></div>'
        f"{caption}</figure></section>"
    )


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in facts)
    return f"<section><h2>Data, split and model</h2><dl>{rows}</dl></section>" if rows else ""


def _list(title: str, sentences: Sequence[str]) -> str:
    rows = "".join(f"<li>{text(sentence)}</li>" for sentence in sentences)
    return f"<section><h2>{text(title)}</h2><ul>{rows}</ul></section>" if rows else ""


def _command(command: str) -> str:
    return f"<section><h2>Do it again</h2><pre><code>{text(command)}</code></pre></section>" if command else ""
