"""The commands behind docs/results.md, run over seeds; each stands there beside the trivial baseline and its time."""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pstdev
from time import perf_counter
from typing import Any

from benchmarks.machine import commit, machine
from frontal.errors import FrontalError, did_you_mean

ROOT = Path(__file__).resolve().parents[1]
KEPT, PAGE = ROOT / "benchmarks" / "results" / "systems.json", ROOT / "docs" / "results.md"
SIMPLE = "metrics.accuracy_regression_on_mean_spread_ends"
MOST = "metrics.accuracy_most_frequent_class"


@dataclass(frozen=True)
class Figure:
    """A number in the JSON of a command: its name on the page, where it stands, and what is asked of it."""

    name: str
    place: str
    goal: str = ""


@dataclass(frozen=True)
class Row:
    """One system: what it is, what to type, what is shown of the answer."""

    title: str
    command: str
    shows: tuple[Figure, ...]
    seeds: int = 3
    needs: str = ""
    """a command whose run, `--out` at its end, this one uses; it is given where that folder is not there yet"""


def _right(goal: str, *others: tuple[str, str]) -> tuple[Figure, ...]:
    return (Figure("accuracy", "metrics.accuracy", goal), *(Figure(name, place) for name, place in others))


_REGRESSION, _MOST = ("regression on mean, spread, ends", SIMPLE), ("most frequent class", MOST)
_TOKEN = ("each token's most frequent class", "metrics.accuracy_each_token's_most_frequent_class")
_CALIBRATION = Figure("calibration error", "metrics.calibration_error", "≤ 0.05")


def _counted(place: str) -> tuple[Figure, ...]:
    return tuple(Figure(f"{n}-gram, Kneser-Ney", f"{place}_{n}_gram_kneser_ney") for n in (5, 7))


_NEAREST = "metrics.bleu_translation_of_the_nearest_training_sentence"
_TOY = (
    Figure("exactly right", "metrics.exact", "high, in a minute"),
    Figure("exactly right, nearest training pair", "metrics.exact_translation_of_the_nearest_training_sentence"),
)

_STORIES = (
    Figure("most frequent answer", "metrics.accuracy_most_frequent"),
    Figure("last mentioned answer", "metrics.accuracy_last_mentioned"),
    Figure("the answer in the fact most like the question", "metrics.accuracy_likest_fact"),
    Figure("words counted, regression", "metrics.accuracy_words_counted"),
    Figure("the fact looked at most supports the answer", "metrics.looked_at_support"),
)


def _answered(title: str, task: str, goal: str = "stated", *, seeds: int = 1) -> Row:
    shows = (*_right(goal), *_STORIES)
    return Row(f"Questions about stories: {title} (E9)", f"frontal answer {task}", shows, seeds)


_STYLE = (
    Figure("recognised as the style asked for", "metrics.recognised"),
    Figure("real texts recognised by the same judge", "metrics.recognised_real"),
    Figure("guessing", "metrics.recognised_chance"),
    Figure("real beginnings moved to another style", "metrics.recognised_moved"),
    Figure("styles of real texts told by the model", "metrics.bayes_accuracy"),
)

