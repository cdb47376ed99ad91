"""Dialogue: an encoder and a decoder that answer, remember, and know what they do not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import ceil
from typing import Any, ClassVar, Self, final

import numpy as np
from torch import Tensor

from frontal.data.exchanges import Exchange, read_conversations
from frontal.data.pairs import Pairs, pairs_of
from frontal.data.tokenizer_words import UNKNOWN, tokens
from frontal.diagnostics.subject_pairs import Half
from frontal.errors import FrontalError
from frontal.tasks.pairs_chat_familiar import Familiar
from frontal.tasks.pairs_chat_settings import ChatSettings
from frontal.tasks.pairs_nearest import Nearest
from frontal.tasks.pairs_settings import PairsSettings
from frontal.tasks.pairs_subject import PARTS, Part
from frontal.tasks.pairs_translator import Translator
from frontal.training.estimator import Estimator
from frontal.training.progress import Progress
from frontal.training.run_directory import Run

NEVER = -99.0  # nats a word of an answer that was not found
BETWEEN = " | "  # turns, in what the encoder reads
PASSES, UPDATES = 15, 800  # of a training, at least
ENOUGH = 20  # held-out exchanges from which the bars are set
SHORT, ALIKE = 4, 0.8  # letters of a word that may be misspelled, and how like a known one it must be


@dataclass(frozen=True)
class Reply:
    """What is said to a question.

    Attributes:
        text: the answer, or words of its own where it is out of its depth.
        answer: what the network answers in any case.
        sure: whether question and answer are both as likely as those that are known.
        question_log_p: nats a character, by the letters of the known questions; the bar is in `Dialogue.bars`.
        answer_log_p: nats a word, by the network.
        nearest: the known exchange whose question is nearest; None where it has no word in common.
        others: other answers that were found, the likeliest first.
        read: the question as it was read, misspelled words put right.
    """

    text: str
    answer: str
    sure: bool
    question_log_p: float
    answer_log_p: float
    nearest: Exchange | None
    others: tuple[str, ...]
    read: str


@final
class Dialogue(Estimator[ChatSettings]):
    """Answer questions as in the conversations that were learned.

    The encoder reads the question behind the last turns, joined by a bar, in small letters; the decoder
    looks at all of it (attention), and beams in groups look for answers that differ. Two bars say what is
    out of its depth: the mean log-probability of the question's characters, by n-grams of the known
    questions, and that of the answer's words, by the network. Of the exchanges that were held out, a word
    of the question left out, the part `doubt` falls below each.

    Args:
        settings: a `ChatSettings`; or instead
        **options: single settings of `ChatSettings`.

    Example:
        >>> import frontal
        >>> turns = [["Hi", "Good day!"], ["Are you open?", "Yes, until six."], ["Thanks", "You are welcome."]]
        >>> model = frontal.Dialogue(hidden=24, epochs=60, patience=None, hide=0.0).fit(turns * 6)
        >>> talk = model.talk()
        >>> talk.say("are you open?").text
        'Yes, until six.'
        >>> talk.say("How far is the moon?").sure
        False
    """

    kind: ClassVar = "dialogue"
    settings_type: ClassVar = ChatSettings
    parts: ClassVar = PARTS
    """of the network, as `subject` takes them"""
    writer: Translator
    """after `fit`: encoder and decoder"""
    known: list[Exchange]
    """after `fit`: every question that was learned, once a different answer, with the turns before"""
    bars: tuple[float, float]
    """after `fit`: least log-probability of a question a character, and of an answer a word"""

    def fit(self, X: Any, y: Any = None, *, progress: Progress | None = None) -> Self:
        """Learn conversations.

        Args:
            X: whatever `read_conversations` takes.
            y: nothing; scikit-learn passes it.
            progress: told about every batch.
        """
        data = read_conversations(X)
        self.notes = list(data.notes)
        learned, held = (part.exchanges() for part in data.split(self.settings.validation, self.settings.seed))
        if len(held) < ENOUGH:
            learned, held = data.exchanges(), []
        self.known = list({(e.question.casefold(), e.answer): e for e in learned}.values())
        self._look_at_known()
        self.chosen = self._choose(len(learned))
        pairs = _pairs([*learned, *hidden(learned, self.chosen)], self.chosen.memory)
        asked = self.chosen.of_pairs()
        self.writer = Translator(asked if held else asked.replace(patience=None))
        self.writer.fit(pairs, valid=_pairs(held, self.chosen.memory) if held else None, progress=progress)
        self._set_bars(held)
        self.log, self.seconds, self.interrupted = self.writer.log, self.writer.seconds, self.writer.interrupted
        return self

    def talk(self) -> Talk:
        """Begin a conversation."""
        self._fitted()
        return Talk(self)

    def reply(self, question: str, before: Sequence[str] = (), *, seed: int | None = None) -> Reply:
        """Answer a question.

        Args:
            question: of at least one letter.
            before: the turns so far, the oldest first; as many as the setting `memory` count.
            seed: of the draw, with a temperature; by default the setting's.
        """
        return self.replies([(question, before)], seed=seed)[0]

    def replies(self, asked: Sequence[tuple[str, Sequence[str]]], *, seed: int | None = None) -> list[Reply]:
        """Answer many questions, each with its turns before."""
        self._fitted()
        if any(not question.strip() for question, _ in asked):
            raise FrontalError("a question needs a word")
        read = [self._spelled(question) for question, _ in asked]
        memory, chosen = self.chosen.memory, self.chosen
        sources = [joined(question, before, memory) for question, (_, before) in zip(read, asked, strict=True)]
        written = self.writer.write(
            sources, beams=chosen.beams, groups=chosen.groups, keep=chosen.beams // chosen.groups,
            diversity=chosen.diversity if chosen.groups > 1 else 0.0,
        )  # fmt: skip
        rng = np.random.default_rng(chosen.seed if seed is None else seed)
        replies: list[Reply] = []
        for question, ranked in zip(read, written, strict=True):
            likely = {found.text: -found.nats / (len(found.pieces) + 1) for found in reversed(ranked) if found.text}
            found = sorted(likely, key=lambda text: -likely[text])
            if chosen.temperature and found:
                weights = np.exp(np.array([likely[text] for text in found]) / chosen.temperature)
                found.insert(0, found.pop(int(rng.choice(len(found), p=weights / weights.sum()))))
            replies.append(self._reply(question, found, likely))
        return replies

    def subject(self, X: Any, *, most: int | None = None, part: Part = "writing") -> Half:
        """Return one half of the network along questions and answers, for `frontal.diagnostics.capture`.

        Args:
            X: whatever `read_conversations` takes, or exchanges, such as those `known`; or a list of texts, of
                which a line is a question, and behind a tab in it its answer.
            most, part: as for `Translator.subject`.
        """
        self._fitted()
        if isinstance(X, list) and all(isinstance(one, str) for one in X):
            lines = [line.partition("\t") for text in X for line in text.splitlines()]
            return self.writer.subject(["".join((q.casefold(), *a)) for q, *a in lines], most=most, part=part)
        exchanges = X if isinstance(X, list) and isinstance(X[0], Exchange) else read_conversations(X).exchanges()
        return self.writer.subject(_pairs(exchanges, self.chosen.memory), most=most, part=part)

    def contents(self) -> tuple[dict[str, Any], dict[str, Tensor]]:
        """The network, its words, what is known, and the bars."""
        self._fitted()
        facts, tensors = self.writer.contents()
        known = [[list(e.before), e.question, e.answer, e.id] for e in self.known]
        return facts | {"writer": self.writer.chosen.to_dict(), "known": known, "bars": list(self.bars)}, tensors

    def restore(self, run: Run) -> None:
        """Take what `contents` gave."""
        saved = run.settings
        self.writer = Translator(self.chosen.of_pairs())
        self.writer.chosen = PairsSettings.from_dict(saved["writer"])
        self.writer.restore(run)
        self.known = [Exchange(tuple(before), *others) for before, *others in saved["known"]]
        self.bars = (float(saved["bars"][0]), float(saved["bars"][1]))
        self._look_at_known()

    def _reply(self, question: str, found: list[str], likely: dict[str, float]) -> Reply:
        answer = found[0] if found else ""
        log_ps = self._familiar.log_p(question), likely.get(answer, NEVER)
        near = self._nearest.look(question)
        nearest = self.known[near.place] if near.similarity > 0 else None
        sure = bool(log_ps[0] >= self.bars[0] and log_ps[1] >= self.bars[1])
        text = answer if sure else out_of_depth(nearest)
        return Reply(text, answer, sure, *log_ps, nearest, tuple(found[1:]), question)

    def _choose(self, exchanges: int) -> ChatSettings:
        """Fill in the passes: as many as give `UPDATES` updates where exchanges are few."""
        batch = self.settings.batch_size or min(64, max(8, exchanges // 100))
        epochs = self.settings.epochs or max(PASSES, ceil(UPDATES * batch / exchanges))
        return self.settings.replace(epochs=epochs, batch_size=batch)

    def _set_bars(self, held: list[Exchange]) -> None:
        """Set the bars where `doubt` of the exchanges fall below them, a word left out of each question.

        That stands for the words of others: what is asked is rarely asked as it was learned.
        """
        self.bars = (-np.inf, -np.inf)
        rng = np.random.default_rng(self.chosen.seed)
        asked = [without_a_word(e, rng) for e in held or self.known if len(e.question.split()) > 1] or self.known
        replies = self.replies([(exchange.question, exchange.before) for exchange in asked])
        said = np.array([(reply.question_log_p, reply.answer_log_p) for reply in replies])
        self.bars = (
            float(np.quantile(said[:, 0], self.chosen.doubt)),
            float(np.quantile(said[:, 1], self.chosen.doubt)),
        )
        which = f"{len(asked)} {'held-out' if held else 'known'} exchanges"
        self.notes.append(
            f"Out of depth is what is less likely than {1 - self.chosen.doubt:.0%} of {which} with a word left out."
        )

    def _look_at_known(self) -> None:
        questions = [exchange.question for exchange in self.known]
        self._familiar, self._nearest = Familiar(questions), Nearest(questions)
        self._words = {word for question in questions for word in tokens(question.casefold())}

    def _spelled(self, question: str) -> str:
        """Return the question with words that nobody knows put right where a known one is near."""
        found = " ".join(question.split())
        for word in dict.fromkeys(tokens(found)):
            if len(word) >= SHORT and word.casefold() not in self._words:
                near = get_close_matches(word.casefold(), self._words, n=1, cutoff=ALIKE)
                found = found.replace(word, near[0]) if near else found
        return found

    def _fitted(self) -> None:
        if not hasattr(self, "writer"):
            raise FrontalError("this Dialogue is not fitted yet; call fit(conversations) first, or frontal.load(run)")


class Talk:
    """A conversation with a `Dialogue`, which remembers its turns.

    A question that is out of its depth, and what is said to it, leave no trace.
    """

    def __init__(self, model: Dialogue) -> None:
        self.model = model
        self.turns: list[str] = []

    def say(self, question: str) -> Reply:
        """Return the reply to a question."""
        reply = self.model.reply(question, self.turns, seed=self.model.chosen.seed + len(self.turns))
        if reply.sure:
            self.turns += [reply.read, reply.answer]
        return reply


def joined(question: str, before: Sequence[str], memory: int) -> str:
    """Return what the encoder reads: the last turns and the question, in small letters."""
    turns = [*before[max(0, len(before) - memory) :], question] if memory else [question]
    return BETWEEN.join(turns).casefold()


def out_of_depth(nearest: Exchange | None) -> str:
    """Say that something is not known, and offer what is nearest."""
    if nearest is None:
        return "I do not understand that, and nothing that I know comes near it."
    return f"I am out of my depth there. The nearest that I know is “{nearest.question}”: {nearest.answer}"


def hidden(learned: Sequence[Exchange], settings: ChatSettings) -> list[Exchange]:
    """Return a part of the exchanges once more, a word of each question hidden."""
    rng = np.random.default_rng(settings.seed)
    some = rng.permutation(len(learned))[: round(settings.hide * len(learned))]
    return [without_a_word(learned[place], rng, UNKNOWN) for place in some.tolist()]


def without_a_word(exchange: Exchange, rng: np.random.Generator, instead: str = "") -> Exchange:
    """Return an exchange with a word of its question, drawn by chance, left out or put otherwise."""
    words = exchange.question.split()
    words[int(rng.integers(len(words)))] = instead
    return exchange._replace(question=" ".join(word for word in words if word))


def _pairs(exchanges: Sequence[Exchange], memory: int) -> Pairs:
    sources = [joined(exchange.question, exchange.before, memory) for exchange in exchanges]
    return pairs_of("the exchanges", sources, [e.answer for e in exchanges], languages=("question", "answer"))
