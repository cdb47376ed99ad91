"""A run is the old one or the new one, whole; anything else is refused by name."""

from __future__ import annotations

import json
import os
import random
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from runs import NAN, names, number_of, save

from frontal.errors import FrontalError
from frontal.training.run_directory import check_run_target, read_run, save_run

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
