"""How good a dialogue is: right answers beside the nearest known question's, and what it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from frontal.data.exchanges import Conversations, Exchange
from frontal.data.exchanges_museum import STRANGE
from frontal.diagnostics.chat_plot import draw_bars
from frontal.tasks.pairs_chat_model import Dialogue, Reply, joined, without_a_word
from frontal.tasks.pairs_nearest import Nearest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FEW = 5  # test exchanges that say too little


@dataclass(frozen=True)
class ChatScore:
    """What was measured on N exchanges.

    Attributes:
        asked: the exchanges.
        replies: to them, (N,).
        forgetful: answers to them without the turns before, (N,).
        nearest: the answer of the nearest known question, (N,).
        nearest_with_turns: of the nearest known question with its turns before, (N,).
        strange: replies to questions about anything else.
        said: what was asked.
        bars: of the dialogue.
    """

    asked: list[Exchange]
    replies: list[Reply]
    forgetful: list[str]
    nearest: list[str]
    nearest_with_turns: list[str]
    strange: list[Reply]
    said: str
    bars: tuple[float, float]

    def metrics(self) -> dict[str, float]:
        """The figures under the names of `metrics.json`."""
        right = np.array([reply.answer == e.answer for reply, e in zip(self.replies, self.asked, strict=True)])
        sure = np.array([reply.sure for reply in self.replies])
        followed = np.array([bool(e.before) for e in self.asked])
        figures = {
            "right": right.mean(), "right_when_sure": right[sure].mean() if sure.any() else 0.0, "sure": sure.mean(),
            "right_forgetful": self._right(self.forgetful), "right_nearest": self._right(self.nearest),
            "right_nearest_with_turns": self._right(self.nearest_with_turns),
            "refused_strange": np.mean([not reply.sure for reply in self.strange]),
        }  # fmt: skip
        if followed.any():
            figures["right_later_turns"] = right[followed].mean()
        return {name: float(value) for name, value in figures.items()}

    def plot(self) -> Figure:
        """Questions and answers by their likelihood, and the bars."""
        points = [[(r.question_log_p, r.answer_log_p) for r in some] for some in (self.replies, self.strange)]
        return draw_bars(np.array(points[0]), np.array(points[1]), self.bars)

    def _right(self, answers: Sequence[str]) -> float:
        return float(np.mean([answer == e.answer for answer, e in zip(answers, self.asked, strict=True)]))


def measure_dialogue(model: Dialogue, learned: Conversations, test: Conversations) -> ChatScore:
    """Ask what was kept for testing, or else what is known, a word left out; and what is none of its business.

    Args:
        model: fitted on `learned`.
        learned: what the nearest questions are taken from.
        test: conversations; an exchange whose answer was never learned is left out.
    """
    known = {turn for turns in learned.turns for turn in turns[1::2]}
    asked = [exchange for exchange in test.exchanges() if exchange.answer in known]
    said = f"{len(asked)} exchanges that were not learned"
    if len(asked) < FEW:
        rng = np.random.default_rng(model.chosen.seed)
        asked = [without_a_word(e, rng) for e in model.known if len(e.question.split()) > 1] or model.known
        said = f"{len(asked)} known questions, a word left out of each: no answer stands in two conversations"
    exchanges, memory = learned.exchanges(), model.chosen.memory
    alone = Nearest([e.question for e in exchanges])
    turned = Nearest([joined(e.question, e.before, memory) for e in exchanges])
    return ChatScore(
        asked,
        model.replies([(e.question, e.before) for e in asked]),
        [reply.answer for reply in model.replies([(e.question, ()) for e in asked])],
        [exchanges[alone.look(e.question).place].answer for e in asked],
        [exchanges[turned.look(joined(e.question, e.before, memory)).place].answer for e in asked],
        model.replies([(question, ()) for question in STRANGE]),
        said,
        model.bars,
    )
