"""Everything that is shown is run: the examples of docstrings, and the code and commands of README.md."""

from __future__ import annotations

import doctest
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import matplotlib as mpl
import pytest
import torch
from source import ROOT, modules

from frontal.cli import VERBS, options

NAMES = [".".join(("frontal", *module.parts)) for module in modules() if module.path.stem != "__main__"]
README = ROOT / "README.md"
PAGES = sorted((ROOT / "docs").rglob("*.md"))
COMMANDS = ("make demo", "make test")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run what is shown in an empty folder, without windows, from the same random numbers."""
    monkeypatch.chdir(tmp_path)
    mpl.use("Agg")
    torch.manual_seed(0)


@pytest.mark.parametrize("name", NAMES)
def test_docstrings(name: str) -> None:
    result = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0, "the output above is not what the docstring shows"


def test_some_docstring_has_an_example() -> None:
    assert any(doctest.DocTestFinder().find(import_module("frontal.cell")))
    assert any(test.examples for test in doctest.DocTestFinder().find(import_module("frontal.cell")))


def blocks(text: str, *languages: str) -> Iterator[str]:
    for language, body in re.findall(r"^```(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        if language in languages:
            yield body


def commands(text: str) -> list[str]:
    """Return the shell lines of a page: prompts and comments removed, continued lines joined."""
    lines = "\n".join(blocks(text, "sh", "bash", "shell", "console")).replace("\\\n", " ").splitlines()
    return [line for line in (re.sub(r"^\$ |(^|\s)#.*", "", line).strip() for line in lines) if line]


def fault_of(command: str) -> str | None:
    """Return what is wrong with a `make` or `frontal` line; other programs are not ours to judge."""
    words = shlex.split(re.split("[|>]", command)[0])
    if words[0] == "make":
        targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
        missing = [word for word in words[1:] if "=" not in word and word not in targets]
        return f"Makefile has no target {missing[0]!r}" if missing else None
    if words[0] != "frontal" or words[1:] in (["--help"], ["--version"]):
        return None
    if len(words) < 2 or words[1] not in VERBS:
        return "no such verb"
    if "--help" in words:
        return None
    try:
        options.parse(import_module(f"frontal.cli.{words[1]}").Options, f"frontal {words[1]}", words[2:])
    except ValueError as error:
        return str(error)
    return None


def readme() -> str:
    assert README.is_file(), "README.md is missing"
    return README.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_readme_shows_the_two_commands(command: str) -> None:
    assert command in commands(readme()), f"README.md lacks the command `{command}`, in a block marked sh"


def test_readme_commands_exist() -> None:
    faults = [f"`{command}`: {fault}" for command in commands(readme()) if (fault := fault_of(command))]
    assert faults == []


def test_readme_code_runs() -> None:
    shown = list(blocks(readme(), "python"))
    assert shown, "README.md shows no python"
    names: dict[str, object] = {"__name__": "readme"}
    for number, body in enumerate(shown, start=1):
        exec(compile(body, f"README.md, python block {number}", "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_run_and_print_what_they_show(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A block marked text right behind one marked python is what that one prints."""
    text = page.read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": page.stem}
    shown = re.findall(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", text, re.MULTILINE | re.DOTALL)
    assert shown, f"{page.name} shows no python"
    for number, (body, expected) in enumerate(shown, start=1):
        exec(compile(body, f"{page.name}, python block {number}", "exec"), names)
        printed = capsys.readouterr().out
        assert not expected or printed == expected


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_of_pages_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [f"`{command}`: {fault}" for command in commands(text) if (fault := fault_of(command))] == []


def test_wrong_commands_are_seen() -> None:
    shown = "$ make demo\nmake dmo # x\nfrontal forecast airline --horizn 3 \\\n  --json\nfrontal forcast a\n"
    faults = [fault_of(command) for command in commands(f"```sh\n{shown}```\n")]
    assert len(faults) == 4
    assert faults[0] is None
    assert faults[1] == "Makefile has no target 'dmo'"
    assert "did you mean '--horizon'" in str(faults[2])
    assert faults[3] == "no such verb"


def test_right_commands_pass() -> None:
    shown = "frontal forecast sales.csv --target sales --set epochs=3 | head\nfrontal predict runs/airline\n"
    assert [fault_of(command) for command in commands(f"```sh\n{shown}```\n")] == [None, None]


def test_only_code_blocks_are_read() -> None:
    assert commands("make demo\n```python\nmake demo\n```\n") == []
