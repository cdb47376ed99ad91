"""The page's modules as one script, and its styles as one sheet: a browser asks five times, and not a hundred.

A module keeps to a narrow form, so that no parser is needed. Imports are single lines at its top,
`import { a, b as c } from "./x.js";`. It exports where it declares, `export function`, `async function`,
`class` or `const`. What is imported is fixed once its module has run, and modules do not import in circles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from posixpath import dirname, join, normpath

from frontal.errors import FrontalError

PAGE = Path(__file__).parent / "page"
NAME = "[A-Za-z_$][\\w$]*"
IMPORT = re.compile(r'import \{ ([^{}]+) \} from "(\.[^"]*\.js)";')
IMPORTED = re.compile(rf"({NAME})(?: as ({NAME}))?")
EXPORT = re.compile(rf"export (?:function\*? |async function\*? |class |const )({NAME})")
REFUSED = (
    (re.compile(r"\bimport\s*\("), "imports while it runs"),
    (re.compile(r"\bimport\.meta\b"), "asks where it lies, which a file of one piece cannot say"),
)
ENDING = re.compile(r"</script|<!--", re.IGNORECASE)
LINK = re.compile(r'<link rel="stylesheet" href="([^"]+)"[^>]*>\s*')


@dataclass
class Module:
    """One file: what it takes from which module, what it gives, and the rest of it."""

    imports: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list[tuple[str, list[tuple[str, str]]]])
    exports: list[str] = field(default_factory=list[str])
    body: list[str] = field(default_factory=list[str])


def bundle(entry: str, page: Path = PAGE) -> str:
    """Return `entry` and all it imports as one script, which ends in `const bundled = {what entry exports}`.

    Args:
        entry: a module, as a path below `page`.
        page: the folder of the modules.

    Raises:
        FrontalError: a module does not keep to the form above; the message names file and line.
    """
    modules: dict[str, Module] = {}
    _read(entry, page, modules, ())
    parts = ['const bundled = (() => {\n"use strict";\nconst modules = {};\n']
    parts += [_wrapped(name, module) for name, module in modules.items()]
    return "".join([*parts, f'return modules["{entry}"];\n}})();\n'])


def styles(page: Path = PAGE) -> str:
    """Return the sheets that `index.html` links, in its order."""
    index = (page / "index.html").read_text(encoding="utf-8")
    sheets = [f"/* {name} */\n{(page / name).read_text(encoding='utf-8')}" for name in LINK.findall(index)]
    whole = "\n".join(sheets)
    for word in ("</style", "@import"):
        if word in whole:
            raise FrontalError(f"the styles of {page} hold {word!r}, which cannot stand in a page of one piece")
    return whole


def served(page: Path = PAGE) -> dict[str, str]:
    """Return all that the server gives a browser, by address; made again when a file of the page has changed."""
    changed = max(path.stat().st_mtime_ns for path in page.rglob("*"))
    return _served(page, changed)


@lru_cache(maxsize=1)
def _served(page: Path, changed: int) -> dict[str, str]:
    index, worker, icon = (
        (page / name).read_text(encoding="utf-8") for name in ("index.html", "search_worker.js", "icon.svg")
    )
    head, *_, tail = LINK.split(index)
    one = f'{head}<link rel="stylesheet" href="style.css">\n{tail}'.replace('type="module"', "defer")
    return {
        "index.html": one, "main.js": bundle("main.js", page), "style.css": styles(page),
        "search_worker.js": worker, "icon.svg": icon,
    }  # fmt: skip


def _read(name: str, page: Path, modules: dict[str, Module], above: tuple[str, ...]) -> None:
    """Put a module behind all that it imports."""
    if name in modules:
        return
    if name in above:
        raise FrontalError(f"modules import in a circle: {' > '.join([*above[above.index(name) :], name])}")
    try:
        text = (page / name).read_text(encoding="utf-8")
    except OSError as error:
        raise FrontalError(
            f"{page / name}: {error.strerror}; it is imported by {above[-1] if above else 'nobody'}"
        ) from None
    module = Module()
    for number, line in enumerate(text.splitlines(), 1):
        fault = _add(module, line, dirname(name))
        if fault:
            raise FrontalError(f"{page / name}:{number}: {fault}: {line.strip()[:80]}")
    for source, names in module.imports:
        _read(source, page, modules, (*above, name))
        for wanted, _ in names:
            if wanted not in modules[source].exports:
                raise FrontalError(f"{page / name} imports {wanted!r}, which {source} does not export")
    modules[name] = module


def _add(module: Module, line: str, folder: str) -> str | None:
    """Take one line; return what is wrong with it."""
    if re.match(r"import\b", line):
        match = IMPORT.fullmatch(line.rstrip())
        taken = [IMPORTED.fullmatch(part.strip()) for part in match[1].split(",")] if match else [None]
        if match is None or None in taken:
            return 'an import is one line, import { a, b as c } from "./x.js";'
        source = normpath(join(folder, match[2]))
        module.imports.append((source, [(found[1], found[2] or found[1]) for found in taken if found]))
        return None
    if re.match(r"export\b", line):
        match = EXPORT.match(line)
        if match is None:
            return "what is exported begins with export function, async function, class or const, and its name"
        module.exports.append(match[1])
        line = line.removeprefix("export ")
    module.body.append(line)
    code = "" if line.lstrip().startswith(("*", "/*", "//")) else line
    if ENDING.search(line):
        return "it holds what would end a script in a page; cut the word in two"
    return next((f"it {what}" for pattern, what in REFUSED if pattern.search(code)), None)


def _wrapped(name: str, module: Module) -> str:
    return "\n".join(_lines(name, module)) + "\n"


def _lines(name: str, module: Module) -> Iterator[str]:
    yield f'modules["{name}"] = (() => {{'
    for source, names in module.imports:
        taken = ", ".join(wanted if wanted == here else f"{wanted}: {here}" for wanted, here in names)
        yield f'const {{ {taken} }} = modules["{source}"];'
    yield from module.body
    yield f"return {{ {', '.join(module.exports)} }};"
    yield "})();"
