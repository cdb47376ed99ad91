"""The small model that `frontal scope --demo` opens: how it was made, so that anyone can make it again.

It reads characters of Python's standard library, whose lines are mixed with planted ones: comments with
addresses, quoted words, brackets in brackets. The text of the demo is frontal's own source, mixed alike.
"""

from __future__ import annotations

import argparse
import random
import re
from pathlib import Path

from benchmarks.machine import machine
from frontal.data.corpus_read import stdlib_files
from frontal.tasks.language_model import LanguageModel
from frontal.tasks.look import neurons_run
from frontal.training.progress import SilentProgress

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "src" / "frontal" / "scope" / "demo"
WATCHED = ("inside a URL", "inside double quotes", "inside round brackets", "inside a comment")
ENDINGS = ("org", "com", "net", "io", "eu")


def main(words: list[str]) -> None:
    """Train the model, write it and its text, and print what its units watch."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks demo", description=__doc__)
    parser.add_argument("--characters", type=int, default=1_500_000, help="of the training text (default: 1500000)")
    parser.add_argument("--minutes", type=float, default=10.0, help="that training may take (default: 10)")
    parser.add_argument("--hidden", type=int, default=224, help="units (default: 224)")
    parser.add_argument("--out", type=Path, default=DEMO, help="folder (default: the package's)")
    options = parser.parse_args(words)
    generator = random.Random(0)
    text = mixed(_lines(stdlib_files(), options.characters, generator), generator)
    model = LanguageModel(
        hidden=options.hidden, embedding=32, window=128, epochs=12, minutes=options.minutes, learning_rate=0.005
    ).fit(text)
    shown = mixed(_lines(sorted((ROOT / "src" / "frontal").rglob("*.py")), 14_000, generator), generator)
    options.out.mkdir(parents=True, exist_ok=True)
    model.save(options.out / "demo")
    (options.out / "text.txt").write_text(shown, encoding="ascii")
    print(f"{machine()}\n\n{-model.score(shown):.3f} nats a character on the demo's text\n\n{watching(model, shown)}")


def watching(model: LanguageModel, text: str) -> str:
    """Return which unit tells what best, and how well, beside the control."""
    best = neurons_run(model, text, signals=None, most=len(text), progress=SilentProgress()).best
    chosen = [watcher for watcher in best if watcher.predicate in WATCHED]
    return "\n".join(f"{w.predicate}: {w.signal} {w.unit}, area {w.area:.3f}, control {w.control:.3f}" for w in chosen)


def mixed(lines: list[str], generator: random.Random) -> str:
    """Plant comments, quotes and brackets between lines, with the indentation of the line behind them."""
    words = [word for line in lines for word in re.findall(r"\b[a-z]{3,9}\b", line)]
    parts: list[str] = []
    for line in lines:
        if generator.random() < 0.12:
            parts.append(line[: len(line) - len(line.lstrip(" "))] + _planted(words, generator) + "\n")
        parts.append(line)
    return "".join(parts)


def _planted(words: list[str], generator: random.Random) -> str:
    def some(least: int, most: int) -> list[str]:
        return generator.choices(words, k=generator.randint(least, most))

    form = generator.randrange(5)
    if form <= 1:
        site = f"http{generator.choice(['', 's'])}://www.{generator.choice(words)}.{generator.choice(ENDINGS)}"
        page = "/".join(some(1, 4)) + generator.choice(["", ".html", f"?{generator.choice(words)}=7"])
        return f"# {' '.join(some(1, 4))} {site}/{page} {' '.join(some(1, 5))}"
    if form == 2:
        return f'{generator.choice(words)} = "{" ".join(some(3, 12))}"'
    if form == 3:
        return f"{generator.choice(words)}({', '.join(some(1, 4))}, {words[0]}({', '.join(some(1, 3))}), {words[1]})"
    return f'# {" ".join(some(2, 6))} "{" ".join(some(2, 9))}" {" ".join(some(1, 4))}'


def _lines(files: list[Path], characters: int, generator: random.Random) -> list[str]:
    """Return about so many characters of ASCII lines, in blocks of a dozen from anywhere in the files."""
    blocks: list[list[str]] = []
    for path in files:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        kept = [line for line in lines if re.fullmatch("[ -~]{0,100}\n", line)]
        blocks += [kept[first : first + 12] for first in range(0, len(kept), 12)]
    generator.shuffle(blocks)
    chosen: list[str] = []
    for block in blocks:
        chosen += block
        characters -= sum(map(len, block))
        if characters <= 0:
            break
    return chosen
