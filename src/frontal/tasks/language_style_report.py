"""The report of a language model of several styles, and the sentences that sum it up."""

from __future__ import annotations

from frontal.diagnostics.report import Report, ReportFigure, ReportTable
from frontal.diagnostics.training_plot import draw_losses
from frontal.tasks.language_model import LanguageModel
from frontal.tasks.language_style import Part
from frontal.tasks.language_style_measure import StyleScore, excerpts

SHOWN = 4  # texts of each style


def style_rows(score: StyleScore) -> list[dict[str, object]]:
    """Return how many texts are recognised, a row a kind of text."""
    metrics = score.metrics()
    return [
        {"texts": "real, never seen by the judge", "recognised": metrics["recognised_real"]},
        {"texts": "written in the style asked for", "recognised": metrics["recognised"]},
        {"texts": "real beginnings, read and continued in another style", "recognised": metrics["recognised_moved"]},
        {"texts": "… read in their own style, continued in another", "recognised": metrics["recognised_carried"]},
        {"texts": "any, by guessing", "recognised": score.chance},
        {"texts": "real, judged by the model itself (Bayes' rule)", "recognised": metrics["bayes_accuracy"]},
    ]


def style_verdict(score: StyleScore) -> str:
    """Say whether the styles come through, and what that is worth."""
    metrics = score.metrics()
    own, other = score.bits
    return (
        f"{metrics['recognised']:.1%} of the texts written are recognised as the style asked for, by a judge who is "
        f"right about {metrics['recognised_real']:.1%} of real texts; guessing gives {score.chance:.1%}. "
        f"{score.copied:.1%} of them stand in the training part. In its own style a real text costs {own:.3f} bits a "
        f"character, in another one {other:.3f}; by that alone the model tells the styles of "
        f"{metrics['bayes_accuracy']:.1%} of real texts."
    )


def style_report(model: LanguageModel, parts: Part, score: StyleScore, command: str) -> Report:
    """Tell a person who was not there what a run did."""
    rows = style_rows(score)
    neutral = ", ".join(f"{style} {share:.0%}" for style, share in zip(model.styles, score.neutral, strict=True))
    samples = [(style, line) for style in model.styles for line in excerpts(score.samples[style], SHOWN)]
    chosen = model.chosen
    parameters = sum(parameter.numel() for parameter in model.network.parameters())
    shown = ", ".join(model.styles[:12]) + (" …" if len(model.styles) > 12 else "")
    return Report(
        title=f"A language model of {len(model.styles)} styles",
        asked=f"Write in the style that is asked for: {shown}.",
        verdict=style_verdict(score),
        facts=[
            ("Data", f"{parts.learned.name}: {len(parts.learned) + len(parts.held)} texts"),
            ("Test part", f"{len(parts.held)} texts, some of every style; no equal text was learned"),
            ("Judge", "naive Bayes on runs of 1 to 5 characters, trained on the same real texts as the model"),
            ("Symbols", f"{model.tokenizer.size} {chosen.symbols}"),
            ("Model", f"{chosen.layers} × {chosen.hidden} {chosen.cell}; {parameters} parameters"),
            ("Training", f"{model.log[-1]['epoch']} rounds, {chosen.streams} texts side by side"),
            ("Time", f"{model.seconds:.1f} s"),
        ],
        tables=[
            ReportTable(
                "Recognised as the style asked for, or as its own", ("texts", "recognised"),
                [tuple(row.values()) for row in rows],
                note="Shares are means over the styles. A blend of all styles, equally, is taken for: " + neutral + ".",
            )
        ],
        figures=[
            ReportFigure(
                "What was asked for, and what the judge saw", score.written.plot(),
                "Texts that the model wrote. Rows: the style asked for; columns: the judge's answer.",
            ),
            ReportFigure(
                "The judge on real texts", score.judged.plot(), "Texts of the test part, which it never saw."
            ),
            ReportFigure("The training", draw_losses(model.log), "Nats a symbol, mean over styles; lower is better."),
        ],
        appendix=[ReportTable("What it writes", ("style", "text"), samples)],
        notes=model.notes,
        command=command,
    )  # fmt: skip
