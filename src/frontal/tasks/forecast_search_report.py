"""The report of `frontal improve --trials N`."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontal.diagnostics.improvement import Improvement
from frontal.diagnostics.report import Report, ReportFigure, ReportTable
from frontal.diagnostics.search_plot import draw_search
from frontal.tasks.forecast_search_space import Space
from frontal.tasks.forecast_split import Split

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TOP = 10  # trials in the table; trials.csv has all
ENOUGH = 10  # trials from which it is said what mattered


def search_report(
    run: Path, study: Any, space: Space, split: Split, found: Improvement, command: str, *, stopped: bool
) -> tuple[Report, Figure]:
    """Tell a person who was not there what was searched and what was found; return the page and its plot."""
    rows = space.rows([trial for trial in study.trials if trial.state.name == "COMPLETE"])
    plot = draw_search(rows, "error held out")
    matters = importances(study, len(rows))
    table = found.rows()
    tables = [
        ReportTable(
            f"{found.measure}, mean of the seeds", list(table[0]), [list(row.values()) for row in table],
            best=min(range(len(table)), key=lambda place: float(str(table[place]["rmse"]))),
            note="The test part was looked at once, after the search. * the 95 % interval of the difference to the "
            "run, seed by seed, leaves out 0.",
        ),
        ReportTable(
            f"The best {min(TOP, len(rows))} of {len(rows)} trials", list(rows[0]),
            [[row.get(name) for name in rows[0]] for row in rows[:TOP]], best=0,
            note="error: on the last fifth of the training part, learned from what is before it.",
        ),
    ]  # fmt: skip
    if matters:
        tables.append(ReportTable("What mattered", ["setting", "share of the differences"], [list(m) for m in matters]))
    failed = len(study.trials) - len(rows)
    notes = [
        *(["Stopped by Ctrl-C: the same command goes on."] if stopped else []),
        *([f"{failed} trials came to no value: they diverged or were stopped."] if failed else []),
        "The search chose by one part of the training data with one seed; a small lead there may be luck.",
    ]
    report = Report(
        title=f"A search for a better forecast of {split.whole.target}",
        asked=f"Search around the settings of {run}: {len(rows)} trials, judged inside the training part.",
        verdict=_verdict(found),
        facts=[
            ("Data", f"{Path(split.whole.name).name}: {len(split.whole)} values"),
            ("Training part", f"{len(split.training)} values; the search held out their last fifth"),
            ("Test part", f"{len(split.whole) - split.start} values, the same as the run's"),
            ("Searched", ", ".join(name.replace("_", " ") for name in rows[0] if name not in ("trial", "error"))),
        ],
        tables=tables,
        figures=[ReportFigure("The trials", plot, "Green: the best. Trials far above the others are left out.")],
        notes=notes,
        command=command,
    )
    return report, plot


def importances(study: Any, count: int) -> list[tuple[str, float]]:
    """How much each setting mattered among the trials (PED-ANOVA, Watanabe et al. 2023); empty for few trials."""
    if count < ENOUGH:
        return []
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances  # noqa: PLC0415 - optional

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna calls it experimental
        found = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
    return [(name.replace("_", " "), float(share)) for name, share in found.items()]


def _verdict(found: Improvement) -> str:
    base, best = found.ways
    gain, width = found.gain(best)
    sure = "by more than the seeds explain" if found.clear(best) else "which the seeds alone can explain"
    sure = "and with one seed that cannot be told from luck" if width is None else sure
    said = f"What the search found errs {abs(gain):.1%} {'less' if gain > 0 else 'more'} than the run, {sure}: "
    said += f"{best.mean:.4g} against {base.mean:.4g}."
    naive = min(found.naive, key=lambda name: found.naive[name])
    better = min(best.mean, base.mean) < found.naive[naive]
    return f"{said} The {naive} has {found.naive[naive]:.4g}" + ("." if better else " and is still better: prefer it.")
