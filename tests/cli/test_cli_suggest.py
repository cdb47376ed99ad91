"""`frontal suggest`: keys, lines, and the page in a terminal of its own."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recipes import environment, program

from frontal.cli import main
from frontal.cli.suggest_keys import Key, Keys

TEXT = "the cat sat on the mat. the cat ate the rat. there the rat sat with them.\n" * 40


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model of a small text, which has the text's words and its test part."""
    from frontal.tasks.language_model import LanguageModel

    model = LanguageModel(hidden=24, embedding=8, epochs=8, learning_rate=0.03, dropout=0.0, streams=8, window=32)
    return model.fit(TEXT).save(tmp_path_factory.mktemp("run") / "cats", files={"test.txt": TEXT[:600].encode()})


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"ab", [Key("text", "ab")]),
        (b"a\tb", [Key("text", "a"), Key("take"), Key("text", "b")]),
        (b"\x7f\x08\x17\x15", [Key("backspace"), Key("backspace"), Key("delete word"), Key("clear")]),
        (b"\x03", [Key("leave")]),
        (b"\x04", [Key("leave")]),
        (b"\r", [Key("text", "\n")]),
        (b"\x1b[A\x1bOC\x1b[D", [Key("up"), Key("right"), Key("left")]),
        (b"\x1b1\x1bOQ\x1b[13~", [Key("first"), Key("second"), Key("third")]),
        ("né 你".encode(), [Key("text", "né 你")]),
        (b"\x1b[200~two\r\nlines\t\x03\x1b[A\x1b[201~x", [Key("text", "two\nlines\tx")]),
        (b"\x1b[5~\x1b[1;5Cx", [Key("text", "x")]),  # keys that mean nothing here
        (b"a\x00\x01b\x9b", [Key("text", "ab\ufffd")]),
    ],
)
def test_keys_of_bytes(data: bytes, keys: list[Key]):
    assert Keys().feed(data) == keys


@given(st.lists(st.sampled_from(["a", "é", "你", "\x1b[A", "\x1b1", "\t", "\x1b[200~p\tq\x1b[201~"])), st.data())
def test_keys_come_in_pieces_of_any_size(parts: list[str], data: st.DataObject):
    sent = "".join(parts).encode()
    whole, pieces = Keys().feed(sent), Keys()
    found: list[Key] = []
    while sent:
        size = data.draw(st.integers(1, len(sent)))
        found += pieces.feed(sent[:size])
        sent = sent[size:]
    assert "".join(key.text for key in found) == "".join(key.text for key in whole)
    assert [key for key in found if key.name != "text"] == [key for key in whole if key.name != "text"]


