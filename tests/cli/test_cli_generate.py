"""`frontal generate` through the front door."""

from __future__ import annotations

import io
import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from frontal.cli import main
from frontal.cli.generate import unescaped
from frontal.tasks.language_generate_run import known_words
from frontal.tasks.language_model import LanguageModel
from frontal.tasks.language_sampling import Draws, Floats
from frontal.training.run_directory import save_run

TEXT = "Row, row, row your boat,\nGently down the stream.\nMerrily, merrily,\nLife is but a dream.\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("runs") / "boat"
    LanguageModel(hidden=24, embedding=8, epochs=4, learning_rate=0.02, test=0.0).fit(TEXT * 60).save(path)
    return str(path)


def told(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_prompt_and_text_on_stdout_and_the_rest_aside(run: str, capsys: pytest.CaptureFixture[str]):
    assert main(["generate", run, "--prompt", r"Row,\tß", "--length", "40", "--seed", "7"]) == 0
    out, err = told(capsys)
    assert out.startswith("Row,\tß")
    assert len(out) == len("Row,\tß") + 40 + 1
    assert "never seen '\\t', 'ß': left out" in err
    assert re.search(r"40 characters in .* a second; --seed 7 writes the same", err)
    assert main(["generate", run, "--prompt", r"Row,\tß", "--length", "40", "--seed", "7"]) == 0
    assert told(capsys)[0] == out


def test_one_json_object(run: str, capsys: pytest.CaptureFixture[str]):
    words = ["--match", r"[A-Z][a-z]+", "--samples", "3", "--length", "9", "--seed", "1", "--json"]
    assert main(["generate", run, *words]) == 0
    out, err = told(capsys)
    said = json.loads(out)
    assert len(said["texts"]) == 3
    assert all(re.fullmatch("[A-Z][a-z]+", text) for text in said["texts"])
    assert said["seed"] == 1
    assert said["symbols"] == sum(map(len, said["texts"]))
    assert "a second" in err


def test_without_a_seed_it_says_which_one_it_was(run: str, capsys: pytest.CaptureFixture[str]):
    assert main(["generate", run, "--length", "30"]) == 0
    out, err = told(capsys)
    seed = re.search(r"--seed (\d+)", err)
    assert seed is not None
    assert main(["generate", run, "--length", "30", "--seed", seed[1]]) == 0
    assert told(capsys)[0] == out


def test_several_texts_and_beams_are_told_apart(run: str, capsys: pytest.CaptureFixture[str]):
    assert main(["generate", run, "--samples", "2", "--stop", r"\n", "--prompt", "Life"]) == 0
    out, _ = told(capsys)
    assert re.fullmatch(r"--- 1 of 2\nLife[^\n]*\n--- 2 of 2\nLife[^\n]*\n", out)
    assert main(["generate", run, "--set", "stop=a,e", "--prompt", "Life"]) == 0
    assert re.fullmatch(r"Life[^ae]*\n", told(capsys)[0])
    assert main(["generate", run, "--beams", "4", "--length", "20", "--prompt", "Row, row, "]) == 0
    out, err = told(capsys)
    assert out == f"Row, row, {LanguageModel.load(run).generate('Row, row, ', beams=4, length=20)[0]}\n"
    assert len(out) == 31
    assert "The likeliest of 4 beams: ln p = " in err


def test_a_file_gets_what_was_shown(run: str, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    path = tmp_path / "text.txt"
    assert main(["generate", run, "--prompt", "Row", "--samples", "2", "--length", "200", "--out", str(path)]) == 0
    out, err = told(capsys)
    assert path.read_text() == out
    assert f"Written to {path}." in err


def test_known_words_are_counted():
    """By hand: "row" twice and "rwo" once; a shuffled letter stays what it is."""
    found = known_words(["row rwo", "row", "I"], {"row", "I"})
    assert found["words_known"] == 3 / 4
    assert found["words_known_shuffled"] in (1 / 4, 2 / 4, 3 / 4)
    assert known_words(["...", ""], {"row"}) == {}


def test_prompts_from_files_and_stdin(
    run: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "prompt.txt"
    path.write_bytes("\ufeffRow,\r\nGently \\n".encode())
    assert main(["generate", run, "--prompt-file", str(path), "--length", "1"]) == 0
    assert told(capsys)[0].startswith("Row,\nGently \\n")  # a file is taken as it is
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"Merrily")))
    assert main(["generate", run, "--prompt", "-", "--length", "1"]) == 0
    assert told(capsys)[0].startswith("Merrily")
    path.write_bytes(b"Row\xff")
    assert main(["generate", run, "--prompt-file", str(path)]) == 2
    assert "not UTF-8: byte 3 is 0xff" in told(capsys)[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--top-p", "2"], "top_p must be at most 1"),
        (["--lenght", "3"], "did you mean '--length'"),
        (["--length", "three"], "expected a whole number"),
        (["--set", "norepeat=2"], "did you mean 'no_repeat'"),
        (["--prompt", "a", "--prompt-file", "b"], "two prompts"),
        (["--prompt-file", "none.txt"], "No such file"),
        (["--match", "(?=R)ow"], "a look ahead is not taken"),
        (["--match", "ß+"], "know no 'ß'"),
        (["--style", "dark"], "no styles"),
        (["--stop", "a", "--set", "stop=b"], "stop is given twice"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(run: str, capsys: pytest.CaptureFixture[str], words: list[str], said: str):
    assert main(["generate", run, *words]) == 2
    out, err = told(capsys)
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_an_expression_has_its_caret(run: str, capsys: pytest.CaptureFixture[str]):
    assert main(["generate", run, "--match", "row(a|b"]) == 2
    assert told(capsys)[1].splitlines()[:2] == ["  row(a|b", "     ^"]


def test_runs_of_another_kind_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    other = save_run(tmp_path / "run", kind="classifier", settings={}, tensors={}, metrics={}, log=[])
    assert main(["generate", str(other)]) == 2
    assert "holds a classifier, which writes no text; frontal language FILE trains" in told(capsys)[1]
    assert main(["generate", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in told(capsys)[1]


@pytest.mark.parametrize("words", [[], ["--json"], ["--samples", "2"]])
def test_ctrl_c_keeps_what_was_written(
    run: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str]
):
    """A signal in the middle of the work, as the terminal sends it."""
    picks = []

    def pick(draws: Draws, weights: Floats) -> Any:
        picks.append(1)
        if len(picks) == 50:
            signal.raise_signal(signal.SIGINT)
        return picked(draws, weights)

    picked = Draws.pick
    monkeypatch.setattr(Draws, "pick", pick)
    assert main(["generate", run, "--length", "100000000", "--prompt", "Row", *words]) == 130
    out, err = told(capsys)
    assert "Stopped by Ctrl-C" in err
    if "--json" in words:
        said = json.loads(out)
        assert said["interrupted"] is True
        assert len(said["texts"][0]) == 49
    elif "--samples" in words:
        assert [len(text) for text in re.split(r"--- \d of 2\nRow", out)] == [0, 50, 50]
    else:
        assert len(out) == len("Row") + 49 + 1


def test_escapes():
    assert unescaped(r"a\nb\tc\\nd\e") == "a\nb\tc\\nd\\e"
