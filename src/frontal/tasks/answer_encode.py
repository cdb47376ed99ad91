"""Stories as the network reads them: every sentence once, as the numbers of its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from frontal.data.inputs_tokens import TokenInputs
from frontal.data.ragged import Ragged
from frontal.data.stories import Question
from frontal.data.words import token_array, words

NEVER_LEARNED = -1  # number of an answer that is no class


class StoryBatch(NamedTuple):
    """B questions about B stories whose U sentences, questions among them, stand there once.

    Attributes:
        words: int64, (W, U).
        word_counts: of the sentences, (U,).
        facts: which sentences are told, int64, (F, B).
        fact_counts: of the stories, (B,).
        asked: which sentence is the question, int64, (B,).
    """

    words: Tensor
    word_counts: Tensor
    facts: Tensor
    fact_counts: Tensor
    asked: Tensor


@dataclass(frozen=True)
class EncodedStories:
    """N questions.

    Attributes:
        sentences: numbers of words, of every different sentence.
        facts: numbers of sentences, of every story.
        asked: numbers of the questions' sentences, (N,).
        answers: numbers of classes, (N,); `NEVER_LEARNED` for others.
        support: bool, of every fact of every story.
    """

    sentences: Ragged
    facts: Ragged
    asked: Tensor
    answers: Tensor
    support: Ragged

    def __len__(self) -> int:
        return len(self.asked)

    def batch(self, rows: Tensor) -> StoryBatch:
        """Return some questions, int64 (B,), side by side."""
        facts, counts = self.facts.batch(rows)
        used, places = torch.cat([facts.flatten(), self.asked[rows]]).unique(return_inverse=True)
        told, asked = places.split([facts.numel(), len(rows)])
        return StoryBatch(*self.sentences.batch(used), told.view_as(facts), counts, asked)

    def goals(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return the answers of some questions, (B,), and which facts support them, bool (F, B)."""
        support, counts = self.support.batch(rows)
        return self.answers[rows], support & (torch.arange(len(support))[:, None] < counts)


@dataclass(frozen=True)
class Shuffled:
    """Batches of questions in a new order every pass, drawn from torch's generator."""

    stories: EncodedStories
    rows: Tensor
    batch_size: int

    def __len__(self) -> int:
        return (len(self.rows) + self.batch_size - 1) // self.batch_size

    def __iter__(self) -> Iterator[tuple[StoryBatch, tuple[Tensor, Tensor]]]:
        for rows in self.rows[torch.randperm(len(self.rows))].split(self.batch_size):
            yield self.stories.batch(rows), self.stories.goals(rows)


def spelled(text: str) -> list[str]:
    """Return the words of a sentence in small letters, without punctuation marks."""
    return [word for word in words(text) if any(map(str.isalnum, word))]


def learn_words(questions: Sequence[Question]) -> TokenInputs:
    """Return the vocabulary of stories and questions."""
    texts = {text for one in questions for text in (*one.facts, one.question)}
    return TokenInputs.learned([token_array(spelled(text)) for text in sorted(texts)], least=1, most=100_000)


def unknown_words(texts: Sequence[str], vocabulary: TokenInputs) -> list[str]:
    """Return the words that were not learned, each once, in the order in which they come."""
    known = set(vocabulary.vocabulary)
    return list(dict.fromkeys(word for text in texts for word in spelled(text) if word not in known))


def encode_stories(
    questions: Sequence[Question], vocabulary: TokenInputs, answers: Sequence[str] = ()
) -> EncodedStories:
    """Encode questions; `answers` are the classes by their numbers."""
    sentences: dict[str, int] = {}
    classes = {answer: number for number, answer in enumerate(answers)}

    def number(text: str) -> int:
        return sentences.setdefault(text, len(sentences))

    facts = [torch.tensor([number(fact) for fact in one.facts]) for one in questions]
    asked = torch.tensor([number(one.question) for one in questions])
    support = [torch.from_numpy(np.isin(np.arange(len(one.facts)), one.support)) for one in questions]
    spellings = [spelled(text) or [""] for text in sentences]
    return EncodedStories(
        Ragged([vocabulary.encode(token_array(spelling)) for spelling in spellings]),
        Ragged(facts),
        asked,
        torch.tensor([classes.get(one.answer, NEVER_LEARNED) for one in questions]),
        Ragged(support),
    )
