"""`frontal bench cells` and `frontal menu`."""

import json
from pathlib import Path

import pytest

from frontal.cli import main
from frontal.tasks import bench_menu
from frontal.tasks.bench_training import Recipe

MINE = """
import torch, frontal
class Mine(frontal.Cell):
    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)
        self.a = torch.nn.Linear(input_size + hidden_size, hidden_size)
    def step(self, x, h):
        return torch.tanh(self.a(torch.cat([x, h], -1)))
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(MINE)


def test_bench_cells(capsys: pytest.CaptureFixture[str]):
    words = ["bench", "cells", "--cell", "mine.py:Mine", "--cell", "gru", "--problems", "parity,adding"]
    assert main([*words, "--hidden", "4", "--budget", "0.2", "--out", "results"]) == 0
    said = capsys.readouterr().out
    assert "parity: Is the number of ones so far odd?" in said and "Mine" in said and "outcomes.png" in said
    assert main([*words, "--hidden", "4", "--budget", "0.2", "--json", "--seeds", "2"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert len(result["outcomes"]) == 8 and {o["cell"] for o in result["outcomes"]} == {"Mine", "gru"}


def test_menu(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    quick = {**bench_menu.serve_menu.__kwdefaults__, "recipe": Recipe(hidden=4, steps=50)}
    monkeypatch.setattr(bench_menu.serve_menu, "__kwdefaults__", quick)
    assert main(["menu", "--cell", "mine.py:Mine", "--courses", "5", "--plot", "a.svg"]) == 0
    said = capsys.readouterr().out
    assert all(word in said for word in ("elman", "lstm", "gru", "Mine", "5 courses", "12.5%", "a.svg"))
    assert Path("a.svg").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["bench", "cell"], "frontal bench cells"),
        (["bench", "cells", "--problems", "paritty"], "did you mean 'parity'"),
        (["bench", "cells", "--cell", "nowhere.py:A"], "nowhere.py"),
        (["bench", "cells", "--cell", "lst"], "did you mean 'lstm'"),
        (["bench", "cells", "--hidden", "0"], "hidden must be a whole number >= 1, got 0"),
        (["bench", "cells", "--seeds", "0"], "seeds must be a whole number >= 1, got 0"),
        (["bench", "cells", "--problems", "copy", "--length", "0"], "copy: length must be a whole number >= 1, got 0"),
        (["bench", "cells", "--budget", "soon"], "--budget soon: expected a number"),
        (["menu", "--courses", "3"], "more than 3 courses, got 3"),
        (["menu", "--plot", "a.txt"], "must end in .png"),
        (["menu", "--plot", "nowhere/a.png"], "there is no folder nowhere"),
        (["menu", "--cell", "broken.py"], "broken.py"),
    ],
)
def test_unusable_input_is_told(words: list[str], says: str, capsys: pytest.CaptureFixture[str]):
    Path("broken.py").write_text("class A(")
    assert main(words) == 2
    said = capsys.readouterr().err
    assert says in said and "Traceback" not in said
