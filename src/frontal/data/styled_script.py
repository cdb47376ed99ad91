"""A play: its roles are the styles, their speeches the texts."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from frontal.data.styled_set import Styled
from frontal.data.textfile import decode
from frontal.errors import FrontalError

ROLES = 8  # that are kept, by default
_NAME = re.compile(r"[^\W\d_][\w .'’-]{0,39}:")  # alone on its line, above a speech
_ENOUGH = 0.5  # of the blocks between blank lines must begin with a name


def read_script(path: Path) -> Styled:
    """Read a play in which each speech stands below `NAME:`, blank lines between.

    Raises:
        FrontalError: it is none.
    """
    notes: list[str] = []
    content = decode(path.read_bytes(), str(path), notes).replace("\r\n", "\n").replace("\r", "\n")
    texts: list[str] = []
    labels: list[str] = []
    ids: list[str] = []
    blocks, line = re.split(r"(\n\s*\n)", content), 1
    for block in blocks:
        head, _, speech = block.lstrip("\n").partition("\n")
        if _NAME.fullmatch(head.strip()) and speech.strip():
            texts.append(speech.strip("\n"))
            labels.append(head.strip().removesuffix(":"))
            ids.append(f"line {line}")
        line += block.count("\n")
    spoken = sum(bool(block.strip()) for block in blocks)
    if not texts or len(texts) < _ENOUGH * spoken:
        raise FrontalError(
            f"{path} is one text: where do its styles stand? A play has `NAME:` above each speech ({len(texts)} of "
            f"{spoken} paragraphs here); else give a folder with a file a style, or a table with --text and --label"
        )
    roles = Counter(labels)
    notes.append(f"A play with {len(roles)} roles, which are its styles: {len(texts)} speeches.")
    return Styled(str(path), texts, labels, ids, notes=notes)
