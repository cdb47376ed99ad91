"""Faults: whatever fails while a run is saved, the old run or the new one is there, whole."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from runs import bytes_of, names, number_of, save

from frontal import atomic
from frontal.atomic import write_atomic
from frontal.errors import FrontalError
from frontal.training import run_directory
from frontal.training.run_directory import read_run

# --- faults ------------------------------------------------------------------------------------------


class Crash(BaseException):
    """The machine is off: from now on nothing works."""


CALLS = ("open", "write", "fsync", "close", "mkdir", "rename", "replace", "unlink", "rmdir")


class Faults:
    """Makes the n-th system call of a save fail; after a crash all later ones, too."""

    def __init__(self, monkeypatch, n: int, error: type[BaseException], *, also_later: bool) -> None:
        self.calls, self.n, self.error, self.also_later = 0, n, error, also_later
        self.inside = False
        for name in CALLS:
            monkeypatch.setattr(os, name, self.wrapped(name, getattr(os, name)))

    def wrapped(self, name, call):
        def faulty(*arguments, **options):
            self.calls += 1
            if self.calls == self.n or (self.also_later and self.calls > self.n):
                if name == "close":  # a failing close still closes
                    call(*arguments, **options)
                if name == "write" and self.calls == self.n:  # half of it arrives
                    call(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                raise self.error(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return call(*arguments, **options)

        return faulty


def calls_of(action) -> int:
    with pytest.MonkeyPatch.context() as patch:
        counter = Faults(patch, 0, OSError, also_later=False)
        action()
        return counter.calls


@pytest.mark.parametrize("old", [True, False])
def test_whichever_call_fails_the_old_run_is_intact_and_nothing_is_left(tmp_path, old):
    path = tmp_path / "run"
    save(path, 1)
    total = calls_of(lambda: save(path, 1))
    assert total > 40
    refused = 0
    for n in range(1, total + 1):
        shutil.rmtree(path)
        if old:
            save(path, 1)
            before = bytes_of(path)
        raised = False
        with pytest.MonkeyPatch.context() as patch:
            Faults(patch, n, OSError, also_later=False)
            try:
                save(path, 2)
            except FrontalError as error:
                raised = True
                assert os.strerror(errno.ENOSPC) in str(error)
                assert str(path) in str(error)
        refused += raised
        if not raised:  # what failed came after the new run was safe
            assert number_of(path) == 2
        elif old:
            assert bytes_of(path) == before
            assert names(tmp_path) == ["run"], n
        else:
            assert names(tmp_path) == [], n
        save(path, 3)
        assert number_of(path) == 3
        assert names(tmp_path) == ["run"], n
    assert refused > 0.6 * total if old else refused > 0.4 * total


@pytest.mark.parametrize("old", [True, False])
def test_a_crash_at_any_call_leaves_the_old_run_or_the_new_one(tmp_path, old):
    path = tmp_path / "run"
    save(path, 1)
    total = calls_of(lambda: save(path, 1))
    found, aside = [], 0
    for n in range(1, total + 1):
        shutil.rmtree(path)
        if old:
            save(path, 1)
        with pytest.MonkeyPatch.context() as patch:
            Faults(patch, n, Crash, also_later=True)
            with suppress(Crash):
                save(path, 2)
        aside += not path.exists()
        if old or path.exists():
            found.append(number_of(path))
        save(path, 3)
        assert number_of(path) == 3
        assert names(tmp_path) == ["run"], n
    assert found == sorted(found)
    assert set(found) == ({1, 2} if old else {2})
    assert aside >= 1


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc to name what is synced")
def test_everything_is_on_the_disk_before_it_is_renamed(tmp_path, monkeypatch):
    events: list[str] = []

    def fsync(descriptor: int) -> None:
        events.append("sync " + Path(f"/proc/self/fd/{descriptor}").readlink().name)

    def rename(source, target, call=os.rename) -> None:
        events.append("rename")
        call(source, target)

    save(tmp_path / "run", 1)
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "rename", rename)
    save(tmp_path / "run", 2)
    files = [f"sync {name}" for name in names(tmp_path / "run")]
    assert sorted(events[:7]) == files
    assert events[6] == "sync manifest.json"
    assert events[7].startswith("sync .run.")
    assert events[8:11] == ["rename", "rename", f"sync {tmp_path.name}"]


def test_the_set_aside_run_is_found_and_put_back(tmp_path):
    path = save(tmp_path / "run", 1)
    save(tmp_path / "other", 5)
    aside = atomic.beside(path, "old")
    path.rename(aside)
    assert number_of(path) == 1
    assert read_run(path).path == aside
    (tmp_path / "run").mkdir()
    with pytest.raises(FrontalError, match="not a run"):  # what stands in its place counts
        read_run(path)
    path.rmdir()
    atomic.beside(path, "new").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_directory, "write_synced", lambda *_: (_ for _ in ()).throw(OSError(errno.EIO, "broken")))
        with pytest.raises(FrontalError, match="broken"):
            save(path, 2)
    assert names(tmp_path) == ["other", "run"]
    assert number_of(path) == 1


def test_a_half_removed_old_run_never_comes_back(tmp_path, monkeypatch):
    path = save(tmp_path / "run", 1)

    def crash(*_, **__):
        raise Crash

    monkeypatch.setattr(shutil, "rmtree", crash)
    with pytest.raises(Crash):
        save(path, 2)
    monkeypatch.undo()
    assert number_of(path) == 2
    shutil.rmtree(path)
    with pytest.raises(FrontalError, match="no such run"):
        read_run(path)
    save(path, 3)
    assert names(tmp_path) == ["run"]


def test_runs_whose_names_begin_alike_leave_each_other_alone(tmp_path):
    for name in ("a", "a.b", "a.12345678", "[a]*"):
        save(tmp_path / name, 1).rename(atomic.beside(tmp_path / name, "old"))
    for name in ("a", "a.b", "a.12345678", "[a]*"):
        assert number_of(tmp_path / name) == 1
        save(tmp_path / name, 2)
    assert names(tmp_path) == sorted(["a", "a.b", "a.12345678", "[a]*"])


def test_a_full_disk_of_the_kernels_own(tmp_path):
    """A file-size limit makes the kernel itself refuse the write."""
    code = """
