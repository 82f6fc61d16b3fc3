"""The PDF keeps its two standards, breaks well and neither drops a letter nor hides it."""

import io

import pikepdf
import pypdf

from evaluation.reports.document import build_document
from evaluation.reports.render.pdf import render_pdf
from tests.evaluation.reports.reading import text_of_pdf
from tests.evaluation.reports.sample import ENVELOPE, sample_body


def test_declares_and_holds_both_standards() -> None:
    with pikepdf.open(io.BytesIO(render_pdf(build_document(sample_body(), ENVELOPE)))) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en-GB"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert "/StructTreeRoot" in pdf.Root
        assert "/Outlines" in pdf.Root
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
            assert metadata["dc:title"] == sample_body()["title"]
            assert metadata["xmp:CreateDate"].startswith("2019-07-20T09:00:12")
        fonts = {str(item["/BaseFont"]) for item in pdf.objects if _is_font(item)}
        assert fonts
        assert all("SourceSansPro" in name for name in fonts)
        figures = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Figure"
        ]
        assert len(figures) == 4
        assert all(str(figure.Alt) for figure in figures)


def _is_font(item: object) -> bool:
    return isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font"


def test_a_long_table_repeats_its_header_on_every_page() -> None:
    body = sample_body()
    ward = body["breakdowns"][1]
    row = ward["rows"][0]
    ward["rows"] = [row | {"label": f"Ward number {at}"} for at in range(300)]
    pages = pypdf.PdfReader(io.BytesIO(render_pdf(build_document(body, ENVELOPE)))).pages
    held = [text for page in pages if "Ward number" in (text := page.extract_text())]
    assert len(held) > 5
    for text in held:
        assert "Attendances Contact hours" in text
        assert "Internal, exact" in text
    assert sum(text.count("Ward number") for text in held) == 300


def test_every_page_is_marked_and_numbered() -> None:
    pages = pypdf.PdfReader(io.BytesIO(render_pdf(build_document(sample_body(), ENVELOPE)))).pages
    for number, page in enumerate(pages, start=1):
        text = page.extract_text()
        assert text.count("Internal, exact") >= 2
        assert ENVELOPE["run_id"] in text
        assert f"Page {number} of {len(pages)}" in text


def test_polish_and_french_letters_stand_as_written() -> None:
    body = sample_body()
    body["breakdowns"][0]["rows"][0]["label"] = "Łódź i Świętokrzyskie, Déda"
    text = text_of_pdf(render_pdf(build_document(body, ENVELOPE)))
    assert "Łódź i" in text
    assert "Świętokrzyskie" in text
    assert "Letters that this font does not have" not in text


def test_letters_that_the_font_lacks_are_marked_and_explained() -> None:
    body = sample_body()
    body["breakdowns"][0]["rows"][0]["label"] = "Hub مرکز"
    text = text_of_pdf(render_pdf(build_document(body, ENVELOPE)))
    assert "Hub [?A] 33 187" in text
    assert "Letters that this font does not have" in text
    assert "[?A] U+0645 U+0631 U+06A9 U+0632" in text


def test_typst_markup_in_names_is_only_text() -> None:
    body = sample_body()
    body["title"] = '#import "x" *bold* $x$ \\ @ref'
    assert '#import "x" *bold* $x$ \\ @ref' in text_of_pdf(
        render_pdf(build_document(body, ENVELOPE))
    )
