"""`frontal data`: which public data sets there are, where they lie, and on whose terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from frontal.cli.console import Console
from frontal.cli.options import Action, MaybeName, Switch
from frontal.errors import FrontalError, did_you_mean

if TYPE_CHECKING:
    from frontal.data.catalog import Place
    from frontal.data.catalog_entry import Entry

ACTIONS = ("show", "get")


@dataclass(frozen=True)
class Options:
    """List the public data sets that frontal knows; `show NAME` tells all of one and compares its
    checksums, `get NAME` downloads it into the cache. Nothing else ever downloads.
    """

    action: Action = None
    """what to do with one data set; without it, all are listed"""
    name: MaybeName = None
    """a data set, such as fsdd"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """List the catalogue, show one entry, or fetch one."""
    from frontal.data.catalog import CATALOG, download_folder, given_folder, locate

    if options.action is None:
        given = given_folder()
        sets = [_facts(entry, locate(name)) for name, entry in CATALOG.items()]
        return {"FRONTAL_DATA": None if given is None else str(given), "cache": str(download_folder()), "sets": sets}
    if options.action not in ACTIONS:
        known = options.action in CATALOG
        hint = f"type frontal data show {options.action}" if known else did_you_mean(options.action, ACTIONS)
        raise FrontalError(f"unknown action {options.action!r}; {hint}")
    if options.name is None:
        raise FrontalError(f"frontal data {options.action} needs the name of a data set; `frontal data` lists them")
    fetched = _get(options.name, say) if options.action == "get" else None
    return {**_details(options.name), **({} if fetched is None else {"fetched": fetched})}


def show(result: dict[str, Any], console: Console) -> None:
    """Print the table, or everything that is known of one set."""
    if "sets" not in result:
        _show_one(result, console)
        return
    rows = [
        {"name": each["name"], "for": each["task"], "MB": each["bytes"] / 1e6, "licence": each["licence"],
         "here": each["state"]}
        for each in result["sets"]
    ]  # fmt: skip
    console.table(rows)
    console.say(f"\nFRONTAL_DATA: {result['FRONTAL_DATA'] or 'not set'}\ncache: {result['cache']}")
    console.say("`frontal data show NAME` tells all of one, `frontal data get NAME` downloads it.")


def exit_code(result: dict[str, Any]) -> int:
    """Return 1 if a file is not the one that the catalogue means."""
    return int(result.get("state") == "wrong")


def _facts(entry: Entry, place: Place | None) -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": entry.title,
        "task": entry.task,
        "licence": entry.licence,
        "bytes": entry.size,
        "folder": None if place is None else str(place.folder),
        "state": _state(entry, place),
    }


def _state(entry: Entry, place: Place | None) -> str:
    if place is None:
        return "no"
    if place.wrong:
        return "wrong"
    files = sum(part.count for part in entry.parts)
    absent = sum(place.missing.values())
    return f"{files - absent:,} of {files:,} files" if absent else "yes"


def _details(name: str) -> dict[str, Any]:
    """Return the facts of one set and of each of its parts, checksums compared."""
    from frontal.data.catalog import entry, locate, remedy
    from frontal.data.catalog_check import checksum_fault, missing

    known, place = entry(name), locate(name)
    parts = []
    wrong = False
    for part in known.parts:
        if place is None or missing(part, place.folder):
            state = "missing" if place is None or part.count == 1 else checksum_fault(part, place.folder)
        else:
            fault = checksum_fault(part, place.folder)
            state, wrong = fault or "right", wrong or fault is not None
        address = part.address or (known.archive.address if known.archive else None)
        parts.append({"name": part.name, "files": part.count, "bytes": part.size, "sha256": part.sha256,
                      "unpacked": part.unpacked, "address": address, "state": state})  # fmt: skip
    facts = _facts(known, place)
    more = {
        "terms": known.terms,
        "reader": known.reader,
        "remark": known.remark,
        "remedy": remedy(known),
        "parts": parts,
    }
    return {**facts, **({"state": "wrong"} if wrong else {}), **more}


def _get(name: str, say: Callable[[str], None]) -> list[str]:
    from frontal.data.catalog import entry
    from frontal.data.catalog_get import get
    from frontal.training.progress import progress_for

    known = entry(name)
    say(f"{known.title}\nLicence: {known.licence}. {known.terms}")
    return list(get(name, progress_for()).fetched)


def _show_one(result: dict[str, Any], console: Console) -> None:
    folder = result["folder"] or f"not on this machine; {result['remedy']}"
    if "fetched" in result:
        what = f"fetched {len(result['fetched'])} of {len(result['parts'])}" if result["fetched"] else "all were there"
        console.say(f"{what}; {folder}")
        return
    console.say(f"{result['name']}: {result['title']}")
    parts = result["parts"]
    sources = dict.fromkeys(part["address"].rpartition("/")[0] for part in parts if part["address"])
    lines = {
        "for": result["task"],
        "where": folder,
        "from": "\n        ".join(sources),
        "licence": f"{result['licence']}. {result['terms']}",
        "reader": result["reader"].replace("FOLDER", result["folder"] or "FOLDER"),
        "remark": result["remark"],
    }
    for title, text in lines.items():
        if text:
            console.say(f"  {title}: {text}")
    console.say("")
    console.table([{"file": part["name"], "bytes": part["bytes"], "SHA-256": part["state"]} for part in parts])
