"""The PDF keeps its two standards, breaks well and neither drops a letter nor hides it."""

from __future__ import annotations

import io
import itertools
import time
from collections.abc import Iterator
from typing import Any

import pikepdf
import pypdf
import pytest

from evaluation.reports.document import build_document
from evaluation.reports.render.pdf import render_pdf
from tests.evaluation.reports.reading import text_of_pdf
from tests.evaluation.reports.sample import (
    ENVELOPE,
    RELEASED_ENVELOPE,
    breakdown,
    released_body,
    sample_body,
    section,
    shown,
)


def pdf_of(body: dict[str, Any]) -> bytes:
    return render_pdf(build_document(body, ENVELOPE))


@pytest.fixture(scope="module")
def internal() -> bytes:
    return pdf_of(sample_body())


@pytest.fixture(scope="module")
def released() -> bytes:
    return render_pdf(build_document(released_body(), RELEASED_ENVELOPE))


def with_label(label: str) -> dict[str, Any]:
    """The sample, with its first hub called so."""
    body = sample_body()
    hub = next(table for table in body["tables"] if table["id"] == "hub")
    hub["rows"][0]["label"] = label
    return body


def in_order(element: pikepdf.Object) -> Iterator[pikepdf.Dictionary]:
    """The structure elements below one, in reading order."""
    kids = element.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from in_order(kid)


def test_declares_and_holds_both_standards(internal: bytes) -> None:
    with pikepdf.open(io.BytesIO(internal)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en-GB"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert "/Outlines" in pdf.Root
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
            assert metadata["dc:title"] == sample_body()["title"]
            assert metadata["xmp:CreateDate"].startswith("2019-07-20T09:00:12")
        fonts = {str(item["/BaseFont"]) for item in pdf.objects if _is_font(item)}
        assert fonts
        assert all("SourceSansPro" in name for name in fonts)


def _is_font(item: object) -> bool:
    return isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font"


@pytest.mark.parametrize("kind", ["internal", "released"])
def test_drawings_have_alternatives_and_header_cells_scopes(
    kind: str, request: pytest.FixtureRequest
) -> None:
    document = build_document(
        *{"internal": (sample_body(), ENVELOPE), "released": (released_body(), ENVELOPE)}[kind]
    )
    with pikepdf.open(io.BytesIO(request.getfixturevalue(kind))) as pdf:
        elements = list(in_order(pdf.Root.StructTreeRoot))
        figures = [str(item.Alt) for item in elements if item["/S"] == "/Figure"]
        assert figures == [table.chart.description for table in document.tables if table.chart]
        heads = [item for item in elements if item["/S"] == "/TH"]
        assert len(heads) >= sum(1 + len(table.columns) for table in document.tables[1:])
        assert {str(_attribute(item, "/Scope")) for item in heads} == {"/Column"}


def _attribute(element: pikepdf.Dictionary, name: str) -> object:
    held = element.get("/A", pikepdf.Dictionary())
    for attributes in held if isinstance(held, pikepdf.Array) else [held]:
        if name in attributes:
            return attributes[name]
    return None


def test_headings_step_down_one_by_one(internal: bytes) -> None:
    with pikepdf.open(io.BytesIO(internal)) as pdf:
        names = [str(item["/S"]) for item in in_order(pdf.Root.StructTreeRoot)]
    levels = [int(name[2:]) for name in names if name[:2] == "/H" and name[2:].isdigit()]
    assert levels[0] == 1
    assert set(levels) == {1, 2, 3}
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert names.count("/Title") == 1
    assert names.count("/TOC") >= 1


def test_the_contents_lead_to_every_section_and_table(internal: bytes) -> None:
    document = build_document(sample_body(), ENVELOPE)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(internal)).pages]
    contents = next(text for text in pages if "Contents" in text)
    for each in document.sections:
        assert each.heading in contents
    for line in contents.splitlines():
        if line.startswith("By home ward"):
            assert "By home ward" in pages[int(line.split()[-1]) - 1]
    reader = pypdf.PdfReader(io.BytesIO(internal))
    marks = [str(item["/Title"]) for item in reader.outline if not isinstance(item, list)]
    assert marks == [each.heading for each in document.sections]


