"""The classifier: sequences of unequal length in, classes with probabilities out, in scikit-learn's verbs."""

from __future__ import annotations

from dataclasses import asdict
from time import perf_counter
from typing import Any, ClassVar, Self, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from frontal.data.inputs import Inputs
from frontal.data.labelled import Labelled
from frontal.data.ragged import Ragged
from frontal.diagnostics.classification import UNKNOWN, Classification
from frontal.diagnostics.early_answers import EarlyAnswers
from frontal.diagnostics.subject_sequences import Sequences
from frontal.errors import FrontalError
from frontal.layers.threads import threads_to_train
from frontal.tasks.classify_guesses import KINDS, class_counts, class_weights, complete, encode, learn_inputs
from frontal.tasks.classify_labels import as_given, check_classes, labelled_only
from frontal.tasks.classify_model import ClassifyModel, train_classifier
from frontal.tasks.classify_network import SequenceNetwork
from frontal.tasks.classify_read import Learned, as_learned, is_in_memory, read_sequences
from frontal.tasks.classify_settings import ClassifySettings
from frontal.tasks.classify_stream import ClassStream
from frontal.tasks.classify_subject import Along, sequences_subject
from frontal.training.estimator import Estimator
from frontal.training.progress import Progress
from frontal.training.run_directory import Run

FRACTIONS = 20  # looks at the beginnings of the sequences


