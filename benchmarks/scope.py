"""What the microscope costs: its start, and on a large capture another unit and the memory that stays.

An untrained network's 100 000 steps are opened in Chromium, on the page that colours a text by a unit; then other
units are chosen, each for the first time: by the key for the next one, at ten a second and each as soon as the
one before is seen, and by an address.
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
SWITCHES = """async ([keys, rest]) => {
    const view = document.querySelector(".view");
    const drawn = () => new Promise((done) => {
        if (!view.hasAttribute("aria-busy")) return done();
        const watcher = new MutationObserver(() => view.hasAttribute("aria-busy") || (watcher.disconnect(), done()));
        watcher.observe(view, { attributes: true, attributeFilter: ["aria-busy"] });
    });
    const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const [until, shown] = [[], []];
    for (const key of keys) {
        const began = performance.now();
        if (key === "j") document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        else await new Promise((heard) => {
            addEventListener("hashchange", heard, { once: true });
            location.hash = `#read?order=number&unit=${key}`;
        });
        await drawn();
        until.push(performance.now() - began);
        await frame();
        shown.push(performance.now() - began);
        await new Promise((done) => setTimeout(done, rest));
    }
    return [until, shown];
}"""
WARMING = 10  # switches that are not counted
PACE = 100  # ms between two keys of someone who looks at each unit


def main(words: list[str]) -> None:
    """Print the figures as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks scope", description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000, help="symbols of the text (default: 100000)")
    parser.add_argument("--hidden", type=int, default=512, help="units (default: 512)")
    parser.add_argument("--switches", type=int, default=200, help="units chosen (default: 200)")
    parser.add_argument("--starts", type=int, default=5, help="starts of the demo; 0 for none (default: 5)")
    options = parser.parse_args(words)
    if 2 * options.switches + WARMING >= options.hidden:
        raise FrontalError(f"--switches {options.switches}: twice as many and {WARMING} must be fewer than --hidden")
    begun = starts(options.starts) if options.starts else ""
    with TemporaryDirectory() as folder, Workspace() as workspace:
        workspace.add(_look(options.steps, options.hidden, Path(folder) / "kept"))
        with running(workspace) as url:
            times, growth, seconds = _measured(url, options.switches, options.hidden)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{machine()}; load {load:.1f}\n\n{begun}\n")
    print(f"{options.steps:,} steps × {options.hidden} units, {options.switches} switches to units not seen before\n")
    print("| unit chosen by | until | median, ms | 95 of 100, ms | worst, ms |\n|---|---|---|---|---|")
    for way, both in times.items():
        for until, taken in zip(("it is drawn", "the next frame"), both, strict=True):
            figures = " | ".join(f"{one:.1f}" for one in (np.median(taken), np.quantile(taken, 0.95), taken.max()))
            print(f"| {way} | {until} | {figures} |")
    spent = ", ".join(f"{name} {1000 * spent / options.switches / 3:.1f} ms" for name, spent in seconds.items())
    print(f"\nProcessor time of a switch: {spent}. Memory of the page's script grew by {growth:.1f} MB.")


def _look(steps: int, hidden: int, folder: Path) -> Look:
    model = LanguageNetwork(len(SYMBOLS), named("elman"), hidden=hidden, embedding=64)
    ids = np.random.default_rng(0).integers(0, len(SYMBOLS), steps)
    subject = Text(model, ids, SYMBOLS, "random letters")
    return Look("a", "random letters", None, None, subject, capture(subject, folder))


def _measured(url: str, switches: int, hidden: int) -> tuple[dict[str, Any], float, dict[str, float]]:
    """Return milliseconds until drawn and until shown, (2, switches), megabytes the heap grew by, processor seconds."""
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
        page.evaluate(SWITCHES, [["j"] * WARMING, 0])
        session, processes = page.context.new_cdp_session(page), browser.new_browser_cdp_session()
        heap, before = _heap(session), _seconds(processes)
        others = np.random.default_rng(0).permutation(np.arange(2 * switches + WARMING, hidden)).tolist()
        ways: dict[str, tuple[list[Any], int]] = {
            "a key, ten a second": (["j"] * switches, PACE),
            "a key, one after another": (["j"] * switches, 0),
            "an address": (others[:switches], PACE),
        }
        times = {name: np.array(page.evaluate(SWITCHES, [keys, rest])) for name, (keys, rest) in ways.items()}
        seconds = {name: spent - before[name] for name, spent in _seconds(processes).items()}
        growth = _heap(session) - heap
        browser.close()
    return times, growth, seconds


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
