"""The report of a language model, and the sentences that sum it up."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import TYPE_CHECKING

from frontal.data.corpus import Corpus
from frontal.diagnostics.language_plot import draw_costs, draw_surprise
from frontal.diagnostics.report import Report, ReportFigure, ReportTable
from frontal.diagnostics.training_plot import draw_losses
from frontal.tasks.language_baselines import Cost
from frontal.tasks.language_measure import Surprise
from frontal.tasks.language_model import LanguageModel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OURS = "frontal"
SHOWN = 1200  # characters of the coloured text
UNITS = {"characters": "character", "bytes": "byte", "bpe": "piece of a word", "words": "word"}


def cost_rows(costs: Sequence[Cost]) -> list[dict[str, object]]:
    """Return the costs as rows of a table."""
    rows: list[dict[str, object]] = [
        {
            "prediction": cost.name, "nats/char": cost.nats_per_character, "bits/char": cost.bits_per_character,
            "perplexity": cost.perplexity,
        } for cost in costs
    ]  # fmt: skip
    return rows if costs[0].nats_per_character is not None else [
        {name: row[name] for name in ("prediction", "perplexity")} for row in rows
    ]  # fmt: skip


def verdict(costs: Sequence[Cost], said: Surprise, symbols: str, what: str = "test part") -> str:
    """Say how well a text is predicted, and how much better or worse than by the best of the others."""
    by_words = costs[0].nats_per_character is None
    ours, *others = [(_cost(cost, by_words), cost.name) for cost in costs]
    best, name = min(others)
    gain = 1 - ours[0] / best
    better = "less than" if gain > 0 else "more than"
    price = (
        f"a perplexity of {said.perplexity:.1f} a word" if by_words
        else f"{said.nats_per_character:.3f} nats ({said.bits_per_character:.3f} bits) a character"
    )  # fmt: skip
    unknown = f" {said.unknown} of {said.symbols} {symbols} of it were unknown." if said.unknown else ""
    return f"The {what} costs {price}, {abs(gain):.1%} {better} {name} ({_shown(best, by_words)}).{unknown}"


def language_report(
    model: LanguageModel, parts: tuple[Corpus, Corpus], how: str, said: Surprise, costs: Sequence[Cost],
    sample: str, command: str,
) -> Report:  # fmt: skip
    """Tell a person who was not there what a run did."""
    symbols = UNITS[model.chosen.symbols]
    by_words = costs[0].nats_per_character is None
    drawn = sorted(costs[1:], key=lambda cost: _cost(cost, by_words))
    bars = [(cost.name, _cost(cost, by_words)) for cost in (costs[0], *drawn)]
    best = min(range(len(costs)), key=lambda place: _cost(costs[place], by_words))
    rows = cost_rows(costs)
    return Report(
        title=f"A language model of {parts[0].name}",
        asked=f"Predict each {symbols} of a text from all before it.",
        verdict=verdict(costs, said, model.chosen.symbols),
        tables=[
            ReportTable(
                "What the test part costs", tuple(rows[0]), [tuple(row.values()) for row in rows], best,
                note="n-grams and compressors know everything that is not test part. gzip looks back over 32 KB only, "
                "xz over everything." if not by_words else "n-grams know everything that is not test part.",
            )
        ],
        figures=[
            ReportFigure(
                "Beside simpler predictions",
                draw_costs([name for name, _ in bars], [cost for _, cost in bars],
                           "perplexity a word" if by_words else "nats a character"),
            ),
            ReportFigure(
                "Where it is surprised", _coloured(model, "".join(parts[1].pieces())),
                f"The beginning of the test part, each {symbols} coloured by its surprise -ln p: white was expected, "
                "red was not.",
            ),
            ReportFigure(
                "What it writes", _coloured(model, sample),
                "In the same colours, drawn at temperature 0.8 from the start of a line; frontal generate writes on.",
            ),
            ReportFigure("The training", draw_losses(model.log), f"Nats a {symbols}; lower is better."),
        ],
        facts=_facts(model, parts, how),
        notes=model.notes,
        command=command,
    )  # fmt: skip


def _coloured(model: LanguageModel, text: str) -> Figure:
    """Draw the beginning of a text in the colours of its surprise."""
    text = text[:SHOWN]
    return draw_surprise(
        list(map(model.tokenizer.streaming(), model.tokenizer.encode(text).tolist())), model.surprise(text).tolist()
    )


def _cost(cost: Cost, by_words: bool) -> float:
    found = cost.perplexity if by_words else cost.nats_per_character
    assert found is not None
    return found


def _shown(cost: float, by_words: bool) -> str:
    return f"{cost:.1f}" if by_words else f"{cost:.3f} nats, {cost / log(2):.3f} bits"


def _facts(model: LanguageModel, parts: tuple[Corpus, Corpus], how: str) -> list[tuple[str, str]]:
    chosen = model.chosen
    parameters = sum(parameter.numel() for parameter in model.network.parameters())
    read = f"{chosen.streams} streams, windows of {chosen.window}"
    rule = f"{chosen.optimizer} at {chosen.learning_rate:g}, {chosen.schedule}"
    return [
        ("Data", f"{parts[0].name}: {sum(map(len, parts))} characters"),
        ("Symbols", f"{model.tokenizer.size} {chosen.symbols}"),
        ("Test part", how),
        ("Model", f"{chosen.layers} × {chosen.hidden} {chosen.cell}; {parameters} parameters"),
        ("Training", f"{model.log[-1]['epoch']} rounds, {read}, {rule}"),
        ("Time", f"{model.seconds:.1f} s"),
    ]