import resource, sys, torch
from frontal.training.run_directory import save_run
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
save_run(sys.argv[1], kind="x", settings={}, tensors={"w": torch.zeros(100_000)}, metrics={}, log=[])
"""
    path = save(tmp_path / "run", 1)
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert "FrontalError: cannot save the run" in done.stderr
    assert os.strerror(errno.EFBIG) in done.stderr
    assert number_of(path) == 1
    assert names(tmp_path) == ["run"]


def test_no_permission(tmp_path, monkeypatch):
    def denied(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(tmp_path))

    path = save(tmp_path / "run", 1)
    monkeypatch.setattr(os, "mkdir", denied)
    with pytest.raises(FrontalError, match="Permission denied"):
        save(path, 2)
    monkeypatch.undo()
    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(FrontalError, match=r"cannot read the run.*Permission denied"):
        read_run(path)


KILLED = """
import os, random, signal, sys, time
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from test_run_directory import names, number_of, save

path, draw, last, torn = Path(sys.argv[1]) / "run", random.Random(1), 0, 0
save(path, 0)
for kill in range(15):
    child = os.fork()
    if child == 0:
        for number in range(last, 10**9):
            save(path, number)
    time.sleep(draw.uniform(0.01, 0.06))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    torn += len(names(path.parent)) > 1
    number = number_of(path)
    assert number >= last, (number, last)
    last = number
save(path, last)
assert number_of(path) == last
assert names(path.parent) == ["run"], names(path.parent)
print("torn:", torn, "saves:", last)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_kill_9_at_any_moment(tmp_path):
    here = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), here],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[1]) > 0, "no kill came during a save: the test shows nothing"


def test_a_reader_never_sees_a_mixture(tmp_path):
    path, seen = save(tmp_path / "run", 0), [0]

    def write() -> None:
        for number in range(1, 201):
            save(path, number)

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        seen.append(number_of(path))
    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    assert number_of(path) == 200


def test_two_writers_never_make_a_mixture(tmp_path):
    path, refused = save(tmp_path / "run", 0), []

    def write(first: int) -> None:
        for number in range(first, first + 60):
            try:
                save(path, number)
            except FrontalError as error:
                refused.append(str(error))

    writers = [threading.Thread(target=write, args=(first,)) for first in (100, 200)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert 100 <= number_of(path) < 260
    save(path, 1)
    assert number_of(path) == 1
    assert names(tmp_path) == ["run"]


# --- one file ----------------------------------------------------------------------------------------


def test_write_atomic(tmp_path):
    path = tmp_path / "new" / "out.csv"
    write_atomic(path, b"one")
    path.chmod(0o600)
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    (tmp_path / "link.csv").symlink_to(path)
    write_atomic(tmp_path / "link.csv", b"three")
    assert path.read_bytes() == b"three"
    assert (tmp_path / "link.csv").is_symlink()
    with pytest.raises(FrontalError, match="not an ordinary file"):
        write_atomic(tmp_path, b"x")
    with pytest.raises(FrontalError, match="cannot write"):
        write_atomic(path / "below", b"x")


@pytest.mark.parametrize(("error", "later"), [(OSError, False), (Crash, True)])
def test_write_atomic_keeps_the_old_file_whichever_call_fails(tmp_path, error, later):
    path = tmp_path / "out.csv"
    write_atomic(path, b"old")
    total = calls_of(lambda: write_atomic(path, b"old"))
    seen = []
    for n in range(1, total + 1):
        with pytest.MonkeyPatch.context() as patch:
            Faults(patch, n, error, also_later=later)
            try:
                write_atomic(path, b"new")
                raised = False
            except (FrontalError, Crash):
                raised = True
        seen.append(path.read_bytes())
        assert raised or seen[-1] == b"new"  # the parent was there, so making it may fail
        if error is OSError:
            assert names(tmp_path) == ["out.csv"]
        write_atomic(path, b"old")
        assert names(tmp_path) == ["out.csv"]
    assert set(seen) == {b"old", b"new"}
