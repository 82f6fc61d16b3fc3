"""The sheet holds everybody on one page, whole, and says what to do with it."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pikepdf
import pypdf
import pytest

from participants.paper.codes import row_code
from participants.paper.sheet import A_PAGE, ONE_COLUMN, Sheet, SheetLine, render_sheet

CODE = "CDF347"
LONG = ("Maximilian-Alexander W", "Anastasia Konstantina Eleni P", "Oluwaseunfunmilayo A")


def sheet_of(*names: str, **fields: Any) -> Sheet:
    lines = [SheetLine(row_code(CODE, at), name) for at, name in enumerate(names, start=1)]
    return Sheet(
        **{
            "code": CODE,
            "title": "Creative Art Club with a Partner at the Church Street Community Centre",
            "hub": "Arboretum",
            "date": "Tuesday 14 May 2019",
            "time": "4pm to 5:30pm",
            "lines": tuple(lines),
            "is_large": False,
            "printed_at": dt.datetime(2019, 5, 14, 14, tzinfo=dt.UTC),
        }
        | fields
    )


def names(count: int) -> list[str]:
    return [f"Sample{at}x E" for at in range(1, count + 1)]


def pages_of(sheet: Sheet) -> list[str]:
    reader = pypdf.PdfReader(io.BytesIO(render_sheet(sheet)))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


@pytest.mark.parametrize("count", [0, 1, ONE_COLUMN, ONE_COLUMN + 1, 34, A_PAGE])
def test_everybody_stands_on_one_page_with_their_code(count: int) -> None:
    (page,) = pages_of(sheet_of(*names(count)))
    for at, name in enumerate(names(count), start=1):
        assert f"{row_code(CODE, at)} {name}" in page


@pytest.mark.parametrize("part", [
    "Creative Art Club with a Partner", "Arboretum, Tuesday 14 May 2019, 4pm to 5:30pm", "CDF347",
    "Present", "Late", "Left early", "Absent", "Excused", "In", "Out", "School year",
    "How many young people were here", "went ahead", "was cut short", "Hand it back", "shred it",
])  # fmt: skip
@pytest.mark.parametrize("is_large", [False, True])
def test_says_what_is_needed(part: str, is_large: bool) -> None:
    assert part in " ".join(pages_of(sheet_of(*names(3), is_large=is_large)))


def test_more_than_a_page_goes_on() -> None:
    pages = pages_of(sheet_of(*names(A_PAGE + 1)))
    assert len(pages) == 2
    assert "Sample40x E" in pages[0]
    assert "Sample41x E" in pages[1]
    assert all("CDF347" in page for page in pages)


def test_thirty_four_long_names_fit_a_page() -> None:
    assert len(pages_of(sheet_of(*(LONG * 12)[:34]))) == 1


def test_large_print_is_large_and_splits_nobody() -> None:
    everybody = [*names(37), *LONG]
    sheet = sheet_of(*everybody, is_large=True)
    pages = pages_of(sheet)
    assert 1 < len(pages) <= 6
    for at, name in enumerate(everybody, start=1):
        assert sum(f"{row_code(CODE, at)} {name}" in page for page in pages) == 1
    assert font_sizes(render_sheet(sheet)) == {18.0}


def font_sizes(pdf: bytes) -> set[float]:
    sizes: set[float] = set()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for page in opened.pages:
            for operands, operator in pikepdf.parse_content_stream(page):
                if str(operator) == "Tf":
                    sizes.add(float(operands[1]))
    return sizes


def test_a_name_without_letters_in_the_font_is_told_by_its_code() -> None:
    (page,) = pages_of(sheet_of("مریم K"))
    assert f"{row_code(CODE, 1)} [?A] K" in page
    assert "its letters cannot be printed" in page


def test_a_word_without_end_is_cut() -> None:
    (page,) = pages_of(sheet_of("x" * 80 + " E"))
    assert "x" * 21 + "…" in page
    assert "x" * 22 not in page


def test_reads_aloud_as_tables() -> None:
    with pikepdf.open(io.BytesIO(render_sheet(sheet_of(*names(34))))) as pdf:
        assert str(pdf.Root.Lang) == "en-GB"
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["pdfaid:conformance"] == "A"
            assert metadata["dc:title"].startswith("Register: Creative Art Club")
        kinds = [
            str(item.get("/S")) for item in pdf.objects if isinstance(item, pikepdf.Dictionary)
        ]
    assert kinds.count("/Table") == 3
    assert kinds.count("/TH") == 9 * 2 + 4