@final
class SequenceClassifier(Estimator[ClassifySettings]):
    """Classify sequences, or every step of them, with an ensemble of recurrent networks.

    A network reads the sequence step by step, in one direction unless told otherwise, and answers
    from its outputs; probabilities are calibrated on sequences that were held out (temperature
    scaling, Guo et al. 2017).

    Args:
        settings: a `ClassifySettings`; or instead
        preset, **options: a preset's name and single settings of `ClassifySettings`.

    Example:
        >>> import numpy as np, frontal
        >>> X = [np.sin(np.arange(n) * (0.2 + 0.3 * (n % 2))) for n in range(20, 60)]
        >>> y = ["fast" if n % 2 else "slow" for n in range(20, 60)]
        >>> model = frontal.SequenceClassifier(hidden=8, epochs=20).fit(X, y)
        >>> model.predict_proba(X).shape
        (40, 2)
    """

    kind: ClassVar = "classifier"
    settings_type: ClassVar = ClassifySettings
    classes_: NDArray[Any]
    """after `fit`: the classes, (K,), as they were given"""
    shares: NDArray[np.float64]
    """after `fit`: how frequent each class was, (K,)"""
    learned: Learned
    """after `fit`: what the sequences were"""
    inputs: Inputs
    """after `fit`: how sequences are given to the network"""
    model: ClassifyModel
    """after `fit`: the networks"""

    def fit(self, X: Any, y: Any = None, *, progress: Progress | None = None) -> Self:
        """Train on sequences.

        Args:
            X: a file or folder, a `Labelled`, or in memory N arrays (T_i, C) or (T_i,), one array
                (N, T, C) or (N, T), N texts or lists of tokens. Of data with an official split the
                test part is left out.
            y: (N,) classes, or N arrays (T_i,) of them with per_step=True; None where X has them.
            progress: told about every batch.
        """
        data = self.read(X, y)
        if data.split is not None and "train" in data.split:
            data = data.select(np.array(data.split) == "train")
        data, unlabelled = labelled_only(data)
        self._classes = tuple(data.classes)
        check_classes(data, self._classes)
        self.classes_ = as_given(self._classes, y)
        self.chosen, guesses = complete(self.settings, data)
        self.notes = [*data.notes, *unlabelled, *guesses]
        self.learned = Learned(data.channels, data.kind, data.rate)
        self.inputs = learn_inputs(self.chosen, data)
        examples, K = encode(data, self.inputs, self._classes), len(self._classes)
        self.shares = (class_counts(examples, K) / class_counts(examples, K).sum()).double().numpy()
        began = perf_counter()
        with threads_to_train((self.chosen.batch_size or 1) * self.chosen.hidden):
            weights = class_weights(self.chosen, examples, K)
            self.model, histories = train_classifier(self.chosen, examples, self._network, weights, progress)
        self.seconds = perf_counter() - began
        self.trained(histories, self.chosen.members)
        return self

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class: (N, K), or N arrays (T_i, K) with per_step."""
        data = self.read_as_fitted(X)
        encoded = Ragged(self.inputs.encode_all(data.sequences))
        said = self.model.probabilities(encoded).double().numpy()
        return np.split(said, np.cumsum(data.lengths)[:-1]) if self.chosen.per_step else said

    def predict(self, X: Any) -> Any:
        """Return the likeliest classes: (N,), or N arrays (T_i,) with per_step."""
        said = self.predict_proba(X)
        if isinstance(said, list):
            return [self.classes_[steps.argmax(-1)] for steps in said]
        return self.classes_[said.argmax(-1)]

    def score(self, X: Any, y: Any = None) -> float:
        """Return the accuracy on sequences, or on steps with per_step."""
        return self.measure(X, y).accuracy

    def measure(self, X: Any, y: Any = None) -> Classification:
        """Classify sequences whose classes are known; X and y as for `fit`, the whole of X counts."""
        data = self.read_as_fitted(X, y)
        examples = encode(data, self.inputs, self._classes)
        said = self.model.probabilities(examples.inputs).double().numpy()
        truth = examples.flat_targets(torch.arange(len(data))).numpy()
        counted = truth >= UNKNOWN
        return Classification(self._classes, said[counted], truth[counted])

    def early(self, X: Any, y: Any = None) -> EarlyAnswers:
        """Classify the beginnings of sequences whose classes are known: 5 %, 10 %, … of their steps."""
        if self.chosen.per_step:
            raise FrontalError("answers before the end are for one label a sequence; every step has its own here")
        data = self.read_as_fitted(X, y)
        examples = encode(data, self.inputs, self._classes)
        lengths = examples.inputs.lengths
        said = [  # of so many twentieths, rounded up
            self.model.probabilities(examples.inputs, (lengths * part + FRACTIONS - 1) // FRACTIONS)
            for part in range(1, FRACTIONS + 1)
        ]
        fractions = np.arange(1, FRACTIONS + 1) / FRACTIONS
        truth = examples.flat_targets(torch.arange(len(data))).numpy()
        return EarlyAnswers(fractions, torch.stack(said).double().numpy(), truth, float(self.shares.max()))

    def stream(self, sure: float = 0.95) -> ClassStream:
        """Begin a sequence that is classified while it arrives.

        Args:
            sure: probability at which the stream's `decided` is settled.
        """
        self._fitted()
        return ClassStream(self, sure)

    def subject(self, X: Any, y: Any = None, *, most: int | None = None, member: int = 0) -> Sequences:
        """Return a network of the ensemble along sequences, for `frontal.diagnostics.capture`.

        Args:
            X, y: as for `predict` and `fit`; labels may be there or not. The sequences are shuffled.
            most: steps that are looked at; the first sequence is taken whole, however long.
            member: number of the network.
        """
        data = self.read_as_fitted(X, y)
        if not 0 <= member < len(self.model.networks):
            raise FrontalError(f"there is no member {member}; the members are 0 to {len(self.model.networks) - 1}")
        network = Along(self.model.networks[member], self.model.temperatures[member])
        return sequences_subject(network, self.inputs, self._classes, data, most=most)

    def contents(self) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        """The networks, their temperatures, classes and inputs."""
        self._fitted()
        facts = {
            "classes": list(self._classes), "given": self.classes_.tolist(), "shares": self.shares.tolist(),
            "members": len(self.model.networks), "learned": asdict(self.learned),
            "inputs": {"kind": self.inputs.kind, **self.inputs.to_dict()},
        }  # fmt: skip
        tensors = {f"networks.{name}": tensor for name, tensor in self.model.networks.state_dict().items()}
        return facts, {**tensors, "temperatures": self.model.temperatures}

    def restore(self, run: Run) -> None:
        """Take networks, temperatures, classes and inputs."""
        saved = run.settings
        self._classes, self.classes_ = tuple(saved["classes"]), np.array(saved["given"])
        self.shares = np.array(saved["shares"], dtype=np.float64)
        about = saved["learned"]
        self.learned = Learned(tuple(about["channels"]), about["kind"], about["rate"])
        kind = dict(saved["inputs"])
        self.inputs = KINDS[kind.pop("kind")].from_dict(kind)
        networks = nn.ModuleList(self._network() for _ in range(saved["members"])).eval()
        start = len(prefix := "networks.")
        networks.load_state_dict({k[start:]: v for k, v in run.tensors.items() if k.startswith(prefix)})
        self.model = ClassifyModel(networks, run.tensors["temperatures"])

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags  # noqa: PLC0415 - only scikit-learn asks

        return Tags(
            estimator_type="classifier", target_tags=TargetTags(required=True), transformer_tags=None,
            classifier_tags=ClassifierTags(), regressor_tags=None,
            input_tags=InputTags(two_d_array=True, three_d_array=True, string=True),
        )  # fmt: skip

    def read(self, X: Any, y: Any = None) -> Labelled:
        """Read sequences as `fit` does."""
        return read_sequences(self.settings, X, y)

    def read_as_fitted(self, X: Any, y: Any = None) -> Labelled:
        """Read sequences with the channels that were learned; labels may be there or not."""
        self._fitted()
        return as_learned(read_sequences(self.settings, X, y, asked=True), self.learned, in_memory=is_in_memory(X))

    def _network(self) -> SequenceNetwork:
        inputs = self.inputs
        return SequenceNetwork(self.chosen, size=inputs.size, tokens=inputs.tokens, classes=len(self._classes))

    def _fitted(self) -> None:
        if not hasattr(self, "model"):
            raise FrontalError("this SequenceClassifier is not fitted yet; call fit(X, y) first, or frontal.load(run)")
