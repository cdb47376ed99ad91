"""A translator along pairs, for the microscope: what its decoder does while it writes, its encoder while it reads."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from frontal.data.pairs import Pairs, pairs_of
from frontal.data.ragged import Ragged
from frontal.data.textfile import is_said
from frontal.diagnostics.subject_pairs import Answered, Half, Sources, Targets
from frontal.errors import FrontalError, did_you_mean
from frontal.layers.encoder_decoder import EncoderDecoder
from frontal.tasks.pairs_prepare import spell
from frontal.tasks.pairs_spelling import Side, Spelling
from frontal.tasks.pairs_training import IGNORED

Part = Literal["writing", "reading"]
PARTS: tuple[Part, ...] = get_args(Part)
KEPT = "translations.csv"  # of a run: its test part, and what was written
SOURCE, TARGET = "source", "as it should be"  # columns of it


class Writing(nn.Module):
    """A decoder along targets: the encoder has read each source before, and is not looked at.

    Args:
        network: trained.
        sources: of N pairs.
    """

    def __init__(self, network: EncoderDecoder, sources: Ragged) -> None:
        super().__init__()
        if network.decoder.feeds:
            raise FrontalError(
                "a decoder with input feeding runs one step at a time, and cannot be looked at while it writes; "
                "look at its encoder, with part='reading', or train with input_feeding=false"
            )
        self.decoder = network.decoder.recurrent  # its states are called by the first name it has
        self.writer = network.decoder
        self.before = (network.encoder, network.bridge)  # in a tuple, and so no part of what is looked at
        self.sources = sources

    def forward(self, ids: Tensor, lengths: Tensor, of: Tensor) -> Tensor:
        """Return logits, (T, B, K), of steps that read ids, (T, B), the first one the beginning instead."""
        encoder, bridge = self.before
        pairs, place = of.unique(return_inverse=True)
        with torch.no_grad():
            source, read = self.sources.batch(pairs)
            memory, states = encoder(source.T, read)
            begun = bridge(states)
        begun = begun[:, place] if isinstance(begun, Tensor) else tuple(state[:, place] for state in begun)
        writer, layer = self.writer, self.writer.recurrent
        x = torch.cat([writer.begin.expand(len(of), 1, -1), writer.target(ids.T, lengths)[:, 1:]], 1)  # (B, T, E)
        said, _ = layer(x if layer.batch_first else x.transpose(0, 1), begun, lengths=lengths)
        said = said if layer.batch_first else said.transpose(0, 1)
        if writer.look is not None:
            said, _ = writer.look(said, writer.look.prepare(memory[place], read[place], len(of)))
        return writer.head(said).transpose(0, 1)


class Reading(nn.Module):
    """An encoder along sources, and what the decoder then says of each target; the decoder is not looked at.

    Args:
        network: trained.
        targets: of N pairs.
    """

    def __init__(self, network: EncoderDecoder, targets: Ragged) -> None:
        super().__init__()
        self.encoder = network.encoder.recurrent  # its states are called by the first name it has
        self.reader = network.encoder
        self.after = (network.decoder, network.bridge)  # in a tuple, and so no part of what is looked at
        self.targets = targets

    def forward(self, ids: Tensor, lengths: Tensor, of: Tensor) -> Answered:
        """Return what is said of the targets, of sources (T, B)."""
        decoder, bridge = self.after
        memory, states = self.reader(ids.T, lengths)
        targets, written = self.targets.batch(of)  # (T, B), (B,)
        beyond = torch.arange(len(targets))[:, None] >= written
        looks = decoder.look is not None
        said = decoder(
            targets.masked_fill(beyond, 0).T,
            memory if looks else None,
            bridge(states),
            lengths=written,
            memory_lengths=lengths if looks else None,
        ).outputs  # (B, T, K)
        wanted = targets.masked_fill(beyond, IGNORED).T
        nats = cross_entropy(said.transpose(1, 2), wanted, ignore_index=IGNORED, reduction="none")  # (B, T)
        return Answered(nats.sum(1) / written, said[:, 0])


def pairs_subject(network: EncoderDecoder, spelling: Spelling, pairs: Pairs, *, part: Part, most: int | None) -> Half:
    """Return a network along pairs.

    Args:
        network: trained.
        spelling: of its symbols.
        pairs: the texts.
        part: "writing", the decoder along the targets, or "reading", the encoder along the sources.
        most: steps that are looked at: as many pairs as fit, one at least.

    Raises:
        FrontalError: there is no such part.
    """
    if part not in PARTS:
        raise FrontalError(f"a translator has no part {part!r}; {did_you_mean(str(part), PARTS)}")
    reads = part == "reading"
    of, side = (pairs.sources, spelling.source) if reads else (pairs.targets, spelling.target)
    lengths = np.cumsum([len(side.encode(text)) for text in of[:most]])
    pairs = pairs.select(np.arange(max(1, int(np.searchsorted(lengths, most or np.inf, side="right")))))
    spelled, _ = spell(pairs, spelling, None)
    told: dict[str, Any] = {"symbols": shown(side), "spell": partial(spelled_as_shown, side), "name": pairs.name}
    if reads:
        facts = {"names": pairs.targets, "beside": "its target", "said": shown(spelling.target)}
        return Sources(Reading(network, spelled.targets), [*spelled.sources], **told, facts=facts)
    begun = [target.roll(1) for target in spelled.targets]  # the end, which stands for the beginning, first
    return Targets(
        Writing(network, spelled.sources), begun, **told, facts={"names": pairs.sources, "beside": "its source"}
    )


def typed_pairs(X: Any, y: Any, translate: Callable[[list[str]], list[str]]) -> Pairs | None:
    """Return the pairs of texts that are given as such, and no file or data set; None for whatever else.

    Args:
        X: texts, or one with a space in it: a line with a tab in it is a pair, any other a source.
        y: the other side, with which the texts are lists of pairs, and none of these.
        translate: gives a source without a target one.
    """
    texts: list[Any] = [X] if isinstance(X, str) and is_said(X) else X if isinstance(X, list) else []
    if y is not None or not texts or not all(isinstance(text, str) for text in texts):
        return None
    lines = [line.partition("\t") for text in texts for line in text.splitlines() if line.strip()]
    written = iter(translate([source for source, tab, _ in lines if not tab]))
    if not lines:
        raise FrontalError("there is no text to read: give a source, or a source, a tab and its target")
    targets = [target.strip() if tab else next(written) for _, tab, target in lines]
    return Pairs("what is typed", tuple(source.strip() for source, _, _ in lines), tuple(targets))


def kept_pairs(X: Any) -> Pairs | None:
    """Return the pairs of a run's file of translations; None for whatever else."""
    if not isinstance(X, str | Path) or Path(X).name != KEPT:
        return None
    with Path(X).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {SOURCE, TARGET} <= rows[0].keys():
        raise FrontalError(f"{X} has no columns {SOURCE!r} and {TARGET!r}; is it what frontal translate wrote?")
    return pairs_of("its test part", [row[SOURCE] for row in rows], [row[TARGET] for row in rows])


def spelled_as_shown(side: Side, text: str) -> NDArray[np.int64]:
    """Return the ids of a text, (n,), in which a line end stands for the end of a side."""
    ids = np.concatenate([part for line in text.split("\n") for part in ([side.stop], side.tokenizer.encode(line))])
    return ids[1:].astype(np.int64)


def shown(side: Side) -> list[str]:
    """Return the text of each symbol, with the space before it; the end is that of a line."""
    return [*side.tokenizer.shown(), "\n"]
