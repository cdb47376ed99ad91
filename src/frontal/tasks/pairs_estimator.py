"""The core of everything that learns from pairs of texts: read, train, write, save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, ClassVar, Self

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from frontal.data.pairs import Pairs
from frontal.data.pairs_read import read_pairs
from frontal.diagnostics.subject_pairs import Half
from frontal.errors import FrontalError
from frontal.layers.decoder_finished import Hypothesis
from frontal.layers.decoder_search import SearchOptions
from frontal.layers.encoder_decoder import EncoderDecoder
from frontal.tasks.pairs_network import build_network
from frontal.tasks.pairs_prepare import complete, spell, split
from frontal.tasks.pairs_scores import scores
from frontal.tasks.pairs_settings import PairsSettings
from frontal.tasks.pairs_spelling import Spelling, learn_spelling, tokens_of, written
from frontal.tasks.pairs_subject import PARTS, Part, kept_pairs, pairs_subject, typed_pairs
from frontal.tasks.pairs_training import surprise, train_network
from frontal.training.estimator import Estimator
from frontal.training.progress import Progress
from frontal.training.run_directory import Run
from frontal.training.seed import seeded

OFFSET = 5.0  # of the length in the score of Wu et al. (2016)
AT_ONCE = 64  # texts that are written together


@dataclass(frozen=True, eq=False)
class Written:
    """What was written for a text.

    Attributes:
        text: in the other way.
        score: see `Search`; what was written for one text is ranked by it.
        nats: -log p of its symbols and its end, given the source.
        read: text of each symbol of the source, S, without its end.
        pieces: text of each symbol that was written, T, without its end.
        weights: of the attention, (T, S + 1), the end of the source last; None without.
        group: of beams that found it.
    """

    text: str
    score: float
    nats: float
    read: list[str]
    pieces: list[str]
    weights: Tensor | None
    group: int = 0


class PairsEstimator(Estimator[PairsSettings]):
    """Learns pairs of texts with an encoder, a decoder and an attention."""

    settings_type: ClassVar = PairsSettings
    spelling: Spelling
    """after `fit`: the symbols of both sides"""
    network: EncoderDecoder
    """after `fit`: trained, in evaluation mode"""
    languages: tuple[str, str]
    """after `fit`: what the sides are called"""
    longest_written: int
    """after `fit`: symbols of the longest target that was learned, its end included"""

    def fit(self, X: Any, y: Any = None, *, valid: Any = None, progress: Progress | None = None) -> Self:
        """Train on pairs; the test part of data that have one is left out.

        Args:
            X: whatever `read_pairs` takes: texts, a file, a `Pairs`.
            y: the other side, where X has one only.
            valid: pairs that stop the training, (X, y) or one source; by default those of the data, or drawn.
            progress: told about every batch.
        """
        pairs = self.read(X, y)
        given = None if valid is None else self.read(*(valid if isinstance(valid, tuple) else (valid,)))
        parts = split(pairs, self.settings.replace(test=0.0), valid=given)
        said = [parts.said] if given is None and parts.valid is not None else []
        self.notes = list(dict.fromkeys([*pairs.notes, *(given.notes if given else ()), *said]))
        self.chosen, guesses = complete(self.settings, parts.train)
        self.notes += guesses
        self.languages = parts.train.languages
        began = perf_counter()
        self.spelling = learn_spelling(self.chosen, parts.train)
        learned, left_out = spell(parts.train, self.spelling, self.chosen.longest)
        self.notes += left_out
        held, left_out = spell(parts.valid, self.spelling, self.chosen.longest) if parts.valid else (None, [])
        self.notes += left_out
        self.longest_written = int(learned.targets.lengths.max())
        with seeded(self.chosen.seed):
            self.network = self._built()
        measure = None
        if self.chosen.stop_on == "bleu" and parts.valid is not None:
            texts, wanted = parts.valid.sources, parts.valid.targets
            measure = lambda: -scores(self.translate(texts, beams=1), wanted).bleu  # noqa: E731 - said where it is used
        history, said = train_network(self.network, self.chosen, learned, held, measure, progress)
        self.notes += [said] if said else []
        self.seconds = perf_counter() - began
        self.trained([history], 1)
        return self

    @property
    def parts(self) -> tuple[Part, ...]:
        """Of the network, as `subject` takes them: a decoder with input feeding is none."""
        return PARTS[1:] if self.network.decoder.feeds else PARTS

    def read(self, X: Any, y: Any = None) -> Pairs:
        """Read pairs as `fit` does; a `Pairs` is taken as it is, whatever the setting swap says."""
        pairs = read_pairs(X, y, seed=self.settings.seed)
        return pairs.swapped() if self.settings.swap and not isinstance(X, Pairs) else pairs

    def translate(self, texts: Sequence[str], *, beams: int | None = None) -> list[str]:
        """Write each text in the other way; an empty text stays empty."""
        return [row[0].text for row in self.write(texts, beams=beams)]

    def write(
        self, texts: Sequence[str], *, beams: int | None = None, groups: int = 1, diversity: float = 0.0, keep: int = 1
    ) -> list[list[Written]]:
        """Write each text in the other way; what was kept, the best first.

        Args:
            texts: N; of one longer than the setting `longest` that many symbols are read.
            beams: of the search; by default those of the settings.
            groups: of beams, see `Search`.
            diversity: between the groups.
            keep: of each group.
        """
        self._fitted()
        if isinstance(texts, str):
            raise FrontalError("give a list of texts, not one text")
        search: SearchOptions = {
            "max_length": self.longest_written, "stop": self.spelling.target.stop,
            "beams": self.chosen.beams if beams is None else beams, "length_power": self.chosen.length_power,
            "length_offset": OFFSET, "coverage": self.chosen.coverage, "groups": groups, "diversity": diversity,
            "keep": keep,
        }  # fmt: skip
        found: list[list[Written]] = [[Written("", 0.0, 0.0, [], [], None)] for _ in texts]
        cut = [text.strip() for text in texts]
        symbols = [self.spelling.source.encode(text, self.chosen.longest) for text in cut]
        order = sorted((place for place, text in enumerate(cut) if text), key=lambda place: len(symbols[place]))
        for start in range(0, len(order), AT_ONCE):
            places = order[start : start + AT_ONCE]
            sources = pad_sequence([symbols[place] for place in places], batch_first=True)
            lengths = torch.tensor([len(symbols[place]) for place in places])
            generated = self.network.generate(sources, lengths=lengths, **search)
            for place, ranked in zip(places, generated.ranked, strict=True):
                found[place] = [self._written(cut[place], symbols[place], hypothesis) for hypothesis in ranked]
        return found

    def too_long(self, texts: Sequence[str]) -> list[int]:
        """Return the places of texts of which only a beginning is read."""
        return [p for p, text in enumerate(texts) if len(self.spelling.source.encode(text)) - 1 > self.chosen.longest]

    def surprise(self, sources: Sequence[str], targets: Sequence[str]) -> list[float]:
        """Return -log p of each target given its source, in nats, its end included."""
        self._fitted()
        pairs = Pairs("the given pairs", tuple(sources), tuple(targets))
        return surprise(self.network, spell(pairs, self.spelling, None)[0]).tolist()

    def subject(self, X: Any, y: Any = None, *, most: int | None = None, part: Part = "writing") -> Half:
        """Return one half of the network along pairs, for `frontal.diagnostics.capture`.

        Args:
            X, y: as for `fit`, of which the test part is taken if there is one; or texts, of which a line with a
                tab in it is a pair, and what is written for any other its target; or a run's translations.csv.
            most: steps that are looked at: as many pairs as fit, one at least.
            part: "writing", the decoder along the targets, or "reading", the encoder along the sources.
        """
        self._fitted()
        pairs = kept_pairs(X) or typed_pairs(X, y, self.translate) or self.read(X, y)
        pairs = pairs.part("test") or pairs
        return pairs_subject(self.network, self.spelling, pairs, part=part, most=most)

    def contents(self) -> tuple[dict[str, Any], dict[str, Tensor]]:
        """The network and its symbols."""
        self._fitted()
        facts = {
            "spelling": self.spelling.to_dict(), "languages": list(self.languages),
            "longest_written": self.longest_written,
        }  # fmt: skip
        return facts, self.network.state_dict()

    def restore(self, run: Run) -> None:
        """Take network and symbols."""
        saved = run.settings
        self.spelling = Spelling.from_dict(saved["spelling"])
        self.languages = (saved["languages"][0], saved["languages"][1])
        self.longest_written = int(saved["longest_written"])
        self.network = self._built().eval()
        self.network.load_state_dict(run.tensors)

    def _built(self) -> EncoderDecoder:
        source, target = self.spelling.source, self.spelling.target
        return build_network(self.chosen, sources=source.count, targets=target.count, shared=self.spelling.shared)

    def _written(self, text: str, source: Tensor, found: Hypothesis) -> Written:
        stop, ids = self.spelling.target.stop, found.symbols.tolist()
        ids = ids[:-1] if ids[-1] == stop else ids
        weights = None if found.weights is None else found.weights[: len(ids), : len(source)]
        read = self.spelling.source.pieces(source[:-1].tolist())
        if self.spelling.source.open:
            read = tokens_of(self.spelling.source, text)[: len(read)]
        said = written(self.spelling.target, ids, read, weights).strip()
        pieces = self.spelling.target.pieces(ids)
        return Written(said, found.score, -found.log_probability, read, pieces, weights, found.group)

    def _fitted(self) -> None:
        if not hasattr(self, "network"):
            name = type(self).__name__
            raise FrontalError(f"this {name} is not fitted yet; call fit first, or frontal.load(run)")
