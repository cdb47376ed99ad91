"""What the microscope's page costs on a large capture: another unit, a hover, and the memory that stays.

An untrained network's 100 000 steps are opened in Chromium, on the page that colours a text by a unit; then other
units are chosen, one after another, each for the first time.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.machine import machine
from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.subject_text import Text
from frontal.errors import FrontalError
from frontal.layers.language_network import LanguageNetwork
from frontal.scope.launch import running
from frontal.scope.workspace import Look, Workspace

SYMBOLS = [*"abcdefghijklmnopqrstuvwxyz .,\n"]
SWITCHES = """async (units) => {
    const { update } = await import("./store.js");
    const view = document.querySelector(".view");
    const drawn = () => new Promise((done) => {
        if (!view.hasAttribute("aria-busy")) return done();
        const watcher = new MutationObserver(() => view.hasAttribute("aria-busy") || (watcher.disconnect(), done()));
        watcher.observe(view, { attributes: true, attributeFilter: ["aria-busy"] });
    });
    const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const [until, shown] = [[], []];
    for (const unit of units) {
        const began = performance.now();
        update({ unit });
        await drawn();
        until.push(performance.now() - began);
        await frame();
        shown.push(performance.now() - began);
    }
    return [until, shown];
}"""


def main(words: list[str]) -> None:
    """Print the figures as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks scope", description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000, help="symbols of the text (default: 100000)")
    parser.add_argument("--hidden", type=int, default=512, help="units (default: 512)")
    parser.add_argument("--switches", type=int, default=200, help="units chosen (default: 200)")
    options = parser.parse_args(words)
    with TemporaryDirectory() as folder, Workspace() as workspace:
        workspace.add(_look(options.steps, options.hidden, Path(folder) / "kept"))
        with running(workspace) as url:
            drawn, shown, growth = _measured(url, options.switches, options.hidden)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{machine()}; load {load:.1f}\n")
    print(f"{options.steps:,} steps × {options.hidden} units, {options.switches} switches to units not seen before\n")
    print("| from the key to | median, ms | 95 of 100, ms | worst, ms |\n|---|---|---|---|")
    for name, times in (("the drawing", drawn), ("the next frame", shown)):
        print(f"| {name} | {np.median(times):.1f} | {np.quantile(times, 0.95):.1f} | {times.max():.1f} |")
    print(f"\nMemory of the page's script grew by {growth:.1f} MB.")


def _look(steps: int, hidden: int, folder: Path) -> Look:
    model = LanguageNetwork(len(SYMBOLS), named("elman"), hidden=hidden, embedding=64)
    ids = np.random.default_rng(0).integers(0, len(SYMBOLS), steps)
    subject = Text(model, ids, SYMBOLS, "random letters")
    return Look("a", "random letters", None, None, subject, capture(subject, folder))


def _measured(url: str, switches: int, hidden: int) -> tuple[Any, Any, float]:
    """Return milliseconds until drawn and until shown, (switches,), and by how many megabytes the heap grew."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only here

    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if program is None:
        raise FrontalError("the page is measured in Chromium: apt-get install chromium, or set CHROMIUM to the program")
    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    units = np.random.default_rng(1).permutation(hidden)[: switches + 10].tolist()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--disable-gpu", *alone])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(120_000)
        page.goto(f"{url}#read", wait_until="commit")
        page.wait_for_function("() => document.querySelector('.view .number')?.textContent")
        page.evaluate(SWITCHES, units[:10])
        session = page.context.new_cdp_session(page)
        before = _heap(session)
        drawn, shown = page.evaluate(SWITCHES, units[10:])
        growth = _heap(session) - before
        browser.close()
    return np.array(drawn), np.array(shown), growth


def _heap(session: Any) -> float:
    """Return what the page's script holds after a collection, in MB, with its buffers."""
    session.send("HeapProfiler.collectGarbage")
    usage = session.send("Runtime.getHeapUsage")
    return (usage["usedSize"] + usage.get("backingStorageSize", 0)) / 1e6
