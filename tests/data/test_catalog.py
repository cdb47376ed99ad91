"""The catalogue: what it says of the files on this machine, where it looks, and what a download may leave behind."""

from __future__ import annotations

import gzip
import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from frontal.data import catalog, catalog_get
from frontal.data.catalog import CATALOG, find, locate
from frontal.data.catalog_check import checksum_fault, files_of
from frontal.data.catalog_entry import Archive, Entry, Part
from frontal.data.catalog_get import get
from frontal.errors import FrontalError
from frontal.training.progress import SilentProgress

A, B, PACKED = b"first file\n" * 100, b"second\n", b"packed" * 500
SOUNDS = {f"sounds/{number}.wav": bytes([number]) * 50 for number in range(12)}


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def listing(files: dict[str, bytes]) -> str:
    return digest("".join(f"{digest(files[name])}  {name}\n" for name in sorted(files)).encode())


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two sets on offer, `pair` as files and `sounds` in a zip file, and an empty cache."""
    from test_unpack import zip_of

    offered = tmp_path / "offered"
    offered.mkdir()
    (offered / "a.txt").write_bytes(A)
    (offered / "there.txt").write_bytes(B)
    (offered / "c.gz").write_bytes(gzip.compress(PACKED, mtime=7))
    zip_of(offered / "all.zip", {f"top-1/{name}": content for name, content in (SOUNDS | {"other": b"x"}).items()})
    parts = (
        Part("a.txt", len(A), digest(A), (offered / "a.txt").as_uri()),
        Part("b.txt", len(B), digest(B), (offered / "there.txt").as_uri()),
        Part("c.gz", len(PACKED), digest(PACKED), (offered / "c.gz").as_uri(), unpacked=True),
    )
    pair = Entry("pair", "Two files", "tests", "none", "no terms", "open", parts)
    sounds = Part("sounds/*.wav", 600, listing(SOUNDS), count=12)
    archive = Archive((offered / "all.zip").as_uri(), 1000)
    for entry in (pair, replace(pair, name="sounds", parts=(sounds,), archive=archive)):
        monkeypatch.setitem(CATALOG, entry.name, entry)
    monkeypatch.setenv("FRONTAL_CACHE", str(tmp_path / "cache" / "frontal"))
    monkeypatch.delenv("FRONTAL_DATA", raising=False)
    return offered


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "frontal" / "data"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", list(CATALOG))
def test_the_files_on_this_machine_are_the_catalogues(name: str, data_dir: Path) -> None:
    """Every byte: sizes and SHA-256; parts that are not there are those that the test names."""
    folder = data_dir / name
    faults = {part.name: checksum_fault(part, folder) for part in CATALOG[name].parts}
    wrong = {part: fault for part, fault in faults.items() if fault is not None}
    assert wrong in ({}, {"recordings/*_[1-4][0-9].wav": "2,400 of 2,400 files are missing"})
    known = {path for part in CATALOG[name].parts for path in files_of(part, folder)}
    assert {path for path in folder.rglob("*") if path.is_file()} - known <= {folder / "SOURCE.md"}


def test_every_folder_has_an_entry(data_dir: Path) -> None:
    assert {path.name for path in data_dir.iterdir() if path.is_dir()} <= set(CATALOG)


@pytest.mark.parametrize("entry", list(CATALOG.values()), ids=lambda entry: entry.name)
def test_entries_are_complete(entry: Entry) -> None:
    assert all((entry.title, entry.task, entry.licence, entry.terms, entry.reader))
    for part in entry.parts:
        assert len(part.sha256) == 64
        assert part.size > 0
        assert (part.count > 1) == ("*" in part.name)
        address = part.address or (entry.archive.address if entry.archive else None)
        assert address is None or urlsplit(address).scheme == "https"
        if address is not None:  # what lies at a commit never changes
            assert any(len(word.removesuffix(".tar.gz")) == 40 for word in address.split("/"))


def test_readers_exist() -> None:
    import frontal.data
    from frontal.cli import VERBS

    for entry in CATALOG.values():
        words = entry.reader.split()
        if words[0] == "frontal":
            assert words[1] in VERBS
        elif words[0].startswith("frontal.data."):
            assert hasattr(frontal.data, words[0].rpartition(".")[2])


def test_get_then_find(there: Path, cache: Path) -> None:
    for name in ("pair", "pair/b.txt", "sounds", "sounds/sounds/3.wav"):
        with pytest.raises(FrontalError, match=r"not on this machine; type `frontal data get .* FRONTAL_DATA"):
            find(name)
    assert not cache.exists()
    got = get("pair", SilentProgress())
    assert (got.folder, got.fetched) == (cache / "pair", ("a.txt", "b.txt", "c.gz"))
    assert contents(cache) == {"pair/a.txt": A, "pair/b.txt": B, "pair/c.gz": (there / "c.gz").read_bytes()}
    assert find("pair") == cache / "pair"
    assert find("pair/b.txt").read_bytes() == B
    assert get("sounds", SilentProgress()).fetched == ("sounds/*.wav",)
    assert contents(cache / "sounds") == SOUNDS
    assert find("sounds/sounds/3.wav").read_bytes() == SOUNDS["sounds/3.wav"]
    assert sorted(path.name for path in cache.iterdir()) == ["pair", "sounds"]
    assert cache.parent.stat().st_mode & 0o777 == 0o700
    assert get("pair", SilentProgress()).fetched == ()


def test_the_given_folder_comes_first(there: Path, cache: Path, tmp_path: Path, monkeypatch) -> None:
    given = tmp_path / "given" / "pair"
    given.mkdir(parents=True)
    monkeypatch.setenv("FRONTAL_DATA", str(given.parent))
    (given / "a.txt").write_bytes(A)
    assert find("pair") == given
    assert find("pair/a.txt") == given / "a.txt"
    place = locate("pair")
    assert place is not None
    assert (place.missing, place.wrong) == ({"b.txt": 1, "c.gz": 1}, {})
    with pytest.raises(FrontalError, match=r"the file pair/b\.txt is not on this machine"):
        find("pair/b.txt")
    assert get("pair", SilentProgress()).folder == cache / "pair"
    assert find("pair") == cache / "pair"  # the first that is whole
    (given / "b.txt").write_bytes(B)
    (given / "c.gz").write_bytes(gzip.compress(PACKED, 1))  # packed in another way
    assert find("pair") == given
    assert get("pair", SilentProgress()).folder == given
    monkeypatch.setenv("FRONTAL_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(FrontalError, match=r"FRONTAL_DATA=.*nowhere is not a folder"):
        find("pair")


def test_what_has_another_size_is_refused(there: Path, cache: Path) -> None:
    get("pair", SilentProgress())
    get("sounds", SilentProgress())
    (cache / "pair" / "a.txt").write_bytes(A + b"!")
    for name in ("pair", "pair/a.txt"):
        with pytest.raises(FrontalError, match=r"a\.txt has 1,101 bytes instead of 1,100.*frontal data get pair"):
            find(name)
    assert find("pair/b.txt").is_file()
    assert get("pair", SilentProgress()).fetched == ("a.txt",)
    assert find("pair/a.txt").read_bytes() == A
    (cache / "sounds" / "sounds" / "12.wav").write_bytes(b"more")
    with pytest.raises(FrontalError, match="13 files instead of 12"):
        find("sounds")
    (cache / "sounds" / "sounds" / "3.wav").write_bytes(b"!" * 50)
    with pytest.raises(FrontalError, match=r"is not the catalogue's \(13 files instead of 12\); remove it"):
        get("sounds", SilentProgress())


@pytest.mark.parametrize("spoil", ["a.txt", "there.txt", "c.gz", "all.zip"])
def test_a_wrong_checksum_is_refused_and_nothing_is_left(spoil: str, there: Path, cache: Path) -> None:
    content = bytearray((there / spoil).read_bytes())
    content[15 if spoil == "c.gz" else content.index(b"sounds/5") + 12 if spoil == "all.zip" else 3] ^= 1
    (there / spoil).write_bytes(content)
    with pytest.raises(FrontalError, match=r"is not what the catalogue means|is damaged"):
        get("sounds" if spoil == "all.zip" else "pair", SilentProgress())
    expected = {"a.txt": {}, "there.txt": {"pair/a.txt": A}, "c.gz": {"pair/a.txt": A, "pair/b.txt": B}, "all.zip": {}}
    assert contents(cache) == expected[spoil]
    assert not [path for path in cache.iterdir() if path.name.startswith(".")]


class Stops(SilentProgress):
    """Ctrl-C, or a full disk, at the nth block."""

    def __init__(self, after: int, error: Callable[[], BaseException]) -> None:
        self.left, self.error = after, error

    def update(self, advance: float, **figures: object) -> None:
        self.left -= 1
        if self.left < 0:
            raise self.error()


@pytest.mark.parametrize("after", range(7))
def test_a_stopped_download_goes_on_where_it_was(after: int, there: Path, cache: Path) -> None:
    try:
        get("pair", Stops(after, KeyboardInterrupt))
    except KeyboardInterrupt:
        finished = {"a.txt": A, "b.txt": B, "c.gz": (there / "c.gz").read_bytes()}
        assert all(finished[Path(name).name] == content for name, content in contents(cache).items())
        assert not [path for path in cache.iterdir() if path.name.startswith(".")]
    before = set(contents(cache / "pair")) if (cache / "pair").exists() else set()
    assert set(get("pair", SilentProgress()).fetched) == {"a.txt", "b.txt", "c.gz"} - before
    assert set(contents(cache)) == {"pair/a.txt", "pair/b.txt", "pair/c.gz"}


def test_no_room_and_leftovers(there: Path, cache: Path) -> None:
    with pytest.raises(FrontalError, match=r"cannot write into .*pair: No space left"):
        get("pair", Stops(0, lambda: OSError(28, "No space left on device")))
    old, young = cache / ".pair.01234567.new", cache / ".pair.89abcdef.new"
    for leftover in (old, young):
        leftover.mkdir(parents=True)
        (leftover / "a.txt").write_bytes(b"half")
    hours_ago = time.time() - 2 * catalog_get.ABANDONED
    os.utime(old, (hours_ago, hours_ago))
    get("pair", SilentProgress())
    assert not old.exists()
    assert young.exists()  # another process may be at it


def test_names_and_sets_without_an_address(there: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FrontalError, match=r"no data set is called 'fsddd'; did you mean 'fsdd'\?"):
        find("fsddd")
    with pytest.raises(FrontalError, match=r"'pair' has no file 'b\.text'; did you mean 'b\.txt'"):
        find("pair/b.text")
    (cache / "sounds" / "sounds").mkdir(parents=True)
    (cache / "x.wav").write_bytes(b"beside the set")
    with pytest.raises(FrontalError, match="not on this machine"):
        find("sounds/sounds/../../x.wav")
    alone = replace(CATALOG["pair"], name="alone", parts=(Part("a.txt", 1, "0" * 64),))
    monkeypatch.setitem(CATALOG, "alone", alone)
    for action in (find, lambda name: get(name, SilentProgress())):
        with pytest.raises(FrontalError, match=r"nobody offers its files as they are: put them into .*alone"):
            action("alone")
    monkeypatch.setattr(catalog, "cache_folder", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    with pytest.raises(FrontalError, match="set FRONTAL_CACHE"):
        find("pair")
