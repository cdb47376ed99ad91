"""The answerer: stories and questions in, answers out, with the facts that were looked at."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any, ClassVar, Self, final

import torch

from frontal.data.inputs_tokens import TokenInputs
from frontal.data.stories import Question
from frontal.diagnostics.attention_facts import FactAttention
from frontal.diagnostics.subject_sequences import Sequences
from frontal.errors import FrontalError
from frontal.layers.threads import threads_for
from frontal.tasks.answer_encode import encode_stories, learn_words, spelled, unknown_words
from frontal.tasks.answer_measure import Answers
from frontal.tasks.answer_network import AnswerNetwork
from frontal.tasks.answer_read import read_questions
from frontal.tasks.answer_reply import Reply
from frontal.tasks.answer_settings import KIND, AnswerSettings
from frontal.tasks.answer_subject import PARTS, Part, stories_subject, typed_stories
from frontal.tasks.answer_train import answers_of, train_answers
from frontal.training.estimator import Estimator
from frontal.training.progress import Progress
from frontal.training.run_directory import Run
from frontal.training.seed import seeded

LEAST = 10  # questions to learn from
SEEN = 0.25  # attention from which a fact counts as looked at


@final
class Answerer(Estimator[AnswerSettings]):
    """Answer questions about stories with a dynamic memory network (Kumar et al. 2016).

    Sentences are read word by word; then the story is read fact by fact, as often as there are hops, each
    time knowing the question and what was found before. Answers are one of those that were learned;
    their probabilities are calibrated on stories that were held out.

    Args:
        settings: an `AnswerSettings`; or instead
        preset, **options: single settings of `AnswerSettings`.

    Example:
        >>> import frontal
        >>> model = frontal.Answerer(questions=60, epochs=1, hidden=8).fit("yes-no")
        >>> model.answer(["Anna ran to the attic."], "Is Anna in the attic?").answer in ("yes", "no")
        True
    """

    kind: ClassVar = KIND
    settings_type: ClassVar = AnswerSettings
    parts: ClassVar = PARTS
    """of the network, as `subject` takes them"""
    classes_: list[str]
    """after `fit`: the answers there are, in alphabetical order"""
    vocabulary: TokenInputs
    """after `fit`: the words that are known"""
    network: AnswerNetwork
    """after `fit`"""
    temperature: float
    """after `fit`: what the logits are divided by"""
    example: Question
    """after `fit`: the first question learned"""

    def fit(self, X: Any, y: None = None, *, progress: Progress | None = None) -> Self:
        """Train.

        Args:
            X: a list of `frontal.data.stories.Question`; a file, as `frontal.data.stories_read.read_stories` takes
                it; or the name of a generated task, several with commas in between, or "all".
            y: nothing; scikit-learn passes it.
            progress: told about every batch.

        Raises:
            FrontalError: too few questions, or one answer only.
        """
        stories = read_questions(self.settings, X)
        questions = stories.questions
        self.classes_ = sorted({one.answer for one in questions})
        if len(questions) < LEAST:
            raise FrontalError(f"{stories.name}: {len(questions)} questions are too few; {LEAST} are the least")
        if len(self.classes_) < 2:
            raise FrontalError(f"{stories.name}: every answer is {self.classes_[0]!r}; there must be two to learn from")
        self.chosen = self.settings.complete(len(questions))
        self.notes, self.example = list(stories.notes), questions[0]
        self.vocabulary = learn_words(questions)
        encoded = encode_stories(questions, self.vocabulary, self.classes_)
        groups = torch.tensor([one.story for one in questions])
        with seeded(self.chosen.seed):
            network = self._network()
        began = perf_counter()
        with threads_for((self.chosen.batch_size or 1) * self.chosen.hidden):
            self.temperature, history = train_answers(network, encoded, self.chosen, groups, progress)
        self.seconds, self.network = perf_counter() - began, network
        self.trained([history], 1)
        return self

    def measure(self, X: Any) -> Answers:
        """Answer questions whose answers are known; of generated tasks those that `fit` does not see."""
        self._fitted()
        questions = read_questions(self.settings, X, held_out=True).questions
        encoded = encode_stories(questions, self.vocabulary, self.classes_)
        logits, looks = answers_of(self.network, encoded)
        said = (logits / self.temperature).softmax(-1).double().numpy()
        return Answers.of(questions, self.classes_, said, encoded.answers.numpy(), [look.numpy() for look in looks])

    def score(self, X: Any, y: None = None) -> float:
        """Return the share of right answers."""
        return self.measure(X).accuracy

    def predict(self, X: Any) -> list[str]:
        """Return the answers to questions; what they hold as answers does not matter."""
        return self.measure(X).given

    def answer(self, facts: Sequence[str], question: str) -> Reply:
        """Answer one question about a story, and say how sure that is and which facts were looked at.

        Raises:
            FrontalError: no facts, an empty question, or one without any word that is known.
        """
        self._fitted()
        told = tuple(fact.strip() for fact in facts if fact.strip())
        if not told:
            raise FrontalError("The story is empty: tell at least one fact before you ask")
        unknown = unknown_words([*told, question], self.vocabulary)
        asked = spelled(question)
        if not set(asked) - set(unknown):
            raise FrontalError(
                f"No word of the question {question!r} is known; this run answers questions such as "
                f"{self.example.question!r}"
            )
        found = self.measure([Question(told, question, self.classes_[0])])
        looked = found.looked[0]
        ranking = sorted(
            zip(self.classes_, found.classification.probabilities[0].tolist(), strict=True), key=lambda row: -row[1]
        )
        attended = FactAttention(told, question, ranking[0][0], looked.weights)
        needed = unknown_words([question, *attended.seen(SEEN)], self.vocabulary)
        return Reply(ranking, attended, unknown, needed, self.chosen.sure)

    def subject(self, X: Any, *, most: int | None = None, part: Part = "words") -> Sequences:
        """Return a part of the network along stories, for `frontal.diagnostics.capture`.

        Args:
            X: as for `measure`; or texts, or a file, of sentences, in which a question ends with a question mark.
            most: steps that are looked at: as many questions as fit, one at least.
            part: "words", what reads sentences, word by word, or "facts", what reads the facts that they tell.
        """
        self._fitted()
        stories = typed_stories(X) or read_questions(self.settings, X, held_out=True)
        return stories_subject(
            self.network, self.temperature, self.vocabulary, self.classes_, stories, part=part, most=most
        )

    def contents(self) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        """Network, words, answers, temperature."""
        self._fitted()
        one = self.example
        facts = {
            "classes": self.classes_, "words": self.vocabulary.to_dict(), "temperature": self.temperature,
            "example": {"facts": one.facts, "question": one.question, "answer": one.answer},
        }  # fmt: skip
        return facts, dict(self.network.state_dict())

    def restore(self, run: Run) -> None:
        """Take network, words, answers, temperature."""
        saved = run.settings
        self.classes_, self.temperature = [str(name) for name in saved["classes"]], float(saved["temperature"])
        self.vocabulary = TokenInputs.from_dict(saved["words"])
        one = saved["example"]
        self.example = Question(tuple(one["facts"]), one["question"], one["answer"])
        self.network = self._network().eval()
        self.network.load_state_dict(run.tensors)

    def _network(self) -> AnswerNetwork:
        return AnswerNetwork(self.chosen, words=self.vocabulary.size, answers=len(self.classes_))

    def _fitted(self) -> None:
        if not hasattr(self, "network"):
            raise FrontalError("this Answerer is not fitted yet; call fit(questions) first, or frontal.load(run)")
