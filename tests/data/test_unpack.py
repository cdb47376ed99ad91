"""Archives: what is wanted comes out, and nothing is written anywhere else."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontal.data.unpack import unpack
from frontal.errors import FrontalError

FILES = {"top/a.txt": b"one", "top/sub/b.txt": b"two" * 1000, "top/c.bin": b"", "readme": b"top level"}


def zip_of(path: Path, files: dict[str, bytes], **modes: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("top/", b"")
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = modes.get(Path(name).stem, 0) << 16
            archive.writestr(info, content)
    return path


def tar_of(path: Path, files: dict[str, bytes], *more: tarfile.TarInfo, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in more:
            archive.addfile(info)
    return path


MAKERS = {
    "zip": zip_of,
    "tar.gz": tar_of,
    "tar.xz": lambda path, files: tar_of(path, files, mode="w:xz"),
    "tar": lambda path, files: tar_of(path, files, mode="w"),
}


def all_of(archive: Path, into: Path, most_bytes: int = 10_000) -> dict[str, bytes]:
    into.mkdir()
    paths = unpack(archive, into, lambda name: True, most_bytes=most_bytes)
    assert sorted(paths) == sorted(path for path in into.rglob("*") if path.is_file())
    return {path.relative_to(into).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.parametrize("kind", MAKERS)
def test_what_is_packed_comes_out(kind: str, tmp_path: Path) -> None:
    archive = MAKERS[kind](tmp_path / "x", FILES)
    assert all_of(archive, tmp_path / "out") == {"a.txt": b"one", "sub/b.txt": b"two" * 1000, "c.bin": b""}
    (tmp_path / "some").mkdir()
    (path,) = unpack(archive, tmp_path / "some", lambda name: name == "a.txt", most_bytes=3)
    assert path == tmp_path / "some" / "a.txt"
    assert [path.name for path in (tmp_path / "some").iterdir()] == ["a.txt"]


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
@pytest.mark.parametrize("name", ["../x", "top/../../x", "/etc/x", "top/..", "top\\..\\x", "C:/x", "top/a:stream"])
def test_names_that_lead_out_are_refused(kind: str, name: str, tmp_path: Path) -> None:
    archive = MAKERS[kind](tmp_path / "x.archive", {name: b"evil"})
    with pytest.raises(FrontalError, match=r"x\.archive holds the name .* leads out"):
        all_of(archive, tmp_path / "out")
    assert [path.name for path in tmp_path.rglob("*")] in (["x.archive", "out"], ["out", "x.archive"])


def test_links_and_devices_are_never_written(tmp_path: Path) -> None:
    link = tarfile.TarInfo("top/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    hard = tarfile.TarInfo("top/hard")
    hard.type, hard.linkname = tarfile.LNKTYPE, "top/a.txt"
    pipe = tarfile.TarInfo("top/pipe")
    pipe.type = tarfile.FIFOTYPE
    for special in (link, hard, pipe):
        archive = tar_of(tmp_path / special.name[4:], {"top/a.txt": b"one"}, special)
        (tmp_path / f"out-{archive.name}").mkdir()
        with pytest.raises(FrontalError, match="is a link or a device"):
            unpack(archive, tmp_path / f"out-{archive.name}", lambda name: True, most_bytes=99)
        assert [path.name for path in (tmp_path / f"out-{archive.name}").iterdir()] == ["a.txt"]
        paths = unpack(archive, tmp_path / f"out-{archive.name}" / "b", lambda name: name == "a.txt", most_bytes=9)
        assert len(paths) == 1
    archive = zip_of(tmp_path / "z", {"top/link": b"/etc/passwd"}, link=stat.S_IFLNK | 0o777)
    with pytest.raises(FrontalError, match="is a link or a device"):
        all_of(archive, tmp_path / "out")


@pytest.mark.parametrize("kind", MAKERS)
def test_a_bomb_is_stopped(kind: str, tmp_path: Path) -> None:
    archive = MAKERS[kind](tmp_path / "x", {"top/bomb": bytes(5_000_000)})
    with pytest.raises(FrontalError, match="unpacks to more bytes"):
        all_of(archive, tmp_path / "out", most_bytes=4_999_999)
    assert sum(path.stat().st_size for path in (tmp_path / "out").rglob("*")) < 5_000_000


def test_other_files_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "twice", "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("top/a", b"1")
        archive.writestr("top/a", b"2")
    with pytest.raises(FrontalError, match="two files called 'a'"):
        all_of(tmp_path / "twice", tmp_path / "out1")
    (tmp_path / "text").write_text("no archive")
    with pytest.raises(FrontalError, match="neither a zip nor a tar"):
        all_of(tmp_path / "text", tmp_path / "out2")
    broken = zip_of(tmp_path / "broken", {"top/a": b"some text that is long enough" * 9})
    content = bytearray(broken.read_bytes())
    content[content.index(b"top/a") + 8] ^= 255
    broken.write_bytes(content)
    with pytest.raises(FrontalError, match="is damaged"):
        all_of(broken, tmp_path / "out3")
    encrypted = zip_of(tmp_path / "locked", {"top/a": b"secret"})
    content = bytearray(encrypted.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    encrypted.write_bytes(content)
    with pytest.raises(FrontalError, match="encrypted"):
        all_of(encrypted, tmp_path / "out4")


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(list(MAKERS)), cut=st.integers(0, 600), at=st.integers(0, 600), value=st.integers(0, 255))
def test_damage_is_an_error_or_harmless(kind: str, cut: int, at: int, value: int, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("damage")
    archive = MAKERS[kind](folder / "x", {"top/a.txt": b"one", "top/b.txt": b"two" * 30})
    content = bytearray(archive.read_bytes())
    content[at % len(content)] = value
    archive.write_bytes(content[: max(len(content) - cut, 0)] if cut < 300 else content)
    try:
        found = all_of(archive, folder / "out", most_bytes=1000)
    except FrontalError as error:
        assert "x" in str(error)
    else:
        assert all(len(body) <= 1000 for body in found.values())
    assert {path.name for path in folder.iterdir()} <= {"x", "out"}
