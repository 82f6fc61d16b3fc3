"""The Word document: headings in order, real tables, and nothing that runs."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from itertools import pairwise
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn

from evaluation.reports.document import build_document
from evaluation.reports.render.word import render_word
from tests.evaluation.reports.reading import tables_of_word, words_of_word
from tests.evaluation.reports.sample import (
    ENVELOPE,
    RELEASED_ENVELOPE,
    column,
    released_body,
    row,
    sample_body,
    section,
    shown,
    table,
)


def drawn(body: dict[str, Any], envelope: dict[str, str] = ENVELOPE) -> bytes:
    return render_word(build_document(body, envelope))


@pytest.fixture(scope="module")
def internal() -> bytes:
    return drawn(sample_body())


def word_of(content: bytes) -> Any:
    return docx.Document(io.BytesIO(content))


def test_headings_step_down_one_by_one(internal: bytes) -> None:
    paragraphs = word_of(internal).paragraphs
    assert paragraphs[0].style.name == "Title"
    levels = [int(each.style.name[-1]) for each in paragraphs if each.style.name.startswith("Heading")]  # fmt: skip
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    first = [each.text for each in paragraphs if each.style.name == "Heading 1"]
    assert first[:3] == ["Summary", "What was delivered", "Who was reached"]


def test_every_table_has_a_caption_with_its_number_and_a_header_row(internal: bytes) -> None:
    word = word_of(internal)
    captions = [each.text for each in word.paragraphs if each.style.name == "Caption"]
    assert len(captions) == len(word.tables)
    assert [int(re.findall(r"\d+", caption)[0]) for caption in captions] == [
        *range(1, len(captions) + 1)
    ]
    assert captions[0] == "Table 1: About this report"
    for each in word.tables:
        marks = [line._tr.findall(f".//{qn('w:tblHeader')}") for line in each.rows]
        assert [len(found) for found in marks] == [1, *[0] * (len(each.rows) - 1)]


def test_captions_have_bookmarks_of_their_own(internal: bytes) -> None:
    marks = [
        each.get(qn("w:name")) for each in word_of(internal).element.iter(qn("w:bookmarkStart"))
    ]
    assert {"table_hub", "table_figures", "table_age_by_gender", "table_facts_2"} <= set(marks)
    assert len(marks) == len(set(marks))
    assert all(re.fullmatch(r"[a-z]\w{0,39}", name) for name in marks)


def test_numbers_stand_at_the_right_and_totals_are_bold(internal: bytes) -> None:
    hub = dict(tables_of_word(internal))["hub"]
    assert hub.cell(1, 1).paragraphs[0].alignment == 2
    assert hub.cell(1, 0).paragraphs[0].alignment is None
    assert [line.cells[0].paragraphs[0].style.name for line in hub.rows][-2:] == [
        *("Table text", "Table heading"),
    ]


def test_boxes_say_what_is_to_be_written_and_then_what_was() -> None:
    def boxes(body: dict[str, Any], envelope: dict[str, str]) -> list[str]:
        paragraphs = word_of(drawn(body, envelope)).paragraphs
        return [each.text for each in paragraphs if each.style.name == "Narrative"]

    assert boxes(sample_body(), ENVELOPE) == [
        "To be written: What was the period like, in five sentences?",
        "To be written: What was learnt, and what will be done differently?",
    ]
    assert boxes(released_body(), RELEASED_ENVELOPE) == [
        "Ten hubs were open all year.",
        "Most young people came back.",
    ]


def test_it_says_on_every_page_what_it_is(internal: bytes) -> None:
    word = word_of(internal)
    assert word.sections[0].header.paragraphs[0].text.startswith("Internal, exact. ")
    assert ENVELOPE["run_id"] in word.sections[0].footer.paragraphs[0].text
    assert all(each.header.is_linked_to_previous for each in list(word.sections)[1:])


def test_its_properties_are_those_of_the_report(internal: bytes) -> None:
    properties = word_of(internal).core_properties
    assert properties.title == "Evaluation report: Essential Life Skills, #ThisIsDerby"
    assert properties.language == "en-GB"
    assert properties.created == dt.datetime(2019, 7, 20, 9, 0, 12, tzinfo=dt.UTC)
    assert properties.author == properties.last_modified_by == "#ThisIsDerby"


def test_it_speaks_british_english(internal: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(internal)) as parts:
        styles = parts.read("word/styles.xml").decode()
    assert set(re.findall(r"<w:lang ([^>]*?)/>", styles)) == {'w:val="en-GB"'}


def test_it_holds_no_macro_no_picture_no_address_and_no_moment(internal: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(internal)) as parts:
        names = parts.namelist()
        relations = b"".join(parts.read(name) for name in names if name.endswith(".rels"))
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert not any(re.search(r"vba|thumbnail|media|embed", name) for name in names)
    assert b"External" not in relations


@pytest.mark.parametrize("text", ['=cmd|"/c calc"!A1', "]]> &amp; <w:p/>", "DDEAUTO c:\\\\x"])
def test_words_stay_words(text: str) -> None:
    body = released_body()
    body["narratives"]["summary"] = text
    body["title"] = text
    content = drawn(body, RELEASED_ENVELOPE)
    assert text in words_of_word(content).splitlines()
    fields = {each.text.split()[0] for each in word_of(content).element.iter(qn("w:instrText"))}
    assert fields == {"SEQ"}


def test_a_wide_table_stands_on_a_page_on_its_side() -> None:
    columns = [column(f"c{at}", f"Hub {at}", "people") for at in range(11)]
    wide = table("age_by_hub", "Age by hub", "Age", columns=columns, rows=[row("r", "All", *range(11))])  # fmt: skip
    body = sample_body()
    body["tables"].append(wide)
    body["shape"]["sections"] = [section("reach", "Reach", shown("age_by_hub"), shown("gender"))]
    sides = [each.orientation for each in word_of(drawn(body)).sections]
    assert sides == [0, 1, 0]
    widths = {each.page_width.cm for each in word_of(drawn(body)).sections}
    assert {round(width, 1) for width in widths} == {21.0, 29.7}