def test_an_escape_alone_is_given_up():
    keys = Keys()
    assert keys.feed(b"\x1b") == []
    assert keys.unfinished
    assert keys.flush() == []
    assert keys.feed(b"a") == [Key("text", "a")]


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    """Run the program in an empty folder with bytes on its standard input."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object, given: bytes = b"") -> int:
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(given), encoding="utf-8"))
        return main(["suggest", *map(str, words)])

    return run


def test_lines_are_answered(run: Path):
    done = program("suggest", str(run), input="the c\nteh \n")
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first.startswith("the c\tcat ")
    assert "next letter: 'a'" in first
    assert "did you mean: the?" in second


def test_lines_as_json(run: Path, piped: Callable[..., int], capsys: pytest.CaptureFixture[str]):
    assert piped(run, "--json", given=b"the c\r\n\xff\n") == 0
    lines = json.loads(capsys.readouterr().out)["lines"]
    assert [line["text"] for line in lines] == ["the c", "\ufffd"]
    assert lines[0]["words"][0]["word"] == "cat"
    assert lines[0]["letters"][0]["letter"] == "a"
    assert lines[1]["correction"] is None


def test_words_are_learned_only_where_that_is_asked_for(
    run: Path, piped: Callable[..., int], capsys: pytest.CaptureFixture[str]
):
    assert piped(run, given=b"Zorro and Zorro\n") == 0
    assert list(Path().iterdir()) == []
    assert piped(run, "--learn", "mine.json", given=b"Zorro and Zorro\nZorro\n") == 0
    assert "Your words are kept in" in capsys.readouterr().out
    assert piped(run, "--learn", "mine.json", "--json", given=b"Zo\n") == 0
    assert json.loads(capsys.readouterr().out)["lines"][0]["words"][0]["word"] == "Zorro"
    assert [path.name for path in Path().iterdir()] == ["mine.json"]


def test_it_is_measured(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("frontal.tasks.language_suggest_measure.MISTYPED", 8)
    assert main(["suggest", str(run), "--measure", "test", "--characters", "300", "--out", "told"]) == 0
    said = capsys.readouterr().out
    assert "of the keys are saved" in said
    assert "errors by fingers: right" in said
    page = Path("told/suggest.html").read_text()
    assert "--measure test --characters 300 --seed 0" in page
    assert Path("told/suggest.png").read_bytes().startswith(b"\x89PNG")
    Path("mine.txt").write_text("The cat sat. " * 30)
    assert main(["suggest", str(run), "--measure", "mine.txt", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["metrics"]["characters"] == 390


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none"], "no such run directory"),
        (["{run}", "--layout", "qwrty"], "did you mean 'qwerty'"),
        (["{run}", "--seed", "1"], "add --measure"),
        (["{run}", "--measure", "short.txt"], "needs at least 200"),
        (["{run}", "--measure", "none.txt"], "none.txt"),
        (["{run}", "--learn", "short.txt"], "not a file of learned words"),
        (["words"], "needs a model that spells"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    run: Path, piped: Callable[..., int], capsys: pytest.CaptureFixture[str], words: list[str], said: str
):
    from frontal.tasks.language_model import LanguageModel

    Path("short.txt").write_text("To be.")
    if words == ["words"]:
        LanguageModel(symbols="words", hidden=4, embedding=4, epochs=1, streams=4).fit(TEXT).save("words")
    assert piped(*(word.format(run=run) for word in words)) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


class Terminal:
    """The program in a terminal of its own; what it writes is kept."""

    def __init__(self, run: Path, *options: str) -> None:
        import pty

        self.ours, theirs = pty.openpty()
        self.before = self.mode()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "frontal", "suggest", str(run), *options], stdin=theirs, stdout=theirs,
            stderr=theirs, env={**environment(), "TERM": "xterm-256color", "LINES": "24"}, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self.shown = ""
        """without colours and places"""
        self.written = ""

    def mode(self) -> list[object]:
        import termios

        return termios.tcgetattr(self.ours)

    def until(self, text: str, seconds: float = 40.0) -> None:
        """Read until a text is shown."""
        end = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < end, f"{text!r} is not in {self.shown[-2000:]!r}"
            if select.select([self.ours], [], [], 0.1)[0]:
                with suppress(OSError):  # the program is gone
                    self.written += os.read(self.ours, 1 << 16).decode("utf-8", "replace")
                self.shown = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", self.written)

    def press(self, keys: str, until: str) -> None:
        self.shown = self.written = ""
        os.write(self.ours, keys.encode())
        self.until(until)


@pytest.fixture
def terminal(run: Path, tmp_path: Path) -> Iterator[Terminal]:
    pytest.importorskip("termios")
    terminal = Terminal(run, "--learn", str(tmp_path / "mine.json"))
    yield terminal
    if terminal.process.poll() is None:
        terminal.process.kill()
    terminal.process.wait()
    os.close(terminal.ours)


def test_a_user_at_the_page(terminal: Terminal, tmp_path: Path):
    terminal.until("Tab takes")
    terminal.press("the c", "5 keys for 5 characters")
    terminal.press("\t", "the cat ▏")
    terminal.press("teh ", "→ the")
    terminal.press("\x1b[A", "the cat the ▏")
    terminal.press("\x1b[200~你好\nc\x1b[201~", "c▏")
    terminal.press("\x1b[C\x1b[D\x1b1", "cat ▏")
    terminal.press("x\x17", "cat ▏")
    terminal.press("\x04", "keys for")
    terminal.until("are kept in")
    assert terminal.process.wait(20) == 0
    assert "the cat the 你好\r\ncat " in terminal.shown
    assert terminal.mode() == terminal.before, "the terminal is as it was"
    assert "\x1b[?1049l" in terminal.written
    assert "cat" in json.loads((tmp_path / "mine.json").read_text())["words"]


@pytest.mark.parametrize("way", ["ctrl-c", "terminated"])
def test_the_terminal_is_put_back(terminal: Terminal, way: str):
    terminal.until("Tab takes")
    terminal.press("th", "2 keys")
    assert terminal.mode() != terminal.before
    if way == "ctrl-c":
        os.write(terminal.ours, b"\x03")
    else:
        terminal.process.send_signal(signal.SIGTERM)
    assert terminal.process.wait(20) == (0 if way == "ctrl-c" else 128 + signal.SIGTERM)
    assert terminal.mode() == terminal.before