ROWS: dict[str, Row] = {
    "google-stock": Row(
        "Google's share price in January 2017, as the introductions print it (D2)",
        "frontal forecast google_stock/Google_Stock_Price_Train.csv --test google_stock/Google_Stock_Price_Test.csv "
        "--target Open --preset stock",
        (
            Figure("RMSE, one day ahead", "metrics.rmse_test"),
            Figure("RMSE of the last value", "metrics.rmse_test_last_value"),
        ),
    ),
    "m4-hourly": Row(
        "The 414 hourly series of the M4 competition, one model, 48 hours ahead",
        "frontal forecast m4/Hourly-train.csv --test m4/Hourly-test.csv --horizon 48 --set periods=24,168",
        (
            Figure("sMAPE", "metrics.smape_test", "≤ 13.0"),
            Figure("sMAPE of the seasonal naive forecast", "metrics.smape_test_seasonal_naive_24"),
            Figure("MASE", "metrics.mase_test", "≤ 1.19"),
            Figure("MASE of the seasonal naive forecast", "metrics.mase_test_seasonal_naive_24"),
        ),
    ),
    "ett-oil": Row(
        "ETTh1: oil temperature alone, 24 hours ahead, 12/4/4 months, standardised",
        "frontal forecast ett --panel global --target OT --horizon 24 --set keep=14400 --test 2857 --set test_stride=1 "
        "--set validation=2880 --set loss=squared --set refit=false",
        (
            Figure("squared error, standardised", "metrics.nmse_test", "≤ 0.098"),
            Figure("squared error of the last value", "metrics.nmse_test_last_value"),
        ),
    ),
    "traffic": Row(
        "Traffic on Interstate 94, the last 365 days, 24 hours ahead (E2)",
        "frontal forecast metro_traffic --panel global --target traffic_volume --horizon 24 --test 365 "
        "--set validation=4320 --set refit=false",
        (
            Figure("MASE", "metrics.mase_test"),
            Figure("MASE of last week's same hour", "metrics.mase_test_seasonal_naive_168"),
            Figure("RMSE, vehicles an hour", "metrics.rmse_test"),
            Figure("RMSE of last week's same hour", "metrics.rmse_test_seasonal_naive_168"),
        ),
    ),
    "traffic-protocol": Row(
        "The same road by the protocol of the liquid time-constant networks, 32 LSTM units, 60 epochs (E2)",
        "frontal forecast metro_traffic --preset ltc-traffic --set epochs=60",
        (
            Figure("squared error", "metrics.mse_test", "≤ 0.17"),
            Figure("mean of the same weekday and hour", "metrics.mse_test_weekly_profile"),
        ),
    ),
    "mnist-tutorial": Row(
        "MNIST by rows, as the introductions print it (D4)",
        "frontal classify mnist --preset tutorial",
        _right("≥ 0.96", _REGRESSION),
    ),
    "mnist-rows": Row(
        "MNIST by rows, 32 units, to convergence (D4)",
        "frontal classify mnist --preset rows",
        _right("≥ 0.984", _REGRESSION),
    ),
    "spoken-digits": Row(
        "Spoken digits, 300 recordings to learn from (E10)",
        "frontal classify fsdd --members 3 --set pooling=max",
        _right("≥ 0.97", _REGRESSION),
    ),
    "basic-motions": Row(
        "Movements of a wrist (E16)",
        "frontal classify ucr_uea/BasicMotions --members 5",
        _right("≥ 0.95", _REGRESSION),
    ),
    "japanese-vowels": Row(
        "Speakers by two vowels, unequal lengths (E16)",
        "frontal classify ucr_uea/JapaneseVowels --members 5 --set pooling=max",
        _right("≥ 0.97", _REGRESSION),
    ),
    "wiimote": Row(
        "Gestures with a game controller, unequal lengths (E16)",
        "frontal classify ucr_uea/PickupGestureWiimoteZ --members 5",
        _right("", _REGRESSION),
    ),
    "ecg": Row(
        "Heartbeats (E16)", "frontal classify ucr_uea/ECG200 --members 5", _right("≥ 0.85", _REGRESSION)
    ),
    "sentiment": Row(
        "Sentences of film reviews, and how positive (E7)",
        "frontal classify sentiment_mr --test 0.1 --members 3 --set pooling=max --set dropout=0.5 "
        "--set validation=0.1 --set patience=3 --epochs 30 --set learning_rate=0.002",
        (
            *_right("≥ 0.76", ("words counted, naive Bayes", "metrics.accuracy_words_counted_naive_Bayes"), _MOST),
            _CALIBRATION,
        ),
    ),
    "protein": Row(
        "Secondary structure of proteins, a label a residue, tested on TS115 (E17)",
        "frontal classify protein_ss/splits.zip --test protein_ss/ts115_q3.json --per-step --hidden 96 --epochs 8 "
        "--set embedding=32 --set batch_size=32 --set validation=0.1 --set learning_rate=0.004 --set schedule=cosine",
        _right("≥ 0.65", _TOKEN, _MOST),
        seeds=1,
    ),
    "tinyshakespeare": Row(
        "Shakespeare character by character, the last 5 % tested (E4)",
        "frontal language tinyshakespeare",
        (
            Figure("nats a character", "metrics.nats_per_character", "≤ 1.60"),
            *_counted("metrics.nats_per_character"),
            Figure("xz", "metrics.nats_per_character_xz_9e"),
        ),
        seeds=1,
    ),
    "zaremba-small": Row(
        "Shakespeare word by word, 2 layers of 200 units as in Zaremba et al. 2014 (E4)",
        "frontal language tinyshakespeare --preset zaremba-small",
        (Figure("perplexity", "metrics.perplexity"), *_counted("metrics.perplexity")[:1]),
        seeds=1,
    ),
    "keyboard": Row(
        "A phone's keyboard on that model, writing 20 000 characters of the test part (E6)",
        "frontal suggest runs/tinyshakespeare --measure test",
        (
            Figure("keys saved", "metrics.keys_saved_keyboard", "≥ 0.35"),
            Figure("keys saved without the user's memory", "metrics.keys_saved_without_memory"),
            Figure("keys saved by a list of words", "metrics.keys_saved_word_list"),
            Figure("ms a key, 95 of 100", "metrics.p95_ms", "< 10"),
            Figure("ms of the processor a key, 95 of 100", "metrics.p95_ms_processor", "< 10"),
            Figure("ms a key, median", "metrics.p50_ms"),
            Figure("errors of one edit corrected", "metrics.corrected_one_edit_keyboard"),
            Figure("errors of one edit corrected by a list of words", "metrics.corrected_one_edit_word_list"),
            Figure("errors of fingers corrected", "metrics.corrected_fingers_keyboard"),
            Figure("errors of fingers corrected by a list of words", "metrics.corrected_fingers_word_list"),
            Figure("words doubted that were right", "metrics.false_alarms_one_edit_keyboard"),
            Figure("words doubted by a list of words", "metrics.false_alarms_one_edit_word_list"),
        ),
        seeds=1,
        needs="frontal language tinyshakespeare --out runs/tinyshakespeare",
    ),
    "generate": Row(
        "Text by a character model of 256 units, 20 000 characters drawn at temperature 0.8 (E5)",
        "frontal generate runs/shakespeare-256 --length 20000",
        (
            Figure("characters a second", "metrics.characters_a_second", "≥ 10 000"),
            Figure("characters a processor second", "metrics.characters_a_processor_second"),
            Figure("words that the training text has", "metrics.words_known"),
            Figure("the same words, their letters shuffled", "metrics.words_known_shuffled"),
        ),
        needs="frontal language tinyshakespeare --hidden 256 --out runs/shakespeare-256",
    ),
    "multi30k": Row(
        "Captions from English to French, tested on test_2016_flickr; gender agreement on 57 pairs of sentences (E8)",
        "frontal translate multi30k --epochs 5 --agreement benchmarks/gender_en_fr.csv",
        (
            Figure("BLEU", "metrics.bleu", "≥ 25; large preset ≥ 35"),
            Figure("BLEU word by word (IBM model 1)", "metrics.bleu_word_by_word"),
            Figure("BLEU of the nearest training sentence's translation", _NEAREST),
            Figure("chrF", "metrics.chrf"),
            Figure("agreement, share right", "metrics.agreement", "stated"),
            Figure("agreement word by word", "metrics.agreement_word_by_word"),
        ),
        seeds=1,
    ),
    "toy-dates": Row("Dates however written, as 2026-11-21, letter by letter", "frontal translate toy-dates", _TOY),
    "toy-reversal": Row("Letters backwards", "frontal translate toy-reversal", _TOY),
    "toy-arithmetic": Row(
        "Sums and differences of numbers below 100, letter by letter", "frontal translate toy-arithmetic", _TOY
    ),
    "answer-single-fact": _answered("the place of someone, told last", "single-fact", "≥ 0.95", seeds=3),
    "answer-yes-no": _answered("is someone in a place", "yes-no", "≥ 0.95", seeds=3),
    "answer-two-facts": _answered("the place of a thing that is carried", "two-facts --epochs 12"),
    "answer-two-facts-shown": _answered("the same, shown the supporting facts", "two-facts --epochs 12 --support 1"),
    "answer-who-gave-what": _answered("who gave what to whom", "who-gave-what"),
    "answer-counting": _answered("how many things someone carries", "counting"),
    "answer-lists": _answered("what someone carries", "lists"),
    "answer-positions": _answered("what lies north of what", "positions"),
    "answer-negation": _answered("is someone in a place: yes, no, maybe", "negation"),
    "style-sentiment": Row(
        "Film reviews word by word, praise or blame on request (E21, text)",
        "frontal language sentiment_mr --style --symbols words --hidden 128 --epochs 4 --set vocabulary=4000 "
        "--set embedding=64 --set streams=32 --set learning_rate=0.006 --set minutes=none",
        _STYLE,
        seeds=1,
    ),
    "style-languages": Row(
        "Captions in English or French on request, letter by letter (E21, text)",
        "frontal language multi30k --style --hidden 128 --epochs 1 --set streams=64 --set learning_rate=0.008 "
        "--set minutes=none",
        _STYLE,
        seeds=1,
    ),
    "chat-museum": Row(
        "A museum's desk: questions in words that were never learned, follow-up questions among them (E9)",
        "frontal chat museum",
        (
            Figure("right answers, word for word", "metrics.right"),
            Figure("the nearest known question's answer", "metrics.right_nearest"),
            Figure("right, turns before forgotten", "metrics.right_forgetful"),
            Figure("sure", "metrics.sure"),
            Figure("right where sure", "metrics.right_when_sure"),
            Figure("questions about anything else refused", "metrics.refused_strange"),
        ),
    ),
}  # fmt: skip


