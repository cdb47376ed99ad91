"""The language model: what comes next in a text, in scikit-learn's verbs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from time import perf_counter
from types import MappingProxyType
from typing import Any, ClassVar, Self, final

import numpy as np
import torch
from numpy.typing import NDArray

from frontal.cells import named
from frontal.data.corpus import Corpus
from frontal.data.corpus_ids import Ids, encode_corpus
from frontal.data.corpus_read import read_corpus
from frontal.data.styled import END, Styled
from frontal.data.tokenizer import Tokenizer
from frontal.data.tokenizer_read import learn_tokenizer, read_tokenizer
from frontal.diagnostics.subject_text import Text
from frontal.errors import FrontalError
from frontal.layers.language_network import LanguageNetwork
from frontal.layers.language_stepper import LanguageStepper
from frontal.layers.threads import threads_to_train
from frontal.tasks.language_generate import generate, write
from frontal.tasks.language_measure import Surprise, surprise_of
from frontal.tasks.language_settings import LanguageSettings
from frontal.tasks.language_style import learn_styles, read_asked
from frontal.tasks.language_style_write import blended, shares_of
from frontal.tasks.language_subject import MOST, text_subject
from frontal.tasks.language_suggest_trie import common_words, words_from_text, words_to_text
from frontal.tasks.language_train import device_for, least_symbols, plan_training, streams_for, train_language
from frontal.training.estimator import Estimator
from frontal.training.progress import Progress
from frontal.training.run_directory import Run
from frontal.training.seed import seeded

VALIDATED = 200_000  # characters, at most
AT_ONCE = 1 << 22  # symbols that are measured in one go


@final
class LanguageModel(Estimator[LanguageSettings]):
    """Predict the next character, byte, piece of a word or word of a text with a recurrent network.

    The text is read in streams side by side, window by window, with the state carried on; the end of
    it is held out to keep the best weights. A text is predicted from its first symbol on: before it
    stands `start`, a line end where the symbols have one.

    Args:
        settings: a `LanguageSettings`; or instead
        preset, **options: a preset's name and single settings of `LanguageSettings`.

    Example:
        >>> import frontal
        >>> model = frontal.LanguageModel(hidden=16, epochs=3).fit("Row, row, row your boat,\\n" * 100)
        >>> model.measure("Row your boat,\\n").perplexity < 20
        True
    """

    kind: ClassVar = "language-model"
    settings_type: ClassVar = LanguageSettings
    tokenizer: Tokenizer
    """after `fit`: text to symbols and back"""
    network: LanguageNetwork
    """after `fit`: the network, in evaluation mode"""
    words: Mapping[str, int] = MappingProxyType({})
    """after `fit`: the words of the text and how often they stand there, for a keyboard"""
    styles: tuple[str, ...] = ()
    """after `fit`: the styles of texts with labels, in the order of their numbers; else none"""

    def fit(self, X: Any, y: Any = None, *, progress: Progress | None = None) -> Self:
        """Learn a text.

        Args:
            X: whatever `frontal.data.corpus_read.read_corpus` takes: a file, a folder, a data set by
                its name, a text of several lines, a list of such. With `style` in the settings, or a
                `Styled`: texts with styles, see `frontal.data.styled.read_styled`.
            y: the style of each text, where X is a list of texts.
            progress: shown while training.

        Raises:
            FrontalError: nothing there, too little text, or none of it is text.
        """
        if y is not None or self.settings.style or isinstance(X, Styled):
            learn_styles(self, read_asked(X, self.settings, y), progress)
            return self
        corpus = read_corpus(X, glob=self.settings.glob)
        self.notes, self.styles = list(corpus.notes), ()
        learned, held_out = self._held_out(corpus)
        self.tokenizer = learn_tokenizer(
            self.settings.symbols, learned.pieces(), most=self.settings.vocabulary, least=self.settings.min_count
        )
        self.words = common_words(learned.pieces())
        ids, held_ids = (encode_corpus(part, self.tokenizer) for part in (learned, held_out))
        self.chosen = self._choose(ids, learned)
        self.train(ids, held_ids, progress)
        return self

    def train(self, ids: Ids, held_out: Ids, progress: Progress | None = None) -> None:
        """Train a new network on symbols of `tokenizer`, (N,), by the settings in `chosen`."""
        with seeded(self.chosen.seed), threads_to_train((self.chosen.streams or 1) * self.chosen.hidden):
            network = self.new_network().to(device_for(self.chosen.device))
            began = perf_counter()
            plan = plan_training(network, self.chosen, ids)
            self.notes += [plan.said] if plan.said else []
            history = train_language(network, self.chosen, plan, ids, held_out, self.start, progress)
        self.seconds = perf_counter() - began
        self.network = network.cpu().eval()
        self.trained([history], 1)

    def measure(self, X: Any, style: int | None = None) -> Surprise:
        """Return how surprised the model is by a text, in nats, bits and perplexity.

        Args:
            X: a text (any string is taken at its word), a `Path` to a file or folder, or a `Corpus`.
            style: the number of one of `styles`, where there are any.
        """
        self._fitted()
        corpus = Corpus.of_text(X) if isinstance(X, str) else read_corpus(X, glob=self.settings.glob)
        ids = encode_corpus(corpus, self.tokenizer)
        if not len(ids):
            raise FrontalError("there is no text to measure")
        parts = (ids[first : first + AT_ONCE] for first in range(0, len(ids), AT_ONCE))
        nats = sum(float(self._surprise(part, style).sum()) for part in parts)
        size = sum(len(piece.encode()) for piece in corpus.pieces())
        unknown = int((ids == 0).sum()) if self.tokenizer.kind in ("characters", "words") else 0
        return Surprise(nats, len(ids), len(corpus), size, unknown)

    def surprise(self, text: str, style: int | None = None) -> NDArray[np.float64]:
        """Return -ln p of every symbol of a text, (N,), in nats, given all before it."""
        self._fitted()
        return self._surprise(self.tokenizer.encode(text), style)

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean log-likelihood of a character, in nats: the higher, the better."""
        return -self.measure(X).nats_per_character

    @property
    def start(self) -> int:
        """The symbol that stands before every text: the line end, or else the first symbol; with styles the end."""
        ids = self.tokenizer.encode(END if self.styles else "\n")
        return int(ids[-1]) if len(ids) else 0

    def stepper(self, batch: int = 1, style: int | str | None = None) -> LanguageStepper:
        """Return B streams that are stepped symbol by symbol: the network's fastest way to predict.

        Args:
            batch: B.
            style: where there are `styles`: a number, a name, or a blend such as "irish=1,russian=3", whose
                vector is the mean of theirs.
        """
        self._fitted()
        if isinstance(style, int) or not (self.styles or style):
            return LanguageStepper(self.network, batch, style=style)
        return LanguageStepper(blended(self.network, shares_of(style, self.styles)[None]), batch, style=0)

    def subject(self, X: Any, *, most: int = MOST, style: str | None = None) -> Text:
        """Return the network along a text, for `frontal.diagnostics.capture`.

        Args:
            X: as for `fit`, but a string with a blank in it is the text itself, unless a file has that name.
            most: symbols that are looked at.
            style: where there are `styles`: a name, or a blend.
        """
        self._fitted()
        network = blended(self.network, shares_of(style, self.styles)[None]) if self.styles or style else self.network
        return text_subject(network, self.tokenizer, X, most=most)

    def generate(self, prompt: str = "", **options: Any) -> list[str]:
        """Return texts that continue a prompt; see `frontal.tasks.language_generate.generate`."""
        self._fitted()
        return generate(self, prompt, **options)

    def write(self, prompt: str = "", **options: Any) -> Iterator[str]:
        """Yield one text piece by piece; see `frontal.tasks.language_generate.write`."""
        self._fitted()
        return write(self, prompt, **options)

    def contents(self) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        """The network and the tokenizer."""
        self._fitted()
        facts = {"tokenizer": self.tokenizer.to_dict(), "words": words_to_text(self.words)}
        facts |= {"styles": list(self.styles)} if self.styles else {}
        return facts, dict(self.network.state_dict())

    def restore(self, run: Run) -> None:
        """Take network and tokenizer."""
        self.tokenizer = read_tokenizer(run.settings["tokenizer"])
        self.words = words_from_text(run.settings.get("words", ""))
        self.styles = tuple(run.settings.get("styles", ()))
        self.network = self.new_network().eval()
        self.network.load_state_dict(run.tensors)

    def new_network(self) -> LanguageNetwork:
        """Return an untrained network by the settings in `chosen`, for the symbols of `tokenizer`."""
        chosen = self.chosen
        return LanguageNetwork(
            self.tokenizer.size, named(chosen.cell), hidden=chosen.hidden, embedding=chosen.embedding,
            num_layers=chosen.layers, tied=chosen.tied, dropout=chosen.dropout,
            embedding_dropout=chosen.embedding_dropout, weight_drop=chosen.weight_drop, zoneout=chosen.zoneout,
            styles=len(self.styles),
        )  # fmt: skip

    def _held_out(self, corpus: Corpus) -> tuple[Corpus, Corpus]:
        if not self.settings.validation:
            return corpus, Corpus(corpus.name, ())
        learned, held_out, how = corpus.split(self.settings.validation, most=VALIDATED, seed=self.settings.seed)
        self.notes.append(f"Held out to choose the best pass: {how}.")
        return learned, held_out

    def _choose(self, ids: Ids, learned: Corpus) -> LanguageSettings:
        settings = self.settings
        least = least_symbols(settings.window)
        if len(ids) < least:
            raise FrontalError(
                f"too little text: {len(learned)} characters, {len(ids)} {settings.symbols}, are left to learn from, "
                f"and windows of {settings.window} need {least} at least; give more text, or set window={len(ids) // 5}"
                if len(ids) >= 10 else f"too little text: {len(learned)} characters are left to learn from; give more"
            )  # fmt: skip
        streams = settings.streams or streams_for(len(ids), settings.window)
        if streams * (settings.window + 1) >= len(ids) - settings.window:
            raise FrontalError(f"{streams} streams are too many for {len(ids)} {settings.symbols}; leave streams out")
        return settings.replace(streams=streams)

    def _surprise(self, ids: NDArray[Any], style: int | None = None) -> NDArray[np.float64]:
        return surprise_of(self.network, ids, self.start, style)

    def _fitted(self) -> None:
        if not hasattr(self, "network"):
            raise FrontalError("this LanguageModel is not fitted yet; call fit(text) first, or frontal.load(run)")
