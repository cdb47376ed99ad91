"""`frontal data`: the list, one entry, a download, and what it says when something is wrong."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from recipes import program

from frontal.cli import main
from frontal.data.catalog import CATALOG
from frontal.data.catalog_entry import Entry, Part

TEXT = b"some text\n"


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A set of one file, `notes`, on offer; return the folder that downloads go to."""
    (tmp_path / "offered.txt").write_bytes(TEXT)
    part = Part("notes.txt", len(TEXT), hashlib.sha256(TEXT).hexdigest(), (tmp_path / "offered.txt").as_uri())
    entry = Entry("notes", "A few notes", "tests", "CC0", "Nobody to credit.", "open FOLDER/notes.txt", (part,))
    monkeypatch.setitem(CATALOG, "notes", entry)
    monkeypatch.setenv("FRONTAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FRONTAL_DATA", raising=False)
    return tmp_path / "cache" / "data" / "notes"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["data", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_list_show_get(one: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys)
    assert code == 0
    assert all(name in out for name in CATALOG)
    assert "FRONTAL_DATA: not set" in out
    code, out, _ = run(capsys, "show", "notes")
    assert code == 0
    assert "not on this machine; type `frontal data get notes`" in out
    assert not one.exists()
    code, out, err = run(capsys, "get", "notes")
    assert code == 0
    assert "Licence: CC0. Nobody to credit." in out
    assert f"fetched 1 of 1; {one}" in out
    assert "notes: 100 %" in err
    assert (one / "notes.txt").read_bytes() == TEXT
    assert "all were there" in run(capsys, "get", "notes")[1]
    out = run(capsys, "show", "notes")[1]
    assert f"reader: open {one}/notes.txt" in out
    assert "right" in out


def test_a_changed_file_is_seen(one: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "get", "notes")
    (one / "notes.txt").write_bytes(TEXT.upper())
    code, out, _ = run(capsys, "show", "notes")
    assert code == 1
    assert "SHA-256" in out
    assert "instead of" in out
    (one / "notes.txt").write_bytes(TEXT + TEXT)
    assert json.loads(run(capsys, "--json")[1])["sets"][-1]["state"] == "wrong"
    assert run(capsys, "get", "notes")[0] == 0
    assert run(capsys, "show", "notes")[0] == 0


def test_json(one: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--json")
    assert code == 0
    listed = json.loads(out)
    assert [each["name"] for each in listed["sets"]] == list(CATALOG)
    assert listed["cache"] == str(one.parent)
    assert listed["sets"][-1]["folder"] is None
    code, out, err = run(capsys, "get", "notes", "--json")
    assert code == 0
    assert json.loads(out)["fetched"] == ["notes.txt"]
    assert "A few notes" in err
    shown = json.loads(run(capsys, "show", "notes", "--json")[1])
    assert shown["parts"][0]["state"] == "right"
    assert shown["folder"] == str(one)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["get"], "frontal data get needs the name of a data set"),
        (["show", "fsddd"], "no data set is called 'fsddd'; did you mean 'fsdd'?"),
        (["mnist"], "unknown action 'mnist'; type frontal data show mnist"),
        (["gte", "fsdd"], "unknown action 'gte'; did you mean 'get'?"),
        (["get", "pen_strokes"], "cannot be downloaded; nobody offers its files as they are: put them into"),
    ],
)
def test_what_it_refuses(words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRONTAL_DATA", raising=False)
    monkeypatch.setenv("FRONTAL_CACHE", str(tmp_path / "cache"))
    done = program("data", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
