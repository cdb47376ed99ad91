"""`frontal cells`: the list of published cells, and one of them."""

import json
from pathlib import Path

import pytest

from frontal.cells import catalogue, named
from frontal.cli import main


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)


def test_the_list_has_every_cell_with_formula_states_parameters_backend_and_paper(capsys: pytest.CaptureFixture[str]):
    assert main(["cells", "--json", "--input-size", "3", "--hidden-size", "5"]) == 0
    cells = {facts["name"]: facts for facts in json.loads(capsys.readouterr().out)["cells"]}
    assert cells.keys() == catalogue().keys()
    for name, facts in cells.items():
        cell = named(name)(3, 5)
        assert facts["parameters"] == sum(p.numel() for p in cell.parameters())
        assert facts["states"] == dict(zip(cell.states, cell.state_sizes, strict=True))
        assert "=" in facts["formula"] and facts["summary"]
        assert any(year in facts["paper"] for year in ("19", "20")), name
        assert facts["backend"] == "cpu"
    assert main(["cells"]) == 0
    said = capsys.readouterr().out
    assert "gru: The gated recurrent unit\n  states h 64; 18,816 parameters; backend cpu" in said


def test_one_cell_is_drawn(capsys: pytest.CaptureFixture[str]):
    assert main(["cells", "gru"]) == 0
    said = capsys.readouterr().out
    assert "h' = (1 − z) tanh(W_n x + b_n + r n) + z h" in said and "gru.png" in said
    assert Path("gru.png").read_bytes()[:4] == b"\x89PNG"
    assert main(["cells", "lstm", "--plot", "a.svg"]) == 0
    assert "<svg" in Path("a.svg").read_text()


def test_a_cell_of_a_users_file(capsys: pytest.CaptureFixture[str]):
    Path("mine.py").write_text(
        "import torch, frontal\n"
        "class Mine(frontal.Cell):\n"
        "    def __init__(self, input_size, hidden_size):\n"
        "        super().__init__(input_size, hidden_size)\n"
        "        self.a = torch.nn.Linear(input_size, hidden_size)\n"
        "    def step(self, x, h):\n"
        "        return h.cos() + self.a(x)\n"
    )
    assert main(["cells", "mine.py:Mine"]) == 0
    assert "h' = cos(h) + W x + b" in capsys.readouterr().out
    assert Path("Mine.png").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["lst"], "did you mean 'lstm'"),
        (["lstm", "--plot", "a.txt"], "must end in .png, .svg, .pdf"),
        (["lstm", "--plot", "nowhere/a.png"], "nowhere/a.png"),
        (["--plot", "a.png"], "--plot draws one cell"),
        (["--hidden-size", "0"], "must be a whole number >= 1, got 0"),
        (["lstm", "gru"], "one argument too many: 'gru'"),
        (["nowhere.py:A"], "nowhere.py"),
    ],
)
def test_unusable_input_is_told(words: list[str], says: str, capsys: pytest.CaptureFixture[str]):
    assert main(["cells", *words]) == 2
    said = capsys.readouterr().err
    assert says in said and "Traceback" not in said
    assert not list(Path().iterdir())
