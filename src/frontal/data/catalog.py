"""Public data sets by name: what they are, where they lie on this machine, and where they come from.

A set is looked for in `$FRONTAL_DATA/NAME`, then in the cache. Nothing here opens a connection: that is
`catalog_get.get`, which only `frontal data get NAME` calls.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from frontal.cache_folder import cache_folder
from frontal.data.catalog_check import files_of, missing, size_fault
from frontal.data.catalog_corpora import CORPORA
from frontal.data.catalog_entry import Entry
from frontal.data.catalog_labelled import LABELLED
from frontal.data.catalog_series import SERIES
from frontal.errors import FrontalError, did_you_mean

CATALOG: dict[str, Entry] = {entry.name: entry for entry in (*SERIES, *LABELLED, *CORPORA)}


@dataclass(frozen=True)
class Place:
    """Where a data set lies."""

    folder: Path
    missing: dict[str, int]
    """name of a part -> how many of its files are not there"""
    wrong: dict[str, str]
    """name of a part -> how its size differs from the catalogue's"""


def entry(name: str) -> Entry:
    """Return the catalogue's entry.

    Raises:
        FrontalError: there is none of that name.
    """
    if name not in CATALOG:
        raise FrontalError(f"no data set is called {name!r}; {did_you_mean(name, CATALOG)} (frontal data lists all)")
    return CATALOG[name]


def find(name: str) -> Path:
    """Return where a data set lies on this machine, or one file of it.

    Args:
        name: a set, such as "fsdd", or a file of one, such as "m4/Hourly-train.csv".

    Returns:
        The folder of the set, some of whose files may be missing, or the file. What is there has the
        sizes that the catalogue states; `frontal data show NAME` compares checksums.

    Raises:
        FrontalError: the catalogue has no such set or file, it is not on this machine, or it has
            another size. The message says what to type.
    """
    set_name, _, file = name.partition("/")
    known = entry(set_name)
    if file:
        return _find_file(known, file)
    place = locate(set_name)
    if place is None:
        raise FrontalError(f"the data set {name!r} is not on this machine; {remedy(known)}")
    if place.wrong:
        part, fault = next(iter(place.wrong.items()))
        raise FrontalError(f"{place.folder / part} has {fault}, so it is not the catalogue's; {remedy(known)}")
    return place.folder


def locate(name: str) -> Place | None:
    """Return the first place where a data set is whole, else the first where any of it is, else None.

    Raises:
        FrontalError: there is no set of that name.
    """
    known = entry(name)
    places = [place for folder in folders(name) if (place := _look(known, folder)) is not None]
    whole = (place for place in places if not place.missing and not place.wrong)
    return next(whole, places[0] if places else None)


def folders(name: str) -> list[Path]:
    """Return where a data set is looked for, in this order."""
    given = given_folder()
    return [*([given / name] if given is not None else []), download_folder() / name]


def given_folder() -> Path | None:
    """Return the folder of data sets that FRONTAL_DATA names, or None.

    Raises:
        FrontalError: it names something that is no folder.
    """
    given = os.environ.get("FRONTAL_DATA")
    if not given:
        return None
    if not Path(given).is_dir():
        raise FrontalError(f"FRONTAL_DATA={given} is not a folder; set it to a folder of data sets, or unset it")
    return Path(given)


def download_folder() -> Path:
    """Return the folder that downloaded sets go to; it need not exist.

    Raises:
        FrontalError: there is no home folder to hold a cache.
    """
    try:
        return cache_folder() / "data"
    except RuntimeError as error:
        raise FrontalError(f"no folder for downloads ({error}); set FRONTAL_CACHE to one") from None


def remedy(known: Entry) -> str:
    """Say what to do about a set that is not there."""
    if known.archive is None and not any(part.address for part in known.parts):
        return f"nobody offers its files as they are: put them into {download_folder() / known.name}"
    return f"type `frontal data get {known.name}`, or set FRONTAL_DATA to a folder with {known.name}/ in it"


def _find_file(known: Entry, file: str) -> Path:
    part = next((part for part in known.parts if fnmatchcase(file, part.name)), None)
    if part is None:
        names = [part.name for part in known.parts]
        raise FrontalError(f"{known.name!r} has no file {file!r}; {did_you_mean(file, names)}")
    for folder in folders(known.name):
        path = folder / file
        if path in files_of(part, folder):
            fault = size_fault(part, folder)
            if fault is not None:
                raise FrontalError(f"{path} has {fault}, so it is not the catalogue's; {remedy(known)}")
            return path
    raise FrontalError(f"the file {known.name}/{file} is not on this machine; {remedy(known)}")


def _look(known: Entry, folder: Path) -> Place | None:
    """Return what of a set is in a folder; None if nothing is."""
    absent = {part.name: missing(part, folder) for part in known.parts}
    if all(absent[part.name] == part.count for part in known.parts):
        return None
    faults = {part.name: size_fault(part, folder) for part in known.parts}
    return Place(
        folder,
        {name: count for name, count in absent.items() if count},
        {name: fault for name, fault in faults.items() if fault is not None},
    )
