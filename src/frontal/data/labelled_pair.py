"""Two files, one for training and one for testing, read as one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from frontal.data.labelled_set import Labelled
from frontal.errors import FrontalError

_PART = re.compile(r"(?P<stem>.*)_(?P<part>TRAIN|TEST)", re.IGNORECASE)
_OTHER = {"TRAIN": "TEST", "TEST": "TRAIN", "train": "test", "test": "train", "Train": "Test", "Test": "Train"}


def pair_of(path: Path) -> tuple[Path, Path] | None:
    """The files of training and test when `path` is one of `X_TRAIN.ts` and `X_TEST.ts` and both are there."""
    found = _PART.fullmatch(path.stem)
    if found is None or found["part"] not in _OTHER:
        return None
    other = path.with_name(f"{found['stem']}_{_OTHER[found['part']]}{path.suffix}")
    if not other.is_file():
        return None
    return (path, other) if found["part"].upper() == "TRAIN" else (other, path)


def pairs_in(folder: Path, suffix: str) -> list[Path]:
    """The training files of all pairs of `X_TRAIN` and `X_TEST` with this suffix in a folder."""
    found = (pair_of(path) for path in sorted(folder.glob(f"*{suffix}")))
    return list(dict.fromkeys(pair[0] for pair in found if pair))


def joined(name: str, train: Labelled, test: Labelled) -> Labelled:
    """One set of both, with the official split.

    Raises:
        FrontalError: the two differ in their channels, or in having labels.
    """
    if (train.channels, train.kind) != (test.channels, test.kind):
        raise FrontalError(
            f"{train.name} has {len(train.channels)} channels and {test.name} {len(test.channels)}; "
            "training and test need the same"
        )
    if train.labels is None or test.labels is None:
        lacking = train.name if train.labels is None else test.name
        raise FrontalError(f"{lacking} has no labels, though the file it belongs to has; give one of the two alone")
    said = (
        f"{Path(train.name).name} is the training part ({len(train)} sequences), {Path(test.name).name} the test part "
        f"({len(test)})."
    )
    return replace(
        train,
        name=name,
        sequences=[*train.sequences, *test.sequences],
        labels=[*train.labels, *test.labels],  # pyright: ignore[reportArgumentType], both are of one kind
        ids=[*train.ids, *test.ids],
        split=["train"] * len(train) + ["test"] * len(test),
        notes=[said, *train.notes, *(note for note in test.notes if note not in train.notes)],
    )
