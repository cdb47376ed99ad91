"""Writing with a language model: frontal's stepper and draws beside loops over torch's LSTMCell and LSTM.

All write characters drawn at a temperature from the same weights; medians of A B A B; all must give
the same probabilities before anything is timed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.agreement import check_agreement
from benchmarks.machine import commit, machine
from benchmarks.report import Report
from benchmarks.timing import medians
from frontal.cells import named
from frontal.data.tokenizer_characters import Characters
from frontal.layers.language_network import LanguageNetwork
from frontal.layers.language_stepper import LanguageStepper
from frontal.tasks.language_generate_settings import GenerateSettings
from frontal.tasks.language_prompt import Prompt
from frontal.tasks.language_write import Texts

LETTERS = [chr(32 + k) for k in range(65)]
HIDDEN, LAYERS, BATCHES = (64, 128, 256, 512, 1024), (1, 2), (1, 16)
EMBEDDING, TEMPERATURE, SYMBOLS, CHECKED, TOLERANCE = 128, 0.8, 50, 20, 1e-4
ENDLESS = 1 << 60
Run = Callable[[], list[str]]
NAMES = ("frontal", "LSTMCell", "LSTM")
WAYS: dict[str, dict[str, Any]] = {
    "temperature": {}, "top-k 10": {"top_k": 10}, "top-p 0.9": {"top_p": 0.9},
    "top-k 10, top-p 0.9, min-p 0.01": {"top_k": 10, "top_p": 0.9, "min_p": 0.01},
    "repetition 1.2": {"repetition": 1.2}, "no run of 12 twice": {"no_repeat": 12}, "a stop": {"stop": ("~~~",)},
    "match (.|\\n)*": {"match": "(.|\\n)*"},
}  # fmt: skip


def main(words: list[str]) -> None:
    """Run and print as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks generate", description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.5, help="of every contender in every row (default: 0.5)")
    parser.add_argument("--hidden", type=int, nargs="+", default=HIDDEN, help="H")
    parser.add_argument("--layers", type=int, nargs="+", default=LAYERS, help="L")
    parser.add_argument("--batch", type=int, nargs="+", default=BATCHES, help="B, texts side by side")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of torch and of the kernels")
    parser.add_argument(
        "--processor", action="store_true", help="count processor seconds, for a machine that others use too"
    )
    parser.add_argument("--json", type=Path, help="write the medians, in seconds, to this file")
    parser.add_argument("--markdown", type=Path, help="write what is printed to this file")
    options = parser.parse_args(words)
    torch.set_num_threads(options.threads)
    report = Report()
    facts = {"machine": machine(), "commit": commit(), "threads": options.threads, "processor": options.processor}
    report.say(f"{facts['machine']}, {options.threads} threads, commit {facts['commit']}")
    report.say()
    kind = "processor second" if options.processor else "second"
    report.say(f"Characters a {kind}, all texts together; {len(LETTERS) + 1} symbols, embeddings of {EMBEDDING}.")
    rows = [*_sizes(report, options), *_ways(report, options)]
    if options.json:
        options.json.write_text(json.dumps({**facts, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(report.markdown, encoding="utf-8")


def _sizes(report: Report, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Time every size, beside torch."""
    report.table("H, L, B", *NAMES, *(f"frontal / {name}" for name in NAMES[1:]))
    rows: list[dict[str, Any]] = []
    for H, L, B in product(options.hidden, options.layers, options.batch):
        model = Model("lstm", H, L)
        peers = {"LSTMCell": Loop(model, B, cells=True), "LSTM": Loop(model, B, cells=False)}
        check_agreement(f"H {H}, L {L}, B {B}", _answers(model, peers, B), TOLERANCE)
        runs = [_writing(model, samples=B), *(peer.write for peer in peers.values())]
        rates = [SYMBOLS * B / s for s in medians(runs, options.seconds, clock=_clock(options))]
        rows.append({"H": H, "L": L, "B": B, "characters_a_second": dict(zip(NAMES, rates, strict=True))})
        report.row(f"{H}, {L}, {B}", *(f"{r:,.0f}" for r in rates), *(f"{rates[0] / r:.1f}" for r in rates[1:]))
    return rows


def _ways(report: Report, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Time every way to draw, for one text."""
    cells = ("lstm", "gru")
    report.table("H 256, L 1, B 1", *cells)
    rows: list[dict[str, Any]] = []
    models = [Model(cell, 256, 1) for cell in cells]
    for way, how in WAYS.items():
        runs = [_writing(model, **how) for model in models]
        rates = [SYMBOLS / s for s in medians(runs, options.seconds, clock=_clock(options))]
        rows.append({"way": way, "characters_a_second": dict(zip(cells, rates, strict=True))})
        report.row(way, *(f"{rate:,.0f}" for rate in rates))
    return rows


def _clock(options: argparse.Namespace) -> Callable[[], float]:
    return process_time if options.processor else perf_counter


def _writing(model: Model, **how: Any) -> Run:
    """Return a run that writes on by some symbols."""
    settings = GenerateSettings(length=ENDLESS, temperature=TEMPERATURE, seed=0, **how)
    texts = iter(Texts(model, Prompt.of("", model.tokenizer), settings))
    return lambda: ["".join(pieces) for pieces in zip(*islice(texts, SYMBOLS), strict=True)]


@dataclass
class Model:
    """What `generate` asks of a language model, with weights as they were made."""

    cell: str
    hidden: int
    layers: int
    styles: tuple[str, ...] = ()
    start: int = 1

    def __post_init__(self) -> None:
        torch.manual_seed(0)
        self.tokenizer = Characters(LETTERS)
        self.network = LanguageNetwork(
            self.tokenizer.size, named(self.cell), hidden=self.hidden, embedding=EMBEDDING, num_layers=self.layers
        ).eval()

    def stepper(self, batch: int = 1, style: int | str | None = None) -> LanguageStepper:
        return LanguageStepper(self.network, batch)


class Loop:
    """The loop that one writes in torch."""

    def __init__(self, model: Model, batch: int, *, cells: bool) -> None:
        network, H, L = model.network, model.hidden, model.layers
        self.embedding = network.embedding
        self.head = nn.Linear(H, model.tokenizer.size)
        self.cells = nn.ModuleList(nn.LSTMCell(H if k else EMBEDDING, H) for k in range(L)) if cells else None
        self.rnn = None if cells else nn.LSTM(EMBEDDING, H, L)
        given = network.state_dict()
        self.head.load_state_dict({"weight": given["weight"], "bias": given["bias"]})
        for k in range(L):
            weights = {n: given[f"layers.{k}.cells.0.{n}"] for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
            for name, weight in weights.items():
                part: Any = self.rnn if self.cells is None else self.cells[k]
                getattr(part, f"{name}_l{k}" if self.cells is None else name).data = weight
        self.ids, self.states = torch.full((batch,), model.start), [torch.zeros(L, batch, H) for _ in range(2)]

    def logits(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids)  # (B, E)
        if self.rnn is not None:
            outputs, (h, c) = self.rnn(x[None], (self.states[0], self.states[1]))
            self.states = [h, c]
            return self.head(outputs[0])
        h, c = self.states
        after: list[tuple[Tensor, Tensor]] = []
        assert self.cells is not None
        for k, cell in enumerate(self.cells):
            after.append(cell(x, (h[k], c[k])))
            x = after[-1][0]
        self.states = [torch.stack(list(state)) for state in zip(*after, strict=True)]
        return self.head(x)

    @torch.no_grad()
    def write(self) -> list[str]:
        written = []
        for _ in range(SYMBOLS):
            p = torch.softmax(self.logits(self.ids) / TEMPERATURE, 1)
            self.ids = torch.multinomial(p, 1)[:, 0]
            written.append([LETTERS[i - 1] for i in self.ids.tolist()])
        return ["".join(letters) for letters in zip(*written, strict=True)]


@torch.no_grad()
def _answers(model: Model, peers: dict[str, Loop], batch: int) -> dict[str, dict[str, Tensor]]:
    """Return what each makes of the same texts, (T, B, K)."""
    ids = np.random.default_rng(0).integers(0, model.tokenizer.size, (CHECKED, batch))
    stepper = model.stepper(batch)
    found: dict[str, Callable[[Any], Tensor]] = {"frontal": lambda row: torch.from_numpy(stepper.step(row))}
    for name, peer in peers.items():
        found[name] = lambda row, peer=peer: torch.log_softmax(peer.logits(torch.from_numpy(row)), 1)
    return {name: {"log_p": torch.stack([say(row) for row in ids])} for name, say in found.items()}
