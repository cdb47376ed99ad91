"""What the microscope costs: its start, and on a large capture another unit and the memory that stays.

An untrained network's 100 000 steps are opened in Chromium, on the page that colours a text by a unit; then other
units are chosen by the key for the next one, each for the first time.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import numpy as np

from benchmarks.machine import machine
from benchmarks.scope_start import starts
from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.subject_text import Text
from frontal.errors import FrontalError
from frontal.layers.language_network import LanguageNetwork
from frontal.scope.launch import running
from frontal.scope.workspace import Look, Workspace

SYMBOLS = [*"abcdefghijklmnopqrstuvwxyz .,\n"]
SWITCHES = """async (many) => {
    const view = document.querySelector(".view");
    const drawn = () => new Promise((done) => {
        if (!view.hasAttribute("aria-busy")) return done();
        const watcher = new MutationObserver(() => view.hasAttribute("aria-busy") || (watcher.disconnect(), done()));
        watcher.observe(view, { attributes: true, attributeFilter: ["aria-busy"] });
    });
    const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const [until, shown] = [[], []];
    for (let i = 0; i < many; i++) {
        const began = performance.now();
        document.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true }));
        await drawn();
        until.push(performance.now() - began);
        await frame();
        shown.push(performance.now() - began);
    }
    return [until, shown];
}"""
WARMING = 10  # switches that are not counted


def main(words: list[str]) -> None:
    """Print the figures as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks scope", description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000, help="symbols of the text (default: 100000)")
    parser.add_argument("--hidden", type=int, default=512, help="units (default: 512)")
    parser.add_argument("--switches", type=int, default=200, help="units chosen (default: 200)")
    parser.add_argument("--starts", type=int, default=5, help="starts of the demo; 0 for none (default: 5)")
    options = parser.parse_args(words)
    if options.switches + WARMING >= options.hidden:
        raise FrontalError(f"--switches {options.switches}: with {WARMING} before them, fewer than --hidden must do")
    begun = starts(options.starts) if options.starts else ""
    with TemporaryDirectory() as folder, Workspace() as workspace:
        workspace.add(_look(options.steps, options.hidden, Path(folder) / "kept"))
        with running(workspace) as url:
            drawn, shown, growth, seconds = _measured(url, options.switches)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{machine()}; load {load:.1f}\n\n{begun}\n")
    print(f"{options.steps:,} steps × {options.hidden} units, {options.switches} switches to units not seen before\n")
    print("| from the key to | median, ms | 95 of 100, ms | worst, ms |\n|---|---|---|---|")
    for name, times in (("the drawing", drawn), ("the next frame", shown)):
        print(f"| {name} | {np.median(times):.1f} | {np.quantile(times, 0.95):.1f} | {times.max():.1f} |")
    spent = ", ".join(f"{name} {1000 * spent / options.switches:.1f} ms" for name, spent in seconds.items())
    print(f"\nProcessor time of a switch: {spent}. Memory of the page's script grew by {growth:.1f} MB.")


def _look(steps: int, hidden: int, folder: Path) -> Look:
    model = LanguageNetwork(len(SYMBOLS), named("elman"), hidden=hidden, embedding=64)
    ids = np.random.default_rng(0).integers(0, len(SYMBOLS), steps)
    subject = Text(model, ids, SYMBOLS, "random letters")
    return Look("a", "random letters", None, None, subject, capture(subject, folder))


def _measured(url: str, switches: int) -> tuple[Any, Any, float, dict[str, float]]:
    """Return milliseconds until drawn and until shown, (switches,), megabytes the heap grew by, processor seconds."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only here

    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if program is None:
        raise FrontalError("the page is measured in Chromium: apt-get install chromium, or set CHROMIUM to the program")
    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--disable-gpu", *alone])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(120_000)
        page.goto(f"{url}#read?unit=0&order=number", wait_until="commit")
        page.wait_for_function("() => document.querySelector('.view .number')?.textContent")
        page.evaluate(SWITCHES, WARMING)
        session, processes = page.context.new_cdp_session(page), browser.new_browser_cdp_session()
        heap, before = _heap(session), _seconds(processes)
        drawn, shown = page.evaluate(SWITCHES, switches)
        seconds = {name: spent - before[name] for name, spent in _seconds(processes).items()}
        growth = _heap(session) - heap
        browser.close()
    return np.array(drawn), np.array(shown), growth, seconds


def _seconds(processes: Any) -> dict[str, float]:
    """Return processor seconds of the server, which is this process, of the page, and of the rest of the browser."""
    found = {"server": process_time(), "page": 0.0, "browser": 0.0}
    for process in processes.send("SystemInfo.getProcessInfo")["processInfo"]:
        found["page" if process["type"] == "renderer" else "browser"] += process["cpuTime"]
    return found


def _heap(session: Any) -> float:
    """Return what the page's script holds after a collection, in MB, with its buffers."""
    session.send("HeapProfiler.collectGarbage")
    usage = session.send("Runtime.getHeapUsage")
    return (usage["usedSize"] + usage.get("backingStorageSize", 0)) / 1e6
