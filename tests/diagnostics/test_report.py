"""A report is one page that explains itself: read back by a parser of its own, text by text."""

from __future__ import annotations

import base64
import random
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from frontal.diagnostics.report import Report, ReportFigure, ReportTable
from frontal.diagnostics.report_image import data_uri
from frontal.diagnostics.report_text import text
from frontal.errors import FrontalError

VOID = {"meta", "img"}


class Page(HTMLParser):
    """All tags, attributes and texts of a page; a tag that is not closed in order is a fault."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.texts: list[str] = []
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        self.faults += self._open

    def names(self) -> list[tuple[str, str]]:
        """Attributes without their values; the class of a cell follows its length."""
        return [(tag, name) for tag, name, _ in self.attributes if name != "class"]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.texts.append(data)


def a_report(word: str = "Passengers") -> Report:
    figure = Figure(figsize=(3, 2))
    figure.subplots().plot([1, 2, 1])
    return Report(
        title=word, asked=word, verdict=word, facts=[(word, word)], notes=[word], command=word, subtitle=word,
        tables=[ReportTable(word, [word, "rmse"], [[word, 1.5], [word, None]], best=0, note=word)],
        figures=[ReportFigure(word, figure, word)],
    )  # fmt: skip


def hostile(seed: int) -> str:
    """A text made to break out of where it is put."""
    parts = [
        "<script>alert(1)</script>", "</style>", "</title>", "</main></body>", '"', "'", "<!--", "-->", "&", "&lt;",
        "&#x3c;", "<img src=x onerror=alert(1)>", 'x" onload="y', "javascript:", "\x00", "\x1b[31m", "\u202e", "\ud800",
        "<![CDATA[", "]]>", "<?php", "é", "株", "{{}}", "${x}", "%s", "\\", "\n", "\r\n", "\t", "=1+1", "a" * 300,
        "<svg onload=x>", "</td></tr></table>", "<base href=//x>", "\ufeff", "\ufffe", "&nosuch;", "<", ">",
    ]  # fmt: skip
    chooser = random.Random(seed)
    return "".join(chooser.choices(parts, k=chooser.randint(1, 6)))


def readable(word: str) -> str:
    """What a person should see of a word: the oracle is a loop over characters."""
    kept = []
    for character in word.replace("\r\n", "\n"):
        code = ord(character)
        control = (code < 32 and character not in "\t\n") or 127 <= code < 160
        turns = 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069
        unfit = 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF) or 0xFDD0 <= code <= 0xFDEF
        kept.append("\ufffd" if control or turns or unfit else character)
    return "".join(kept)


def test_500_hostile_texts_stay_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "frontal.diagnostics.report.data_uri", lambda _: "data:image/png;base64,"
    )  # drawn once is enough
    plain = Page(a_report().to_html())
    assert plain.faults == []
    for seed in range(500):
        word = hostile(seed)
        html = a_report(word).to_html()
        html.encode("utf-8")
        page = Page(html)
        assert page.faults == []
        assert page.tags == plain.tags
        assert page.names() == plain.names()
        if word.strip():
            assert page.texts.count(readable(word)) == plain.texts.count("Passengers")


@given(st.text(st.characters(exclude_categories=())))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_back(word: str) -> None:
    page = Page(f'<p title="{text(word)}">{text(word)}</p>')
    assert page.tags == ["p"]
    assert "".join(page.texts) == readable(word)
    assert page.attributes == [("p", "title", readable(word))]


def test_nothing_is_loaded_and_nothing_runs() -> None:
    html = a_report().to_html()
    page = Page(html)
    addresses = [value for _, name, value in page.attributes if name in ("src", "href", "srcset", "action")]
    assert addresses and all(str(value).startswith("data:image/") for value in addresses)
    assert {"script", "link", "iframe", "object"} & set(page.tags) == set()
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert re.findall(r"url\(|@import|https?:", html) == []
    assert ("meta", "content", "default-src 'none'; img-src data:; style-src 'unsafe-inline'") in page.attributes


def test_numbers_of_a_column_have_the_same_decimals_and_the_best_row_is_marked() -> None:
    table = ReportTable("errors", ["forecast", "rmse", "n"], [["ours", 14.2578, 3], ["naive", 9.1, None]], best=0)
    html = Report("t", "a", "v", tables=[table]).to_html()
    assert '<td class="number">14.26</td><td class="number">3</td>' in html
    assert '<td class="number">9.10</td><td class="number"></td>' in html
    assert html.count('<tr class="best"><th scope="row" class="short">ours') == html.count("<tr class=") == 1


def test_parts_that_are_empty_are_left_out() -> None:
    headings = re.findall(r"<h2>(.*?)</h2>", Report("t", "a", "v").to_html())
    assert headings == ["Verdict"]
    assert len(re.findall(r"<h2>", a_report().to_html())) == 6


def test_a_table_that_does_not_fit_is_refused() -> None:
    with pytest.raises(FrontalError, match="row 1: 1 cells for 2 columns"):
        ReportTable("errors", ["a", "b"], [[1, 2], [1]])
    with pytest.raises(FrontalError, match="best row 2 of 1"):
        ReportTable("errors", ["a"], [[1]], best=2)


def test_a_figure_of_many_shapes_becomes_pixels_and_a_small_one_lines() -> None:
    small, large = Figure(), Figure()
    small.subplots().plot([1, 2])
    large.subplots().scatter(*np.random.default_rng(0).random((2, 20_000)))
    assert data_uri(small).startswith("data:image/svg+xml;base64,")
    assert base64.b64decode(data_uri(small).partition(",")[2]).startswith(b"<?xml")
    assert base64.b64decode(data_uri(large).partition(",")[2]).startswith(b"\x89PNG")


def test_the_same_report_is_the_same_page() -> None:
    assert a_report().to_html() == a_report().to_html()
