"""A run is the old one or the new one, whole; anything else is refused by name."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
import torch

from frontal.errors import FrontalError
from frontal.training import atomic, run_directory
from frontal.training.atomic import write_atomic
from frontal.training.run_directory import check_run_target, read_run, save_run

NAN = float("nan")


def save(path: Path, number: int) -> Path:
    """A run all of whose files tell the same number."""
    return save_run(
        path,
        kind="forecaster",
        settings={"number": number, "cell": "größe", "context": (1, 2), "step": None},
        tensors={"weight": torch.full((3, 2), float(number)), "count": torch.tensor(number)},
        metrics={"rmse": number + 0.5, "coverage": NAN},
        log=[{"epoch": 1, "loss": number}, {"epoch": 2, "loss": float("inf")}],
        files={"forecast.csv": f"n\n{number}\n".encode(), "forecast.png": bytes(range(256))},
    )


def number_of(path: Path) -> int:
    """The number that all files agree on."""
    run = read_run(path)
    numbers = {
        run.settings["number"],
        int(run.tensors["count"]),
        int(run.tensors["weight"][2, 1]),
        int(run.metrics["rmse"] - 0.5),
        run.log[0]["loss"],
        int(run.files["forecast.csv"].split()[1]),
    }
    assert len(numbers) == 1
    return numbers.pop()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    """The disk is not waited for; `test_everything_is_on_the_disk_before_it_is_renamed` looks at that."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# --- there and back ----------------------------------------------------------------------------------


def test_there_and_back(tmp_path):
    path = save(tmp_path / "runs" / "one", 7)
    assert path == (tmp_path / "runs" / "one").resolve()
    run = read_run(path)
    assert (run.kind, run.path, run.format_version) == ("forecaster", path, 1)
    assert run.settings == {"number": 7, "cell": "größe", "context": [1, 2], "step": None}
    assert run.metrics == {"rmse": 7.5, "coverage": None}
    assert run.log == [{"epoch": 1, "loss": 7}, {"epoch": 2, "loss": None}]
    assert run.files == {"forecast.csv": b"n\n7\n", "forecast.png": bytes(range(256))}
    assert torch.equal(run.tensors["weight"], torch.full((3, 2), 7.0))
    own = ["log.jsonl", "manifest.json", "metrics.json", "model.safetensors", "settings.json"]
    assert names(path) == ["forecast.csv", "forecast.png", *own]
    assert names(path.parent) == ["one"]


def test_the_files_are_plain_json_and_the_manifest_holds_their_digests(tmp_path):
    path = save(tmp_path / "run", 7)
    assert json.loads((path / "metrics.json").read_text()) == {"rmse": 7.5, "coverage": None}
    assert len((path / "log.jsonl").read_text().splitlines()) == 2
    listed = json.loads((path / "manifest.json").read_text())["files"]
    assert set(listed) == set(names(path)) - {"manifest.json"}
    for name, entry in listed.items():
        data = (path / name).read_bytes()
        assert entry == {"size": len(data), "sha256": sha256(data).hexdigest()}


def test_tensors_come_back_bit_by_bit(tmp_path):
    base = torch.randn(4, 6)
    tensors = {
        "float64": torch.randn(3, dtype=torch.float64),
        "bfloat16": torch.randn(3).bfloat16(),
        "int": torch.arange(5),
        "bool": torch.tensor([True, False]),
        "empty": torch.zeros(0, 3),
        "scalar": torch.tensor(2.5),
        "nan": torch.tensor([NAN, float("inf"), -0.0]),
        "transposed": base.T,
        "view": base[1:, ::2],
        "tied": base,
        "parameter": torch.nn.Parameter(base),
    }
    save_run(tmp_path / "run", kind="x", settings={}, tensors=tensors, metrics={}, log=[])
    back = read_run(tmp_path / "run").tensors
    assert set(back) == set(tensors)
    for name, tensor in tensors.items():
        assert back[name].dtype == tensor.dtype
        torch.testing.assert_close(back[name], tensor.detach(), rtol=0, atol=0, equal_nan=True)


def test_a_second_save_replaces_everything(tmp_path):
    save(tmp_path / "run", 1)
    save_run(tmp_path / "run", kind="x", settings={"n": 2}, tensors={}, metrics={}, log=[])
    run = read_run(tmp_path / "run")
    assert (run.kind, run.settings, run.tensors, run.log, run.files) == ("x", {"n": 2}, {}, [], {})
    assert names(tmp_path) == ["run"]