def main(words: list[str]) -> None:
    """Run the rows and write the page; what was measured before stays for the rows that are left out."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks results", description=__doc__)
    parser.add_argument("rows", nargs="*", help=f"some of {', '.join(ROWS)} (default: all)")
    parser.add_argument("--seeds", type=int, help="seeds 0, 1, … of every row (default: 3, 1 where it takes long)")
    parser.add_argument("--page-only", action="store_true", help="measure nothing, write the page from what is kept")
    options = parser.parse_args(words)
    for name in options.rows:
        if name not in ROWS:
            raise FrontalError(f"no row is called {name!r}; {did_you_mean(name, ROWS)}")
    for name in [] if options.page_only else options.rows or ROWS:
        measured = _measured(ROWS[name], options.seeds or ROWS[name].seeds)
        kept = {**_kept(), name: measured}  # read late: another process may have written other rows meanwhile
        KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
        _write_page(kept)
    _write_page(_kept())


def _kept() -> dict[str, Any]:
    return json.loads(KEPT.read_text()) if KEPT.is_file() else {}


def _measured(row: Row, seeds: int) -> dict[str, Any]:
    """Run the command with seeds 0, 1, …; return every figure of every seed."""
    figures: dict[str, list[float]] = {figure.name: [] for figure in row.shows}
    seconds: list[float] = []
    if row.needs and not (ROOT / shlex.split(row.needs)[-1]).exists():
        subprocess.run([sys.executable, "-m", *shlex.split(row.needs)], cwd=ROOT, check=True)
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            typed = [*shlex.split(row.command), "--seed", str(seed), "--out", f"{folder}/run", "--json"]
            began = perf_counter()
            done = subprocess.run([sys.executable, "-m", *typed], stdout=subprocess.PIPE, text=True, check=False)
            seconds.append(perf_counter() - began)
        said = json.loads(done.stdout)
        if done.returncode:
            raise FrontalError(f"{row.command}: {said.get('error', done.returncode)}")
        for figure in row.shows:
            value: Any = said
            for key in figure.place.split("."):
                value = value[key]
            figures[figure.name].append(float(value))
        print(f"{row.title}, seed {seed}: { ({name: values[-1] for name, values in figures.items()}) }", flush=True)
    return {"command": row.command, "figures": figures, "seconds": seconds, "machine": machine(), "commit": commit()}


def _write_page(kept: dict[str, Any]) -> None:
    lines = [
        "# Results",
        "",
        "Every figure comes from the command beside it, with `--seed 0`, `1`, …: mean ± standard deviation over the",
        "seeds. `python -m benchmarks results` runs them all again and writes this page; `python -m benchmarks results",
        "ROW` one of them. The data sets are named as in `frontal data`. Seconds are those of a whole command, on a",
        "machine that did other work as well. The same settings go by the same names in Python:",
        "",
        "```python",
        "import frontal",
        "",
        'model = frontal.SequenceClassifier(preset="rows", seed=1)',
        "print(model.settings.cell, model.settings.hidden, model.settings.epochs)",
        "```",
        "",
        "```text",
        "lstm 32 60",
        "```",
        "",
    ]
    for name, row in ROWS.items():
        if name not in kept:
            continue
        found = kept[name]
        goals = {figure.name: figure.goal for figure in row.shows}
        rows = [f"| {what} | {_spread(values)} | {goals[what]} |" for what, values in found["figures"].items()]
        lines += [f"## {row.title}", "", "```sh", *([row.needs] if row.needs else []), found["command"], "```", ""]
        lines += ["| what | figure | asked for |", "|---|---|---|", *rows]
        count = len(found["seconds"])
        lines += [
            f"| seconds | {fmean(found['seconds']):.0f} | |",
            "",
            f"{count} seed{'s' if count > 1 else ''}; row `{name}`; {found['machine']}; commit {found['commit']}.",
            "",
        ]
    PAGE.write_text("\n".join(lines), encoding="utf-8")


def _spread(values: list[float]) -> str:
    return f"{fmean(values):.4g} ± {pstdev(values):.2g}" if len(values) > 1 else f"{values[0]:.4g}"
