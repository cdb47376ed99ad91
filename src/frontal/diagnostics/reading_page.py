"""A text that a unit reads, as one page that needs nothing else."""

from __future__ import annotations

from frontal.diagnostics.reading import Reading, ReadSymbol, visible
from frontal.diagnostics.reading_colours import VERDICTS, hexadecimal, ink, of_chance, of_value
from frontal.diagnostics.report_style import CSS
from frontal.diagnostics.report_text import text

COLUMNS = 90
PAGE_CSS = """
main { max-width: 76rem; }
.line {
  display: flex; margin: 0 0 1.1rem; overflow-x: auto;
  font: 15px/1.25 ui-monospace, "DejaVu Sans Mono", monospace;
}
.symbol { display: flex; flex-direction: column; min-width: 1.15ch; text-align: center; }
.symbol b { font-size: 1.15em; font-weight: 600; padding: .1em 0; }
.symbol i { height: .3em; margin: .12em 0; }
.symbol s { text-decoration: none; font-size: .8em; }
"""


def page(reading: Reading, title: str) -> str:
    """Return the text with colours: orange and purple for the unit, five guesses below, redder where surer."""
    verdicts = ", ".join(f"<span style='color:{hexadecimal(c)}'>■</span> {name}" for name, c in VERDICTS.items())
    lines = "\n".join(f"<div class=line>{''.join(map(_symbol, line))}</div>" for line in reading.lines(COLUMNS))
    return f"""<!doctype html>
<html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">
<meta http-equiv=Content-Security-Policy content="default-src 'none'; style-src 'unsafe-inline'">
<title>{text(title)}</title><style>{CSS}{PAGE_CSS}</style>
<main><header><p class=kicker>frontal read</p><h1>{text(title)}</h1>
<p class=asked>Each character is coloured by unit {reading.unit} of {text(reading.signal)}: orange above 0, purple
below, full colour at ±{reading.limit:.3g}. Under it the network's first guess was {verdicts}; below that
stand its guesses for this place, redder where surer. It had {reading.right:.0%} right.</p></header>
<section>
{lines}
</section></main></html>
"""


def _symbol(symbol: ReadSymbol) -> str:
    shown = visible(symbol.text)
    mark = f"background:{hexadecimal(VERDICTS[symbol.verdict])}"
    guesses = "".join(f"<s style='{_on(of_chance(c))}'>{text(visible(guess))}</s>" for guess, c in symbol.guesses)
    title = text(f"{shown}  {symbol.value:+.2f}  {symbol.verdict}")
    letter = f"<b style='{_on(of_value(symbol.value))}'>{text(shown)}</b>"
    return f'<span class=symbol title="{title}">{letter}<i style="{mark}"></i>{guesses}</span>'


def _on(colour: tuple[int, int, int]) -> str:
    return f"background:{hexadecimal(colour)};color:{ink(colour)}"