def test_text_that_is_not_unicode_survives(tmp_path):
    settings = {"data": os.fsdecode(b"caf\xe9.csv"), "line": "a\u2028b\nc"}
    save_run(tmp_path / "run", kind="x", settings=settings, tensors={}, metrics={}, log=[settings])
    run = read_run(tmp_path / "run")
    assert run.settings == settings
    assert run.log == [settings]


def test_an_empty_directory_and_a_link_to_a_run_can_be_saved_to(tmp_path):
    (tmp_path / "empty").mkdir()
    save(tmp_path / "empty", 1)
    (tmp_path / "latest").symlink_to("empty")
    save(tmp_path / "latest", 2)
    assert (tmp_path / "latest").is_symlink()
    assert number_of(tmp_path / "empty") == number_of(tmp_path / "latest") == 2


# --- what is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "My Kind"}, "kind must be"),
        ({"settings": {"rate": NAN}}, r"settings\['rate'\] must be a finite"),
        ({"settings": {"path": Path("x")}}, r"settings\['path'\] is a .*Path"),
        ({"settings": {"a": [{1: 2}]}}, r"settings\['a'\]\[0\]: names must be text"),
        ({"metrics": {"m": torch.tensor(1.0)}}, r"metrics\['m'\] is a Tensor"),
        ({"log": [{}, {"loss": {1}}]}, r"log\[1\]\['loss'\] is a set"),
        ({"tensors": {"w": [1.0]}}, r"tensors\['w'\] must be a tensor"),
        ({"tensors": {"w": torch.eye(2).to_sparse()}}, "cannot be stored"),
        ({"files": {"../evil": b""}}, "plain name"),
        ({"files": {"a/b.png": b""}}, "plain name"),
        ({"files": {".hidden": b""}}, "plain name"),
        ({"files": {"manifest.json": b""}}, "plain name"),
        ({"files": {"settings.json": b""}}, "plain name"),
        ({"files": {"plot.png": "text"}}, "must be bytes"),
    ],
)
def test_what_cannot_be_stored_is_refused_before_anything_is_written(tmp_path, change, message):
    run = {"kind": "x", "settings": {}, "tensors": {}, "metrics": {}, "log": []}
    with pytest.raises(FrontalError, match=message):
        save_run(tmp_path / "run", **(run | change))
    assert names(tmp_path) == []


@pytest.mark.parametrize("check", [check_run_target, lambda path: save(path, 1)])
def test_nothing_but_a_run_is_overwritten(tmp_path, check):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_text("mine")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "manifest.json").write_text('{"name": "a web page"}')
    run = save(tmp_path / "run", 1)
    (run / "notes.txt").write_text("mine")
    for name, message in {
        "file": "a file of that name",
        "photos": r"not a run \(a\.jpg\)",
        "site": "not frontal's",
        "run": r"not the run's \(notes\.txt\)",
    }.items():
        with pytest.raises(FrontalError, match=message):
            check(tmp_path / name)
    assert number_of(run) == 1  # reading minds no further files
    (run / "notes.txt").rename(run / ".DS_Store")
    check(run)
    with pytest.raises(FrontalError, match="directory of its own"):
        check("/")
    assert (tmp_path / "photos" / "a.jpg").read_text() == "mine"
    assert names(tmp_path) == ["file", "photos", "run", "site"]


def rewritten(path: Path, change) -> None:
    """Change the manifest and seal it anew, as an attacker could."""
    manifest = json.loads((path / "manifest.json").read_text())
    manifest.pop("sha256")
    change(manifest)
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    manifest["sha256"] = sha256(text.encode()).hexdigest()
    (path / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


def entry(data: bytes) -> dict[str, object]:
    return {"size": len(data), "sha256": sha256(data).hexdigest()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.update(format_version=2, frontal_version="9.1"), r"frontal 9\.1 .*format 2.*upgrade"),
        (lambda m: m.update(format="other"), "not a run"),
        (lambda m: m.pop("format_version"), "not a run"),
        (lambda m: m.update(kind="os.system"), "no kind"),
        (lambda m: m.pop("kind"), "no kind"),
        (lambda m: m.update(files=[]), "no files"),
        (lambda m: m.pop("frontal_version"), "which frontal"),
        (lambda m: m["files"].pop("log.jsonl"), r"does not list log\.jsonl"),
        (lambda m: m["files"].update({"../../secret": entry(b"s")}), "secret.*plain file name"),
        (lambda m: m["files"].update({"/etc/passwd": entry(b"s")}), "passwd.*plain file name"),
        (lambda m: m["files"].update({"..": entry(b"s")}), "plain file name"),
        (lambda m: m["files"].update({"manifest.json": entry(b"s")}), "plain file name"),
        (lambda m: m["files"].update({"a": 3}), "no size and SHA-256 for a"),
        (lambda m: m["files"].update({"gone.png": entry(b"s")}), r"half written: gone\.png is missing"),
        (lambda m: m["files"]["log.jsonl"].update(size=10**15), r"log\.jsonl was changed: it has"),
    ],
)
def test_a_manifest_that_lies_is_refused(tmp_path, change, message):
    path = save(tmp_path / "run", 1)
    (tmp_path / "secret").write_text("s")
    rewritten(path, lambda manifest: None)
    assert number_of(path) == 1
    rewritten(path, change)
    with pytest.raises(FrontalError, match=message):
        read_run(path)


