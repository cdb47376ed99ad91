"""A language model hands its network along a text to the microscope."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from frontal.diagnostics.capture import capture
from frontal.errors import FrontalError
from frontal.tasks.language_model import LanguageModel

TEXT = "Row, row, row your boat,\nGently down the stream.\n" * 40


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return LanguageModel(hidden=12, embedding=8, epochs=1, test=0.0).fit(TEXT)


def test_surprise_is_the_models_own(model: LanguageModel, tmp_path: Path) -> None:
    kept = capture(model.subject(TEXT[:500]), tmp_path / "c")
    after_a_line_end = model.surprise(TEXT[:500])  # the model's own begins behind a line end, the subject with nothing
    np.testing.assert_allclose(kept.track("surprise")[200:-1], after_a_line_end[201:], rtol=0.02, atol=0.02)


def test_a_file_a_text_and_a_beginning(model: LanguageModel, tmp_path: Path) -> None:
    file = tmp_path / "row row.txt"
    file.write_text(TEXT, encoding="utf-8")
    assert len(model.subject(str(file))) == len(TEXT)
    assert len(model.subject(file, most=30)) == 30
    assert len(model.subject("Row, row")) == 8
    assert len(model.subject("row " * 2000)) == 8000  # no file has so long a name
    with pytest.raises(FrontalError, match=r"rows\.txt"):
        model.subject("rows.txt")
    with pytest.raises(FrontalError, match="not fitted"):
        LanguageModel().subject("a b")


def test_a_style_is_what_the_network_reads_beside_each_symbol(tmp_path: Path) -> None:
    texts = ["an na" + "o" * k for k in range(180)]
    styled = LanguageModel(hidden=8, embedding=6, epochs=1, test=0.0).fit(texts, ["a", "b", "c"] * 60)
    kept = [
        capture(styled.subject("an na", style=style), tmp_path / str(k)).values("h")
        for k, style in enumerate(["a", "b", "a=1,b=1"])
    ]
    assert np.abs(kept[0] - kept[1]).max() > 1e-3
    assert np.abs(kept[0] - kept[2]).max() > 1e-3
