"""The true program in its own process: streams, exit codes, signals, pipes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recipes import PRETENDING, environment, program

from frontal import __version__
from frontal.cli import VERBS

ESCAPE = "\x1b"


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_names_every_verb(words: list[str]) -> None:
    done = program(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"\n  {verb} " in done.stdout for verb in VERBS)
    assert done.stdout.startswith("usage: frontal VERB")


def test_version() -> None:
    assert program("--version").stdout == f"frontal {__version__}\n"


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb(verb: str) -> None:
    done = program(verb, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: frontal {verb} ")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert ESCAPE not in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["forcast"], "frontal: unknown verb 'forcast'; did you mean 'forecast'?"),
        (["--helpp"], "frontal: unknown option '--helpp'; did you mean '--help'?"),
        (
            ["forecast", "a", "--horizn=3"],
            "frontal forecast: unknown option --horizn; did you mean '--horizon'?",
        ),
        (["forecast"], "frontal forecast: Missing from frontal forecast: DATA"),
        (["forecast", "a", "--target"], "frontal forecast: Missing value for argument '--target'"),
        (["forecast", "a", "b"], "frontal forecast: one argument too many: 'b'"),
        (["forecast", "a", "-x"], "frontal forecast: unknown option '-x'"),
        (["forecast", "a", "--horizon", "two"], "frontal forecast: horizon='two': expected a whole number"),
        (["forecast", "a", "--set", "horizn=2"], "unknown setting 'horizn'; did you mean 'horizon'?"),
        (["forecast", "a", "--set", "horizon"], "frontal forecast: --set expects NAME=VALUE, got 'horizon'"),
        (["forecast", "a", "--seed", "1", "--set", "seed=2"], "seed is given twice: '1' and '2'"),
        (["predict", "run", "--horizon", "1.5"], "frontal predict: --horizon 1.5: expected a whole number"),
        (["evaluate", "run"], "frontal evaluate: Missing from frontal evaluate: DATA"),
    ],
)
def test_what_cannot_be_read(words: list[str], message: str, tmp_path: Path) -> None:
    done = program(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_usage_error_as_json(tmp_path: Path) -> None:
    done = program("forecast", "--json", "--cel", "lstm", cwd=tmp_path)
    assert done.returncode == 2
    assert list(json.loads(done.stdout)) == ["error"]
    assert "did you mean '--cell'" in json.loads(done.stdout)["error"]


def test_json_is_all_there_is_on_stdout(tmp_path: Path) -> None:
    done = program("forecast", "airline", "--json", code=PRETENDING.format(prepare=""), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["forecast"] == [{"step": 1, "value": 450.25}, {"step": 2, "value": None}]
    assert "guessed: monthly" in done.stderr
    assert "a library prints" in done.stderr


def test_no_colours_where_it_is_piped(tmp_path: Path) -> None:
    done = program("forecast", "airline", code=PRETENDING.format(prepare=""), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "450.2" in done.stdout
    assert ESCAPE not in done.stdout + done.stderr


def test_broken_pipe_is_quiet(tmp_path: Path) -> None:
    rows = "recipes.forecast_run = lambda *a, say, **k: [say(f'row {i}') for i in range(100_000)]"
    command = [sys.executable, "-c", PRETENDING.format(prepare=rows), "forecast", "airline"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "row 0\n"
        process.stdout.close()
        assert process.wait(60) == 141
        assert process.stderr.read() == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_behind_stdout() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = program("--help", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr == "frontal: No space left on device\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c(tmp_path: Path) -> None:
    waiting = "import time\nrecipes.forecast_run = lambda *a, say, **k: [say('started'), time.sleep(60)]"
    command = [sys.executable, "-c", PRETENDING.format(prepare=waiting), "forecast", "airline"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "started\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read() == "frontal forecast: stopped by Ctrl-C\n"
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_that_knows_only_ascii(tmp_path: Path) -> None:
    code = "import sys\nsys.stdout.reconfigure(encoding='ascii', errors='strict')\n" + PRETENDING.format(prepare="")
    done = program("forecast", "--help", code=code, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()


def test_help_is_quick() -> None:
    """Only told, not asserted: `pytest -s` shows it; the aim is 150 ms."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        assert program("--help").returncode == 0
        times.append(time.perf_counter() - start)
    print(f"\nfrontal --help: {1000 * min(times):.0f} ms")