def planted(path: Path, name: str, data: bytes) -> None:
    (path / name).write_bytes(data)
    rewritten(path, lambda manifest: manifest["files"].update({name: entry(data)}))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("settings.json", b"[1]"),
        ("settings.json", b'{"a": NaN}'),
        ("settings.json", b'{"a": 1'),
        ("settings.json", b"\xff\xfe"),
        ("metrics.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        ("metrics.json", b'{"a": ' + b"9" * 10_000 + b"}"),
        ("log.jsonl", b'{"a": 1}\n3\n'),
        ("model.safetensors", b"\x80\x04K\x01."),  # a pickle
        ("model.safetensors", b""),
        ("model.safetensors", (2**62).to_bytes(8, "little") + b"{}"),
    ],
)
def test_content_that_is_not_what_its_name_says_is_refused(tmp_path, name, data):
    path = save(tmp_path / "run", 1)
    planted(path, name, data)
    with pytest.raises(FrontalError, match=name):
        read_run(path)


def test_links_and_pipes_are_refused_unread(tmp_path):
    secret = tmp_path / "secret"
    for plant in (lambda path: path.symlink_to(secret), os.mkfifo, Path.mkdir):
        path = save(tmp_path / "run", 1)
        secret.write_bytes((path / "metrics.json").read_bytes())
        (path / "metrics.json").unlink()
        plant(path / "metrics.json")
        with pytest.raises(FrontalError, match=r"metrics\.json is a link or no ordinary file"):
            read_run(path)
        shutil.rmtree(path)


def test_what_is_not_a_run_says_so(tmp_path):
    with pytest.raises(FrontalError, match="no such run directory"):
        read_run(tmp_path / "nothing")
    (tmp_path / "file").write_text("x")
    with pytest.raises(FrontalError, match="is a file"):
        read_run(tmp_path / "file")
    with pytest.raises(FrontalError, match="not a run"):
        read_run(tmp_path)
    path = save(tmp_path / "run", 1)
    (path / "manifest.json").unlink()
    with pytest.raises(FrontalError, match="half written"):
        read_run(path)
    (path / "manifest.json").write_bytes(b" " * (1 << 20) + b"{}")
    with pytest.raises(FrontalError, match=r"manifest\.json is no ordinary file of at most 1048576 bytes"):
        read_run(path)


def test_any_changed_byte_is_refused_by_the_files_name(tmp_path):
    path = save(tmp_path / "run", 3)
    draw = random.Random(0)
    for file in sorted(path.iterdir()):
        data = file.read_bytes()
        places = range(len(data)) if file.name == "manifest.json" else draw.sample(range(len(data)), min(40, len(data)))
        for place in places:
            changed = bytearray(data)
            changed[place] ^= 1 << draw.randrange(8)
            file.write_bytes(changed)
            with pytest.raises(FrontalError, match=file.name.replace(".", r"\.") + "|format"):
                read_run(path)
        file.write_bytes(data)
    assert number_of(path) == 3


def test_any_truncation_is_refused_by_the_files_name(tmp_path):
    path = save(tmp_path / "run", 3)
    for file in sorted(path.iterdir()):
        data = file.read_bytes()
        for size in {0, 1, len(data) // 2, len(data) - 1} - {len(data)}:
            file.write_bytes(data[:size])
            with pytest.raises(FrontalError, match=file.name.replace(".", r"\.")):
                read_run(path)
        file.unlink()
        with pytest.raises(FrontalError, match=file.name.replace(".", r"\.")):
            read_run(path)
        file.write_bytes(data)
    assert number_of(path) == 3


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
