"""Kernels are kept on disk; whatever is wrong with what lies there, they are compiled."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

RUN = """
import sys, time, torch, frontal
from frontal.compiler.cpu import jit
seen = []
old = jit.compile_module
jit.compile_module = lambda *a: (seen.append(1), old(*a))[1]
torch.manual_seed(0)
layer = frontal.LSTM(3, {hidden})
y, _ = layer(torch.ones({T}, 2, 3))
y.sum().backward()
print(len(seen), float(y.sum().detach()), sep="\\n")
"""


def run(folder: Path, hidden: int = 8, T: int = 4, **environment: str) -> tuple[int, float]:
    """Train in a new process with its cache in `folder`; return how much was compiled, and a number."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN.format(hidden=hidden, T=T)], capture_output=True, text=True,
        timeout=120, env={**os.environ, "FRONTAL_CACHE": str(folder), **environment}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    count, number = done.stdout.split()
    return int(count), float(number)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """A cache that a first process has filled, and its number."""
    folder = tmp_path_factory.mktemp("cache") / "frontal"
    compiled, number = run(folder)
    assert compiled >= 2
    return folder, number


def copy(folder: Path, to: Path) -> Path:
    to.mkdir(mode=0o700)
    for entry in folder.iterdir():
        (to / entry.name).write_bytes(entry.read_bytes())
    return to


def test_the_second_process_compiles_nothing(filled: tuple[Path, float]):
    folder, number = filled
    assert run(folder) == (0, number)


def test_other_shapes_compile_nothing(filled: tuple[Path, float]):
    assert run(filled[0], hidden=40, T=11)[0] == 0


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text"])
def test_damaged_entries_are_compiled_anew(filled: tuple[Path, float], damage: str, tmp_path: Path):
    folder = copy(filled[0], tmp_path / "c")
    for entry in folder.glob("*.o"):
        content = bytearray(entry.read_bytes())
        content[len(content) // 2] ^= 1
        wrong = {"cut": content[:100], "flip": content, "empty": b"", "text": b"hello"}[damage]
        entry.write_bytes(bytes(wrong))
    compiled, number = run(folder)
    assert compiled >= 2 and number == filled[1]
    assert run(folder) == (0, number)


def test_entries_that_others_may_write_are_not_run(filled: tuple[Path, float], tmp_path: Path):
    folder = copy(filled[0], tmp_path / "c")
    for entry in folder.glob("*.o"):
        entry.chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IWOTH)
    assert run(folder)[0] >= 2


def test_a_place_that_cannot_be_written(filled: tuple[Path, float], tmp_path: Path):
    file = tmp_path / "file"
    file.write_text("no folder")
    for place in (file / "frontal", Path("/proc/frontal"), Path("/dev/null/frontal")):
        compiled, number = run(place)
        assert compiled >= 2 and number == filled[1]


def test_no_home(tmp_path: Path):
    home = tmp_path / "gone"
    compiled, _ = run(Path(), HOME=str(home), FRONTAL_CACHE="")
    assert compiled >= 2 and (home / ".cache" / "frontal").is_dir()


def test_two_processes_at_once(filled: tuple[Path, float], tmp_path: Path):
    environment = {**os.environ, "FRONTAL_CACHE": str(tmp_path / "c")}
    command = [sys.executable, "-c", RUN.format(hidden=8, T=4)]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        for _ in range(3)
    ]
    for process in processes:
        out, error = process.communicate(timeout=120)
        assert process.returncode == 0 and float(out.split()[1]) == filled[1], error
    assert run(tmp_path / "c")[0] == 0
    assert not list((tmp_path / "c").glob(".new-*"))


def test_a_line_says_so_when_it_takes_long(tmp_path: Path):
    slow = "from frontal.compiler.cpu import jit\njit.PATIENCE_SECONDS = 0.0\n" + RUN.format(hidden=8, T=4)
    done = subprocess.run(
        [sys.executable, "-c", slow], capture_output=True, text=True, timeout=120, check=True,
        env={**os.environ, "FRONTAL_CACHE": str(tmp_path / "c")},
    )  # fmt: skip
    assert "compiling LSTM forward" in done.stderr and str(tmp_path / "c") in done.stderr
