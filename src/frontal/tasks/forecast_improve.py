"""`frontal improve`: the five improvements of a forecast, each alone and all together, with several seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import Any

from frontal.atomic import write_atomic
from frontal.data.numbers import looks_numeric
from frontal.data.read import read_table
from frontal.data.series import Series
from frontal.diagnostics.improvement import Improvement, Way
from frontal.errors import FrontalError
from frontal.tasks.forecast_improve_report import improve_report
from frontal.tasks.forecast_improve_variants import Variant, relative_cost, seeded, variants
from frontal.tasks.forecast_keep import keep_best
from frontal.tasks.forecast_request import Request, request_of
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.tasks.forecast_split import Split, read_split
from frontal.tasks.forecast_trial import Outcome, Trial, errors, run_trials
from frontal.tasks.forecaster import Forecaster
from frontal.training.progress import Progress
from frontal.training.rows import csv_of
from frontal.training.run_directory import read_run

Say = Callable[[str], None]


def improve_run(
    run: Path, out: Path, *, seeds: int, jobs: int, more: str | None = None, progress: Progress, say: Say
) -> dict[str, Any]:
    """Try to improve a run of `frontal forecast`: same data, same test part.

    Every trial lies in a run directory under `out`/trials as soon as it is done; the same call goes on
    where an earlier one was stopped.

    Args:
        run: what to improve.
        out: folder for the table, the plot, the report and the best run.
        seeds: how often each way is trained.
        jobs: processes at a time.
        more: a file with older data, which end where those of the run begin.
        progress: told how far all trainings together are.
        say: called with every sentence a person should read.
    """
    asked, request, split = what_was_run(run)
    ways, left = variants(asked, len(split.training), other_columns(request, split), more)
    for sentence in left:
        say(sentence)
    base = Forecaster.load(run).measure(split.whole, split.start)
    trials = [
        (index, Trial(request, more, seeded(way, seed), out / "trials" / f"{way.name}-{seed}".replace(" ", "-")))
        for seed in range(asked.seed, asked.seed + seeds)
        for index, way in enumerate(ways)
    ]
    say(
        f"Budget: {len(ways)} ways × {seeds} seed{'s' if seeds > 1 else ''} = {len(trials)} trainings, "
        f"{jobs} at a time; the way with the lowest mean error on the test part is kept."
    )
    out.mkdir(parents=True, exist_ok=True)
    outcomes, stopped = _try_all(trials, ways, len(split.training), jobs, progress, say)
    if stopped and not outcomes:
        raise KeyboardInterrupt
    if not any(isfinite(outcome.rmse) for outcome in outcomes):
        raise FrontalError(f"all {len(outcomes)} trainings diverged: {outcomes[0].fault}")
    naive = {name: error for name, error in errors(base).items() if name != "test"}
    found = Improvement(_ways(ways, outcomes), naive, measure_name(split.whole, base.horizon))
    keep_best(out / "best", [trial for index, trial in trials if index == found.best], command(run, seeds, more))
    notes = [*left, *(f"{ways[o.variant].name}, seed {o.seed}: {o.fault}" for o in outcomes if o.fault)]
    if stopped:
        notes.append(f"Stopped by Ctrl-C after {len(outcomes)} of {len(trials)} trainings; the same command goes on.")
        say(notes[-1])
    report = improve_report(run, request, split, found, notes, command(run, seeds, more))
    write_atomic(out / "improvements.csv", csv_of(found.rows()))
    image = BytesIO()
    found.plot().savefig(image, format="png", dpi=130)
    write_atomic(out / "improvements.png", image.getvalue())
    write_atomic(out / "report.html", report.to_html().encode())
    files = [str(out / name) for name in ("improvements.csv", "improvements.png", "report.html")]
    return {
        "run": str(run), "out": str(out), "best": str(out / "best"), "table": found.rows(), "verdict": found.verdict(),
        "notes": notes, "interrupted": stopped, "trainings": len(outcomes), "files": files,
    }  # fmt: skip


def what_was_run(run: Path) -> tuple[ForecastSettings, Request, Split]:
    """Return the settings of a run with every guess filled in, what it was asked, and its data, read again.

    Raises:
        FrontalError: no run of `frontal forecast`, or its data have changed since.
    """
    saved = read_run(run)
    forecaster = Forecaster.load(saved)
    request, start = request_of(saved)
    if "-" in (request.data, request.test):
        raise FrontalError(f"{run} was made from standard input, which cannot be read again; make it from a file")
    chosen = forecaster.chosen.replace(target=forecaster.series.target, refit=False, test=request.settings.test)
    split = read_split(request.data, request.settings, request.test)
    ours, theirs = forecaster.series.values, split.whole.values
    if split.start != start or len(ours) > len(theirs) or (ours != theirs[: len(ours)]).any():
        raise FrontalError(f"{request.data} has changed since {run} was made; first run {request.command()}")
    return chosen, request, split


def other_columns(request: Request, split: Split) -> tuple[str, ...]:
    """Columns of numbers in all files of a request that are no inputs yet and can be."""
    series = split.whole
    taken = {series.target, series.time, *series.feature_names}
    tables = [read_table(source) for source in (request.data, request.test) if source is not None]
    shared = set(tables[-1].columns)
    found: list[str] = []
    for name, column in tables[0].columns.items():
        if name in taken or name not in shared or not looks_numeric(column):
            continue
        settings = request.settings.replace(features=(*series.feature_names, name))
        try:
            read_split(request.data, settings, request.test)
        except FrontalError:
            continue  # mostly missing, or not a number somewhere: the run can do without it
        found.append(name)
    return tuple(found)


def command(run: Path, seeds: int, more: str | None) -> str:
    """Return what to type."""
    return f"frontal improve {run} --seeds {seeds}" + ("" if more is None else f" --more {more}")


def _try_all(
    trials: Sequence[tuple[int, Trial]], ways: Sequence[Variant], length: int, jobs: int, progress: Progress, say: Say
) -> tuple[list[Outcome], bool]:
    """Run all trials; after the first say how long they will take. Ctrl-C keeps what is done."""
    outcomes: list[Outcome] = []
    cost = [relative_cost(way, length) for way in ways]
    whole = sum(cost[index] for index, _ in trials)
    said = False
    progress.start(len(trials), "trainings")
    try:
        for outcome in run_trials(trials, jobs, progress):
            outcomes.append(outcome)
            if not said and not outcome.known and not outcome.fault:
                said = True
                seconds = outcome.seconds * whole / cost[outcome.variant] / jobs
                progress.note(
                    f"The first training took {outcome.seconds:.0f} s; all will take about {spelled(seconds)}."
                )
    except KeyboardInterrupt:
        return outcomes, True
    finally:
        progress.stop()
    if known := sum(outcome.known for outcome in outcomes):
        say(f"{known} of {len(outcomes)} trainings were done by an earlier call.")
    return outcomes, False


def spelled(seconds: float) -> str:
    """Return a time as one says it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def _ways(ways: Sequence[Variant], outcomes: Sequence[Outcome]) -> list[Way]:
    made: list[Way] = []
    for index, way in enumerate(ways):
        ours = [outcome for outcome in outcomes if outcome.variant == index]
        seconds = [outcome.seconds for outcome in ours if not outcome.fault]
        mean = sum(seconds) / len(seconds) if seconds else float("nan")
        made.append(Way(way.name, way.change, {outcome.seed: outcome.rmse for outcome in ours}, mean))
    return made


def measure_name(series: Series, horizon: int) -> str:
    """Return what the errors are."""
    ahead = "one step ahead" if horizon == 1 else f"over {horizon} steps"
    return f"RMSE of {series.target} {ahead}, on the test part"
