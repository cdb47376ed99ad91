"""`frontal check` and `frontal explain`: a user's own cell, from a file."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from frontal.cells import named
from frontal.cli import check, main
from frontal.layers import Recurrent

GOOD = """
import torch, frontal

class Cosine(frontal.Cell):
    states = ("h", "c")

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)
        self.mix = torch.nn.Linear(input_size + hidden_size, 4 * hidden_size)

    def step(self, x, h, c):
        i, f, g, o = self.mix(torch.cat([x, h], -1)).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.cos(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c
"""
MODULE = """
from torch import nn
import torch

class Plain(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        self.a, self.b = nn.Linear(input_size, hidden_size), nn.Linear(hidden_size, hidden_size)

    def forward(self, x, h):
        return torch.tanh(self.a(x) + self.b(h))
"""
HEAD = "import torch, frontal\nclass A(frontal.Cell):\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write a file into an empty working folder; return its name."""
    monkeypatch.chdir(tmp_path)

    def write(text: str, name: str = "cells.py") -> str:
        Path(name).write_text(text, encoding="utf-8")
        return name

    return write


def test_a_sound_cell_passes_every_check(file, capsys: pytest.CaptureFixture[str]):
    assert main(["check", file(GOOD) + ":Cosine"]) == 0
    out = capsys.readouterr().out
    assert out.count(" ok") >= 20 and "FAILS" not in out
    assert out.splitlines()[-1].startswith("Cosine: all ")


def test_the_only_cell_of_a_file_needs_no_name(file, capsys: pytest.CaptureFixture[str]):
    assert main(["check", file(GOOD), "--input-size", "1", "--hidden-size", "2"]) == 0
    assert "Cosine: all" in capsys.readouterr().out


def test_a_plain_module_is_checked_too(file, capsys: pytest.CaptureFixture[str]):
    assert main(["check", file(MODULE) + ":Plain"]) == 0


def test_a_broken_cell_fails_with_code_1_and_says_where(file, capsys: pytest.CaptureFixture[str]):
    broken = GOOD.replace("torch.cat([x, h], -1)", "torch.cat([x, h.detach()], -1)")
    assert main(["check", file(broken)]) == 1
    out = capsys.readouterr().out
    assert "FAILS" in out and "the gradient of h is 0 along a direction" in out


def test_json_has_every_row(file, capsys: pytest.CaptureFixture[str]):
    assert main(["check", file(GOOD), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["cell"] == "Cosine" and result["passed"] is True and len(result["checks"]) >= 20
    assert set(result["checks"][0]) == {"name", "passed", "found", "hint"}


def test_explain_prints_what_the_layer_says_of_itself(file, capsys: pytest.CaptureFixture[str]):
    assert main(["explain", "gru", "--hidden-size", "5"]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    told = str(replace(Recurrent(named("gru")(3, 5)).explain(torch.zeros(7, 2, 3)), read_as=None))
    assert first == "parameters: weight_ih [15, 3], weight_hh [15, 5], bias_ih [15], bias_hh [15]"
    assert "\n".join(rest) == told.partition("\nsource:\n")[0]
    assert main(["explain", "gru", "--hidden-size", "5", "--source"]) == 0
    assert capsys.readouterr().out.partition("\n")[2].rstrip() == told.rstrip()


def test_explain_prints_the_plan_and_with_source_the_kernels(file, capsys: pytest.CaptureFixture[str]):
    assert main(["explain", file(GOOD) + ":Cosine", "--hidden-size", "8"]) == 0
    out = capsys.readouterr().out
    for part in ("Cosine, input 3, states h 8, c 8", "backend: cpu", "each step forward", "cos(", "d_c = "):
        assert part in out
    assert "define" not in out
    assert main(["explain", "cells.py:Cosine", "--source"]) == 0
    assert "define" in capsys.readouterr().out


def test_cells_of_float64_are_explained_too(file, capsys: pytest.CaptureFixture[str]):
    double = GOOD.replace("4 * hidden_size)", "4 * hidden_size, dtype=torch.float64)")
    assert main(["explain", file(double), "--source"]) == 0
    assert "double" in capsys.readouterr().out


def test_explain_says_why_there_is_no_kernel(file, capsys: pytest.CaptureFixture[str]):
    text = GOOD.replace("        c = torch", "        if c.sum() > 1e9: return h, c\n        c = torch")
    assert main(["explain", file(text)]) == 0
    out = capsys.readouterr().out
    assert "backend: reference" in out and "cells.py:13" in out and "torch.where" in out


def test_published_cells_go_by_name(capsys: pytest.CaptureFixture[str]):
    assert main(["explain", "peephole", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["parameters"]["peep_i"] == [4] and result["states"] == {"h": 4, "c": 4}


@pytest.mark.parametrize("verb", ["check", "explain"])
@pytest.mark.parametrize(
    ("text", "cell", "says"),
    [
        (GOOD, "lstmm", "did you mean 'lstm'"),
        (GOOD, "missing.py:Cosine", "there is no file 'missing.py'; type FILE.py:CELL"),
        (GOOD, "cell.py:Cosine", "there is no file 'cell.py'; did you mean 'cells.py'?"),
        (GOOD, "cells.py:", "'' cannot be the name of a class; type FILE.py:CELL"),
        (GOOD, "cells.py:My-Cell", "'My-Cell' cannot be the name of a class"),
        (GOOD, "cells.Cosine", "no cell is named 'cells.Cosine'; type FILE.py:CELL"),
        (GOOD + "made = Cosine(1, 1)", "cells.py:made", "made is a Cosine; name that class, not an object of it"),
        (MODULE, "cells.py", "defines no cell (but Plain); say which class, such as cells.py:Plain"),
        (GOOD, "cells.py:Cosin", "did you mean 'Cosine'"),
        (GOOD, ".:Cosine", "is a folder"),
        ("x = (", "cells.py:A", "cells.py, line 1:"),
        ("import torch\n1 / 0", "cells.py:A", "cells.py, line 2: ZeroDivisionError: division by zero"),
        ("import no_such_module_here", "cells.py:A", "ModuleNotFoundError: No module named 'no_such_module_here'"),
        ("A = 3", "cells.py:A", "A, a int, is no class of cells; derive it from frontal.Cell"),
        ("x = 3", "cells.py", "cells.py defines no cell; say which class, such as cells.py:MyCell"),
        (GOOD + GOOD.replace("Cosine", "Sine"), "cells.py", "defines Cosine, Sine; say which class"),
        (HEAD + "    pass", "cells.py:A", "A has no step; write def step(self, x, h)"),
        (
            HEAD + "    def __init__(self, i, h, k): pass\n    def step(self, x, h): return h",
            "cells.py:A",
            "A takes i, h, k; it must be built from input_size and hidden_size alone",
        ),
        (
            HEAD + "    def __init__(self, i, h): raise OSError('no disk')\n    def step(self, x, h): return h",
            "cells.py:A",
            "A(3, 4) cannot be built: cells.py, line 3: OSError: no disk",
        ),
        (
            HEAD + "    def __init__(self, i, h, *, k, m=1): pass\n    def step(self, x, h): return h",
            "cells.py:A",
            "give k a default",
        ),
        (
            HEAD + "    def __init__(self, i, h): pass\n    def step(self, x, h): return h",
            "cells.py:A",
            "A(3, 4): its __init__ must begin with super().__init__",
        ),
        (
            HEAD + "    def __init__(self, i, h): exit(3)\n    def step(self, x, h): return h",
            "cells.py:A",
            "A(3, 4) cannot be built: cells.py, line 3: SystemExit: 3",
        ),
        ("raise SystemExit(3)", "cells.py:A", "cells.py, line 1: SystemExit: 3"),
    ],
)  # fmt: skip
def test_unusable_input_is_told_with_code_2(
    verb: str, text: str, cell: str, says: str, file, capsys: pytest.CaptureFixture[str]
):
    file(text)
    assert main([verb, cell]) == 2
    captured = capsys.readouterr()
    assert says in captured.err.replace("\n", " ") and "Traceback" not in captured.err


BROKEN_STEPS = [
    ("return 1 / 0", "cells.py, line 3: ZeroDivisionError"),
    ("exit(3)", "cells.py, line 3: SystemExit: 3"),
    ("return self.step(x, h)", "RecursionError"),
    ("return None", "TypeError: 'NoneType' object is not iterable"),
    ("return x", "must return the like"),
    ("return h, h", "must return 1 states"),
]


@pytest.mark.parametrize(("body", "says"), BROKEN_STEPS)
def test_a_step_that_breaks_is_a_failed_check_and_cannot_be_explained(
    body: str, says: str, file, capsys: pytest.CaptureFixture[str]
):
    file(f"{HEAD}    def step(self, x, h): {body}\n")
    assert main(["check", "cells.py"]) == 1
    checked = capsys.readouterr()
    assert says in checked.out and "Traceback" not in checked.out + checked.err
    assert main(["explain", "cells.py"]) == 2
    explained = capsys.readouterr()
    assert says in explained.err and "Traceback" not in explained.err and "bug in frontal" not in explained.err


def test_a_syntax_error_in_an_imported_file_is_told_with_that_file(file, capsys: pytest.CaptureFixture[str]):
    file("\n\nx = (", "beside_the_cells.py")
    assert main(["check", file("import beside_the_cells")]) == 2
    assert "beside_the_cells.py, line 3:" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["check", "explain"])
def test_help_names_every_option_and_is_light(verb: str, capsys: pytest.CaptureFixture[str]):
    code = f"import sys; from frontal.cli import main; main(['{verb}', '--help']); assert 'torch' not in sys.modules"
    page = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for option in ("CELL", "--input-size", "--hidden-size", "--json", *(["--source"] if verb == "explain" else [])):
        assert option in page
    assert main([verb, "--help"]) == 0


def test_a_check_that_takes_longer_says_on_stderr_where_it_is(
    file, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(check, "FIRST_SECONDS", 0.05)
    slow = GOOD.replace("i, f, g, o =", "time.sleep(0.3 if len(x) == 5 else 0); i, f, g, o =")
    assert main(["check", file(slow.replace("import torch", "import time, torch")), "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("checking cells.py: ") and captured.err.endswith(" …\n")
    assert json.loads(captured.out)["cell"] == "Cosine"


def test_a_check_that_is_soon_done_says_nothing_else(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(check, "FIRST_SECONDS", 600)
    assert main(["check", "elman"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("option", "says"), [("0", "must be a whole number >= 1, got 0"), ("x", "a whole number")])
def test_unusable_sizes_are_told(option: str, says: str, capsys: pytest.CaptureFixture[str]):
    for verb, name in (("check", "--hidden-size"), ("explain", "--input-size")):
        assert main([verb, "lstm", name, option]) == 2
        assert says in capsys.readouterr().err


def test_binary_files_are_no_python(file, capsys: pytest.CaptureFixture[str]):
    Path("cells.py").write_bytes(b"\x00\xff\xfe\x01")
    assert main(["check", "cells.py:A"]) == 2
    said = capsys.readouterr().err
    assert "this is not Python" in said and "None" not in said and "Traceback" not in said