def test_the_first_page_is_a_cover_and_the_second_the_headline(internal: bytes) -> None:
    cover, headline = (
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO(internal)).pages[:2]
    )
    for words in ("#ThisIsDerby", "Evaluation report", "Derby City Council", "Internal, exact"):
        assert words in cover
    for words in ("24,831\nAttendances", "£803,604.17\nSpent", "Targets against actual"):
        assert words in headline


def test_a_long_table_repeats_its_header_on_every_page() -> None:
    body = sample_body()
    labels = [f"Ward number {at}" for at in range(300)]
    long = breakdown("ward", "By home ward", labels, ("attendances", "contact_hours"))
    body["tables"] = [long if table["id"] == "ward" else table for table in body["tables"]]
    pages = pypdf.PdfReader(io.BytesIO(pdf_of(body))).pages
    held = [text for page in pages if "Ward number" in (text := page.extract_text())]
    assert len(held) > 5
    for text in held:
        assert "Attendances Contact hours" in text
        assert "Internal, exact" in text
    assert sum(text.count("Ward number") for text in held) == 300


@pytest.mark.parametrize(
    ("kind", "marking"), [("internal", "Internal, exact"), ("released", "Released")]
)
def test_every_page_is_marked_and_numbered(
    kind: str, marking: str, request: pytest.FixtureRequest
) -> None:
    pages = pypdf.PdfReader(io.BytesIO(request.getfixturevalue(kind))).pages
    for number, page in enumerate(pages, start=1):
        text = page.extract_text()
        assert text.count(marking) >= 2
        assert ENVELOPE["run_id"] in text
        assert f"Page {number} of {len(pages)}" in text


def test_a_release_explains_its_symbol(released: bytes) -> None:
    text = text_of_pdf(released)
    assert "[c] is hidden to protect individual children." in " ".join(text.split())
    assert "Ten hubs were open all year." in text
    assert "To be written" not in text


def test_a_table_of_many_columns_keeps_its_words() -> None:
    body = sample_body()
    units = tuple(list(body["figures"])[:14])
    body["tables"] = [breakdown("hub", "By hub", ["Abbey", "Sinfin"], units)]
    body["shape"]["sections"] = [section("hubs", "Hubs", shown("hub"))]
    text = text_of_pdf(pdf_of(body))
    for words in ("Attendances", "Roadshows held", "Abbey"):
        assert words in text


def test_polish_and_french_letters_stand_as_written() -> None:
    text = text_of_pdf(pdf_of(with_label("Łódź i Świętokrzyskie, Déda")))
    assert "Łódź i" in text
    assert "Świętokrzyskie" in text
    assert "Letters that this font does not have" not in text


def test_letters_that_the_font_lacks_are_marked_and_explained() -> None:
    text = text_of_pdf(pdf_of(with_label("Hub مرکز")))
    assert "Hub [?A] 33 187" in text
    assert "Letters that this font does not have" in text
    assert "[?A] U+0645 U+0631 U+06A9 U+0632" in text


def test_typst_markup_in_names_is_only_text() -> None:
    body = sample_body() | {"title": '#import "x" *bold* $x$ \\ @ref'}
    assert '#import "x" *bold* $x$ \\ @ref' in text_of_pdf(pdf_of(body))


def test_twenty_pages_take_less_than_a_second_of_the_processor() -> None:
    body = sample_body()
    ward = next(table for table in body["tables"] if table["id"] == "ward")
    body["tables"] += [ward | {"id": f"ward_{at}", "chart": "bars"} for at in range(20)]
    document = build_document(body, ENVELOPE)
    began = time.process_time()
    content = render_pdf(document)
    seconds = time.process_time() - began
    assert len(pypdf.PdfReader(io.BytesIO(content)).pages) >= 20
    assert seconds < 1
