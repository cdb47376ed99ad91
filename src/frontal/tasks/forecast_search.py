"""`frontal improve --trials N`: a search with Optuna that chooses inside the training part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from math import isfinite
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

from frontal.atomic import write_atomic
from frontal.diagnostics.improvement import Improvement, Way
from frontal.errors import FrontalError
from frontal.tasks.forecast_improve import measure_name, other_columns, spelled, what_was_run
from frontal.tasks.forecast_improve_variants import BASE, Variant, seeded
from frontal.tasks.forecast_keep import keep_best
from frontal.tasks.forecast_request import Request
from frontal.tasks.forecast_search_report import search_report
from frontal.tasks.forecast_search_space import Space, suggest
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.tasks.forecast_split import Split, read_split
from frontal.tasks.forecast_trial import Outcome, Trial, deaf_to_ctrl_c, errors, run_trials
from frontal.tasks.forecaster import Forecaster
from frontal.training.history import TrainingDiverged
from frontal.training.progress import Progress
from frontal.training.rows import csv_of

HELD_OUT = 0.2  # of the training part, its end: what the search is judged by
STUDY = "frontal"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Search:
    """What every trial of a search needs, in this process or another."""

    storage: str
    request: Request
    space: Space


def search_run(
    run: Path, out: Path, *, trials: int, seeds: int, jobs: int, progress: Progress, say: Say
) -> dict[str, Any]:
    """Search for better settings of a run of `frontal forecast`.

    The search learns the first 80 % of the training part and is judged by the rest of it. What it finds is
    then trained on all of the training part, and measured on the test part once, beside the run as it is.

    Args:
        run: what to improve.
        out: folder for study.db, the table, the plots, the report and the best run; a study that lies
            there is continued.
        trials: in all, those of earlier calls included.
        seeds: trainings of what was found and of the run as it is, on the test part.
        jobs: processes at a time.
        progress: told how far all trials together are.
        say: called with every sentence a person should read.
    """
    optuna = optuna_or_error()
    asked, request, split = what_was_run(run)
    split.inside(HELD_OUT)  # too short a series is told now
    out.mkdir(parents=True, exist_ok=True)
    space = Space(asked, other_columns(request, split), len(split.training))
    search = Search(f"sqlite:///{(out / 'study.db').resolve()}", request, space)
    study = _open(optuna, search, split, out)
    done = len(finished(study))
    say(
        f"Budget: {trials} trials, {jobs} at a time, each judged by the last {HELD_OUT:.0%} of the training part; "
        f"then {2 * seeds} trainings that look at the test part."
        + (f" {done} trials were done by earlier calls." if done else "")
    )
    stopped = _search_all(search, max(0, trials - done), jobs, progress)
    if stopped and not finished(study):
        raise KeyboardInterrupt
    if stopped:
        say("Stopped by Ctrl-C; what was found is measured now (Ctrl-C again ends that), and the same command goes on.")
    study = _open(optuna, search, split, out)
    if not any(isfinite(trial.value) for trial in finished(study)):
        raise FrontalError("no trial came to an end; call it again, or look into the run's settings")
    return _measured(study, search, run, out, split, seeds=seeds, jobs=jobs, progress=progress, stopped=stopped)


def optuna_or_error() -> Any:
    """Return Optuna, quiet."""
    try:
        import optuna  # noqa: PLC0415 - optional
    except ImportError:
        raise FrontalError("--trials needs Optuna: pip install 'frontal[tune]', or pip install optuna") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def finished(study: Any) -> list[Any]:
    """Trials of a study that came to a value."""
    return [trial for trial in study.trials if trial.state.name == "COMPLETE" and trial.value is not None]


def _open(optuna: Any, search: Search, split: Split, out: Path) -> Any:
    """Make or continue the study; one of another run is refused."""
    told = [search.request.data, search.request.test, search.space.base.to_dict(), search.space.others, split.start]
    mark = hashlib.sha256(json.dumps(told).encode() + split.training.values.tobytes()).hexdigest()
    try:
        study = optuna.create_study(storage=search.storage, study_name=STUDY, direction="minimize", load_if_exists=True)
    except Exception as error:  # SQLAlchemy's own, which we do not import for its names
        raise FrontalError(f"{out / 'study.db'} cannot be used as a study: {error}; choose another --out") from error
    known = study.user_attrs.get("run")
    if known is None:
        study.set_user_attr("run", mark)
        study.enqueue_trial(search.space.as_it_is())
    elif known != mark:
        raise FrontalError(f"{out / 'study.db'} is the study of another run or of other data; choose another --out")
    return study


def _search_all(search: Search, count: int, jobs: int, progress: Progress) -> bool:
    """Run `count` more trials; return whether Ctrl-C ended them."""
    began = perf_counter()
    progress.start(count, "trials")
    try:
        for number, value in enumerate(_trials(search, count, jobs), start=1):
            progress.update(1, error=value)
            if number == jobs and count > jobs:
                seconds = (perf_counter() - began) * count / number
                progress.note(f"All {count} trials will take about {spelled(seconds)}.")
    except KeyboardInterrupt:
        return True
    finally:
        progress.stop()
    return False


def _trials(search: Search, count: int, jobs: int) -> Iterator[float]:
    if jobs == 1:
        for _ in range(count):
            yield one_trial(search)
        return
    with get_context("spawn").Pool(jobs, deaf_to_ctrl_c, (jobs,)) as pool:  # leaving it ends the workers
        yield from pool.imap_unordered(one_trial, [search] * count)


def one_trial(search: Search) -> float:
    """Take one trial from the study, train, and tell the study; return the error, NaN if it diverged."""
    optuna = optuna_or_error()
    study = optuna.load_study(storage=search.storage, study_name=STUDY)
    study.sampler = optuna.samplers.TPESampler(seed=search.space.base.seed + len(study.trials))
    values: list[float] = []

    def objective(trial: Any) -> float:
        settings, part = suggest(trial, search.space)
        try:
            values.append(validation_error(search.request, settings, part))
        except TrainingDiverged as error:
            values.append(float("nan"))
            raise optuna.TrialPruned(str(error)) from error
        return values[-1]

    study.optimize(objective, n_trials=1)
    return values[-1]


def validation_error(request: Request, settings: ForecastSettings, part: float) -> float:
    """RMSE over the horizon on the last fifth of the training part, learned from what is before it.

    Args:
        request: which data.
        settings: to try.
        part: of what can be learned, its end, that is learned.
    """
    split = read_split(request.data, settings, request.test).inside(HELD_OUT)
    split = split.without(round(len(split.training) * (1 - part)))
    forecaster = Forecaster(settings)
    backtest = split.backtest(forecaster)
    if forecaster.interrupted:
        raise KeyboardInterrupt
    return errors(backtest)["test"]


def _measured(  # noqa: PLR0913
    study: Any, search: Search, run: Path, out: Path, split: Split, *,
    seeds: int, jobs: int, progress: Progress, stopped: bool,
) -> dict[str, Any]:  # fmt: skip
    """Measure what was found and the run as it is on the test part; report, and keep the first."""
    base, best = search.space.base, study.best_trial
    settings, part = search.space.chosen(best.params)
    ways = [Variant(BASE, "the run", base), Variant("found", f"trial {best.number}", settings, part=part)]
    mark = hashlib.sha256(json.dumps([best.params, best.number]).encode()).hexdigest()[:8]
    trials = [
        (index, Trial(search.request, None, seeded(way, seed), out / "trials" / f"{mark if index else 'base'}-{seed}"))
        for seed in range(base.seed, base.seed + seeds)
        for index, way in enumerate(ways)
    ]
    outcomes: list[Outcome] = []
    progress.start(len(trials), "trainings for the test part")
    try:
        outcomes += run_trials(trials, jobs, progress)
    finally:
        progress.stop()
    tried = [{o.seed: o.rmse for o in outcomes if o.variant == index} for index in range(2)]
    took = [[o.seconds for o in outcomes if o.variant == index] for index in range(2)]
    measured = Forecaster.load(run).measure(split.whole, split.start)
    naive = {name: error for name, error in errors(measured).items() if name != "test"}
    found = Improvement(
        [Way(w.name, w.change, e, sum(s) / len(s)) for w, e, s in zip(ways, tried, took, strict=True)],
        naive,
        measure_name(split.whole, measured.horizon),
    )
    command = f"frontal improve {run} --trials {len(finished(study))} --seeds {seeds}"
    keep_best(out / "best", [trial for index, trial in trials if index == 1], command)
    report, plot = search_report(run, study, search.space, split, found, command, stopped=stopped)
    rows = search.space.rows(finished(study))
    image = BytesIO()
    plot.savefig(image, format="png", dpi=130)
    for name, data in (
        ("trials.csv", csv_of(rows)), ("trials.png", image.getvalue()), ("report.html", report.to_html().encode()),
    ):  # fmt: skip
        write_atomic(out / name, data)
    return {
        "run": str(run), "out": str(out), "best": str(out / "best"), "table": found.rows(), "verdict": report.verdict,
        "settings": best.params, "trials": len(rows), "interrupted": stopped, "validation": best.value,
        "files": [str(out / name) for name in ("trials.csv", "trials.png", "report.html")],
    }  # fmt: skip
