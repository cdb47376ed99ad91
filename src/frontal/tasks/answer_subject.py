"""An answerer along stories, for the microscope: word by word, or fact by fact."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn

from frontal.data.inputs_tokens import TokenInputs
from frontal.data.stories import Question
from frontal.data.stories_read import Stories
from frontal.data.textfile import decode, is_said
from frontal.data.words import token_array
from frontal.diagnostics.subject_sequences import UNKNOWN, Sequences
from frontal.errors import FrontalError, did_you_mean
from frontal.tasks.answer_encode import spelled
from frontal.tasks.answer_network import AnswerNetwork

Part = Literal["words", "facts"]
PARTS: tuple[Part, ...] = get_args(Part)
KEPT = "stories.txt"  # of a run: the stories of its test part
NOT_TOLD = "(not told)"  # answer of a question that is typed
_SENTENCE = re.compile(r"[^.!?\n]*[.!?]|[^.!?\n]+")


class Words(nn.Module):
    """A network along the words of stories and questions: what reads sentences; what reads facts is not looked at.

    Symbol k is word k, and symbol V + k the same word at the end of its sentence, V words in all. The
    last sentence of a sequence is the question; where nothing is told before, it is about a fact of zeros.

    Args:
        network: trained.
        temperature: what its logits are divided by.
    """

    def __init__(self, network: AnswerNetwork, temperature: float) -> None:
        super().__init__()
        self.sentences, self.embedding = network.sentences, network.embedding
        self.after, self.temperature = (network,), temperature  # in a tuple, and so no part of what is looked at

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Return logits of the answers, (B, K), of symbols (T, B)."""
        V, steps, rows = self.embedding.num_embeddings, torch.arange(len(x))[:, None], torch.arange(x.shape[1])
        ends = (x >= V) & (steps < lengths) | (steps == lengths - 1)  # (T, B)
        fresh = torch.cat([torch.zeros_like(ends[:1]), ends[:-1]])
        read, _ = self.sentences(self.embedding(x % V), lengths=lengths, reset=fresh)
        told = ends & (steps < lengths - 1)
        counts, (t, b) = told.sum(0), told.nonzero().unbind(1)
        facts = read.new_zeros(max(1, int(counts.max())), *read.shape[1:])  # (F, B, H)
        facts = facts.index_put((told.cumsum(0)[t, b] - 1, b), read[t, b])
        said = self.after[0].answered(facts, counts.clamp_min(1), read[lengths - 1, rows])
        return said.logits / self.temperature


class Facts(nn.Module):
    """A network along the facts of stories: what reads facts; what reads the words of each has done so before.

    Args:
        network: trained.
        temperature: what its logits are divided by.
    """

    def __init__(self, network: AnswerNetwork, temperature: float) -> None:
        super().__init__()
        if network.story is None:
            self.hops = network.episodes
        else:
            self.story = network.story
        self.whole, self.temperature = (network,), temperature  # in a tuple, so that its words are not looked at

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Return logits of the answers, (B, K), of facts beside the question, (F, B, 2 H)."""
        facts, questions = x.chunk(2, -1)
        return self.whole[0].answered(facts, lengths, questions[0]).logits / self.temperature


def stories_subject(
    network: AnswerNetwork, temperature: float, vocabulary: TokenInputs, classes: Sequence[str], stories: Stories,
    *, part: Part, most: int | None,
) -> Sequences:  # fmt: skip
    """Return a network along stories, each with its question.

    Args:
        network: trained.
        temperature: what its logits are divided by.
        vocabulary: the words that are known.
        classes: the answers.
        stories: the questions.
        part: "words", what reads sentences, or "facts", what reads the facts that they tell.
        most: steps that are looked at: as many questions as fit, one at least.

    Raises:
        FrontalError: there is no such part.
    """
    if part not in PARTS:
        raise FrontalError(f"an answerer has no part {part!r}; {did_you_mean(str(part), PARTS)}")
    told = [(*one.facts, one.question) for one in stories.questions]
    ids = {text: _ids(text, vocabulary) for texts in told for text in texts}
    steps = [len(texts) - 1 if part == "facts" else sum(len(ids[text]) for text in texts) for texts in told]
    count = max(1, int(np.searchsorted(np.cumsum(steps), most or np.inf, side="right")))
    chosen, numbers = stories.questions[:count], {name: k for k, name in enumerate(classes)}
    labels = [torch.tensor(numbers.get(one.answer, UNKNOWN)) for one in chosen]
    known = all(one.answer != NOT_TOLD for one in chosen)
    facts: dict[str, Any] = {
        "classes": list(classes), "names": [one.question for one in chosen], "beside": "its question",
        "labels": [one.answer for one in chosen] if known else None, "channels": [],
    }  # fmt: skip
    if part == "words":
        model, size = Words(network, temperature), vocabulary.size
        words = ["�", *vocabulary.vocabulary]
        facts["symbols"] = [*(f"{word} " for word in words), *(f"{word}\n" for word in words)]
        read = [torch.cat([_marked(ids[text], size) for text in texts]) for texts in told[:count]]
        return Sequences(model, read, labels, kind="text", name=stories.name, facts=facts)
    vectors, symbols = _vectors(network, ids), {text: k for k, text in enumerate(ids)}
    facts["symbols"] = [f"{text}\n" for text in symbols]
    read = [torch.stack([torch.cat([vectors[f], vectors[one.question]]) for f in one.facts]) for one in chosen]
    shown = np.array([symbols[fact] for one in chosen for fact in one.facts], dtype=np.int32)
    return Sequences(
        Facts(network, temperature), read, labels, kind="text", name=stories.name, facts=facts, beside={"symbol": shown}
    )


def typed_stories(X: Any) -> Stories | None:
    """Return the stories of texts, or of a file, in which sentences stand as one writes them; None for whatever else.

    Args:
        X: a text, or several, or the name of a file without numbers and braces before its lines: facts, and
            questions, which end with a question mark and are about all facts before them.
    """
    texts: list[Any] = [X] if isinstance(X, str) and is_said(X) else X if isinstance(X, list) else []
    name = "what is typed"
    if isinstance(X, str | Path) and not texts and Path(X).is_file():
        text = decode(Path(X).read_bytes(), str(X), [])
        texts = [] if text.lstrip()[:1].isdigit() or text.lstrip()[:1] == "{" else [text]
        name = Path(X).name
    if not texts or not all(isinstance(text, str) for text in texts):
        return None
    questions: list[Question] = []
    for text in texts:
        facts: list[str] = []
        for sentence in (found.strip() for found in _SENTENCE.findall(text)):
            if sentence.endswith("?"):
                questions.append(Question(tuple(facts), sentence, NOT_TOLD))
            elif sentence:
                facts.append(sentence)
    if not questions:
        raise FrontalError(f"{name} holds no question: tell facts, and ask a question that ends with a question mark")
    return Stories(questions, name, [])


def _ids(text: str, vocabulary: TokenInputs) -> Tensor:
    return vocabulary.encode(token_array(spelled(text) or [""]))


def _marked(ids: Tensor, words: int) -> Tensor:
    """Return a sentence whose last word is marked as such."""
    return torch.cat([ids[:-1], ids[-1:] + words])


@torch.no_grad()
def _vectors(network: AnswerNetwork, ids: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return what each sentence is read as, (H,)."""
    return {text: network.read(words[:, None], torch.tensor([len(words)]))[0] for text, words in ids.items()}
